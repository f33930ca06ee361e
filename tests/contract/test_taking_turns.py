"""What several of the staff change at the same instant: nothing of it is lost, on any store."""

import asyncio
from functools import partial

from surveys.errors import BaseMoved
from surveys.ports import Storage, UnitOfWork
from surveys.program import default_program_text
from surveys.program.patching import edit
from surveys.service.drafting import save_draft
from surveys.service.pauses import pause, pauses, resume
from surveys.service.planned import Shown, carry_out, due_of, plan_publish
from surveys.service.publishing import Proposal
from surveys.service.starting import Configured, take_up
from surveys.stored_programs import Owner, ProgramDraft, Source
from tests.programs import standard
from tests.world import World


async def test_pauses_of_one_instant_all_stand_and_all_end(store: Storage) -> None:
    world = World(store)
    names = [trigger.id for trigger in world.program.triggers]

    def on(tx: UnitOfWork, name: str) -> bool:
        return pause(tx, world.ctx, "trigger", name, f"staff:{name}")

    def off(tx: UnitOfWork, name: str) -> bool:
        return resume(tx, world.ctx, "trigger", name, f"staff:{name}")

    done = await asyncio.gather(*(store.write(partial(on, name=name)) for name in names))
    stood = await store.read(pauses)
    undone = await asyncio.gather(*(store.write(partial(off, name=name)) for name in names[1:]))

    assert all(done)
    assert {each.id for each in stood} == set(names)
    assert all(undone)
    assert [each.id for each in await store.read(pauses)] == names[:1]


async def test_of_two_first_drafts_of_a_part_one_is_kept_and_the_other_told(store: Storage) -> None:
    world = World(store)
    given = Configured(program=standard(), text="")
    await store.write(lambda tx: take_up(tx, world.ctx, given, applies=True))

    def save(tx: UnitOfWork, author: str) -> ProgramDraft:
        return save_draft(tx, world.ctx, "survey:x", {"by": author}, base=1, author=author)

    for _ in range(3):
        done = await asyncio.gather(
            *(store.write(partial(save, author=f"staff:{n}")) for n in range(4)),
            return_exceptions=True,
        )
        kept = [each for each in done if isinstance(each, ProgramDraft)]
        assert [type(each) for each in done].count(BaseMoved) == 3, done
        assert await store.read(lambda tx: tx.program_drafts.get("survey:x")) == kept[0]
        await store.write(lambda tx: tx.program_drafts.remove("survey:x"))


async def test_of_four_workers_one_publishes_what_is_due(store: Storage) -> None:
    world = World(store)
    given = Configured(program=world.program, text=default_program_text())
    await store.write(lambda tx: take_up(tx, world.ctx, given, applies=True))
    text = edit(given.text, "trigger:cart", {"after": "3h"}).text
    wanted = Proposal(text=text, by=Owner.CONSOLE, author="staff:minji", source=Source.CONSOLE)
    due = due_of(world.ctx, "2026-11-02T12:30")
    await store.write(lambda tx: plan_publish(tx, world.ctx, wanted, due, Shown(trigger="cart")))
    world.clock.at = due.at

    done = await asyncio.gather(
        *(store.write(lambda tx: carry_out(tx, world.ctx)) for _ in range(4)),
        return_exceptions=True,
    )

    assert [each.number for each in done if not isinstance(each, BaseException) and each] == [2], (
        done
    )
    assert [each for each in done if isinstance(each, BaseException)] == []
    versions = await store.read(lambda tx: tx.program_versions.history(9))
    assert [each.number for each in versions] == [2, 1]
    assert await store.read(lambda tx: tx.planned_publishes.waiting()) == ()
