"""The contact clock, one step at a time: it is what keeps a rival's claim back.

The rows of her invitations, which a claim reads too, would only make the rival wait for them.
"""

import asyncio
import threading
from collections.abc import Callable
from functools import partial

import pytest

from storage.opening import open_storage
from surveys.model import Channel, Slot
from surveys.ports import Storage, UnitOfWork
from surveys.service import sending
from surveys.service.sending import Claimed, NotClaimed
from tests.faults.racing import populated
from tests.faults.test_contact_clock import ASKED, live
from tests.world import World

SOON = 60
"""Seconds, on a busy machine; a statement that waits for another transaction's locks gives up before."""


class Paused:
    """A unit of work that stands still before its commit until it may ``go_on``."""

    def __init__(self, storage: Storage, work: Callable[[UnitOfWork], object]) -> None:
        self._did, self._gate = threading.Event(), threading.Event()

        def paused(tx: UnitOfWork) -> object:
            result = work(tx)
            self._did.set()
            self._gate.wait(4 * SOON)
            return result

        self.result = asyncio.ensure_future(storage.write(paused))

    async def standing(self) -> "Paused":
        await asyncio.to_thread(self._did.wait, 4 * SOON)
        return self

    def go_on(self) -> None:
        self._gate.set()


@pytest.mark.postgres
async def test_while_one_ask_of_hers_is_claimed_another_is_passed_over_and_not_waited_for(
    postgres_url_factory: Callable[[], str],
) -> None:
    url, world = postgres_url_factory(), World(program=live())
    async with open_storage(url) as first, open_storage(url) as second:
        outset = await populated(world, first, [(Channel.TELEGRAM,)], ASKED[:1])
        one, other = (
            partial(sending.claim, ctx=world.ctx, delivery_id=d.id) for d in outset.deliveries
        )
        claiming = await Paused(first, one).standing()
        try:
            async with asyncio.timeout(SOON):
                assert await second.write(other) is NotClaimed.NOT_NOW
        finally:
            claiming.go_on()

        assert isinstance(await claiming.result, Claimed)
        assert await second.write(other) is NotClaimed.CHANGED


@pytest.mark.postgres
async def test_who_locks_her_clock_waits_for_who_has_it_and_sees_what_was_reserved(
    postgres_url_factory: Callable[[], str],
) -> None:
    url, world = postgres_url_factory(), World()
    slot = Slot(
        person_id="ann",
        invitation_id="i1",
        at=world.clock.now(),
        stage="s",
        instrument="nps",
    )

    def reserve(tx: UnitOfWork) -> None:
        tx.clocks.lock("ann")
        tx.clocks.reserve(slot)

    async with open_storage(url) as first, open_storage(url) as second:
        await first.write(lambda tx: tx.clocks.lock("ann"))
        reserving = await Paused(first, reserve).standing()
        assert not await second.write(lambda tx: tx.clocks.take("ann"))
        locking = asyncio.ensure_future(second.write(lambda tx: tx.clocks.lock("ann")))
        await asyncio.wait([locking], timeout=1)
        reserving.go_on()
        assert await locking == (slot,)
        await reserving.result
