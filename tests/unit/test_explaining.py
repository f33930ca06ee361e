"""Why somebody was asked or not, in words of both languages."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from surveys.model import Identifier, Json, Verdict, VerdictKind
from surveys.ports import Storage
from surveys.service.explaining import as_json
from surveys.service.reasons import in_words, told, verdicts_in_words
from tests.world import NOON, World


async def test_a_customer_is_found_by_each_of_her_names(storage: Storage) -> None:
    world = World(storage)
    loyalty = Identifier(namespace="loyalty", value="L=7")
    person = await world.customer(
        "kim", email="kim@example.com", email_verified=True, identifiers=(loyalty,)
    )
    await world.happens("order.paid", "kim", id="e1")

    queries = ("kim", "KIM@example.com ", "loyalty=L=7", person, "e1", "o1")
    assert {q: len(await world.why(q)) for q in queries} == dict.fromkeys(queries, 1)
    assert await world.why("nobody") == ()


async def test_an_event_says_in_both_languages_what_became_of_it(storage: Storage) -> None:
    world = World(storage)
    await world.browser(await world.customer("kim"))
    await world.happens("order.paid", "kim", id="e1")
    await world.later(minutes=31)

    explained = await world.why("e1")
    korean = in_words(explained, world.program, "ko")
    assert korean[:3] == (
        "2026-11-02 12:00  이벤트 order.paid · o1",
        "  checkout",
        (
            "    2026-11-02 12:00  대기: 트리거의 대기 시간이 아직 지나지 않음  [delay] "
            "빨라야 2026-11-02 12:30 · 기한 2026-11-04 12:30"
        ),
    )
    english = in_words(explained, world.program, "en")
    assert english[0] == "2026-11-02 12:00  event order.paid · o1"
    assert english[3].startswith(
        "    2026-11-02 12:31  released: every rule allows it  [clear] need "
    )
    assert (korean[-1], english[-1]) == (
        "시각은 모두 Asia/Seoul 기준이에요",
        "Every time is that of Asia/Seoul",
    )


async def test_when_it_is_over_nothing_is_said_to_be_asked_later(storage: Storage) -> None:
    world = World(storage)
    await world.browser(await world.customer("kim"))
    await world.happens("order.paid", "kim", id="e1")
    (explained,) = await world.why("e1")
    times = {"not_before": "2026-11-20T03:00:00+00:00", "ask_by": "2026-11-05T03:00:00+00:00"}
    ends = (VerdictKind.SKIPPED, VerdictKind.EXPIRED, VerdictKind.WITHDRAWN)
    verdicts = tuple(Verdict(kind=kind, rule="cap", at=NOON, values=times) for kind in ends)
    decision = replace(explained.decisions[0], verdicts=verdicts)

    for line in verdicts_in_words(decision, world.program, "ko"):
        assert line.endswith("[cap] 빨라야 2026-11-20 12:00 · 기한 2026-11-05 12:00"), line


async def test_what_was_given_up_before_its_deadline_is_not_said_to_be_past_it(
    storage: Storage,
) -> None:
    world = World(storage)
    await world.browser(await world.customer("kim"))
    await world.happens("order.paid", "kim", id="e1")
    (explained,) = await world.why("e1")
    times = {"not_before": "2026-11-20T03:00:00+00:00", "ask_by": "2026-11-05T03:00:00+00:00"}
    late = datetime(2026, 11, 6, tzinfo=UTC)
    early, passed = (
        replace(
            explained.decisions[0],
            verdicts=(Verdict(kind=VerdictKind.EXPIRED, rule="cap", at=at, values=times),),
        )
        for at in (NOON, late)
    )

    (hopeless,) = verdicts_in_words(early, world.program, "ko")
    assert "(물을 수 있게 되는 때가 기한 뒤): " in hopeless
    (over,) = verdicts_in_words(passed, world.program, "ko")
    assert "  기한 안에 묻지 못함: " in over


async def test_a_page_for_everybody_has_no_codes_and_keeps_them_beside(storage: Storage) -> None:
    world = World(storage)
    await world.browser(await world.customer("kim"))
    await world.happens("order.paid", "kim", id="e1")
    await world.later(minutes=31)

    (explained,) = await world.why("e1")
    (decided,) = told(explained, world.program, "en")
    assert [code for code in ("[", " need ", "priority") if code in "".join(decided.lines)] == []
    assert len(decided.lines) == len(decided.exact)
    assert "[clear] need " in "".join(decided.exact)


async def test_an_event_that_starts_nothing_says_so(storage: Storage) -> None:
    world = World(storage)
    await world.customer("kim")
    await world.happens("order.viewed", "kim", id="e1")

    lines = in_words(await world.why("e1"), world.program, "en")
    assert lines[1:-1] == ("  No trigger starts from this event",)


async def test_an_event_that_took_a_question_back_says_which(storage: Storage) -> None:
    world = World(storage)
    await world.browser(await world.customer("kim"))
    await world.happens("order.paid", "kim", id="e1")
    await world.later(minutes=1)
    for number in (2, 3):
        await world.happens("order.cancelled", "kim", id=f"e{number}")
        await world.later(minutes=1)

    told = {
        event: in_words(await world.why(event), world.program, "en")[1] for event in ("e2", "e3")
    }
    assert told == {
        "e2": "  It took back the unanswered question of: checkout",
        "e3": "  It takes questions back, and none was there to take back",
    }
    (cancelled,) = as_json(await world.why("e2"))
    assert cancelled["took_back"] == ["checkout"]
    paid = in_words(await world.why("e1"), world.program, "en")
    assert paid[-2].endswith(
        "withdrawn: it was cancelled, refunded or reopened  [reversed] by order.cancelled"
    )


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"at": "2026-10-20T01:00:00Z"}, "on 2026-10-20 10:00"),
        (
            {"seen": {"amount": 100, "on": "2026-11-02T03:00Z"}},
            "the event says amount=100, on=2026-11-02 12:00",
        ),
        ({"identifiers": ["email", "shop:id"]}, "known by email, shop:id"),
        ({"month": "2026-11", "weather": "rain"}, "for 2026-11 · weather=rain"),
        ({"cap": "1/30d", "cooldown_days": 90, "last_contact": None}, ""),
        (
            {"cap": "2/30d", "last_contact": "2026-10-20T01:00:00Z"},
            "cap 2 in 30 days · last asked 2026-10-20 10:00",
        ),
        ({"steps": [["delay", "2026-11-02T13:00:00Z"]]}, ""),
        (
            {"steps": [["delay", "2026-11-02T13:00:00Z"], ["quiet_hours", "2026-11-02T23:00:00Z"]]},
            "the trigger's delay has to pass 2026-11-02 22:00 → quiet hours where the customer is 2026-11-03 08:00",
        ),
    ],
)
async def test_values_are_told_in_words(values: dict[str, Json], told: str) -> None:
    world = World()
    await world.browser(await world.customer("kim"))
    await world.happens("order.paid", "kim", id="e1")
    (explained,) = await world.why("e1")
    verdict = Verdict(kind=VerdictKind.SKIPPED, rule="x", at=NOON, values=values)
    decision = replace(explained.decisions[0], verdicts=(verdict,))

    lines = in_words((replace(explained, decisions=(decision,)),), world.program, "en")
    assert lines[-2].partition("[x]")[2].strip() == told


@pytest.mark.parametrize(
    ("language", "words"),
    [("ko", "보내지 않음: chat_not_found"), ("en", "skipped: chat_not_found")],
)
async def test_a_platforms_own_reason_is_shown_as_it_is(language: str, words: str) -> None:
    world = World()
    await world.browser(await world.customer("kim"))
    await world.happens("order.paid", "kim", id="e1")
    (explained,) = await world.why("e1")
    failed = Verdict(kind=VerdictKind.SKIPPED, rule="chat_not_found", at=NOON)
    decision = replace(explained.decisions[0], verdicts=(failed,))

    lines = in_words((replace(explained, decisions=(decision,)),), world.program, language)
    assert lines[-2] == f"    2026-11-02 12:00  {words}  [chat_not_found]"


async def test_the_same_is_given_as_json(storage: Storage) -> None:
    world = World(storage)
    await world.browser(await world.customer("kim"))
    await world.happens("order.paid", "kim", id="e1")

    (found,) = json.loads(json.dumps(as_json(await world.why("kim"))))
    assert found["took_back"] == []
    assert found["event"] == {
        "source": "shop",
        "id": "e1",
        "type": "order.paid",
        "subject": "o1",
        "time": "2026-11-02T03:00:00+00:00",
    }
    (decision,) = found["decisions"]
    assert (decision["trigger"], decision["state"]) == ("checkout", "held")
    assert decision["program_version"] == world.program.version
    assert decision["verdicts"][0]["rule"] == "delay"


async def test_a_customers_events_come_newest_first(storage: Storage) -> None:
    world = World(storage)
    await world.customer("kim")
    for number in range(3):
        await world.happens("order.paid", "kim", f"o{number}")
        world.clock.at += timedelta(hours=1)

    assert [e.event.event.subject for e in await world.why("kim")] == ["o2", "o1", "o0"]
