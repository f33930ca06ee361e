"""What staff are told, and what recurs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select

from storage.sql.session import Session
from storage.sql.shapes import Shape, encoder, fields_of, plain, table_of
from storage.sql.statements import Statement
from storage.tables.columns import is_now
from storage.tables.staff import RecurrenceRow, StaffMessageRow
from surveys.ports import SENDING_LEASE
from surveys.recurring import Recurrence
from surveys.staff_messages import StaffBody, StaffMessage, StaffState

_message = table_of(StaffMessageRow)
_recurrence = table_of(RecurrenceRow)

_NAMES = fields_of(StaffMessage)
_plain = encoder(_NAMES)


def _encode(message: StaffMessage) -> Mapping[str, Any]:
    body = message.body
    return {**_plain(message), "body": asdict(body) if body else None}


def _decode(row: Sequence[Any]) -> StaffMessage:
    values = dict(zip(_NAMES, row, strict=True))
    body = values.pop("body")
    return StaffMessage(**values, body=_body(body) if body is not None else None)


def _body(stored: Mapping[str, Any]) -> StaffBody:
    return StaffBody(**{**stored, "blocks": tuple(stored["blocks"])})


_MESSAGE = Shape("staff message", StaffMessageRow, _NAMES, _encode, _decode)
_IS_PENDING = is_now(_message.c.state, StaffState.PENDING)
_IS_SENDING = is_now(_message.c.state, StaffState.SENDING)
_other = _message.alias("other")
_IS_BUSY = (
    select(_other.c.id)
    .where(
        is_now(_other.c.state, StaffState.SENDING), _other.c.destination == _message.c.destination
    )
    .exists()
)
_CLAIMABLE = _MESSAGE.query(
    _IS_PENDING,
    _message.c.due_at <= bindparam("now"),
    ~_IS_BUSY,
    order=(_message.c.due_at, _message.c.number),
    limited=True,
    claim=True,
)
_OVERDUE = _MESSAGE.query(
    _IS_SENDING,
    _message.c.started_at < bindparam("before"),
    order=(_message.c.started_at,),
    limited=True,
    claim=True,
)
_NEWEST = _MESSAGE.query(order=(_message.c.number.desc(),), limited=True, lock=False)
_COUNTS = {
    state: Statement(
        select(func.count()).select_from(_message).where(is_now(_message.c.state, state))
    )
    for state in StaffState
}
_HAS_ENDED = (_message.c.ended_at.is_not(None), _message.c.ended_at < bindparam("before"))
_COUNT_ENDED = Statement(select(func.count()).select_from(_message).where(*_HAS_ENDED))
_ENDED_BEFORE = (
    select(_message.c.number)
    .where(*_HAS_ENDED)
    .order_by(_message.c.ended_at)
    .limit(bindparam("limit"))
)
_FORGET_ENDED = Statement(delete(_message).where(_message.c.number.in_(_ENDED_BEFORE)))
_NEXT_PENDING = Statement(select(func.min(_message.c.due_at)).where(_IS_PENDING))
_FIRST_SENDING = Statement(select(func.min(_message.c.started_at)).where(_IS_SENDING))


class SqlStaffMessages:
    """See surveys.staff_messages.StaffMessages."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, message: StaffMessage) -> None:
        """Insert."""
        _MESSAGE.add(self._session, message)

    def save(self, message: StaffMessage) -> None:
        """Replace."""
        _MESSAGE.save(self._session, message)

    def get(self, message_id: str) -> StaffMessage | None:
        """Return the message."""
        return _MESSAGE.get(self._session, message_id)

    def claimable(self, now: datetime, limit: int) -> tuple[StaffMessage, ...]:
        """Claim what can go out now."""
        return self._session.all(_CLAIMABLE, now=now, limit=limit)

    def overdue_sending(self, started_before: datetime, limit: int) -> tuple[StaffMessage, ...]:
        """Claim what was begun and never ended."""
        return self._session.all(_OVERDUE, before=started_before, limit=limit)

    def count(self, state: StaffState) -> int:
        """Count the messages in this state."""
        return int(self._session.scalar(_COUNTS[state]))

    def newest(self, limit: int) -> tuple[StaffMessage, ...]:
        """Return the newest messages."""
        return self._session.all(_NEWEST, limit=limit)

    def forget_ended(self, before: datetime, limit: int) -> int:
        """Delete what ended before the instant."""
        return self._session.run(_FORGET_ENDED, {"before": before, "limit": limit})

    def count_ended(self, before: datetime) -> int:
        """Count what ended before the instant."""
        return int(self._session.scalar(_COUNT_ENDED, before=before))

    def next_due(self) -> datetime | None:
        """Return when something is to be done about one."""
        pending: datetime | None = self._session.scalar(_NEXT_PENDING)
        begun: datetime | None = self._session.scalar(_FIRST_SENDING)
        moments = (pending, begun + SENDING_LEASE if begun else None)
        return min((moment for moment in moments if moment), default=None)


_RECURRENCE = plain("recurrence", Recurrence, RecurrenceRow, key="name")
_ALL = _RECURRENCE.query(order=(_recurrence.c.name,), lock=False)
_DUE = _RECURRENCE.query(
    _recurrence.c.due_at <= bindparam("now"),
    order=(_recurrence.c.due_at, _recurrence.c.name),
    limited=True,
    claim=True,
)
_REMOVE = Statement(delete(_recurrence).where(_recurrence.c.name == bindparam("name")))
_NEXT = Statement(select(func.min(_recurrence.c.due_at)))


class SqlRecurrences:
    """See surveys.recurring.Recurrences."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, recurrence: Recurrence) -> None:
        """Insert."""
        _RECURRENCE.add(self._session, recurrence)

    def save(self, recurrence: Recurrence) -> None:
        """Replace."""
        _RECURRENCE.save(self._session, recurrence)

    def get(self, name: str) -> Recurrence | None:
        """Return it."""
        return _RECURRENCE.get(self._session, name)

    def all(self) -> tuple[Recurrence, ...]:
        """Return all of them."""
        return self._session.all(_ALL)

    def remove(self, name: str) -> None:
        """Delete it."""
        self._session.run(_REMOVE, {"name": name})

    def due(self, now: datetime, limit: int) -> tuple[Recurrence, ...]:
        """Claim what is due."""
        return self._session.all(_DUE, now=now, limit=limit)

    def next_due(self) -> datetime | None:
        """Return when the next one happens."""
        due: datetime | None = self._session.scalar(_NEXT)
        return due
