"""What staff are told, and what recurs, in memory."""

from datetime import datetime
from operator import attrgetter

from storage.memory.table import Table, UndoLog
from surveys.ports import SENDING_LEASE
from surveys.recurring import Recurrence
from surveys.staff_messages import StaffMessage, StaffState


class MemoryStaffMessages:
    """See surveys.staff_messages.StaffMessages. There is one worker, so reading is claiming."""

    def __init__(self, log: UndoLog) -> None:
        self._messages: Table[StaffMessage] = Table("staff message", log, groups=("state",))

    def add(self, message: StaffMessage) -> None:
        """Insert."""
        self._messages.add(message)

    def save(self, message: StaffMessage) -> None:
        """Replace."""
        self._messages.save(message)

    def get(self, message_id: str) -> StaffMessage | None:
        """Return the message."""
        return self._messages.get(message_id)

    def claimable(self, now: datetime, limit: int) -> tuple[StaffMessage, ...]:
        """Return what can go out now."""
        busy = {message.destination for message in self._in(StaffState.SENDING)}
        pending = (m for m in self._in(StaffState.PENDING) if m.due_at and m.due_at <= now)
        free = [m for m in pending if m.destination not in busy]
        return tuple(sorted(free, key=attrgetter("due_at"))[:limit])

    def overdue_sending(self, started_before: datetime, limit: int) -> tuple[StaffMessage, ...]:
        """Return what was begun and never ended."""
        sending = self._in(StaffState.SENDING)
        late = [m for m in sending if m.started_at and m.started_at < started_before]
        return tuple(sorted(late, key=attrgetter("started_at"))[:limit])

    def count(self, state: StaffState) -> int:
        """Count the messages in this state."""
        return len(self._in(state))

    def newest(self, limit: int) -> tuple[StaffMessage, ...]:
        """Return the newest messages."""
        return tuple(reversed([*self._messages]))[:limit]

    def forget_ended(self, before: datetime, limit: int) -> int:
        """Delete what ended before the instant."""
        old = sorted(self._ended(before), key=attrgetter("ended_at"))[:limit]
        for message in old:
            self._messages.remove(message.id)
        return len(old)

    def count_ended(self, before: datetime) -> int:
        """Count what ended before the instant."""
        return len(self._ended(before))

    def next_due(self) -> datetime | None:
        """Return when something is to be done about one."""
        pending = [m.due_at for m in self._in(StaffState.PENDING) if m.due_at]
        begun = [m.started_at for m in self._in(StaffState.SENDING) if m.started_at]
        return min((*pending, *(moment + SENDING_LEASE for moment in begun)), default=None)

    def _ended(self, before: datetime) -> list[StaffMessage]:
        return [m for m in self._messages if m.ended_at and m.ended_at < before]

    def _in(self, state: StaffState) -> list[StaffMessage]:
        return self._messages.of("state", state)


class MemoryRecurrences:
    """See surveys.recurring.Recurrences."""

    def __init__(self, log: UndoLog) -> None:
        self._recurrences: Table[Recurrence] = Table("recurrence", log, key=("name",))

    def add(self, recurrence: Recurrence) -> None:
        """Insert."""
        self._recurrences.add(recurrence)

    def save(self, recurrence: Recurrence) -> None:
        """Replace."""
        self._recurrences.save(recurrence)

    def get(self, name: str) -> Recurrence | None:
        """Return it."""
        return self._recurrences.get(name)

    def all(self) -> tuple[Recurrence, ...]:
        """Return all of them."""
        return tuple(sorted(self._recurrences, key=attrgetter("name")))

    def remove(self, name: str) -> None:
        """Delete it."""
        self._recurrences.remove(name)

    def due(self, now: datetime, limit: int) -> tuple[Recurrence, ...]:
        """Return what is due."""
        due = [each for each in self.all() if each.due_at and each.due_at <= now]
        return tuple(sorted(due, key=attrgetter("due_at"))[:limit])

    def next_due(self) -> datetime | None:
        """Return when the next one happens."""
        return min((each.due_at for each in self._recurrences if each.due_at), default=None)
