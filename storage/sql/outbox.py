"""Outgoing messages."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select, text, update

from storage.sql.mending import mended
from storage.sql.session import Session
from storage.sql.shapes import decoder, fields_of, insert_into, insert_new, plain, table_of
from storage.sql.statements import Query, Statement
from storage.tables.columns import is_now
from storage.tables.outbox import MENU, AttemptRow, DeliveryRow, PaceRow, PauseRow
from storage.turns import in_turn
from surveys.errors import AlreadyStored
from surveys.model import Attempt, Channel, Delivery, DeliveryClass, DeliveryState, Outcome
from surveys.pacing import LONGEST, LONGEST_PAUSE
from surveys.ports import SENDING_LEASE

_delivery = table_of(DeliveryRow)
_attempt = table_of(AttemptRow)
_pause = table_of(PauseRow)
_pace = table_of(PaceRow)

_PUSHED = tuple(channel for channel in Channel if channel is not Channel.WEBCHAT)
_ADDRESS_SCOPE = "address:"

_IS_PENDING = is_now(_delivery.c.state, DeliveryState.PENDING)
_IS_SENDING = is_now(_delivery.c.state, DeliveryState.SENDING)
_IS_UNKNOWN = is_now(_delivery.c.state, DeliveryState.UNKNOWN)
_ON_CHANNEL = _delivery.c.channel == bindparam("channel")
_AT_ADDRESS = _delivery.c.address_id == bindparam("address_id")
_IS_DUE = _delivery.c.due_at <= bindparam("now")
_CREATED = (_delivery.c.created_at, _delivery.c.number)


def _held(until: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(_pause.c.address_id == _delivery.c.address_id, until)


def _paced(free_at: ColumnElement[bool]) -> ColumnElement[bool]:
    """A new message to a chat whose bucket is empty; an edit takes nothing from it."""
    same = _pace.c.address_id == _delivery.c.address_id
    return and_(_delivery.c.target_id.is_(None), exists().where(same, free_at))


_EMPTY_NOW = and_(_pace.c.free_at > bindparam("now"), _pace.c.free_at < bindparam("soon"))
_other = _delivery.alias("other")
_SENDING_THERE = exists().where(
    is_now(_other.c.state, DeliveryState.SENDING), _other.c.address_id == _delivery.c.address_id
)


_DELIVERY = plain("delivery", Delivery, DeliveryRow)
_DELIVERY_FIELDS = fields_of(Delivery)
_LOOK = _DELIVERY.query(_DELIVERY.table.c.id == bindparam("id"), lock=False)
_MENU = _DELIVERY.query(
    text(MENU),  # type: ignore[arg-type]  # spelled like the partial index
    _DELIVERY.table.c.token == bindparam("token"),
)
_Numbered = tuple[Delivery, int]
"""A delivery and its place among those that were created at the same time."""


def _numbered(*conditions: ColumnElement[bool], order: Sequence[ColumnElement[Any]]) -> Query[Any]:
    columns = select(_delivery.c.number, *_DELIVERY.columns).where(_IS_PENDING, *conditions)
    return Query(
        columns.order_by(*order).limit(bindparam("limit")),
        lambda row: (_DELIVERY.decode(row[1:]), row[0]),
        lock=_delivery,
        claim=True,
        named=(_DELIVERY.what, 1 + _DELIVERY_FIELDS.index("id")),
    )


_OF_CLASS = _delivery.c.delivery_class == bindparam("only")
_MAY_GO = (
    *(_ON_CHANNEL, _IS_DUE, ~_SENDING_THERE),
    ~_held(and_(_pause.c.until > bindparam("now"), _pause.c.until < bindparam("impossible"))),
    ~_paced(_EMPTY_NOW),
)
_CLAIMABLE = _numbered(*_MAY_GO, order=(_delivery.c.due_at, *_CREATED))
_CLAIMABLE_OF = _numbered(*_MAY_GO, _OF_CLASS, order=(_delivery.c.due_at, *_CREATED))
_DUE_THERE = _numbered(*(_AT_ADDRESS, _IS_DUE), ~_paced(_EMPTY_NOW), order=_CREATED)
_PULLABLE = _DELIVERY.query(
    _IS_PENDING, _AT_ADDRESS, _IS_DUE, order=_CREATED, limited=True, claim=True
)
_PULLABLE_OF = _DELIVERY.query(
    *(_IS_PENDING, _AT_ADDRESS, _IS_DUE, _OF_CLASS), order=_CREATED, limited=True, claim=True
)
_CAME_DUE = Statement(
    select(_delivery.c.address_id, _delivery.c.id)
    .where(
        *(_IS_PENDING, _ON_CHANNEL),
        *(_delivery.c.due_at > bindparam("after"), _delivery.c.due_at <= bindparam("until")),
    )
    .order_by(_delivery.c.due_at, *_CREATED)
)
_ASKS_WAITING = _DELIVERY.query(
    *(_IS_PENDING, _ON_CHANNEL, _delivery.c.step == bindparam("step")),
    _delivery.c.target_id.is_(None),
    order=_CREATED,
    limited=True,
    claim=True,
)
_UNSENT = _DELIVERY.query(
    *(_IS_PENDING, _ON_CHANNEL, _IS_DUE, _OF_CLASS), order=_CREATED, limited=True, claim=True
)
_EXPIRED = _DELIVERY.query(
    _IS_PENDING,
    _delivery.c.expires_at <= bindparam("now"),
    order=_CREATED,
    limited=True,
    claim=True,
)
_OF_INVITATION = _DELIVERY.query(
    _delivery.c.invitation_id == bindparam("invitation_id"), order=_CREATED
)
_TOLD = _DELIVERY.query(
    _AT_ADDRESS,
    _delivery.c.sent_at.is_not(None),
    order=(_delivery.c.sent_at.desc(), _delivery.c.number.desc()),
    limited=True,
    lock=False,
)
_IN_STATE = _DELIVERY.query(_delivery.c.state == bindparam("state"), order=_CREATED, limited=True)
_COUNT = Statement(
    select(func.count()).select_from(_delivery).where(_delivery.c.state == bindparam("state"))
)
_UNSETTLED = _DELIVERY.query(
    _IS_UNKNOWN,
    *(_ON_CHANNEL, _IS_DUE),
    order=(_delivery.c.due_at, _delivery.c.number),
    limited=True,
    claim=True,
)
_OVERDUE = _DELIVERY.query(
    _IS_SENDING,
    _delivery.c.started_at < bindparam("started_before"),
    order=(_delivery.c.started_at, _delivery.c.number),
    limited=True,
    claim=True,
)

_ADD_ATTEMPT = insert_new(_attempt, ("delivery_id", "fence", "started_at"))
_ATTEMPT_FIELDS = fields_of(Attempt)
_ATTEMPTS = Query(
    select(*(_attempt.c[name] for name in _ATTEMPT_FIELDS))
    .where(_attempt.c.delivery_id == bindparam("delivery_id"))
    .order_by(_attempt.c.fence),
    decoder(Attempt, _ATTEMPT_FIELDS),
)
_FINISH_ATTEMPT = Statement(
    update(_attempt)
    .values({name: bindparam(name) for name in ("ended_at", "kind", "reason", "ref")})
    .where(
        _attempt.c.delivery_id == bindparam("delivery_id"),
        _attempt.c.fence == bindparam("fence"),
    )
)
_ADD_PAUSE = insert_into(_pause, ("scope", "until", "address_id"))
_PAUSE = Statement(
    _ADD_PAUSE.on_conflict_do_update(
        index_elements=["scope"],
        set_={"until": _ADD_PAUSE.excluded.until},
        where=or_(
            _pause.c.until < _ADD_PAUSE.excluded.until, _pause.c.until >= bindparam("impossible")
        ),
    )
)
_PAUSED_UNTIL = Statement(select(_pause.c.until).where(_pause.c.scope == bindparam("scope")))
_FREE_AT = Statement(select(_pace.c.free_at).where(_pace.c.scope == bindparam("scope")))


def _earliest(moment: ColumnElement[datetime], *conditions: ColumnElement[bool]) -> Statement:
    return Statement(select(moment).where(*conditions).order_by(moment).limit(1))


_NEXT_FREE = _earliest(
    _delivery.c.due_at,
    _IS_PENDING,
    _ON_CHANNEL,
    _delivery.c.due_at.is_not(None),
    ~_held(_pause.c.until > _delivery.c.due_at),
    ~_paced(_pace.c.free_at > _delivery.c.due_at),
)
_NEXT_RELEASED = _earliest(
    _pause.c.until,
    _IS_PENDING,
    _ON_CHANNEL,
    _delivery.c.address_id == _pause.c.address_id,
    _delivery.c.due_at < _pause.c.until,
)
_NEXT_PACED = _earliest(
    _pace.c.free_at,
    _IS_PENDING,
    _ON_CHANNEL,
    _delivery.c.target_id.is_(None),
    _delivery.c.address_id == _pace.c.address_id,
    _delivery.c.due_at < _pace.c.free_at,
)
_NEXT_EXPIRY = Statement(select(func.min(_delivery.c.expires_at)).where(_IS_PENDING))
_NEXT_UNSETTLED = _earliest(_delivery.c.due_at, _IS_UNKNOWN, _delivery.c.due_at.is_not(None))
_NEXT_STARTED = Statement(select(func.min(_delivery.c.started_at)).where(_IS_SENDING))


class SqlDeliveries:
    """See surveys.ports.Deliveries."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, delivery: Delivery) -> None:
        """Insert."""
        _DELIVERY.add(self._session, delivery)

    def save(self, delivery: Delivery) -> None:
        """Replace."""
        _DELIVERY.save(self._session, delivery)

    def get(self, delivery_id: str) -> Delivery | None:
        """Return the delivery."""
        return _DELIVERY.get(self._session, delivery_id)

    def look(self, delivery_id: str) -> Delivery | None:
        """Return the delivery, without locking it."""
        return self._session.one(_LOOK, id=delivery_id)

    def by_token(self, token: str) -> Delivery | None:
        """Return the message of no invitation that has the token."""
        return self._session.one(_MENU, token=token)

    def take(self, delivery_id: str) -> Delivery | None:
        """Return the delivery unless a rival has it."""
        return _DELIVERY.take(self._session, delivery_id)

    def claimable(
        self,
        now: datetime,
        channels: Sequence[Channel],
        limit: int,
        *,
        only: DeliveryClass | None = None,
    ) -> tuple[Delivery, ...]:
        """Claim what may be sent now."""
        due = [
            delivery
            for channel in dict.fromkeys(channels)
            if not self._is_paused(channel, now)
            for delivery in self._due_on(channel, now, limit, only)
        ]
        return _in_turn(due)[:limit]

    def pullable(
        self, address_id: str, now: datetime, limit: int, *, only: DeliveryClass | None = None
    ) -> tuple[Delivery, ...]:
        """Claim what the address may pull now."""
        there = {"address_id": address_id, "now": now, "limit": limit}
        if only is not None:
            return self._session.all(_PULLABLE_OF, only=only, **there)
        return self._session.all(_PULLABLE, **there)

    def came_due(
        self, channel: Channel, after: datetime, until: datetime
    ) -> tuple[tuple[str, str], ...]:
        """Return whose messages came due."""
        rows = self._session.rows(_CAME_DUE, channel=channel, after=after, until=until)
        return tuple((address_id, delivery_id) for address_id, delivery_id in rows)

    def asks_waiting(self, channel: Channel, limit: int) -> tuple[Delivery, ...]:
        """Claim the channel's questions in the outbox."""
        return self._session.all(_ASKS_WAITING, channel=channel, step="ask", limit=limit)

    def expired(self, now: datetime, limit: int) -> tuple[Delivery, ...]:
        """Claim what is too late."""
        return self._session.all(_EXPIRED, now=now, limit=limit)

    def unsent_asks(self, now: datetime, limit: int) -> tuple[Delivery, ...]:
        """Claim questions and reminders that are due."""
        due = {"only": DeliveryClass.PROACTIVE, "now": now, "limit": limit}
        found = [self._session.all(_UNSENT, channel=channel, **due) for channel in Channel]
        return tuple(chain.from_iterable(found))[:limit]

    def of_invitation(self, invitation_id: str) -> tuple[Delivery, ...]:
        """Return the invitation's deliveries."""
        return self._session.all(_OF_INVITATION, invitation_id=invitation_id)

    def of_address(self, address_id: str, limit: int) -> tuple[Delivery, ...]:
        """Return the newest deliveries of the address that were sent."""
        return self._session.all(_TOLD, address_id=address_id, limit=limit)[::-1]

    def mended(self, delivery_id: str, now: datetime) -> tuple[Delivery, tuple[str, ...]] | None:
        """Return what can be read of the delivery, and the names of what can't."""
        return mended(self._session, delivery_id, now)

    def in_state(self, state: DeliveryState, limit: int) -> tuple[Delivery, ...]:
        """Return deliveries in this state."""
        return self._session.all(_IN_STATE, state=state, limit=limit)

    def count(self, state: DeliveryState) -> int:
        """Count the deliveries in this state."""
        count: int = self._session.scalar(_COUNT, state=state)
        return count

    def overdue_sending(self, started_before: datetime, limit: int) -> tuple[Delivery, ...]:
        """Claim deliveries whose sending takes too long."""
        return self._session.all(_OVERDUE, started_before=started_before, limit=limit)

    def unsettled(
        self, now: datetime, channels: Sequence[Channel], limit: int
    ) -> tuple[Delivery, ...]:
        """Claim unknown deliveries that are due to be settled."""
        due = [
            delivery
            for channel in dict.fromkeys(channels)
            for delivery in self._session.all(_UNSETTLED, channel=channel, now=now, limit=limit)
        ]
        return tuple(sorted(due, key=attrgetter("due_at"))[:limit])

    def attempt(self, delivery_id: str, fence: int, at: datetime) -> None:
        """Append an attempt."""
        values = {"delivery_id": delivery_id, "fence": fence, "started_at": at}
        if self._session.run(_ADD_ATTEMPT, values) == 0:
            raise AlreadyStored("attempt", f"{delivery_id}/{fence}")

    def finish_attempt(self, delivery_id: str, fence: int, at: datetime, outcome: Outcome) -> None:
        """Write the outcome on the attempt."""
        values = {
            "delivery_id": delivery_id,
            "fence": fence,
            "ended_at": at,
            "kind": outcome.kind,
            "reason": outcome.reason,
            "ref": outcome.ref,
        }
        self._session.run(_FINISH_ATTEMPT, values)

    def attempts(self, delivery_id: str) -> tuple[Attempt, ...]:
        """Return the delivery's attempts."""
        return self._session.all(_ATTEMPTS, delivery_id=delivery_id)

    def pause(self, scope: str, until: datetime) -> None:
        """Send nothing in the scope before ``until``."""
        is_address = scope.startswith(_ADDRESS_SCOPE)
        address_id = scope.removeprefix(_ADDRESS_SCOPE) if is_address else None
        values = {"scope": scope, "until": until, "address_id": address_id}
        self._session.run(_PAUSE, values | {"impossible": until + LONGEST_PAUSE})

    def next_due(self) -> datetime | None:
        """Return when the next delivery wants attention."""
        started: datetime | None = self._session.scalar(_NEXT_STARTED)
        moments = [
            *(self._next_on(channel) for channel in _PUSHED),
            self._session.scalar(_NEXT_EXPIRY),
            self._session.scalar(_NEXT_UNSETTLED),
            started and started + SENDING_LEASE,
        ]
        return min((moment for moment in moments if moment), default=None)

    def _next_on(self, channel: Channel) -> datetime | None:
        statements = (_NEXT_FREE, _NEXT_RELEASED, _NEXT_PACED)
        found = [self._session.scalar(statement, channel=channel) for statement in statements]
        moment: datetime | None = min((moment for moment in found if moment), default=None)
        if moment is None:
            return None
        paused_until: datetime | None = self._session.scalar(_PAUSED_UNTIL, scope=channel.value)
        free_at: datetime | None = self._session.scalar(_FREE_AT, scope=channel.value)
        return max(moment, paused_until or moment, free_at or moment)

    def _due_on(
        self, channel: Channel, now: datetime, limit: int, only: DeliveryClass | None
    ) -> Iterable[_Numbered]:
        """Return what is due first and, where the limit cut some off, what their addresses are to get before."""
        moment = {"now": now, "soon": now + LONGEST, "limit": limit}
        impossible = {"impossible": now + LONGEST_PAUSE}
        due = moment | impossible | {"channel": channel}
        if only is not None:
            return self._session.all(_CLAIMABLE_OF, only=only, **due)
        found = self._session.all(_CLAIMABLE, **due)
        if len(found) < limit:
            return found
        seen = {delivery.id: (delivery, number) for delivery, number in found}
        for address_id in {delivery.address_id for delivery, _ in found}:
            there = self._session.all(_DUE_THERE, address_id=address_id, **moment)
            seen |= {each[0].id: each for each in there if each[0].channel is channel}
        return seen.values()

    def _is_paused(self, channel: Channel, now: datetime) -> bool:
        until: datetime | None = self._session.scalar(_PAUSED_UNTIL, scope=channel.value)
        return until is not None and now < until < now + LONGEST_PAUSE


def _in_turn(due: Iterable[_Numbered]) -> tuple[Delivery, ...]:
    numbered = sorted(due, key=lambda found: (found[0].created_at, found[1]))
    return in_turn([delivery for delivery, _ in numbered])
