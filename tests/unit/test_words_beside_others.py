"""A stage that is above the others did not get better: each surface says which of the two a word is about."""

from dataclasses import replace

import pytest

from bot.console.comparison import compared
from bot.sheet import _more
from bot.slack.team.board import arrow
from surveys.results import Change
from surveys.results.values import Verdict
from tests.unit.test_digests import content, row

ABOVE = Change(against="others", difference=9.0, low=1, high=17, p_holm=0.01, verdict="better")
WORDS = [
    ("ko", "better", "다른 단계보다 높", "나아|나빠|좋아"),
    ("ko", "worse", "다른 단계보다 낮", "나아|나빠|좋아"),
    ("en", "better", "higher than the other stages", "better|worse"),
    ("en", "worse", "lower than the other stages", "better|worse"),
]


@pytest.mark.parametrize(("language", "verdict", "said", "never"), WORDS)
def test_beside_other_stages_a_score_is_higher_or_lower(
    language: str, verdict: Verdict, said: str, never: str
) -> None:
    change = replace(ABOVE, verdict=verdict)
    page = compared(change, language)
    assert page is not None
    told = (
        page.word,
        arrow(row(change=change), language),
        _more(row(change=change), "difference", language),
    )

    for each in told:
        assert said in each
        assert not [word for word in never.split("|") if word in each]


def test_a_digest_says_higher_than_the_other_stages() -> None:
    (line,) = content(row(change=ABOVE)).lines
    assert line.change == "다른 단계보다 높습니다 +9 (+1 – +17)"


def test_in_time_a_score_is_better_as_before() -> None:
    page = compared(replace(ABOVE, against="2026-09"), "ko")
    assert page is not None
    assert page.word == "나아짐"
