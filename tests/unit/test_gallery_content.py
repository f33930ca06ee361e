"""What the gallery says of a template is said in words of the reader's language."""

import pytest

from bot.gallery.content import Choice, cards, detail
from surveys.model import Channel
from surveys.templates import find, templates
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


def test_what_a_template_meets_in_the_program_is_called_as_staff_call_it() -> None:
    choice = Choice(industry=None, stage=None, channel=Channel.TELEGRAM, speak="ko")

    notes = detail(standard(), find("commerce-delivery"), choice, "ko").notes

    assert notes[0] == "이 프로그램에 이미 있는 터치포인트 ‘배송 (delivery)’에서 묻습니다."
    assert notes[1].startswith(
        "배송 완료 (order.delivered) 이벤트로 이미 시작되는 설문: "
        "배송 (delivery), 추천 의향 (recommend). "
    )
