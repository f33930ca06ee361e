"""What several of the staff change at the same instant: nothing of it is lost, on any store."""

import asyncio
from functools import partial

from surveys.errors import BaseMoved
from surveys.ports import Storage, UnitOfWork
from surveys.service.drafting import save_draft
from surveys.service.pauses import pause, pauses, resume
from surveys.service.starting import Configured, take_up
from surveys.stored_programs import ProgramDraft
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
