"""surveys.ports.Consents."""

from surveys.model import Purpose
from surveys.ports import Storage
from tests.contract import examples as ex


async def test_the_ledger_is_read_by_time_then_insertion(world: Storage) -> None:
    late = ex.consent(at=ex.at(5), granted=False, locale="ko", text_version="v2")
    first = ex.consent(at=ex.at(1), purpose=Purpose.MARKETING)
    second = ex.consent(at=ex.at(1), granted=False)
    third = ex.consent(at=ex.at(1), granted=True)

    await ex.store_all(
        world, lambda unit: unit.consents.add, late, first, ex.consent(person_id="ben"), second
    )
    await ex.store_all(world, lambda unit: unit.consents.add, third)

    ledger = await world.read(lambda unit: unit.consents.of_person("ann"))
    assert ledger == (first, second, third, late)


async def test_the_same_entry_twice_is_two_entries(world: Storage) -> None:
    await ex.store_all(world, lambda unit: unit.consents.add, ex.consent(), ex.consent())

    ledger = await world.read(lambda unit: unit.consents.of_person("ann"))
    assert ledger == (ex.consent(), ex.consent())
