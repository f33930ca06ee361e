"""Rehearsing what was live gives the recorded verdict lists; any other program is an estimate, and says so."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from bot.desk import Desk
from bot.following import Following
from storage.memory import MemoryStorage
from surveys.errors import NotFound
from surveys.model import Command, Decision, Json
from surveys.ports import Storage, UnitOfWork
from surveys.program import Program
from surveys.rehearsing import Rehearsal
from surveys.service import identities
from surveys.service.pauses import pause, resume
from surveys.stored_programs import ProgramVersion, Source
from tests.phones import BLOCKED, Phone
from tests.programs import standard, varied
from tests.rehearsals import BEGIN, differences, rehearsed
from tests.world import World

AT_ONCE: dict[str, Json] = {t.id: {"after": "0s", "occurrence": None} for t in standard().triggers}
FIRST = varied(rules={"quiet_hours": None, "cap": {"asks": 1, "days": 30}}, triggers=AT_ONCE)
SECOND = varied(
    rules={"cap": {"asks": 2, "days": 7}, "cooldown_days": 3},
    triggers={**AT_ONCE, "checkout": {"after": "2h", "share": 0.5, "withdrawn_by": ["order.cancelled"]}},
)


async def publish(world: World, program: Program, number: int) -> None:
    def put(tx: UnitOfWork) -> None:
        tx.programs.put(program.version, program.to_json(), world.clock.now())
        tx.program_versions.add(
            ProgramVersion(
                number=number,
                hash=program.version,
                text="",
                author="cli:ann",
                source=Source.APPLY,
                published_at=world.clock.now(),
            )
        )

    await world.write(put)


async def shop(storage: Storage, program: Program = FIRST) -> World:
    """A shop that follows what is published."""
    world = World(storage, program)
    world.storage = Following(storage, world.ctx.live)
    world.desk = Desk(storage=world.storage, ctx=world.ctx, wake=lambda: None)
    await publish(world, program, 1)
    world.clock.at += timedelta(minutes=1)
    return world


async def look(world: World, **wanted: Any) -> Rehearsal:
    return await world.storage.read(lambda tx: rehearsed(tx, world.ctx.program, **wanted))


async def decisions(world: World) -> list[Decision]:
    found = await world.storage.read(lambda tx: rehearsed(tx, world.ctx.program).wish)
    pasts = await world.storage.read(lambda tx: tx.pasts.page(found.since, found.until, None, 9999))
    return [decision for past in pasts for decision in past.decisions]


async def month(world: World) -> None:
    """Customers with and without consent, in three zones; one blocks, one leaves, one pauses, two turn out to be one."""
    phones = {}
    for number, zone in enumerate(("Asia/Seoul", "America/New_York", None, "Europe/Paris")):
        person = await world.customer(f"c{number}", timezone=zone)
        phones[number] = Phone(world, f"70{number}")
        await phones[number].starts(person)
    await world.customer("silent", consent=False)
    for day in range(10):
        for number in (*phones, "silent"):
            name = number if number == "silent" else f"c{number}"
            await world.happens("order.paid", name, f"o{day}-{name}")
            if day % 3 == 1:
                await world.happens("support.solved", name, f"t{day}-{name}", handler="ann")
            if day % 4 == 2:
                await world.happens("order.cancelled", name, f"o{day}-{name}")
        await happen(world, day, phones)
        await world.later(hours=23, minutes=7)
        for phone in phones.values():
            await phone.reads()


async def happen(world: World, day: int, phones: dict[int, Phone]) -> None:
    """What else one of the days brings."""
    if day == 2:
        await world.write(partial(pause, ctx=world.ctx, of="trigger", name="checkout", by="ann"))
    if day == 4:
        await publish(world, SECOND, 2)
        await world.write(partial(resume, ctx=world.ctx, of="trigger", name="checkout", by="ann"))
    if day == 5:
        for claimed in await phones[2].claims():
            await phones[2].settles(claimed, BLOCKED)
    if day == 6:
        await phones[1].acts(Command(name="stop"))
        await world.write(
            lambda tx: identities.join_by_hand(tx, world.ctx, "c0", "c3", "cli:ann")
        )
    if day == 8:
        await publish(world, FIRST, 3)
        await world.customer("silent")


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


async def test_what_is_known_today_changes_nothing_about_then() -> None:
    world = await shop(MemoryStorage())
    await month(world)
    before = (await look(world)).tally.people

    await world.customer("c0", timezone="Pacific/Auckland")
    await publish(world, varied(rules={"cap": {"asks": 9, "days": 1}}), 4)
    await world.write(partial(pause, ctx=world.ctx, of="survey", name="checkout-csat", by="ann"))
    await world.customer("silent")

    assert (await look(world)).tally.people == before
