"""What other systems are told, and how each of them has been doing."""

from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, delete, func, or_, select, update

from storage.sql.session import Session
from storage.sql.shapes import plain, table_of
from storage.sql.statements import Statement
from storage.tables.columns import is_now
from storage.tables.webhooks import WebhookDestinationRow, WebhookMessageRow
from surveys.model import Destination, DestinationState, WebhookMessage, WebhookState
from surveys.pacing import LONGEST_PAUSE, LONGEST_RETRY

_message = table_of(WebhookMessageRow)
_destination = table_of(WebhookDestinationRow)

_MESSAGE = plain("webhook message", WebhookMessage, WebhookMessageRow)
_FOR = _message.c.destination == bindparam("destination")
_IS_PENDING = is_now(_message.c.state, WebhookState.PENDING)
_IS_FAILED = is_now(_message.c.state, WebhookState.FAILED)

_IS_DUE = or_(_message.c.due_at <= bindparam("now"), _message.c.due_at > bindparam("never"))
_DUE = _MESSAGE.query(
    _IS_PENDING,
    _FOR,
    _IS_DUE,
    order=(_message.c.due_at, _message.c.number),
    limited=True,
)
_COUNT_PENDING, _COUNT_FAILED = (
    Statement(select(func.count()).select_from(_message).where(condition, _FOR))
    for condition in (_IS_PENDING, _IS_FAILED)
)
_REVIVE_PENDING, _REVIVE_FAILED = (
    Statement(
        update(_message)
        .values(state=WebhookState.PENDING, due_at=bindparam("now"), tries=0, ended_at=None)
        .where(condition, _FOR)
    )
    for condition in (_IS_PENDING, _IS_FAILED)
)

_WAS_SENT = (
    is_now(_message.c.state, WebhookState.SENT),
    _message.c.ended_at < bindparam("before"),
)
_SENT_BEFORE = (
    select(_message.c.number)
    .where(*_WAS_SENT)
    .order_by(_message.c.ended_at)
    .limit(bindparam("limit"))
)
_COUNT_SENT = Statement(select(func.count()).select_from(_message).where(*_WAS_SENT))
_FORGET_SENT = Statement(delete(_message).where(_message.c.number.in_(_SENT_BEFORE)))


class SqlWebhooks:
    """See surveys.ports.Webhooks."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, message: WebhookMessage) -> None:
        """Insert."""
        _MESSAGE.add(self._session, message)

    def save(self, message: WebhookMessage) -> None:
        """Replace."""
        _MESSAGE.save(self._session, message)

    def get(self, message_id: str) -> WebhookMessage | None:
        """Return the message."""
        return _MESSAGE.get(self._session, message_id)

    def due(self, destination: str, now: datetime, limit: int) -> tuple[WebhookMessage, ...]:
        """Return what is to be sent now."""
        moments = {"now": now, "never": now + LONGEST_RETRY}
        return self._session.all(_DUE, destination=destination, limit=limit, **moments)

    def count(self, destination: str) -> tuple[int, int]:
        """Count what waits and what has failed."""
        waiting: int = self._session.scalar(_COUNT_PENDING, destination=destination)
        failed: int = self._session.scalar(_COUNT_FAILED, destination=destination)
        return waiting, failed

    def forget_sent(self, before: datetime, limit: int) -> int:
        """Delete what was sent before the instant."""
        return self._session.run(_FORGET_SENT, {"before": before, "limit": limit})

    def count_sent(self, before: datetime) -> int:
        """Count what was sent before the instant."""
        return int(self._session.scalar(_COUNT_SENT, before=before))

    def revive(self, destination: str, now: datetime) -> int:
        """Make all that has not been sent due."""
        values = {"destination": destination, "now": now}
        return sum(self._session.run(each, values) for each in (_REVIVE_PENDING, _REVIVE_FAILED))


_DESTINATION = plain("webhook destination", Destination, WebhookDestinationRow, key="name")
_ALL = _DESTINATION.query(order=(_destination.c.name,), lock=False)


def _over(moment: ColumnElement[datetime | None]) -> ColumnElement[bool]:
    return or_(moment.is_(None), moment <= bindparam("now"), moment > bindparam("impossible"))


_IS_ACTIVE = is_now(_destination.c.state, DestinationState.ACTIVE)
_WAITS_FOR = (_IS_PENDING, _message.c.destination == _destination.c.name)
_CLAIMABLE = _DESTINATION.query(
    _IS_ACTIVE,
    _over(_destination.c.leased_until),
    _over(_destination.c.paused_until),
    select(_message.c.id).where(*_WAITS_FOR, _IS_DUE).exists(),
    order=(_destination.c.name,),
    claim=True,
)
_NEXT = Statement(
    select(
        select(func.min(_message.c.due_at)).where(*_WAITS_FOR).scalar_subquery(),
        _destination.c.leased_until,
        _destination.c.paused_until,
    )
    .where(_IS_ACTIVE)
    .order_by(_destination.c.name)
)


class SqlDestinations:
    """See surveys.ports.Destinations."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, destination: Destination) -> None:
        """Insert."""
        _DESTINATION.add(self._session, destination)

    def save(self, destination: Destination) -> None:
        """Replace."""
        _DESTINATION.save(self._session, destination)

    def get(self, name: str) -> Destination | None:
        """Return the destination."""
        return _DESTINATION.get(self._session, name)

    def all(self) -> tuple[Destination, ...]:
        """Return all of them."""
        return self._session.all(_ALL)

    def claimable(self, now: datetime) -> tuple[Destination, ...]:
        """Claim those that something can be sent to now."""
        far = {"never": now + LONGEST_RETRY, "impossible": now + LONGEST_PAUSE}
        return self._session.all(_CLAIMABLE, now=now, **far)

    def next_due(self) -> datetime | None:
        """Return when the next message can be sent."""
        rows = self._session.rows(_NEXT)
        moments = (max(each for each in row if each) for row in rows if row[0])
        return min(moments, default=None)
