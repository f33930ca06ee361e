"""An older copy of the database: how it gives itself away, and what becomes of what it was sending."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from bot.heart import EVERY, BeatFile, Heart
from storage.memory import MemoryStorage
from surveys.model import Channel, Delivery, DeliveryClass, DeliveryState, Started
from surveys.ports import Storage, UnitOfWork
from surveys.service import operating
from surveys.service.copies import Beat, Checked, beat_on, distrust, name_of
from surveys.service.holding import standing_hold
from tests.phones import Phone
from tests.programs import varied
from tests.world import NOON, World

T = TypeVar("T")
NAME = name_of("salt")


async def beat(world: World, number: int | None, *, name: str = NAME) -> Checked:
    remembered = Beat(database=name, number=number) if number is not None else None
    return await world.write(lambda tx: beat_on(tx, world.ctx, remembered, beside=True))


async def held(world: World) -> str | None:
    hold = await world.storage.read(standing_hold)
    return hold.reason if hold else None


async def test_a_beat_follows_the_other_and_holds_nothing(storage: Storage) -> None:
    world = World(storage)

    assert await beat(world, None) == Checked(beat=Beat(database=NAME, number=1), is_copy=False)
    assert await beat(world, 1) == Checked(beat=Beat(database=NAME, number=2), is_copy=False)
    assert await beat(world, 1) == Checked(beat=Beat(database=NAME, number=3), is_copy=False)
    assert await held(world) is None


@pytest.mark.parametrize(
    ("remembered", "name"),
    [(9, NAME), (None, NAME), (1, name_of("another"))],
    ids=["the file is ahead", "no file", "another database's file"],
)
async def test_what_is_behind_its_file_or_has_none_is_a_copy(
    storage: Storage, remembered: int | None, name: str
) -> None:
    world = World(storage)
    await beat(world, None)

    checked = await beat(world, remembered, name=name)
    assert checked.is_copy
    assert checked.beat.number > max(1, remembered if remembered and name == NAME else 0)
    assert await held(world) == "older_copy"
    assert not (await beat(world, checked.beat.number)).is_copy


async def test_a_new_database_beside_an_old_ones_file_is_no_copy(storage: Storage) -> None:
    world = World(storage)

    assert not (await beat(world, 41, name=name_of("another"))).is_copy
    assert await held(world) is None


async def test_where_nothing_is_kept_outside_nothing_is_suspected(storage: Storage) -> None:
    world = World(storage)

    for _ in range(2):
        assert not (
            await world.write(lambda tx: beat_on(tx, world.ctx, None, beside=False))
        ).is_copy


async def test_in_a_copy_every_sending_row_becomes_unknown_whatever_its_class(
    storage: Storage,
) -> None:
    world = World(storage, varied(triggers={"checkout": {"after": "0s"}}))
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    await world.happens("order.paid", "kim")
    (question,) = await phone.claims()
    edit = Delivery(
        id="edit",
        key="edit",
        person_id=question.delivery.person_id,
        address_id=question.delivery.address_id,
        channel=Channel.TELEGRAM,
        delivery_class=DeliveryClass.EDIT,
        kind="chosen",
        state=DeliveryState.SENDING,
        created_at=NOON,
        due_at=None,
        target_id=question.delivery.id,
        fence=1,
        attempts=1,
        started_at=NOON,
    )
    await world.write(lambda tx: tx.deliveries.add(edit))
    await beat(world, None)
    await beat(world, 9)
    assert await phone.claims() == ()
    assert [await world.write(lambda tx: distrust(tx, world.ctx, 1)) for _ in range(3)] == [1, 1, 0]

    told = await storage.read(lambda tx: operating.unsettled(tx, 9))
    assert [(each.delivery.id, each.delivery.reason) for each in told] == [
        (question.delivery.id, "restored"),
        ("edit", "restored"),
    ]
    assert await storage.read(lambda tx: tx.deliveries.count(DeliveryState.SENDING)) == 0
    assert await phone.claims() == ()
    (deed,) = await storage.read(lambda tx: tx.audit.newest(9))
    assert (deed.by, deed.act) == ("aftertouch", "hold")


# --- the file, and when the heart beats -----------------------------------------------------------


def test_the_file_gives_back_what_was_written_and_nothing_for_junk(tmp_path: Path) -> None:
    path = tmp_path / "beat"
    file = BeatFile(path)
    assert file.read() is None

    for number in (7, 123_456):
        file.write(Beat(database=NAME, number=number))
        assert file.read() == Beat(database=NAME, number=number)
    assert path.stat().st_mode & 0o777 == 0o600
    for junk in (b"", b"\xff\xfe", b"41", f"{NAME} 41\n".encode()):
        path.write_bytes(junk)
        assert file.read() is None


def heart(world: World, path: Path | None) -> Heart:
    file = BeatFile(path) if path else None
    return Heart(storage=world.storage, ctx=world.ctx, file=file)


def number_in(path: Path) -> int:
    beat = BeatFile(path).read()
    assert beat is not None
    return beat.number


async def test_the_heart_beats_at_the_start_before_sending_each_minute_and_at_the_stop(
    tmp_path: Path,
) -> None:
    world, path = World(), tmp_path / "beat"
    heard = []
    one = heart(world, path)
    for step in (one.start, one.before_sending, one.chore, one.stop):
        await step()
        heard.append(number_in(path))
    assert heard == [1, 2, 2, 3]

    world.clock.at += EVERY
    await one.chore()
    await one.chore()
    assert number_in(path) == 4
    await heart(world, path).start()
    assert number_in(path) == 5
    assert await held(world) is None


async def test_a_copy_that_is_put_back_under_a_running_server_is_noticed_before_it_sends(
    tmp_path: Path,
) -> None:
    world, path = World(), tmp_path / "beat"
    one = heart(world, path)
    await one.start()
    await one.before_sending()
    await world.write(lambda tx: tx.notes.set("beat", "1"))

    phone = Phone(world)
    await phone.acts(Started())
    await phone.claims()

    await one.before_sending()
    assert await held(world) == "older_copy"
    assert await world.storage.read(lambda tx: tx.deliveries.count(DeliveryState.UNKNOWN)) == 1


async def test_without_a_file_nothing_is_written_again_and_again() -> None:
    world = World(MemoryStorage())
    one = heart(world, None)
    await one.start()
    for step in (one.before_sending, one.chore, one.stop):
        await step()

    assert await world.storage.read(lambda tx: tx.notes.get("beat")) is None


async def test_a_file_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    world = World()
    one = heart(world, tmp_path / "nowhere" / "beat")

    await one.start()
    assert await held(world) is None


class Dying:
    """A storage whose process ends right after its next commit, before anybody hears of it."""

    def __init__(self, inner: Storage) -> None:
        self._inner = inner
        self.read = inner.read
        self.wipe = inner.wipe

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        await self._inner.write(work)
        raise Killed


class Killed(BaseException):
    """The process ends here."""


async def test_a_process_killed_between_its_very_first_beat_and_its_file_leaves_no_copy(
    tmp_path: Path,
) -> None:
    world, path = World(), tmp_path / "beat"
    dying = Heart(storage=Dying(world.storage), ctx=world.ctx, file=BeatFile(path))

    with pytest.raises(Killed):
        await dying.start()
    await heart(world, path).start()

    assert await held(world) is None
