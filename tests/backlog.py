"""Something for an operator to decide: a parked question, one that is still looked into, a dead letter."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.demo.live import noon_zone
from surveys.model import DeliveryState, InboxEntry, InboxState
from surveys.ports import Storage, UnitOfWork
from tests.phones import LOST, Phone
from tests.programs import varied
from tests.world import NOON, World

LETTER = InboxEntry(
    id="letter-1",
    source="event:shop",
    key="e99",
    digest="d",
    received_at=NOON,
    state=InboxState.FAILED,
    body={"event": 1},
    tries=5,
    error="KeyError: '[bold]금액[/bold]'",
)


async def park(storage: Storage, at: datetime = NOON) -> str:
    """Store customer kim's question, whose outcome nobody knows, and a dead letter; return the question's id."""
    world = World(storage, varied(triggers={"checkout": {"after": "0s"}}))
    world.clock.at = at
    program = world.program
    await world.write(lambda tx: tx.programs.put(program.version, program.to_json(), NOON))
    phone = Phone(world)
    await phone.starts(await world.customer("kim", timezone=noon_zone(at)))
    await world.happens("order.paid", "kim")
    (claimed,) = await phone.claims()
    await phone.settles(claimed, LOST)
    world.clock.at += timedelta(minutes=1)
    await phone.looks()
    await world.write(lambda tx: tx.inbox.add(replace(LETTER, received_at=at)))
    return claimed.delivery.id


async def look_into(storage: Storage, parked: str) -> str:
    """Add a copy of the parked delivery that is still unknown and will be looked up; return its id."""

    def work(tx: UnitOfWork) -> str:
        known = tx.deliveries.get(parked)
        assert known is not None
        unknown = replace(
            known,
            id="unknown-1",
            key="unknown-1",
            reason="worker_lost",
            state=DeliveryState.UNKNOWN,
            due_at=known.created_at + timedelta(days=3650),
        )
        tx.deliveries.add(unknown)
        return unknown.id

    return await storage.write(work)
