"""Decisions, invitations and contact clocks."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import bindparam, delete, func, select, text, update

from storage.sql.session import Session
from storage.sql.shapes import Shape, decoder, fields_of, insert_into, insert_new, plain, table_of
from storage.sql.statements import Query, Statement
from storage.tables.asking import (
    LIVE,
    ButtonTokenRow,
    ContactClockRow,
    DecisionRow,
    InvitationRow,
    SlotRow,
)
from storage.tables.columns import aware
from surveys.errors import AlreadyStored
from surveys.model import Decision, Invitation, InvitationState, Slot, Verdict, VerdictKind

_decision = table_of(DecisionRow)
_invitation = table_of(InvitationRow)
_token = table_of(ButtonTokenRow)
_clock = table_of(ContactClockRow)
_slot = table_of(SlotRow)


_DECISION_FIELDS = ("id", "event_id", "trigger", "program_version", "person_id")
_read_decision = attrgetter(*_DECISION_FIELDS)


def _encode_decision(decision: Decision) -> dict[str, Any]:
    return {
        **dict(zip(_DECISION_FIELDS, _read_decision(decision), strict=True)),
        "verdicts": [_encode_verdict(verdict) for verdict in decision.verdicts],
        "decided_at": decision.verdicts[0].at,
    }


def _encode_verdict(verdict: Verdict) -> list[Any]:
    return [verdict.kind, verdict.rule, aware(verdict.at).isoformat(), verdict.values]


def _decode_decision(row: Sequence[Any]) -> Decision:
    verdicts = tuple(_decode_verdict(*verdict) for verdict in row[5])
    return Decision(verdicts=verdicts, **dict(zip(_DECISION_FIELDS, row, strict=False)))


def _decode_verdict(kind: str, rule: str, at: str, values: dict[str, Any]) -> Verdict:
    moment = datetime.fromisoformat(at)
    return Verdict(kind=VerdictKind(kind), rule=rule, at=moment, values=values)


DECISION = Shape(
    "decision",
    DecisionRow,
    (*_DECISION_FIELDS, "verdicts", "decided_at"),
    _encode_decision,
    _decode_decision,
)
_OF_EVENT = DECISION.query(_decision.c.event_id == bindparam("event_id"))
_OF_PERSON = DECISION.query(
    _decision.c.person_id == bindparam("person_id"),
    order=(_decision.c.decided_at.desc(), _decision.c.number),
    limited=True,
)


class SqlDecisions:
    """See surveys.ports.Decisions."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, decision: Decision) -> None:
        """Insert."""
        DECISION.add(self._session, decision)

    def save(self, decision: Decision) -> None:
        """Replace."""
        DECISION.save(self._session, decision)

    def get(self, decision_id: str) -> Decision | None:
        """Return the decision."""
        return DECISION.get(self._session, decision_id)

    def of_event(self, event_id: str) -> tuple[Decision, ...]:
        """Return the event's decisions."""
        found = self._session.all(_OF_EVENT, event_id=event_id)
        return tuple(sorted(found, key=attrgetter("trigger")))

    def of_person(self, person_id: str, limit: int) -> tuple[Decision, ...]:
        """Return the person's newest decisions."""
        return self._session.all(_OF_PERSON, person_id=person_id, limit=limit)


_INVITATION = plain("invitation", Invitation, InvitationRow)
_LOOK = _INVITATION.query(_INVITATION.table.c.id == bindparam("id"), lock=False)
_ASK = _INVITATION.query(
    _invitation.c.trigger == bindparam("trigger"),
    _invitation.c.person_id == bindparam("person_id"),
    _invitation.c.occasion == bindparam("occasion"),
)
_DUE = _INVITATION.query(
    _invitation.c.due_at.is_not(None),
    _invitation.c.due_at <= bindparam("now"),
    order=(_invitation.c.due_at, _invitation.c.number),
    limited=True,
    claim=True,
)
_LIVE_OF_PERSON = _INVITATION.query(
    text(LIVE),  # type: ignore[arg-type]  # spelled like the partial index
    _invitation.c.person_id == bindparam("person_id"),
    order=(_invitation.c.created_at, _invitation.c.number),
)
_ASKS_OF_EVENT = _INVITATION.query(
    _invitation.c.event_id == bindparam("event_id"), order=(_invitation.c.number,)
)
_ASKS_OF_ORIGIN = _INVITATION.query(
    _invitation.c.origin_id == bindparam("origin_id"), order=(_invitation.c.number,)
)
_ASKS_OF_SURVEY = _INVITATION.query(
    _invitation.c.person_id == bindparam("person_id"),
    _invitation.c.survey == bindparam("survey"),
    order=(_invitation.c.created_at.desc(), _invitation.c.number.desc()),
    lock=False,
)
_RECALL = Statement(
    update(_invitation)
    .where(
        _invitation.c.due_at.is_not(None),
        _invitation.c.due_at > bindparam("now"),
        _invitation.c.state == InvitationState.WAITING,
        _invitation.c.hold_rule == bindparam("rule"),
    )
    .values(due_at=bindparam("now"))
)
_ADD_TOKEN = insert_new(_token, ("token", "invitation_id", "step"))
_STEP = Statement(
    select(_token.c.invitation_id, _token.c.step).where(_token.c.token == bindparam("token"))
)
_NEXT_ASK = Statement(
    select(func.min(_invitation.c.due_at)).where(_invitation.c.due_at.is_not(None))
)


class SqlInvitations:
    """See surveys.ports.Invitations."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, invitation: Invitation) -> None:
        """Insert."""
        _INVITATION.add(self._session, invitation)

    def save(self, invitation: Invitation) -> None:
        """Replace."""
        _INVITATION.save(self._session, invitation)

    def get(self, invitation_id: str) -> Invitation | None:
        """Return the invitation."""
        return _INVITATION.get(self._session, invitation_id)

    def look(self, invitation_id: str) -> Invitation | None:
        """Return the invitation, without locking it."""
        return self._session.one(_LOOK, id=invitation_id)

    def find(self, trigger: str, person_id: str, occasion: str) -> Invitation | None:
        """Return the invitation of this identity."""
        return self._session.one(_ASK, trigger=trigger, person_id=person_id, occasion=occasion)

    def due(self, now: datetime, limit: int) -> tuple[Invitation, ...]:
        """Claim what is due."""
        return self._session.all(_DUE, now=now, limit=limit)

    def live_of_person(self, person_id: str) -> tuple[Invitation, ...]:
        """Return the person's waiting and open invitations."""
        return self._session.all(_LIVE_OF_PERSON, person_id=person_id)

    def of_event(self, event_id: str) -> tuple[Invitation, ...]:
        """Return the event's invitations."""
        return self._session.all(_ASKS_OF_EVENT, event_id=event_id)

    def of_origin(self, origin_id: str) -> tuple[Invitation, ...]:
        """Return what goes back to this one's answer."""
        return self._session.all(_ASKS_OF_ORIGIN, origin_id=origin_id)

    def of_survey(self, person_id: str, survey: str) -> tuple[Invitation, ...]:
        """Return the person's invitations to the survey."""
        return self._session.all(_ASKS_OF_SURVEY, person_id=person_id, survey=survey)

    def recall(self, hold_rule: str, now: datetime) -> int:
        """Make due what the rule holds."""
        return self._session.run(_RECALL, {"rule": hold_rule, "now": now})

    def add_token(self, token: str, invitation_id: str, step: str) -> None:
        """Remember where the token belongs."""
        values = {"token": token, "invitation_id": invitation_id, "step": step}
        if self._session.run(_ADD_TOKEN, values) == 0:
            raise AlreadyStored("button token", token)

    def by_token(self, token: str) -> tuple[Invitation, str] | None:
        """Return where the token belongs."""
        known = self._session.rows(_STEP, token=token)
        invitation = self.get(known[0][0]) if known else None
        return (invitation, known[0][1]) if invitation else None

    def next_due(self) -> datetime | None:
        """Return when the next invitation is due."""
        moment: datetime | None = self._session.scalar(_NEXT_ASK)
        return moment


_SLOT_FIELDS = fields_of(Slot)
_read_slot = attrgetter(*_SLOT_FIELDS)
_SLOTS = Query(
    select(*(_slot.c[name] for name in _SLOT_FIELDS))
    .where(_slot.c.person_id == bindparam("person_id"))
    .order_by(_slot.c.at, _slot.c.number),
    decoder(Slot, _SLOT_FIELDS),
)
_RESERVE = Statement(
    insert_into(_slot, _SLOT_FIELDS).on_conflict_do_update(
        index_elements=["invitation_id"],
        set_={name: bindparam(name) for name in _SLOT_FIELDS if name != "invitation_id"},
    )
)
_GIVE_BACK = Statement(delete(_slot).where(_slot.c.invitation_id == bindparam("invitation_id")))
_ADD_CLOCK = insert_new(_clock, ("person_id",))
_THE_CLOCK = select(_clock.c.person_id).where(_clock.c.person_id == bindparam("person_id"))
_HOLD_CLOCK = Statement(_THE_CLOCK.with_for_update())
_TAKE_CLOCK = Statement(_THE_CLOCK.with_for_update(skip_locked=True))


class SqlContactClocks:
    """See surveys.ports.ContactClocks. SQLite's one writer needs no lock."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lock(self, person_id: str) -> tuple[Slot, ...]:
        """Lock the clock and return its slots."""
        if self._session.locking:
            self._session.run(_ADD_CLOCK, {"person_id": person_id})
            self._session.rows(_HOLD_CLOCK, person_id=person_id)
        return self._session.all(_SLOTS, person_id=person_id)

    def take(self, person_id: str) -> bool:
        """Lock the clock unless a rival has it."""
        if not self._session.locking:
            return True
        self._session.run(_ADD_CLOCK, {"person_id": person_id})
        return bool(self._session.rows(_TAKE_CLOCK, person_id=person_id))

    def reserve(self, slot: Slot) -> None:
        """Insert or replace."""
        values = dict(zip(_SLOT_FIELDS, _read_slot(slot), strict=True))
        self._session.run(_RESERVE, values)

    def give_back(self, invitation_id: str) -> None:
        """Remove the invitation's slot, if any."""
        self._session.run(_GIVE_BACK, {"invitation_id": invitation_id})
