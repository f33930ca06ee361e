"""Two workers and two or three due asks of one person: exactly one goes out, whichever channels she has.

All of her questions are in the outbox already and none has her slot: only her contact clock, held while a
question is claimed, keeps the others back.
"""

from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from storage.opening import open_storage
from surveys.model import Channel
from surveys.program import Program
from tests.faults.racing import populated, race
from tests.programs import varied
from tests.sqlite import migrated
from tests.world import World

PEOPLE, ROUNDS = 100, 10
ASKED = (
    ("order.paid", "support.solved"),
    ("order.delivered", "order.paid"),
    ("support.solved", "order.delivered"),
)
"""Two asks each, of two of the three instruments."""

REACHED_BY = ((Channel.TELEGRAM,), (Channel.SLACK,), (Channel.WEBCHAT,), tuple(Channel))
OVER = {"checkout": "telegram", "support": "slack", "recommend": "webchat"}
"""Three asks of one person, each of its trigger's own channel."""


def live() -> Program:
    at_once = {"after": "0s", "occurrence": None}
    triggers = dict.fromkeys(("checkout", "support", "recommend"), at_once)
    return varied(rules={"quiet_hours": None}, triggers=triggers)


def over_three_channels() -> Program:
    triggers = {
        trigger: {"after": "0s", "occurrence": None, "channels": [channel]}
        for trigger, channel in OVER.items()
    }
    return varied(rules={"quiet_hours": None}, triggers=triggers)


@pytest.mark.postgres
async def test_of_two_due_asks_of_one_person_two_workers_send_exactly_one(
    postgres_url_factory: Callable[[], str],
) -> None:
    """A thousand runs: ten for each of a hundred people, reached by one channel or by three."""
    url, world = postgres_url_factory(), World(program=live())
    reached_by = [REACHED_BY[number % len(REACHED_BY)] for number in range(PEOPLE)]
    asked = [ASKED[number % 3] for number in range(PEOPLE)]
    async with open_storage(url) as first, open_storage(url) as second:
        outset = await populated(world, first, reached_by, asked)
        assert len(outset.deliveries) == len(outset.invitations) == 2 * PEOPLE
        for _ in range(ROUNDS):
            await race(world, outset, (first, second))


async def three_channels_race(urls: tuple[str, ...]) -> None:
    world = World(program=over_three_channels())
    kinds = ("order.paid", "support.solved", "order.delivered")
    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(open_storage(url)) for url in urls]
        first, stores = opened[0], (opened[0], opened[-1])
        outset = await populated(world, first, [tuple(Channel)] * PEOPLE, [kinds] * PEOPLE)
        assert {d.channel for d in outset.deliveries} == set(Channel)
        assert len(outset.deliveries) == 3 * PEOPLE
        for _ in range(ROUNDS):
            await race(world, outset, stores)


@pytest.mark.postgres
async def test_of_three_channels_that_race_for_one_person_one_asks_on_postgresql(
    postgres_url_factory: Callable[[], str],
) -> None:
    """A thousand runs: ten for each of a hundred people, and two processes' worth of workers."""
    url = postgres_url_factory()
    await three_channels_race((url, url))


async def test_of_three_channels_that_race_for_one_person_one_asks_on_sqlite(
    tmp_path: Path,
) -> None:
    """A thousand runs, of two workers over the one writer."""
    await three_channels_race((migrated(tmp_path / "race.sqlite3"),))
