"""surveys.ports.ContactClocks."""

from surveys.ports import Storage, UnitOfWork
from tests.contract import examples as ex


async def test_locking_returns_the_slots_oldest_first(world: Storage) -> None:
    second = ex.slot("invitation-1", at=ex.at(2))
    first = ex.slot("invitation-2", at=ex.at(1), instrument="nps", stage="advocacy")
    bens = ex.slot("invitation-3", person_id="ben")
    await ex.store_all(world, lambda unit: unit.clocks.reserve, second, first, bens)

    assert await world.write(lambda unit: unit.clocks.lock("ann")) == (first, second)
    assert await world.write(lambda unit: unit.clocks.lock("ben")) == (bens,)


async def test_a_person_never_contacted_can_be_locked_and_locked_again(world: Storage) -> None:
    def work(unit: UnitOfWork) -> list[tuple[object, ...]]:
        return [unit.clocks.lock("ann"), unit.clocks.lock("ann")]

    assert await world.write(work) == [(), ()]
    assert await world.write(work) == [(), ()]


async def test_reserving_again_replaces_the_slot_of_the_same_invitation(world: Storage) -> None:
    moved = ex.slot("invitation-1", at=ex.at(7), stage="retention")

    await ex.store_all(world, lambda unit: unit.clocks.reserve, ex.slot("invitation-1"), moved)

    assert await world.write(lambda unit: unit.clocks.lock("ann")) == (moved,)


async def test_giving_back_removes_the_slot_if_there_is_one(world: Storage) -> None:
    kept = ex.slot("invitation-2")

    def work(unit: UnitOfWork) -> None:
        unit.clocks.reserve(ex.slot("invitation-1"))
        unit.clocks.reserve(kept)
        unit.clocks.give_back("invitation-1")
        unit.clocks.give_back("invitation-1")
        unit.clocks.give_back("none")

    await world.write(work)

    assert await world.write(lambda unit: unit.clocks.lock("ann")) == (kept,)
