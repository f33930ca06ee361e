"""Which types of events come, and what they say."""

from datetime import datetime

from sqlalchemy import bindparam, func, select

from storage.sql.session import Session
from storage.sql.shapes import table_of
from storage.sql.statements import Statement
from storage.tables.intake import EventRow
from surveys.seen_events import SeenEvent, SeenType

_event = table_of(EventRow)

_LATELY = _event.c.received_at >= bindparam("since", type_=_event.c.received_at.type)
_TYPES = Statement(
    select(_event.c.type, func.count(), func.max(_event.c.received_at))
    .where(_LATELY)
    .group_by(_event.c.type)
    .order_by(func.count().desc(), _event.c.type)
)
_NEWEST = Statement(
    select(_event.c.received_at, _event.c.data)
    .where(_event.c.type == bindparam("type"), _LATELY)
    .order_by(_event.c.received_at.desc(), _event.c.number.desc())
    .limit(bindparam("limit"))
)


class SqlSeenEvents:
    """See surveys.seen_events.SeenEvents."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def types(self, since: datetime) -> tuple[SeenType, ...]:
        """Return the types that came."""
        rows = self._session.rows(_TYPES, since=since)
        return tuple(SeenType(type=kind, count=count, newest=at) for kind, count, at in rows)

    def newest(self, event_type: str, since: datetime, limit: int) -> tuple[SeenEvent, ...]:
        """Return the newest ones."""
        rows = self._session.rows(_NEWEST, type=event_type, since=since, limit=limit)
        return tuple(SeenEvent(*row) for row in rows)
