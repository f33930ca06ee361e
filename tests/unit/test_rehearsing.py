"""Rehearsing what was live gives the recorded verdict lists; any other program is an estimate, and says so."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from storage.memory import MemoryStorage
from surveys.errors import NotFound
from surveys.model import Decision
from surveys.ports import Storage
from surveys.rehearsing import Closed, Rehearsal, expected
from surveys.service import erasing
from surveys.service.identities import find_person
from surveys.service.pauses import pause
from tests.programs import varied
from tests.rehearsals import differences, rehearsed
from tests.rehearsed_shop import AT_ONCE, FIRST, SECOND, STRICT, consenting, month, publish, shop
from tests.world import World


async def look(world: World, **wanted: Any) -> Rehearsal:
    return await world.storage.read(lambda tx: rehearsed(tx, world.ctx.program, **wanted))


async def decisions(world: World) -> list[Decision]:
    found = await world.storage.read(lambda tx: rehearsed(tx, world.ctx.program).wish)
    pasts = await world.storage.read(lambda tx: tx.pasts.page(found.since, found.until, None, 9999))
    return [decision for past in pasts for decision in past.decisions]


async def test_what_was_live_gives_the_recorded_lists_row_for_row(storage: Storage) -> None:
    world = await shop(storage)
    await month(world)

    found = await look(world)

    recorded = await decisions(world)
    rules = {verdict.rule for decision in recorded for verdict in decision.verdicts}
    assert {"cap", "sampling", "staff_pause", "unreachable", "consent_withdrawn"} <= rules
    assert list(differences(found)) == []
    assert (found.exact, found.same) == (True, len(recorded))
    assert found.to_json()["label"] == "exact"


async def test_an_event_told_twice_and_whoever_was_erased_change_nothing_for_the_others(
    storage: Storage,
) -> None:
    world = await shop(storage)
    await month(world)
    before = [row for row in (await look(world)).tally.people if row["customer"] == "c2"]

    for _ in range(2):
        await world.happens("order.paid", "c2", "o99", id="twice")
    erased = (await world.write(lambda tx: find_person(tx, "c3"))).id
    await world.write(lambda tx: erasing.erase(tx, world.ctx, erased, by="cli:ann"))
    found = await look(world)

    after = found.tally.people
    assert (list(differences(found)), found.exact) == ([], True)
    assert {row["customer"] for row in after}.isdisjoint({"c0", "c3"}), "the two were one"
    rows = [row for row in after if row["customer"] == "c2"]
    assert [row for row in rows if row["event"] != "twice"] == before
    assert [row["trigger"] for row in rows if row["event"] == "twice"] == ["checkout"]


async def test_what_is_known_today_changes_nothing_about_then() -> None:
    world = await shop(MemoryStorage())
    await month(world)
    before = (await look(world)).tally.people

    await world.customer("c0", timezone="Pacific/Auckland")
    await publish(world, varied(rules={"cap": {"asks": 9, "days": 1}}), 4)
    await world.write(partial(pause, ctx=world.ctx, of="survey", name="checkout-csat", by="ann"))
    await world.customer("silent")

    assert (await look(world)).tally.people == before


async def test_another_program_is_an_estimate_and_its_own_asks_take_the_places() -> None:
    world = await shop(MemoryStorage())
    await month(world)
    looser = varied(rules={"quiet_hours": None, "cap": {"asks": 1, "days": 5}}, triggers=AT_ONCE)

    found = await look(world, program=looser)

    told = found.to_json()
    assert (told["label"], told["because"]) == ("estimate", ["other_program"])
    assert told["compared"] is None
    asked = [row for row in told["people"] if row["end"] == "asked" and row["customer"] == "c1"]
    days = [row["at"][:10] for row in sorted(asked, key=lambda row: row["at"])]
    assert days[:2] == ["2026-11-02", "2026-11-07"], (
        "five days apart, until she leaves on the sixth"
    )
    assert {row["rule"] for row in told["rules"]} >= {"cap", "unreachable", "consent_withdrawn"}


async def test_a_condition_on_what_was_not_stored_says_that_nobody_knows() -> None:
    world = await shop(MemoryStorage())
    await consenting(world)
    await world.happens("order.paid", "kim", "o1")
    rich = {"where": {"path": "colour", "eq": "red"}}

    told = (await look(world, program=varied(triggers={"checkout": rich}))).to_json()

    assert told["absent"] == [{"path": "colour", "of": 1, "without": 1, "unknown": 1}]
    assert [row["rule"] for row in told["people"]] == ["condition"]


async def test_the_only_program_that_was_live_is_exact_by_its_own_name_too() -> None:
    world = await shop(MemoryStorage())
    world.clock.at += timedelta(days=1)
    await consenting(world)
    await world.happens("order.paid", "kim", "o1")
    since = world.clock.at - timedelta(hours=1)

    until = world.clock.at + timedelta(hours=1)
    found = await look(world, program=FIRST, since=since, until=until)
    other = await look(world, program=SECOND, since=since, until=until)

    assert (found.exact, found.same) == (True, 1)
    assert (other.exact, other.same) == (False, 0)


async def test_supposing_the_live_program_finds_who_was_asked() -> None:
    """The estimate is made by the same rules: where nothing else came between, it comes to the same."""
    world = await shop(MemoryStorage())
    phone = await consenting(world)
    for day in range(6):
        await world.happens("order.paid", "kim", f"o{day}")
        await phone.reads()
        await world.later(days=1)
    asked = [d for d in await decisions(world) if d.verdicts[-1].kind == "asked"]
    same_but_name = varied(rules=STRICT, triggers=AT_ONCE, attributes=["plan"])

    found = await look(world, program=same_but_name, until=world.clock.at)

    assert not found.exact
    assert found.tally.ends["asked"] == len(asked) == 1
    assert found.tally.ends["suppressed"] == 5


@pytest.mark.parametrize("is_supposed", [True, False])
async def test_whose_question_took_the_place_is_told_by_its_trigger(is_supposed: bool) -> None:
    world = await shop(MemoryStorage())
    phone = await consenting(world)
    await world.happens("order.paid", "kim", "o1")
    await phone.reads()
    later = world.clock.at + timedelta(hours=12)
    await world.later(days=1)
    await world.happens("support.solved", "kim", "t1", handler="ann")
    await world.happens("order.paid", "kim", "o2")
    await world.later(days=1)
    program = varied(rules=STRICT, triggers=AT_ONCE, attributes=["plan"]) if is_supposed else None

    async def taken(**wanted: Any) -> Any:
        found = await look(world, program=program, until=world.clock.at, **wanted)
        return found.to_json()["taken_by"]

    assert await taken(trigger="support") == [{"rule": "cap", "trigger": "checkout", "count": 1}]
    assert await taken(trigger="checkout") == [
        {"rule": "cooldown", "trigger": "checkout", "count": 1}
    ]
    assert await taken(trigger="support", since=later) == [
        {"rule": "cap", "trigger": "", "count": 1}
    ]


async def test_decisions_from_before_it_was_kept_what_rules_saw_are_told_apart() -> None:
    world = await shop(MemoryStorage())
    await consenting(world)
    await world.happens("order.paid", "kim", "o1")
    (kept,) = await decisions(world)
    older = replace(kept, verdicts=tuple(replace(v, seen=None) for v in kept.verdicts))
    await world.write(lambda tx: tx.decisions.save(older))

    found = await look(world)

    assert found.to_json()["because"] == ["older_decisions"]
    assert (found.exact, found.unknown, found.same, found.tally.courses) == (False, 1, 0, 1)


async def test_a_list_that_comes_out_otherwise_is_shown_beside_the_recorded_one() -> None:
    world = await shop(MemoryStorage())
    await consenting(world)
    await world.happens("order.paid", "kim", "o1")
    (kept,) = await decisions(world)
    first = kept.verdicts[0]
    opted_out = {**(first.seen or {}), "opted_out_at": world.clock.at.isoformat()}
    changed = replace(kept, verdicts=(replace(first, seen=opted_out), *kept.verdicts[1:]))
    await world.write(lambda tx: tx.decisions.save(changed))

    told = (await look(world)).to_json()["compared"]

    assert (told["same"], told["different"]) == (0, 1)
    assert [v["rule"] for v in told["differences"][0]["recorded"]] == [
        v.rule for v in kept.verdicts
    ]
    assert told["differences"][0]["rehearsed"][0]["rule"] == "opted_out"


async def test_one_survey_is_shown_while_all_take_their_places() -> None:
    world = await shop(MemoryStorage())
    await month(world)

    alone = await look(world, survey="support-ces")
    everything = await look(world)

    assert {row["trigger"] for row in alone.tally.people} == {"support"}
    told = [row for row in everything.tally.people if row["trigger"] == "support"]
    assert alone.tally.people == told
    with pytest.raises(NotFound):
        await look(world, survey="nothing")


async def test_nobody_is_told_beyond_the_limit_and_all_are_counted() -> None:
    world = await shop(MemoryStorage())
    await consenting(world)
    for number in range(4):
        await world.happens("order.paid", "kim", f"o{number}")

    told = (await look(world, people=1)).to_json()

    assert (len(told["people"]), told["people_left_out"], told["decisions"]) == (1, 3, 4)


def test_the_share_that_answers_and_their_spread_give_the_interval() -> None:
    """80 asked at 25% bring 20 answers; half of them satisfied: Wilson's interval of 10 of 20."""
    closed = Closed(delivered=400, answered=100, scores=(50, 0, 0, 50, 0))

    found = expected("purchase", "csat", 80, closed)

    assert (found.rate, found.answers) == (0.25, 20.0)
    assert found.half_width == pytest.approx(100 * (0.701 - 0.299) / 2, abs=0.1)


def test_of_supposed_questions_as_many_arrive_as_did() -> None:
    closed = Closed(invited=800, delivered=400, answered=100, scores=(50, 0, 0, 50, 0))

    found = expected("purchase", "csat", 80, closed, arrived=False)

    assert (found.rate, found.answers, found.arrived) == (0.25, 10.0, 40.0)
    assert found.to_json()["arrived"] == 40.0


@pytest.mark.parametrize(
    "closed", [Closed(), Closed(delivered=29, answered=29, scores=(29, 0, 0, 0, 0))]
)
def test_where_closed_days_tell_too_little_nothing_is_expected(closed: Closed) -> None:
    found = expected("purchase", "csat", 80, closed)

    assert (found.arrived, found.rate, found.answers) == (None, None, None)
    assert found.half_width is None
