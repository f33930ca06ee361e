"""Deletes what has been kept long enough, a batch at a time."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    null,
    select,
    update,
)

from storage.sql.erasing import forget_person
from storage.sql.session import Session
from storage.sql.shapes import table_of
from storage.sql.statements import Statement
from storage.tables.asking import (
    LIVE,
    ButtonTokenRow,
    DecisionRow,
    InvitationRow,
)
from storage.tables.counting import AnswerRow, AnswerVersionRow
from storage.tables.intake import EventOccasionRow, EventRow, InboxRow
from storage.tables.outbox import AttemptRow, DeliveryRow
from storage.tables.people import (
    AddressRow,
    ConsentRow,
    IdentifierRow,
    JoiningRow,
    LinkRow,
    PersonRow,
    WebSessionRow,
)
from surveys.model import Aging, DeliveryState, InboxState

_person = table_of(PersonRow)
_identifier = table_of(IdentifierRow)
_address = table_of(AddressRow)
_session = table_of(WebSessionRow)
_link = table_of(LinkRow)
_consent = table_of(ConsentRow)
_joining = table_of(JoiningRow)
_event = table_of(EventRow)
_occasion = table_of(EventOccasionRow)
_decision = table_of(DecisionRow)
_invitation = table_of(InvitationRow)
_token = table_of(ButtonTokenRow)
_delivery = table_of(DeliveryRow)
_attempt = table_of(AttemptRow)
_answer = table_of(AnswerRow)
_version = table_of(AnswerVersionRow)
_inbox = table_of(InboxRow)

_PERSON: Final[BindParameter[str]] = bindparam("person_id")
_BEFORE: Final[BindParameter[datetime]] = bindparam("before")
_LIMIT: Final[BindParameter[int]] = bindparam("limit")
_ENDED = and_(
    *(
        _delivery.c.state != literal_column(f"'{state.value}'")
        for state in (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNKNOWN)
    )
)
_DONE = _inbox.c.state == InboxState.DONE


def _unneeded(event_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return that no ask about the event is still to be made or open: its rules look at the event again."""
    return ~exists().where(_invitation.c.event_id == event_id, literal_column(LIVE))


_AGED: Final[Mapping[Aging, tuple[tuple[Table, ColumnElement[bool]], ...]]] = {
    Aging.INBOX: ((_inbox, (_inbox.c.received_at < _BEFORE) & _DONE),),
    Aging.EVENTS: (
        (_event, (_event.c.received_at < _BEFORE) & _unneeded(_event.c.id)),
        (_decision, (_decision.c.decided_at < _BEFORE) & _unneeded(_decision.c.event_id)),
    ),
    Aging.MESSAGES: ((_delivery, (_delivery.c.created_at < _BEFORE) & _ENDED),),
    Aging.LINKS: (
        (_link, _link.c.expires_at < _BEFORE),
        (_session, _session.c.expires_at < _BEFORE),
    ),
    Aging.TEXTS: ((_answer, (_answer.c.answered_at < _BEFORE) & _answer.c.text.is_not(None)),),
}
_COUNT_AGED: Final = {
    kind: tuple(Statement(select(func.count()).select_from(t).where(old)) for t, old in parts)
    for kind, parts in _AGED.items()
}


def _eldest(table: Table, moment: ColumnElement[Any], *only: Any, show: Sequence[str]) -> Statement:
    """Return a select of the old ones among the rows inserted first.

    Rows are inserted in the order of their times, so a batch from the front finds what is old, or that nothing is,
    without an index of its own on the busiest tables.
    """
    front = select(*(table.c[name] for name in show), moment.label("at")).where(*only)
    first = front.order_by(table.c.number).limit(_LIMIT).subquery()
    return Statement(select(*(first.c[name] for name in show)).where(first.c.at < _BEFORE))


_OLD_ENTRIES = _eldest(_inbox, _inbox.c.received_at, _DONE, show=("id",))
_OLD_EVENTS = _eldest(
    _event, _event.c.received_at, _unneeded(_event.c.id), show=("id", "person_id")
)
_OLD_DECISIONS = _eldest(
    _decision, _decision.c.decided_at, _unneeded(_decision.c.event_id), show=("id",)
)
_OLD_MESSAGES = _eldest(_delivery, _delivery.c.created_at, _ENDED, show=("id", "token"))


def _expired(table: Table) -> Statement:
    old = table.c.expires_at < _BEFORE
    return Statement(
        select(table.c.token_hash).where(old).order_by(table.c.expires_at).limit(_LIMIT)
    )


_OLD_LINKS, _OLD_SESSIONS = _expired(_link), _expired(_session)
_OLD_TEXTS = Statement(
    select(_answer.c.id)
    .where(_answer.c.text.is_not(None), _answer.c.answered_at < _BEFORE)
    .order_by(_answer.c.answered_at)
    .limit(_LIMIT)
)


def _drop(column: ColumnElement[Any]) -> Statement:
    return Statement(delete(column.table).where(column == bindparam("key")))


_DROP_ENTRY, _DROP_EVENT = _drop(_inbox.c.id), _drop(_event.c.id)
_DROP_OCCASIONS, _DROP_DECISION = _drop(_occasion.c.event_id), _drop(_decision.c.id)
_DROP_ATTEMPTS, _DROP_MESSAGE = _drop(_attempt.c.delivery_id), _drop(_delivery.c.id)
_DROP_TOKEN = _drop(_token.c.token)
_DROP_LINK, _DROP_SESSION = _drop(_link.c.token_hash), _drop(_session.c.token_hash)
_BLANK_ANSWER = Statement(
    update(_answer).values(text=null(), changed=null()).where(_answer.c.id == bindparam("key"))
)
_BLANK_VERSIONS = Statement(
    update(_version).values(text=null()).where(_version.c.answer_id == bindparam("key"))
)
_LEFT_ALONE: Final = (
    *(
        exists().where(table.c.person_id == _PERSON)
        for table in (_event, _address, _consent, _invitation)
    ),
    exists().where(_joining.c.heir_id == _PERSON),
)
_DROP_SHADOW = Statement(
    delete(_person).where(
        _person.c.id == _PERSON,
        _person.c.external_id.is_(None),
        _person.c.joined_to.is_(None),
        *(~each for each in _LEFT_ALONE),
    )
)
_DROP_NAMES = Statement(delete(_identifier).where(_identifier.c.person_id == _PERSON))


class SqlForgetting:
    """See surveys.ports.Forgetting."""

    def __init__(self, session: Session) -> None:
        self._db = session

    def person(self, person_id: str) -> Mapping[str, int]:
        """Delete or blank everything of the person, and of whoever was joined to her."""
        return forget_person(self._db, person_id)

    def aged(self, kind: Aging, before: datetime, limit: int) -> int:
        """Delete or blank one batch."""
        return sum(self._batches(kind, {"before": before, "limit": limit}))

    def count_aged(self, kind: Aging, before: datetime) -> int:
        """Count what is old."""
        return sum(int(self._db.scalar(each, before=before)) for each in _COUNT_AGED[kind])

    def _batches(self, kind: Aging, batch: Mapping[str, Any]) -> Iterator[int]:
        match kind:
            case Aging.INBOX:
                yield self._each(_OLD_ENTRIES, batch, _DROP_ENTRY)
            case Aging.EVENTS:
                yield self._events(batch)
                yield self._each(_OLD_DECISIONS, batch, _DROP_DECISION)
            case Aging.MESSAGES:
                yield self._messages(batch)
            case Aging.LINKS:
                yield self._each(_OLD_LINKS, batch, _DROP_LINK)
                yield self._each(_OLD_SESSIONS, batch, _DROP_SESSION)
            case Aging.TEXTS:  # pragma: no branch the last kind
                yield self._each(_OLD_TEXTS, batch, _BLANK_VERSIONS, _BLANK_ANSWER)

    def _each(self, old: Statement, batch: Mapping[str, Any], *then: Statement) -> int:
        keys = [row[0] for row in self._db.rows(old, **batch)]
        for key in keys:
            for statement in then:
                self._db.run(statement, {"key": key})
        return len(keys)

    def _events(self, batch: Mapping[str, Any]) -> int:
        """Delete events, and the shadows of whom nothing else is known."""
        old = self._db.rows(_OLD_EVENTS, **batch)
        for event_id, _ in old:
            self._db.run(_DROP_OCCASIONS, {"key": event_id})
            self._db.run(_DROP_EVENT, {"key": event_id})
        for person_id in dict.fromkeys(person_id for _, person_id in old if person_id):
            if self._db.run(_DROP_SHADOW, {"person_id": person_id}):
                self._db.run(_DROP_NAMES, {"person_id": person_id})
        return len(old)

    def _messages(self, batch: Mapping[str, Any]) -> int:
        old = self._db.rows(_OLD_MESSAGES, **batch)
        for delivery_id, token in old:
            self._db.run(_DROP_ATTEMPTS, {"key": delivery_id})
            self._db.run(_DROP_MESSAGE, {"key": delivery_id})
            if token:
                self._db.run(_DROP_TOKEN, {"key": token})
        return len(old)
