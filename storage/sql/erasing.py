"""Deletes what was a person's, table by table; docs/decisions says for each table what goes, and why.

What is counted stays: scores, their tags and their random subject.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Executable,
    String,
    Table,
    bindparam,
    delete,
    literal,
    literal_column,
    null,
    or_,
    select,
    update,
)

from storage.sql.session import Session
from storage.sql.shapes import table_of
from storage.sql.statements import Statement
from storage.tables.asking import (
    ButtonTokenRow,
    ContactClockRow,
    DecisionRow,
    InvitationRow,
    SlotRow,
)
from storage.tables.counting import AnswerRow, AnswerVersionRow
from storage.tables.intake import EventOccasionRow, EventRow, InboxRow
from storage.tables.outbox import AttemptRow, DeliveryRow, PaceRow, PauseRow
from storage.tables.people import (
    AddressRow,
    ConsentRow,
    IdentifierRow,
    JoiningRow,
    LinkRow,
    PersonRow,
    WebSessionRow,
)
from storage.tables.webhooks import WebhookMessageRow

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
_slot = table_of(SlotRow)
_clock = table_of(ContactClockRow)
_token = table_of(ButtonTokenRow)
_delivery = table_of(DeliveryRow)
_attempt = table_of(AttemptRow)
_pause = table_of(PauseRow)
_pace = table_of(PaceRow)
_answer = table_of(AnswerRow)
_version = table_of(AnswerVersionRow)
_inbox = table_of(InboxRow)
_webhook = table_of(WebhookMessageRow)

_PERSON: Final[BindParameter[str]] = bindparam("person_id")


def _hers(table: Table) -> ColumnElement[bool]:
    hers: ColumnElement[bool] = table.c.person_id == _PERSON
    return hers


def _of(column: ColumnElement[Any], named: ColumnElement[Any], *more: Any) -> ColumnElement[bool]:
    """Return that the column names one of her rows, whose own name is ``named``."""
    return column.in_(select(named).where(_hers(named.table), *more))


_HER_ANSWERS: Final = or_(
    _answer.c.subject_id.in_(select(_person.c.subject_id).where(_person.c.id == _PERSON)),
    _of(_answer.c.invitation_id, _invitation.c.id),
)
# What was asked stays as a fact about a stage; that it was she, and about which order, does not.
_NOBODYS: Final[dict[str, Any]] = {
    "person_id": literal_column("''"),
    "occasion": _invitation.c.id,
    "decision_id": literal_column("''"),
    "event_id": literal_column("''"),
    "address_id": null(),
    "interview": null(),
    "due_at": null(),
    "hold_rule": null(),
}
_NEVER_BEGUN: Final = (_invitation.c.sent_at.is_(None), _invitation.c.fell_due_on.is_(None))
_FORGET: Final[Sequence[tuple[str, Executable]]] = (
    (
        "inbox",
        delete(_inbox).where(
            _inbox.c.id.in_(
                select(_inbox.c.id).where(
                    _hers(_event),
                    _event.c.source_id == _inbox.c.key,
                    literal("event:", String) + _event.c.source == _inbox.c.source,
                )
            )
        ),
    ),
    (
        "answer_version",
        update(_version)
        .values(text=null())
        .where(
            _version.c.text.is_not(None),
            _version.c.answer_id.in_(select(_answer.c.id).where(_HER_ANSWERS)),
        ),
    ),
    (
        "answer",
        update(_answer)
        .values(text=null(), changed=null())
        .where(_answer.c.text.is_not(None), _HER_ANSWERS),
    ),
    (
        "button_token",
        delete(_token).where(
            _of(_token.c.token, _delivery.c.token, _delivery.c.token.is_not(None))
        ),
    ),
    ("attempt", delete(_attempt).where(_of(_attempt.c.delivery_id, _delivery.c.id))),
    ("delivery", delete(_delivery).where(_hers(_delivery))),
    ("webhook_message", delete(_webhook).where(_hers(_webhook))),
    ("pause", delete(_pause).where(_of(_pause.c.address_id, _address.c.id))),
    ("pace", delete(_pace).where(_of(_pace.c.address_id, _address.c.id))),
    ("web_session", delete(_session).where(_of(_session.c.address_id, _address.c.id))),
    ("link", delete(_link).where(_hers(_link))),
    ("consent", delete(_consent).where(_hers(_consent))),
    ("slot", delete(_slot).where(_hers(_slot))),
    ("contact_clock", delete(_clock).where(_hers(_clock))),
    ("event_occasion", delete(_occasion).where(_of(_occasion.c.event_id, _event.c.id))),
    ("event", delete(_event).where(_hers(_event))),
    ("decision", delete(_decision).where(_hers(_decision))),
    ("invitation", delete(_invitation).where(_hers(_invitation), *_NEVER_BEGUN)),
    ("invitation", update(_invitation).values(_NOBODYS).where(_hers(_invitation))),
    (
        "joining",
        delete(_joining).where(or_(_joining.c.giver_id == _PERSON, _joining.c.heir_id == _PERSON)),
    ),
    ("identifier", delete(_identifier).where(_hers(_identifier))),
    ("address", delete(_address).where(_hers(_address))),
    ("person", delete(_person).where(_person.c.id == _PERSON)),
)
_FORGET_PERSON: Final = tuple((table, Statement(each)) for table, each in _FORGET)
_JOINED: Final = Statement(select(_person.c.id).where(_person.c.joined_to == _PERSON))


def forget_person(session: Session, person_id: str) -> Mapping[str, int]:
    """See surveys.ports.Forgetting.person."""
    changed: dict[str, int] = {}
    for one in _with_joined(session, person_id):
        for table, statement in _FORGET_PERSON:
            count = session.run(statement, {"person_id": one})
            if count:
                changed[table] = changed.get(table, 0) + count
    return changed


def _with_joined(session: Session, person_id: str) -> list[str]:
    found = [person_id]
    for one in found:  # it grows while it is walked
        found += [row[0] for row in session.rows(_JOINED, person_id=one) if row[0] not in found]
    return found
