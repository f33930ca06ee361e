"""Outgoing messages in memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter

from storage.memory.belongings import Owned
from storage.memory.pacing import MemoryPaces
from storage.memory.table import Table, UndoLog
from storage.turns import in_turn
from surveys.model import Attempt, Channel, Delivery, DeliveryClass, DeliveryState, Outcome
from surveys.pacing import LONGEST, LONGEST_PAUSE
from surveys.ports import SENDING_LEASE

_PUSHED = frozenset(Channel) - {Channel.WEBCHAT}


@dataclass(frozen=True, slots=True)
class _Attempt:
    delivery_id: str
    fence: int
    started_at: datetime
    ended_at: datetime | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class _Pause:
    scope: str
    until: datetime


class MemoryDeliveries:
    """See surveys.ports.Deliveries. There is one worker, so reading is claiming."""

    def __init__(self, log: UndoLog, paces: MemoryPaces) -> None:
        self._paces = paces
        self._deliveries: Table[Delivery] = Table(
            "delivery", log, unique=("key",), groups=("state", "address_id", "invitation_id")
        )
        self.owned = Owned(self._deliveries, address="address_id")
        self._attempts: Table[_Attempt] = Table(
            "attempt", log, key=("delivery_id", "fence"), groups=("delivery_id",)
        )
        self._pauses: Table[_Pause] = Table("pause", log, key=("scope",))

    def add(self, delivery: Delivery) -> None:
        """Insert."""
        self._deliveries.add(delivery)

    def save(self, delivery: Delivery) -> None:
        """Replace."""
        self._deliveries.save(delivery)

    def get(self, delivery_id: str) -> Delivery | None:
        """Return the delivery."""
        return self._deliveries.get(delivery_id)

    def look(self, delivery_id: str) -> Delivery | None:
        """Return the delivery."""
        return self._deliveries.get(delivery_id)

    def by_token(self, token: str) -> Delivery | None:
        """Return the message of no invitation that has the token."""
        found = (d for d in self._deliveries if d.token == token and d.invitation_id is None)
        return next((d for d in found if d.target_id is None), None)

    def take(self, delivery_id: str) -> Delivery | None:
        """Return the delivery; nobody else ever has it."""
        return self._deliveries.get(delivery_id)

    def claimable(
        self,
        now: datetime,
        channels: Sequence[Channel],
        limit: int,
        *,
        only: DeliveryClass | None = None,
    ) -> tuple[Delivery, ...]:
        """Return what may be sent now."""
        pending = _of_class(self._deliveries.of("state", DeliveryState.PENDING), only)
        busy = {d.address_id for d in self._deliveries.of("state", DeliveryState.SENDING)}
        free = (d for d in pending if d.channel in channels and d.address_id not in busy)
        due = [d for d in free if self._is_due(d, now)]
        return in_turn(_as_created(due))[:limit]

    def pullable(
        self, address_id: str, now: datetime, limit: int, *, only: DeliveryClass | None = None
    ) -> tuple[Delivery, ...]:
        """Return what the address may pull now."""
        due = (
            delivery
            for delivery in _of_class(self._deliveries.of("address_id", address_id), only)
            if delivery.state is DeliveryState.PENDING
            and delivery.due_at is not None
            and delivery.due_at <= now
        )
        return tuple(_as_created(due)[:limit])

    def came_due(
        self, channel: Channel, after: datetime, until: datetime
    ) -> tuple[tuple[str, str], ...]:
        """Return whose messages came due."""
        due = [
            delivery
            for delivery in _as_created(self._deliveries.of("state", DeliveryState.PENDING))
            if delivery.channel is channel
            and delivery.due_at is not None
            and after < delivery.due_at <= until
        ]
        return tuple((d.address_id, d.id) for d in sorted(due, key=attrgetter("due_at")))

    def asks_waiting(self, channel: Channel, limit: int) -> tuple[Delivery, ...]:
        """Return the channel's questions in the outbox."""
        pending = self._deliveries.of("state", DeliveryState.PENDING)
        asks = [d for d in pending if d.channel is channel and d.step == "ask"]
        return tuple(_as_created(d for d in asks if d.target_id is None)[:limit])

    def expired(self, now: datetime, limit: int) -> tuple[Delivery, ...]:
        """Return what is too late."""
        pending = self._deliveries.of("state", DeliveryState.PENDING)
        late = [d for d in pending if d.expires_at is not None and d.expires_at <= now]
        return tuple(_as_created(late)[:limit])

    def unsent_asks(self, now: datetime, limit: int) -> tuple[Delivery, ...]:
        """Return questions and reminders that are due."""
        pending = self._deliveries.of("state", DeliveryState.PENDING)
        asks = _of_class(pending, DeliveryClass.PROACTIVE)
        due = [ask for ask in asks if ask.due_at is not None and ask.due_at <= now]
        return tuple(_as_created(due)[:limit])

    def of_invitation(self, invitation_id: str) -> tuple[Delivery, ...]:
        """Return the invitation's deliveries."""
        return tuple(_as_created(self._deliveries.of("invitation_id", invitation_id)))

    def of_address(self, address_id: str, limit: int) -> tuple[Delivery, ...]:
        """Return the newest deliveries of the address that were sent."""
        found = self._deliveries.of("address_id", address_id)
        sent = sorted((d for d in found if d.sent_at), key=attrgetter("sent_at"))
        return tuple(sent[max(0, len(sent) - limit) :])

    def mended(self, delivery_id: str, now: datetime) -> tuple[Delivery, tuple[str, ...]] | None:
        """Return the delivery; here everything can be read."""
        found = self._deliveries.get(delivery_id)
        return (found, ()) if found else None

    def in_state(self, state: DeliveryState, limit: int) -> tuple[Delivery, ...]:
        """Return deliveries in this state."""
        return tuple(_as_created(self._deliveries.of("state", state))[:limit])

    def count(self, state: DeliveryState) -> int:
        """Count the deliveries in this state."""
        return len(self._deliveries.of("state", state))

    def overdue_sending(self, started_before: datetime, limit: int) -> tuple[Delivery, ...]:
        """Return deliveries whose sending takes too long."""
        sending = self._deliveries.of("state", DeliveryState.SENDING)
        overdue = [d for d in sending if d.started_at and d.started_at < started_before]
        return tuple(sorted(overdue, key=attrgetter("started_at"))[:limit])

    def unsettled(
        self, now: datetime, channels: Sequence[Channel], limit: int
    ) -> tuple[Delivery, ...]:
        """Return unknown deliveries that are due to be settled."""
        unknown = self._deliveries.of("state", DeliveryState.UNKNOWN)
        due = [d for d in unknown if d.channel in channels and d.due_at and d.due_at <= now]
        return tuple(sorted(due, key=attrgetter("due_at"))[:limit])

    def attempt(self, delivery_id: str, fence: int, at: datetime) -> None:
        """Append an attempt."""
        self._attempts.add(_Attempt(delivery_id, fence, at))

    def finish_attempt(self, delivery_id: str, fence: int, at: datetime, outcome: Outcome) -> None:
        """Write the outcome on the attempt."""
        attempt = self._attempts.get((delivery_id, fence))
        if attempt:
            self._attempts.save(replace(attempt, ended_at=at, outcome=outcome))

    def attempts(self, delivery_id: str) -> tuple[Attempt, ...]:
        """Return the delivery's attempts."""
        made = sorted(self._attempts.of("delivery_id", delivery_id), key=attrgetter("fence"))
        return tuple(
            Attempt(
                fence=attempt.fence,
                started_at=attempt.started_at,
                ended_at=attempt.ended_at,
                kind=attempt.outcome.kind if attempt.outcome else None,
                reason=attempt.outcome.reason if attempt.outcome else None,
            )
            for attempt in made
        )

    def pause(self, scope: str, until: datetime) -> None:
        """Send nothing in the scope before ``until``."""
        known = self._pauses.get(scope)
        if known is None or known.until < until or known.until >= until + LONGEST_PAUSE:
            self._pauses.put(_Pause(scope, until))

    def next_due(self) -> datetime | None:
        """Return when the next delivery wants attention."""
        pending = self._deliveries.of("state", DeliveryState.PENDING)
        sending = self._deliveries.of("state", DeliveryState.SENDING)
        moments = [
            *(self._passes_at(d) for d in pending if d.channel in _PUSHED),
            *(d.expires_at for d in pending),
            *(d.started_at + SENDING_LEASE for d in sending if d.started_at),
            *(d.due_at for d in self._deliveries.of("state", DeliveryState.UNKNOWN)),
        ]
        return min((moment for moment in moments if moment), default=None)

    def _is_due(self, delivery: Delivery, now: datetime) -> bool:
        pauses = [until for until in self._pauses_of(delivery) if until < now + LONGEST_PAUSE]
        moment = delivery.due_at and max((delivery.due_at, *pauses))
        free_at = self._room_at(delivery)
        empty = free_at is not None and now < free_at < now + LONGEST
        return moment is not None and moment <= now and not empty

    def _pauses_of(self, delivery: Delivery) -> list[datetime]:
        scopes = (delivery.channel.value, f"address:{delivery.address_id}")
        return [pause.until for pause in map(self._pauses.get, scopes) if pause]

    def _room_at(self, delivery: Delivery) -> datetime | None:
        """Return when the chat's bucket has room; an edit takes nothing from it."""
        is_edit = delivery.target_id is not None
        return None if is_edit else self._paces.free_at(f"address:{delivery.address_id}")

    def _passes_at(self, delivery: Delivery) -> datetime | None:
        if delivery.due_at is None:
            return None
        moment = max((delivery.due_at, *self._pauses_of(delivery)))
        rooms = (self._room_at(delivery), self._paces.free_at(delivery.channel.value))
        return max((moment, *(room for room in rooms if room)))


def _of_class(deliveries: list[Delivery], only: DeliveryClass | None) -> list[Delivery]:
    return [d for d in deliveries if only is None or d.delivery_class is only]


def _as_created(deliveries: Iterable[Delivery]) -> list[Delivery]:
    return sorted(deliveries, key=attrgetter("created_at"))
