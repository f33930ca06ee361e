"""What staff read across all customers. Windows and prefixes are ranges of an index; what else is asked is sifted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement

from storage.sql.asking import DECISION
from storage.sql.session import Session
from storage.sql.shapes import decoder, fields_of, plain, table_of
from storage.sql.statements import Query, Statement
from storage.tables.asking import DecisionRow, InvitationRow, SlotRow
from storage.tables.columns import Number, UtcDateTime
from storage.tables.outbox import DeliveryRow
from storage.tables.people import AddressRow, IdentifierRow, PersonRow
from storage.tables.webhooks import WebhookMessageRow
from surveys.model import (
    Channel,
    Delivery,
    DeliveryClass,
    DeliveryState,
    Identifier,
    Invitation,
    InvitationState,
    Person,
    Slot,
    VerdictKind,
    WebhookMessage,
)
from surveys.overview import Logged, LogPage, LogWanted, Pending, Place, RuleCounts

_decision = table_of(DecisionRow)
_invitation = table_of(InvitationRow)
_slot = table_of(SlotRow)
_delivery = table_of(DeliveryRow)
_person = table_of(PersonRow)
_address = table_of(AddressRow)
_name = table_of(IdentifierRow)

_HIGHEST = "\U0010ffff"

_INVITATION = plain("invitation", Invitation, InvitationRow)
_DELIVERY = plain("delivery", Delivery, DeliveryRow)
_PERSON = plain("person", Person, PersonRow)
_WEBHOOK = plain("webhook message", WebhookMessage, WebhookMessageRow)


class _OfLastVerdict(FunctionElement[str]):
    """A part of the last of a decision's verdicts; its kind is part 0, its rule part 1."""

    type = String()
    inherit_cache = True


@compiles(_OfLastVerdict, "sqlite")
def _from_text(element: Any, compiler: SQLCompiler, **more: Any) -> str:
    verdicts, part = (compiler.process(each, **more) for each in element.clauses)
    return f"json_extract({verdicts}, '$[#-1][{part}]')"


@compiles(_OfLastVerdict, "postgresql")
def _from_json(element: Any, compiler: SQLCompiler, **more: Any) -> str:
    verdicts, part = (compiler.process(each, **more) for each in element.clauses)
    return f"({verdicts} -> -1 ->> {part})"


def _last(part: int, verdicts: Any) -> Any:
    return _OfLastVerdict(verdicts, literal_column(str(part)))


# --- decisions ------------------------------------------------------------------------------------

_PLACE = tuple_(_decision.c.decided_at, _decision.c.number)
_BEFORE = tuple_(bindparam("before", type_=UtcDateTime()), bindparam("before_number", type_=Number))
_WINDOW = (
    select(*DECISION.columns, _decision.c.number)
    .where(_decision.c.decided_at >= bindparam("since"), _PLACE < _BEFORE)
    .order_by(_decision.c.decided_at.desc(), _decision.c.number.desc())
    .limit(bindparam("depth"))
    .subquery()
)
_IN_ORDER = (_WINDOW.c.decided_at.desc(), _WINDOW.c.number.desc())


def _unless_open(name: str, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return or_(bindparam(name, type_=String) == "", condition)


def _is_one_of(column: Any, name: str) -> ColumnElement[bool]:
    """Say whether a word is in a list that is given as ``,a,b,``."""
    listed = bindparam(name, type_=String)
    return func.replace(listed, "," + column + ",", "") != listed


# One look-up for each decision of the window. Of EXISTS, or of a join, PostgreSQL makes a hash of all asks there are.
_ASKED_IN = (
    select(_invitation.c.channel)
    .where(_invitation.c.event_id == _WINDOW.c.event_id, _invitation.c.decision_id == _WINDOW.c.id)
    .limit(1)
    .scalar_subquery()
)
_CONCERNED = (
    _unless_open("triggers", _is_one_of(_WINDOW.c.trigger, "triggers")),
    _unless_open("channel", func.coalesce(_ASKED_IN, "") == bindparam("channel", type_=String)),
)
_SIFTED = (
    *_CONCERNED,
    _unless_open("kind", _last(0, _WINDOW.c.verdicts) == bindparam("kind", type_=String)),
    _unless_open("rule", _last(1, _WINDOW.c.verdicts) == bindparam("rule", type_=String)),
)


def _logged(row: Sequence[Any]) -> Logged:
    *values, at, number = row
    return Logged(place=Place(at, number), decision=DECISION.decode((*values, at)))


_LOG = Query(
    select(*_WINDOW.c).where(*_SIFTED).order_by(*_IN_ORDER).limit(bindparam("limit")), _logged
)
_LOOKED = Statement(select(func.count()).select_from(_WINDOW))
_LAST_PLACE = Query(
    select(_WINDOW.c.decided_at, _WINDOW.c.number)
    .order_by(_WINDOW.c.decided_at, _WINDOW.c.number)
    .limit(1),
    lambda row: Place(*row),
)
_ENDS = (
    select(_last(0, _WINDOW.c.verdicts).label("kind"), _last(1, _WINDOW.c.verdicts).label("rule"))
    .where(*_CONCERNED)
    .subquery()
)
_RULES = Statement(
    select(_ENDS.c.kind, _ENDS.c.rule, func.count()).group_by(_ENDS.c.kind, _ENDS.c.rule)
)

# --- asks, deliveries, people ---------------------------------------------------------------------

_DUE_FIRST = (
    select(*_INVITATION.columns, _invitation.c.number)
    .where(_invitation.c.due_at.is_not(None))
    .order_by(_invitation.c.due_at, _invitation.c.number)
    .limit(bindparam("depth"))
    .subquery()
)
_WAITING = Query(
    select(*(_DUE_FIRST.c[column.name] for column in _INVITATION.columns))
    .where(_DUE_FIRST.c.state == InvitationState.WAITING)
    .order_by(_DUE_FIRST.c.due_at, _DUE_FIRST.c.number)
    .limit(bindparam("limit")),
    _INVITATION.decode,
)
_ASKS = _INVITATION.query(
    _invitation.c.person_id == bindparam("person_id"),
    order=(_invitation.c.number.desc(),),
    limited=True,
    lock=False,
)
_SLOT_FIELDS = fields_of(Slot)
_SLOTS = Query(
    select(*(_slot.c[name] for name in _SLOT_FIELDS))
    .where(_slot.c.person_id == bindparam("person_id"))
    .order_by(_slot.c.at, _slot.c.number),
    decoder(Slot, _SLOT_FIELDS),
)
_SENT_TO = _DELIVERY.query(
    _delivery.c.person_id == bindparam("person_id"),
    order=(_delivery.c.number.desc(),),
    limited=True,
    lock=False,
)
_IN_STATE = _DELIVERY.query(
    _delivery.c.state == bindparam("state"),
    order=(_delivery.c.created_at.desc(), _delivery.c.number.desc()),
    limited=True,
    lock=False,
)
_place = _delivery.alias("place")
_OLDER_IN_STATE = _DELIVERY.query(
    _delivery.c.state == bindparam("state"),
    _place.c.id == bindparam("before"),
    tuple_(_delivery.c.created_at, _delivery.c.number)
    < tuple_(_place.c.created_at, _place.c.number),
    order=(_delivery.c.created_at.desc(), _delivery.c.number.desc()),
    limited=True,
    lock=False,
)
_AS_MANY = (
    select(_delivery.c.state)
    .where(_delivery.c.state == bindparam("state"))
    .limit(bindparam("depth"))
    .subquery()
)
_HOW_MANY = Statement(select(func.count()).select_from(_AS_MANY))
_UNSENT = (
    select(
        _delivery.c.channel,
        _delivery.c.delivery_class,
        case((_delivery.c.due_at <= bindparam("now"), 1), else_=0).label("is_due"),
        case((_delivery.c.attempts > 0, 1), else_=0).label("was_tried"),
    )
    .where(_delivery.c.state == bindparam("state"))
    .limit(bindparam("depth"))
    .subquery()
)
_PENDING = Statement(select(*_UNSENT.c, func.count()).group_by(*_UNSENT.c))
_TOLD = _WEBHOOK.query(order=(_WEBHOOK.table.c.number.desc(),), limited=True, lock=False)
_STARTING = Query(
    select(*_PERSON.columns)
    .where(
        _person.c.id == _name.c.person_id,
        _name.c.namespace == bindparam("namespace"),
        _name.c.value >= bindparam("value"),
        _name.c.value < bindparam("end"),
        _person.c.erased_at.is_(None),
        _person.c.joined_to.is_(None),
    )
    .order_by(_name.c.value)
    .limit(bindparam("limit")),
    _PERSON.decode,
)
_REACHED_AT = Query(
    select(*_PERSON.columns)
    .where(
        _person.c.id == _address.c.person_id,
        _address.c.user == bindparam("user"),
        _person.c.erased_at.is_(None),
    )
    .order_by(_address.c.number)
    .limit(bindparam("limit")),
    _PERSON.decode,
)


class SqlOverview:
    """See surveys.overview.Overview."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def decisions(self, wanted: LogWanted, limit: int, depth: int) -> LogPage:
        """Return a page of the log."""
        window = _window(wanted, depth)
        end = {"kind": wanted.kind or "", "rule": wanted.rule}
        found = self._session.all(_LOG, **window, **_concerned(wanted), **end, limit=limit)
        if len(found) == limit:
            return LogPage(found=found, go_on=found[-1].place, looked=limit)
        looked = self._session.scalar(_LOOKED, **window)
        last = self._session.all(_LAST_PLACE, **window) if looked == depth else ()
        return LogPage(found=found, go_on=last[0] if last else None, looked=looked)

    def rules(self, wanted: LogWanted, depth: int) -> RuleCounts:
        """Count last verdicts."""
        window = _window(wanted, depth)
        rows = self._session.rows(_RULES, **window, **_concerned(wanted))
        ranked = sorted(rows, key=lambda row: (-row[2], row[0], row[1]))
        counts = {(VerdictKind(kind), rule): count for kind, rule, count in ranked}
        return RuleCounts(counts=counts, looked=self._session.scalar(_LOOKED, **window))

    def waiting(self, limit: int, depth: int) -> tuple[Invitation, ...]:
        """Return asks that wait."""
        return self._session.all(_WAITING, limit=limit, depth=depth)

    def starting(self, name: Identifier, limit: int) -> tuple[Person, ...]:
        """Return customers by the beginning of a name."""
        end = name.value + _HIGHEST
        found = self._session.all(
            _STARTING, namespace=name.namespace, value=name.value, end=end, limit=limit
        )
        return tuple({person.id: person for person in found}.values())

    def reached_at(self, user: str, limit: int) -> tuple[Person, ...]:
        """Return customers by the user of a chat."""
        found = self._session.all(_REACHED_AT, user=user, limit=limit)
        return tuple({person.id: person for person in found}.values())

    def slots(self, person_id: str) -> tuple[Slot, ...]:
        """Return the person's slots."""
        return self._session.all(_SLOTS, person_id=person_id)

    def invitations(self, person_id: str, limit: int) -> tuple[Invitation, ...]:
        """Return the person's asks."""
        return self._session.all(_ASKS, person_id=person_id, limit=limit)

    def deliveries(self, person_id: str, limit: int) -> tuple[Delivery, ...]:
        """Return what was sent to the person."""
        return self._session.all(_SENT_TO, person_id=person_id, limit=limit)

    def in_state(self, state: DeliveryState, limit: int, before: str = "") -> tuple[Delivery, ...]:
        """Return the newest deliveries in a state."""
        if before:
            return self._session.all(_OLDER_IN_STATE, state=state, limit=limit, before=before)
        return self._session.all(_IN_STATE, state=state, limit=limit)

    def states(self, depth: int) -> Mapping[DeliveryState, int]:
        """Count each state."""
        return {
            state: self._session.scalar(_HOW_MANY, state=state, depth=depth)
            for state in DeliveryState
        }

    def pending(self, now: datetime, depth: int) -> Mapping[Pending, int]:
        """Count pending deliveries."""
        rows = self._session.rows(_PENDING, state=DeliveryState.PENDING, now=now, depth=depth)
        return {
            Pending(Channel(channel), DeliveryClass(of), bool(is_due), bool(was_tried)): count
            for channel, of, is_due, was_tried, count in rows
        }

    def webhooks(self, limit: int) -> tuple[WebhookMessage, ...]:
        """Return the newest messages to other systems."""
        return self._session.all(_TOLD, limit=limit)


def _window(wanted: LogWanted, depth: int) -> dict[str, Any]:
    before = {"before": wanted.before.at, "before_number": wanted.before.number}
    return {"since": wanted.since, **before, "depth": depth}


def _concerned(wanted: LogWanted) -> dict[str, str]:
    triggers = "" if wanted.triggers is None else f",{','.join(wanted.triggers)},"
    return {"triggers": triggers, "channel": wanted.channel or ""}
