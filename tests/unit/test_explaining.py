"""Why somebody was asked or not, in words of both languages."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from surveys.model import Identifier, Verdict, VerdictKind
from surveys.ports import Storage
from surveys.service.explaining import as_json, in_words
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
            "    2026-11-02 12:00  기다려요: 트리거의 대기 시간이 지나야 함  [delay] "
            "not_before=2026-11-02T03:30:00Z steps=[['delay', '2026-11-02T03:30:00Z']] "
            "ask_by=2026-11-04T03:30:00Z cap=1/30d cooldown_days=90 last_contact=None"
        ),
    )
    english = in_words(explained, world.program, "en")
    assert english[0] == "2026-11-02 12:00  event order.paid · o1"
    assert english[3].startswith(
        "    2026-11-02 12:31  released: every rule allows it  [clear] need="
    )


async def test_an_event_that_starts_nothing_says_so(storage: Storage) -> None:
    world = World(storage)
    await world.customer("kim")
    await world.happens("order.viewed", "kim", id="e1")

    lines = in_words(await world.why("e1"), world.program, "en")
    assert lines[1:] == ("  No trigger starts from this event",)


@pytest.mark.parametrize(
    ("language", "words"),
    [("ko", "묻지 않아요: chat_not_found"), ("en", "skipped: chat_not_found")],
)
async def test_a_platforms_own_reason_is_shown_as_it_is(language: str, words: str) -> None:
    world = World()
    await world.browser(await world.customer("kim"))
    await world.happens("order.paid", "kim", id="e1")
    (explained,) = await world.why("e1")
    failed = Verdict(kind=VerdictKind.SKIPPED, rule="chat_not_found", at=NOON)
    decision = replace(explained.decisions[0], verdicts=(failed,))

    lines = in_words((replace(explained, decisions=(decision,)),), world.program, language)
    assert lines[-1] == f"    2026-11-02 12:00  {words}  [chat_not_found]"


async def test_the_same_is_given_as_json(storage: Storage) -> None:
    world = World(storage)
    await world.browser(await world.customer("kim"))
    await world.happens("order.paid", "kim", id="e1")

    (found,) = json.loads(json.dumps(as_json(await world.why("kim"))))
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
