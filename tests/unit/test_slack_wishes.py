"""What staff type behind the command: names of any spelling, periods, and what is plain enough to act on."""

import unicodedata

import pytest

from bot.slack.team.wishes import Named, match, pausable, places, surveys, wish
from surveys.errors import InvalidInput
from surveys.program import default_program

PROGRAM = default_program()


def ids(name: str) -> list[str]:
    return [f"{named.kind}/{named.id}" for named in match(name, places(PROGRAM, "ko"))]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("구매", ["stage/purchase"]),
        ("PURCHASE", ["stage/purchase"]),
        ("".join(chr(ord(c) + 0xFEE0) for c in "purchase"), ["stage/purchase"]),
        (unicodedata.normalize("NFD", "구매"), ["stage/purchase"]),
        ("purch", ["stage/purchase"]),
        ("purhcase", ["stage/purchase"]),
        ("배송", ["touchpoint/delivery"]),
        ("주문결제", ["touchpoint/checkout"]),
        ("주문 · 결제", ["touchpoint/checkout"]),
        ("“고객 상담”", ["touchpoint/support"]),
        ("customersupport", ["touchpoint/support"]),
        ("sign-up", ["touchpoint/signup"]),
        ("가입", ["touchpoint/signup"]),
        ("점심", []),
        ("", []),
        ("·", []),
    ],
)
def test_a_name_finds_its_place(typed: str, found: list[str]) -> None:
    assert ids(typed) == found


def test_what_may_mean_several_finds_them_all_but_a_stage_wins_over_a_touchpoint() -> None:
    assert ids("s") == ["touchpoint/signup", "touchpoint/support", "touchpoint/subscription"]
    assert ids("re") == ["stage/retention"]


@pytest.mark.parametrize(
    ("typed", "kind", "name", "asked"),
    [
        ("", "help", "", {}),
        ("  MAP  ", "map", "", {}),
        ("지도 90일", "map", "", {"since": "90d"}),
        ("stage 배송 30d", "stage", "배송", {"since": "30d"}),
        ("stage 고객 상담 2026-10", "stage", "고객 상담", {"period": "2026-10"}),
        ("stage purchase 2026-q3", "stage", "purchase", {"period": "2026-Q3"}),
        ("단계 구매", "stage", "구매", {}),
        ("test delivery-csat", "test", "delivery-csat", {}),
        ("pause all", "pause", "all", {}),
        ("inbox 3", "inbox", "3", {}),
        ("할일", "inbox", "", {}),
        ("outbox 3", "unknown", "3", {}),
    ],
)
def test_a_command_is_taken_apart(typed: str, kind: str, name: str, asked: dict[str, str]) -> None:
    found = wish(typed)

    assert (found.kind, found.name, dict(found.asked)) == (kind, name, asked)


@pytest.mark.parametrize("typed", ["map 0d", "map 99999d", "stage 구매 2026-13", "map 2026-Q5"])
def test_a_period_that_is_none_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        wish(typed)


def test_a_survey_and_a_trigger_are_told_apart_by_their_kind() -> None:
    among = pausable(PROGRAM, "ko")

    assert match("support", among) == (Named("trigger", "support"),)
    assert match("support-ces", among) == (Named("survey", "support-ces"),)
    assert match("trigger:support", among) == (Named("trigger", "support"),)
    assert match("survey:support-ces", among) == (Named("survey", "support-ces"),)
    assert match("delivery-csat", surveys(PROGRAM, "ko")) == (Named("survey", "delivery-csat"),)


def test_a_survey_goes_by_the_touchpoint_where_it_is_put() -> None:
    assert match("장바구니", surveys(PROGRAM, "ko")) == (Named("survey", "cart-ces"),)
    assert [named.id for named in match("고객 상담", surveys(PROGRAM, "ko"))] == [
        "support-ces",
        "recovered",
    ]


def test_the_readers_own_name_comes_first() -> None:
    stage = Named("stage", "purchase")

    assert places(PROGRAM, "ko")[stage] == ("purchase", "구매", "Purchase")
    assert places(PROGRAM, "en")[stage] == ("purchase", "Purchase", "구매")
