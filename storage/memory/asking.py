"""Decisions, invitations and contact clocks in memory."""

from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter

from storage.memory.belongings import Owned
from storage.memory.table import Table, UndoLog
from surveys.model import Decision, Invitation, InvitationState, Slot

_LIVE = frozenset({InvitationState.WAITING, InvitationState.OPEN})


class MemoryDecisions:
    """See surveys.ports.Decisions."""

    def __init__(self, log: UndoLog) -> None:
        self._decisions: Table[Decision] = Table(
            "decision", log, unique=("event_id", "trigger"), groups=("event_id", "person_id")
        )
        self.owned = Owned(self._decisions)

    def add(self, decision: Decision) -> None:
        """Insert."""
        self._decisions.add(decision)

    def save(self, decision: Decision) -> None:
        """Replace."""
        self._decisions.save(decision)

    def get(self, decision_id: str) -> Decision | None:
        """Return the decision."""
        return self._decisions.get(decision_id)

    def of_event(self, event_id: str) -> tuple[Decision, ...]:
        """Return the event's decisions."""
        return tuple(sorted(self._decisions.of("event_id", event_id), key=attrgetter("trigger")))

    def of_person(self, person_id: str, limit: int) -> tuple[Decision, ...]:
        """Return the person's newest decisions."""
        found = self._decisions.of("person_id", person_id)
        return tuple(sorted(found, key=_decided_at, reverse=True)[:limit])

    def give(self, shadow_id: str, person_id: str) -> None:
        """Make one person's decisions another's."""
        for decision in self._decisions.of("person_id", shadow_id):
            self._decisions.save(replace(decision, person_id=person_id))


def _decided_at(decision: Decision) -> datetime:
    return decision.verdicts[0].at


@dataclass(frozen=True, slots=True)
class _Token:
    token: str
    invitation_id: str
    step: str


class MemoryInvitations:
    """See surveys.ports.Invitations."""

    def __init__(self, log: UndoLog) -> None:
        self._invitations: Table[Invitation] = Table(
            "invitation",
            log,
            unique=("trigger", "person_id", "occasion"),
            groups=("person_id", "event_id", "origin_id"),
        )
        self.owned = Owned(self._invitations, address="address_id")
        self._tokens: Table[_Token] = Table("button token", log, key=("token",))

    def add(self, invitation: Invitation) -> None:
        """Insert."""
        self._invitations.add(invitation)

    def save(self, invitation: Invitation) -> None:
        """Replace."""
        self._invitations.save(invitation)

    def get(self, invitation_id: str) -> Invitation | None:
        """Return the invitation."""
        return self._invitations.get(invitation_id)

    def look(self, invitation_id: str) -> Invitation | None:
        """Return the invitation."""
        return self._invitations.get(invitation_id)

    def find(self, trigger: str, person_id: str, occasion: str) -> Invitation | None:
        """Return the invitation of this identity."""
        return self._invitations.find((trigger, person_id, occasion))

    def due(self, now: datetime, limit: int) -> tuple[Invitation, ...]:
        """Return what is due; there is one worker, so reading is claiming."""
        due = [invitation for invitation in self._invitations if _is_due(invitation, now)]
        return tuple(sorted(due, key=attrgetter("due_at"))[:limit])

    def live_of_person(self, person_id: str) -> tuple[Invitation, ...]:
        """Return the person's waiting and open invitations."""
        found = self._invitations.of("person_id", person_id)
        live = (invitation for invitation in found if invitation.state in _LIVE)
        return tuple(sorted(live, key=attrgetter("created_at")))

    def of_event(self, event_id: str) -> tuple[Invitation, ...]:
        """Return the event's invitations."""
        return tuple(self._invitations.of("event_id", event_id))

    def of_origin(self, origin_id: str) -> tuple[Invitation, ...]:
        """Return what goes back to this one's answer."""
        return tuple(self._invitations.of("origin_id", origin_id))

    def of_survey(self, person_id: str, survey: str) -> tuple[Invitation, ...]:
        """Return the person's invitations to the survey."""
        found = [i for i in self._invitations.of("person_id", person_id) if i.survey == survey]
        found.sort(key=attrgetter("created_at"))
        return tuple(reversed(found))

    def recall(self, hold_rule: str, now: datetime) -> int:
        """Make due what the rule holds."""
        held = [
            i
            for i in self._invitations
            if i.state is InvitationState.WAITING and i.hold_rule == hold_rule
        ]
        later = [i for i in held if i.due_at is not None and i.due_at > now]
        for invitation in later:
            self._invitations.save(replace(invitation, due_at=now))
        return len(later)

    def add_token(self, token: str, invitation_id: str, step: str) -> None:
        """Remember where the token belongs."""
        self._tokens.add(_Token(token, invitation_id, step))

    def by_token(self, token: str) -> tuple[Invitation, str] | None:
        """Return where the token belongs."""
        known = self._tokens.get(token)
        invitation = self._invitations.get(known.invitation_id) if known else None
        return (invitation, known.step) if known and invitation else None

    def next_due(self) -> datetime | None:
        """Return when the next invitation is due."""
        return min((i.due_at for i in self._invitations if i.due_at), default=None)


def _is_due(invitation: Invitation, now: datetime) -> bool:
    return invitation.due_at is not None and invitation.due_at <= now


class MemoryContactClocks:
    """See surveys.ports.ContactClocks."""

    def __init__(self, log: UndoLog) -> None:
        self._slots: Table[Slot] = Table("slot", log, key=("invitation_id",), groups=("person_id",))
        self.owned = Owned(self._slots, name="invitation_id")

    def lock(self, person_id: str) -> tuple[Slot, ...]:
        """Return the person's slots; work here runs one at a time anyway."""
        return tuple(sorted(self._slots.of("person_id", person_id), key=attrgetter("at")))

    def take(self, person_id: str) -> bool:
        """Nobody else ever has it."""
        return True

    def reserve(self, slot: Slot) -> None:
        """Insert or replace."""
        self._slots.put(slot)

    def give_back(self, invitation_id: str) -> None:
        """Remove the invitation's slot, if any."""
        self._slots.remove(invitation_id)
