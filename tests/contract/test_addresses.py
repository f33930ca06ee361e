"""surveys.ports.Addresses."""

from dataclasses import replace

from surveys.model import Channel
from surveys.ports import Storage
from tests.contract import examples as ex


async def test_an_address_is_found_by_its_platform_user_as_last_saved(world: Storage) -> None:
    address = ex.address("a1", locale="en-GB", user="U1")
    moved = replace(address, person_id="ben", chat="-100", reachable=False, locale=None)

    await world.write(lambda unit: unit.addresses.add(address))
    assert await world.read(lambda unit: unit.addresses.get("a1")) == address
    assert await world.write(lambda unit: unit.addresses.look("a1")) == address
    await world.write(lambda unit: unit.addresses.save(moved))

    found = await world.read(lambda unit: unit.addresses.find(Channel.TELEGRAM, "7001", "U1"))
    assert found == moved
    others = (
        (Channel.SLACK, "7001", "U1"),
        (Channel.TELEGRAM, "7002", "U1"),
        (Channel.TELEGRAM, "7001", "u1"),
    )
    strangers = await world.read(lambda unit: [unit.addresses.find(*other) for other in others])
    assert strangers == [None, None, None]


async def test_addresses_of_a_person_come_newest_first(world: Storage) -> None:
    await ex.store_all(
        world,
        lambda unit: unit.addresses.add,
        ex.address("middle", created_at=ex.at(2)),
        ex.address("newest", created_at=ex.at(3)),
        ex.address("older", created_at=ex.at(1), reachable=False),
        ex.address("bens", person_id="ben"),
    )

    found = await world.read(lambda unit: unit.addresses.of_person("ann"))
    assert [a.id for a in found] == ["newest", "middle", "older", "ann-tg", "ann-web"]
