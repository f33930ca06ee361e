"""surveys.ports.Links."""

from dataclasses import replace

from surveys.model import Channel
from surveys.ports import Storage, UnitOfWork
from tests.contract import examples as ex


async def test_a_used_link_can_still_be_looked_at(world: Storage) -> None:
    link = ex.link("l")

    def work(unit: UnitOfWork) -> None:
        unit.links.add(link)
        unit.links.use(link.token_hash, link.channel, ex.at(0))

    await world.write(work)

    found = await world.read(lambda unit: unit.links.look(link.token_hash))
    assert found is not None
    assert found.used_at == ex.at(0)
    assert await world.read(lambda unit: unit.links.look("nothing")) is None


async def test_a_link_is_used_once(world: Storage) -> None:
    await world.write(lambda unit: unit.links.add(ex.link("h1")))

    used = await world.write(lambda unit: unit.links.use("h1", Channel.TELEGRAM, ex.at(1)))
    again = await world.write(lambda unit: unit.links.use("h1", Channel.TELEGRAM, ex.at(2)))

    assert used == replace(ex.link("h1"), used_at=ex.at(1))
    assert again is None


async def test_an_unknown_an_expired_and_a_used_link_look_the_same(world: Storage) -> None:
    await ex.store_all(
        world,
        lambda unit: unit.links.add,
        ex.link("expired", expires_at=ex.at(5)),
        ex.link("used", used_at=ex.at(1)),
    )

    hashes = ("unknown", "expired", "used")
    used = await world.write(
        lambda unit: [unit.links.use(h, Channel.TELEGRAM, ex.at(5)) for h in hashes]
    )
    assert used == [None, None, None]


async def test_a_use_that_is_undone_leaves_the_link_usable(world: Storage) -> None:
    await world.write(lambda unit: unit.links.add(ex.link("h1")))

    await ex.fail(world, lambda unit: unit.links.use("h1", Channel.TELEGRAM, ex.at(1)))

    used = await world.write(lambda unit: unit.links.use("h1", Channel.TELEGRAM, ex.at(2)))
    assert used == replace(ex.link("h1"), used_at=ex.at(2))


async def test_a_web_session_comes_back_by_its_hash(world: Storage) -> None:
    session = ex.web_session("s1")

    await world.write(lambda unit: unit.links.add_session(session))

    assert await world.read(lambda unit: unit.links.session("s1")) == session
