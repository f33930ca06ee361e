"""bot.under_way: requests side by side, and what becomes of them at the end."""

import asyncio
from functools import partial

from bot.under_way import UnderWay


async def test_it_is_settled_once_every_request_is_over() -> None:
    gate, over = asyncio.Event(), list[str]()
    async with UnderWay() as requests:
        await requests.settled()
        for name in ("first", "second"):
            requests.begin(_wait(gate), partial(over.append, name))
        assert (len(requests), over) == (2, [])

        gate.set()
        await requests.settled()

        assert (len(requests), sorted(over)) == (0, ["first", "second"])
        assert not requests.stopping


async def test_what_still_runs_at_the_end_is_given_up_and_told_so() -> None:
    over = list[str]()
    async with UnderWay() as requests:
        requests.begin(_wait(asyncio.Event()), lambda: over.append("given up"))

    assert (len(requests), over, requests.stopping) == (0, ["given up"], True)
    await requests.settled()


async def _wait(gate: asyncio.Event) -> None:
    await gate.wait()
