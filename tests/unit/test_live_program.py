"""surveys.service.live: the program in force, as a server's units of work see it."""

from threading import Event as Flag
from threading import Thread

from bot.following import Following
from storage.memory.store import MemoryStorage
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.service.live import LiveProgram
from surveys.stored_programs import ProgramVersion, Source
from tests.programs import standard, varied
from tests.world import World

OLD, NEW = standard(), varied(rules={"cooldown_days": 30})


def published(world: World, program: Program, number: int = 1) -> ProgramVersion:
    return ProgramVersion(
        number=number,
        hash=program.version,
        text="",
        author="cli:ann",
        source=Source.APPLY,
        published_at=world.clock.now(),
    )


def put(world: World, tx: UnitOfWork, program: Program, number: int = 1) -> None:
    tx.programs.put(program.version, program.to_json(), world.clock.now())
    tx.program_versions.add(published(world, program, number))


async def test_a_published_program_is_seen_by_the_next_unit_of_work() -> None:
    world, live = World(program=OLD), LiveProgram(OLD)
    storage = Following(world.storage, live)
    assert live.program == OLD

    await world.write(lambda tx: put(world, tx, NEW))

    assert live.program == OLD, "nobody has looked"
    assert await storage.read(lambda _: live.program) == NEW
    assert live.program == NEW


async def test_a_unit_of_work_that_publishes_goes_on_by_the_program_it_began_with() -> None:
    world, live = World(program=OLD), LiveProgram(OLD)

    def publish(tx: UnitOfWork) -> Program:
        put(world, tx, NEW)
        return live.program

    assert await Following(world.storage, live).write(publish) == OLD


async def test_what_was_not_committed_is_in_force_no_longer() -> None:
    world, live = World(program=OLD), LiveProgram(OLD)
    await world.write(lambda tx: put(world, tx, OLD))
    follower = Following(world.storage, live)

    def both(tx: UnitOfWork) -> Program:
        put(world, tx, NEW, number=2)
        return live.following(lambda _: live.program)(tx)

    assert await world.storage.read(both) == NEW, "inside the transaction"
    assert await follower.read(lambda _: live.program) == OLD


def test_threads_see_each_its_own_unit_of_work() -> None:
    world, live = World(program=OLD), LiveProgram(OLD)
    rows: list[UnitOfWork] = []
    began, published_since, seen = Flag(), Flag(), list[Program]()

    def slow(_: UnitOfWork) -> None:
        began.set()
        published_since.wait(10)
        seen.append(live.program)

    storage = MemoryStorage()
    rows.append(storage._rows)
    thread = Thread(target=lambda: live.following(slow)(rows[0]))
    thread.start()
    began.wait(10)
    put(world, rows[0], NEW)
    assert live.following(lambda _: live.program)(rows[0]) == NEW
    published_since.set()
    thread.join(10)

    assert seen == [OLD]


async def test_what_this_aftertouch_cannot_read_leaves_it_with_what_it_knew() -> None:
    world, live = World(program=OLD), LiveProgram(OLD)
    unread = ProgramVersion(
        number=1,
        hash="later",
        text="",
        author="cli:ann",
        source=Source.APPLY,
        published_at=world.clock.now(),
    )

    def publish(tx: UnitOfWork) -> None:
        tx.programs.put("later", '{"of": "a later release"}', world.clock.now())
        tx.program_versions.add(unread)

    await world.write(publish)
    storage = Following(world.storage, live)

    assert await storage.read(lambda _: live.program) == OLD
    assert await storage.read(lambda _: live.program) == OLD, "and again"


async def test_a_version_whose_content_is_gone_changes_nothing() -> None:
    world, live = World(program=OLD), LiveProgram(OLD)
    await world.write(lambda tx: tx.program_versions.add(published(world, NEW)))

    assert await Following(world.storage, live).read(lambda _: live.program) == OLD


async def test_a_unit_that_sees_what_was_before_does_not_take_the_process_back() -> None:
    world, live = World(program=OLD), LiveProgram(varied(rules={"cooldown_days": 7}))
    before, after = MemoryStorage(), MemoryStorage()
    for storage in (before, after):
        await storage.write(lambda tx: put(world, tx, OLD))
    await after.write(lambda tx: put(world, tx, NEW, number=2))

    assert await Following(after, live).read(lambda _: live.program) == NEW
    assert await Following(before, live).read(lambda _: live.program) == OLD
    assert live.program == NEW

    await before.write(lambda tx: put(world, tx, NEW, number=2))
    await before.write(lambda tx: tx.program_versions.add(published(world, OLD, number=3)))
    assert await Following(before, live).read(lambda _: live.program) == OLD
    assert live.program == OLD, "an earlier program that is in force again"
