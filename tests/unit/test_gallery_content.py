"""What the gallery says of a template is said in words of the reader's language."""

import pytest

from bot.gallery.content import Choice, cards
from surveys.model import Channel
from surveys.templates import templates
from tests.programs import standard


@pytest.mark.parametrize(
    ("language", "said"),
    [("ko", "10분 뒤, 미뤄져도 2일까지"), ("en", "10 minutes, held back at most 2 days more")],
)
def test_how_long_a_template_waits_is_told_in_words(language: str, said: str) -> None:
    choice = Choice(industry=None, stage=None, channel=Channel.TELEGRAM, speak=language)
    facts = [value for card in cards(standard(), choice, language) for _, value in card.facts]

    assert said in facts
    assert len(facts) >= 3 * len(templates())
    assert [value for value in facts if "duration" in value] == []


@pytest.mark.parametrize(
    ("language", "said"),
    [("ko", "계정 생성 (account.created)"), ("en", "Account created (account.created)")],
)
def test_what_starts_a_template_is_told_in_words_with_its_name_beside(
    language: str, said: str
) -> None:
    choice = Choice(industry=None, stage=None, channel=Channel.TELEGRAM, speak=language)
    starts = [card.facts[1][1] for card in cards(standard(), choice, language)]

    assert said in starts
    for start, template in zip(starts, templates(), strict=True):
        words, _, name = start.partition(" (")
        assert name == f"{template.event})"
        assert words not in ("", template.event)
