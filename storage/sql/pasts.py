"""What happened in a window: two selects a page, whatever it holds."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select

from storage.sql.asking import DECISION
from storage.sql.intake import EVENT
from storage.sql.session import Session
from storage.sql.shapes import table_of
from storage.sql.statements import Query
from storage.tables.people import PersonRow
from surveys.model import Decision
from surveys.stored_pasts import Past, Place

_event = EVENT.table
_decision = DECISION.table
_person = table_of(PersonRow)

_who = func.coalesce(_event.c.person_id, "")
_ORDER = (_who, _event.c.number)
_RECEIVED = and_(
    _event.c.received_at >= bindparam("since"), _event.c.received_at < bindparam("until")
)
_BEHIND = or_(
    _who > bindparam("who"), and_(_who == bindparam("who"), _event.c.number > bindparam("number"))
)
_UP_TO = or_(
    _who < bindparam("last"),
    and_(_who == bindparam("last"), _event.c.number <= bindparam("last_number")),
)


def _past(row: Sequence[Any]) -> Past:
    number, customer, *event = row
    return Past(number=number, customer=customer, stored=EVENT.decode(event)[0])


_EVENTS = Query(
    select(_event.c.number, _person.c.external_id, *EVENT.columns)
    .select_from(_event.outerjoin(_person, _person.c.id == _event.c.person_id))
    .where(_RECEIVED, _BEHIND)
    .order_by(*_ORDER)
    .limit(bindparam("limit")),
    _past,
)
_DECISIONS = Query(
    select(*DECISION.columns)
    .select_from(_decision.join(_event, _event.c.id == _decision.c.event_id))
    .where(_RECEIVED, _BEHIND, _UP_TO),
    DECISION.decode,
)


class SqlPasts:
    """See surveys.stored_pasts.Pasts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def page(
        self, since: datetime, until: datetime, after: Place | None, limit: int
    ) -> tuple[Past, ...]:
        """Return a page of events."""
        who, number = after or ("", 0)
        window = {"since": since, "until": until, "who": who, "number": number}
        pasts = self._session.all(_EVENTS, **window, limit=limit)
        if not pasts:
            return ()
        last, last_number = pasts[-1].place
        decided = defaultdict[str, list[Decision]](list)
        for each in self._session.all(_DECISIONS, **window, last=last, last_number=last_number):
            decided[each.event_id].append(each)
        return tuple(_with(past, decided[past.stored.id]) for past in pasts)


def _with(past: Past, decisions: list[Decision]) -> Past:
    return Past(
        number=past.number,
        stored=past.stored,
        customer=past.customer,
        decisions=tuple(sorted(decisions, key=attrgetter("trigger"))),
    )
