"""Published versions of the program, drafts, and planned publishes, in memory."""

from collections import Counter
from datetime import datetime
from operator import attrgetter

from storage.memory.table import Table, UndoLog
from surveys.model import InvitationState
from surveys.stored_programs import PlannedPublish, ProgramDraft, ProgramVersion, UnderWay


class MemoryProgramVersions:
    """See surveys.stored_programs.ProgramVersions."""

    def __init__(self, log: UndoLog) -> None:
        self._tables = log.tables
        self._versions: Table[ProgramVersion] = Table("program version", log, key=("number",))

    def add(self, version: ProgramVersion) -> None:
        """Insert."""
        self._versions.add(version)

    def get(self, number: int) -> ProgramVersion | None:
        """Return the version."""
        return self._versions.get(number)

    def newest(self) -> ProgramVersion | None:
        """Return the version in force."""
        return max(self._versions, key=attrgetter("number"), default=None)

    def in_force(self) -> str | None:
        """Return its hash."""
        newest = self.newest()
        return newest.hash if newest else None

    def history(self, limit: int, before: int | None = None) -> tuple[ProgramVersion, ...]:
        """Return the newest ones."""
        found = [each for each in self._versions if before is None or each.number < before]
        return tuple(sorted(found, key=attrgetter("number"), reverse=True)[:limit])

    def under_way(self) -> tuple[UnderWay, ...]:
        """Return the asks that are not over."""
        states = (InvitationState.WAITING, InvitationState.OPEN)
        asks = Counter((i.trigger, i.survey, i.state) for i in self._tables["invitation"])
        places = sorted({(t, s) for t, s, state in asks if state in states})
        return tuple(
            UnderWay(trigger=t, survey=s, waiting=asks[t, s, states[0]], open=asks[t, s, states[1]])
            for t, s in places
        )


class MemoryProgramDrafts:
    """See surveys.stored_programs.ProgramDrafts."""

    def __init__(self, log: UndoLog) -> None:
        self._drafts: Table[ProgramDraft] = Table("program draft", log, key=("part",))

    def put(self, draft: ProgramDraft) -> None:
        """Insert or replace."""
        self._drafts.put(draft)

    def get(self, part: str) -> ProgramDraft | None:
        """Return the draft."""
        return self._drafts.get(part)

    def all(self) -> tuple[ProgramDraft, ...]:
        """Return all drafts."""
        return tuple(sorted(self._drafts, key=attrgetter("part")))

    def remove(self, part: str) -> None:
        """Delete it."""
        self._drafts.remove(part)


class MemoryPlannedPublishes:
    """See surveys.stored_programs.PlannedPublishes."""

    def __init__(self, log: UndoLog) -> None:
        self._planned: Table[PlannedPublish] = Table("planned publish", log)

    def add(self, planned: PlannedPublish) -> None:
        """Insert."""
        self._planned.add(planned)

    def save(self, planned: PlannedPublish) -> None:
        """Replace."""
        self._planned.save(planned)

    def get(self, planned_id: str) -> PlannedPublish | None:
        """Return it."""
        return self._planned.get(planned_id)

    def waiting(self) -> tuple[PlannedPublish, ...]:
        """Return those that wait."""
        found = [each for each in self._planned if each.waits]
        return tuple(sorted(found, key=attrgetter("due_at", "id")))

    def ended(self, limit: int) -> tuple[PlannedPublish, ...]:
        """Return those that ended last."""
        found = [each for each in self._planned if each.ended_at]
        return tuple(sorted(found, key=attrgetter("ended_at", "id"), reverse=True)[:limit])

    def due(self, now: datetime, limit: int) -> tuple[PlannedPublish, ...]:
        """Return those whose time has come."""
        return tuple([each for each in self.waiting() if each.due_at <= now][:limit])

    def next_due(self) -> datetime | None:
        """Return when the next one is due."""
        return min((each.due_at for each in self.waiting()), default=None)
