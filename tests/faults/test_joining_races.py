"""People who are joined at the moment they are asked: from then on at most one ask, on each database."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from storage.opening import open_storage
from surveys.model import Channel, DeliveryState
from surveys.ports import Storage, UnitOfWork
from surveys.service import identities
from tests.faults.racing import Worker, event, reached
from tests.faults.test_contact_clock import live
from tests.sqlite import migrated
from tests.world import World

PAIRS = 150
OUT = (DeliveryState.SENDING, DeliveryState.SENT)
CHANNELS = (Channel.TELEGRAM, Channel.SLACK)


def asked_so_far(tx: UnitOfWork, query: str) -> int:
    """Count the questions that are out, or on their way, to somebody."""
    person = identities.find_person(tx, query)
    stored = tx.events.of_person(person.id)
    asks = [i for e in stored for i in tx.invitations.of_event(e.id)]
    told = [d for ask in asks for d in tx.deliveries.of_invitation(ask.id)]
    return sum(d.step == "ask" and d.state in OUT for d in told)


def join(world: World, kept: str, given: str, tx: UnitOfWork) -> int:
    """Join two people; return how often she had been asked by then."""
    identities.join_by_hand(tx, world.ctx, kept, given, "cli:min")
    return asked_so_far(tx, kept)


async def joins(world: World, storage: Storage, pairs: Sequence[tuple[str, str]]) -> dict[str, int]:
    found = {}
    for kept, given in pairs:
        found[kept] = await storage.write(partial(join, world, kept, given))
        await asyncio.sleep(0)
    return found


async def race(urls: Sequence[str]) -> None:
    world = World(program=live())
    names = [f"c{number}" for number in range(2 * PAIRS)]
    pairs = [pair for place, pair in enumerate(pairwise(names)) if place % 2 == 0]
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(open_storage(url)) for url in urls]
        posted = Counter[str]()
        workers = [Worker(world.ctx, storage, posted) for storage in (stores[0], stores[-1])]
        everybody = [
            reached(world, number, CHANNELS[number % 2 :][:1]) for number in range(2 * PAIRS)
        ]
        await stores[0].write(lambda tx: [work(tx) for work in everybody])
        kinds = ("order.paid", "support.solved")
        await workers[0].desk.accept(
            [event(world, number, kinds[number % 2]) for number in range(2 * PAIRS)]
        )
        Random(1).shuffle(pairs)  # noqa: S311 the workers go by age
        working = asyncio.gather(*(worker.work() for worker in workers))
        by_then = await joins(world, stores[-1], pairs)
        await working
        last = Worker(world.ctx, stores[0], posted)
        await last.work()
        in_the_end = {
            kept: await stores[0].read(partial(asked_so_far, query=kept)) for kept, _ in pairs
        }

    assert sum(posted.values()) == sum(in_the_end.values())
    assert in_the_end == {kept: max(1, known) for kept, known in by_then.items()}
    assert len(set(by_then.values())) > 1


@pytest.mark.postgres
async def test_joined_while_asked_on_postgresql(postgres_url_factory: Callable[[], str]) -> None:
    url = postgres_url_factory()
    await race((url, url))


async def test_joined_while_asked_on_sqlite(tmp_path: Path) -> None:
    await race((migrated(tmp_path / "race.sqlite3"),))
