"""Several workers on one database: what both have seen is done once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TypeVar

import pytest

from bot.desk import Desk, pack_incoming
from storage.opening import open_storage
from surveys.errors import StorageBusy
from surveys.model import Channel, InboxEntry, InboxState, Incoming, Slot, Typed
from surveys.ports import Storage, UnitOfWork
from surveys.service import talking
from tests.phones import ACCOUNT, Phone
from tests.programs import varied
from tests.world import World

T = TypeVar("T")
ROUNDS = 200


class Overtaken:
    """See surveys.ports.Storage; ``meanwhile`` happens once, after what is read and before it is used."""

    def __init__(self, inner: Storage, meanwhile: Callable[[], Awaitable[object]]) -> None:
        self._inner = inner
        self._meanwhile: Callable[[], Awaitable[object]] | None = meanwhile

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        found = await self._inner.read(work)
        if self._meanwhile is not None:
            happening, self._meanwhile = self._meanwhile, None
            await happening()
        return found

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        return await self._inner.write(work)

    async def wipe(self) -> bool:
        return await self._inner.wipe()


class Away:
    """See surveys.ports.Storage; the first writes find the database away."""

    def __init__(self, inner: Storage, *, times: int) -> None:
        self._inner = inner
        self._times = times

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        return await self._inner.read(work)

    async def wipe(self) -> bool:
        return await self._inner.wipe()

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        if self._times > 0:
            self._times -= 1
            message = "away"
            raise StorageBusy(message)
        return await self._inner.write(work)


async def commented(storage: Storage) -> tuple[World, Incoming]:
    """A customer who has rated, and whose comment is stored to be handled later."""
    world = World(storage, varied(triggers={"checkout": {"after": "0s"}}))
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    await world.happens("order.paid", "kim")
    await phone.reads()
    await phone.taps("2")
    await phone.reads()
    comment = Incoming(
        source=f"telegram:{ACCOUNT}",
        key="7001/900",
        channel=Channel.TELEGRAM,
        account=ACCOUNT,
        user="7001",
        chat="7001",
        at=world.clock.now(),
        order=900,
        act=Typed(text="배송이 늦었어요"),
    )
    row = talking.entry_of(world.ctx, comment, InboxState.NEW)
    row = replace(row, body=pack_incoming(comment), due_at=world.clock.now())
    await world.write(lambda tx: tx.inbox.add(row))
    return world, comment


async def stored(world: World, comment: Incoming) -> tuple[InboxEntry, list[str]]:
    def look(tx: UnitOfWork) -> tuple[InboxEntry | None, list[str]]:
        (event,) = tx.events.of_occasions(["o1"])
        (invitation,) = tx.invitations.of_event(event.id)
        texts = [a.text for a in tx.answers.of_invitation(invitation.id) if a.text]
        return tx.inbox.find(comment.source, comment.key), texts

    entry, texts = await world.storage.read(look)
    assert entry is not None
    return entry, texts


@asynccontextmanager
async def two_workers(url: str) -> AsyncIterator[tuple[Storage, Storage]]:
    async with open_storage(url) as first, open_storage(url) as second:
        yield first, second


def _slots(tx: UnitOfWork, *, person_id: str) -> tuple[Slot, ...]:
    return tx.clocks.lock(person_id)


def desk(world: World, storage: Storage) -> Desk:
    return Desk(storage=storage, ctx=world.ctx, wake=lambda: None)


async def test_an_act_stored_for_later_is_handled_once_by_two_workers(storage: Storage) -> None:
    world, comment = await commented(storage)
    rival = world.desk.handle_stored

    await desk(world, Overtaken(storage, rival)).handle_stored()
    entry, texts = await stored(world, comment)
    assert texts == ["배송이 늦었어요"]
    assert (entry.state, entry.tries, entry.error) == (InboxState.DONE, 0, None)


async def test_a_database_that_is_away_uses_up_no_try_of_what_was_accepted(
    storage: Storage,
) -> None:
    world, comment = await commented(storage)
    for _ in range(6):
        with pytest.raises(StorageBusy):
            await desk(world, Away(storage, times=1)).handle_stored()

    await world.drain()
    entry, texts = await stored(world, comment)
    assert (entry.state, entry.tries) == (InboxState.DONE, 0)
    assert texts == ["배송이 늦었어요"]


@pytest.mark.postgres
async def test_of_two_due_asks_two_workers_begin_exactly_one(
    postgres_url_factory: Callable[[], str],
) -> None:
    live = varied(
        rules={"quiet_hours": None},
        triggers={"checkout": {"after": "0s"}, "delivery": {"after": "0s"}},
    )
    async with two_workers(postgres_url_factory()) as (first, second):
        world = World(first, live)
        rival = desk(world, second)
        for number in range(ROUNDS):
            name = f"c{number}"
            person = await world.customer(name)
            await world.browser(person)
            await world.happens("order.paid", name, f"o{number}")
            await world.happens("order.delivered", name, f"o{number}")
            await asyncio.gather(
                world.desk._wake_person(person),
                rival._wake_person(person),
                rival._wake_person(person),
            )
            slots = await world.write(partial(_slots, person_id=person))
            begun = [v for v in await world.verdicts(name) if v == ("released", "clear")]
            assert (len(slots), len(begun)) == (1, 1)
