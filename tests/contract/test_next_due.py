"""surveys.ports.UnitOfWork.next_due."""

from collections.abc import Callable
from datetime import datetime

import pytest

from surveys.model import Channel, DeliveryState, InboxState, InvitationState
from surveys.pacing import Bucket
from surveys.ports import SENDING_LEASE, Storage, UnitOfWork
from tests.contract import examples as ex

Give = Callable[[UnitOfWork], None]


def deliver(**parts: object) -> Give:
    """Return work that adds a delivery."""
    return lambda unit: unit.deliveries.add(ex.delivery("d1", **parts))


def paused(scope: str, minute: float) -> Give:
    """Return work that adds a delivery due at START and pauses the scope."""

    def work(unit: UnitOfWork) -> None:
        unit.deliveries.add(ex.delivery("d1"))
        unit.deliveries.pause(scope, ex.at(minute))

    return work


def paced(scope: str, minute: float, **parts: object) -> Give:
    """Return work that adds a delivery due at START and lets the bucket rest."""

    def work(unit: UnitOfWork) -> None:
        unit.deliveries.add(ex.delivery("d1", **parts))
        address_id = scope.removeprefix("address:") if ":" in scope else None
        bucket = Bucket(scope=scope, every=SENDING_LEASE, address_id=address_id)
        unit.paces.rest(bucket, ex.at(minute))

    return work


WEB: dict[str, object] = {"channel": Channel.WEBCHAT, "address_id": "ann-web"}
ENDED: dict[str, object] = {"state": DeliveryState.SENT, "started_at": ex.START}

WANTED: dict[str, tuple[Give, datetime]] = {
    "inbox entry": (lambda unit: unit.inbox.add(ex.entry("k", due_at=ex.at(3))), ex.at(3)),
    "waiting invitation": (
        lambda unit: unit.invitations.add(ex.invitation("i", due_at=ex.at(4))),
        ex.at(4),
    ),
    "open invitation": (
        lambda unit: unit.invitations.add(
            ex.invitation("i", due_at=ex.at(5), state=InvitationState.OPEN)
        ),
        ex.at(5),
    ),
    "pending delivery": (deliver(due_at=ex.at(6)), ex.at(6)),
    "pending Slack delivery": (deliver(due_at=ex.at(6), channel=Channel.SLACK), ex.at(6)),
    "delivery of a paused channel": (paused("telegram", 7), ex.at(7)),
    "delivery of a paused address": (paused("address:ann-tg", 8), ex.at(8)),
    "delivery after a pause that ended": (paused("telegram", -1), ex.START),
    "delivery while another channel is paused": (paused("slack", 9), ex.START),
    "delivery of a channel without room": (paced("telegram", 3), ex.at(3)),
    "delivery to a chat without room": (paced("address:ann-tg", 4), ex.at(4)),
    "edit in a chat without room": (paced("address:ann-tg", 4, target_id="d0"), ex.START),
    "delivery while another chat has no room": (paced("address:ben-tg", 4), ex.START),
    "unknown delivery": (deliver(state=DeliveryState.UNKNOWN, due_at=ex.at(5)), ex.at(5)),
    "expiry before the due time": (deliver(due_at=ex.at(9), expires_at=ex.at(2)), ex.at(2)),
    "expiry of a web chat message": (deliver(**WEB, expires_at=ex.at(11)), ex.at(11)),
    "delivery being sent": (
        deliver(state=DeliveryState.SENDING, due_at=None, started_at=ex.at(1)),
        ex.at(1) + SENDING_LEASE,
    ),
}

IDLE: dict[str, Give] = {
    "handled inbox entry": lambda unit: unit.inbox.add(ex.entry("k", state=InboxState.DONE)),
    "failed inbox entry": lambda unit: unit.inbox.add(ex.entry("k", state=InboxState.FAILED)),
    "undated inbox entry": lambda unit: unit.inbox.add(ex.entry("k", due_at=None)),
    "ended invitation": lambda unit: unit.invitations.add(
        ex.invitation("i", due_at=None, state=InvitationState.CLOSED)
    ),
    "web chat message without expiry": deliver(**WEB),
    "delivery left to the operator": deliver(state=DeliveryState.UNKNOWN, due_at=None),
    "sent delivery": deliver(**ENDED, due_at=None, expires_at=ex.at(1)),
}


@pytest.mark.parametrize(("give", "moment"), WANTED.values(), ids=WANTED)
async def test_every_kind_of_waiting_row_wants_attention_at_its_time(
    world: Storage, give: Give, moment: datetime
) -> None:
    await world.write(give)

    assert await world.read(lambda unit: unit.next_due()) == moment


@pytest.mark.parametrize("give", IDLE.values(), ids=IDLE)
async def test_rows_that_wait_for_nothing_want_no_attention(world: Storage, give: Give) -> None:
    await world.write(give)

    assert await world.read(lambda unit: unit.next_due()) is None


async def test_an_empty_store_wants_no_attention(store: Storage) -> None:
    assert await store.read(lambda unit: unit.next_due()) is None


async def test_the_earliest_of_all_rows_counts(world: Storage) -> None:
    for minute in (3, 1, 2):

        def work(unit: UnitOfWork, minute: int = minute) -> None:
            unit.inbox.add(ex.entry(f"k{minute}", due_at=ex.at(minute + 0.5)))
            unit.invitations.add(ex.invitation(f"i{minute}", due_at=ex.at(minute)))
            unit.deliveries.add(ex.delivery(f"d{minute}", due_at=ex.at(minute + 0.25)))

        await world.write(work)

    assert await world.read(lambda unit: unit.next_due()) == ex.at(1)
