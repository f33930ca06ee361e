"""API keys, small durable values and program versions in memory."""

from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter

from storage.memory.table import Table, UndoLog
from surveys.errors import NotFound
from surveys.model import ApiKey, Deed
from surveys.staffing import AuditEntry, AuditWanted
from surveys.stored_analyses import Version


class MemoryApiKeys:
    """See surveys.ports.ApiKeys."""

    def __init__(self, log: UndoLog) -> None:
        self._keys: Table[ApiKey] = Table("API key", log)

    def add(self, key: ApiKey) -> None:
        """Insert."""
        self._keys.add(key)

    def get(self, key_id: str) -> ApiKey | None:
        """Return the key."""
        return self._keys.get(key_id)

    def all(self) -> tuple[ApiKey, ...]:
        """Return all keys."""
        return tuple(sorted(self._keys, key=attrgetter("created_at")))

    def revoke(self, key_id: str, at: datetime) -> None:
        """Mark the key revoked."""
        key = self._keys.get(key_id)
        if key is None:
            raise NotFound("API key", key_id)
        self._keys.save(replace(key, revoked_at=at))


@dataclass(frozen=True, slots=True)
class _Note:
    name: str
    value: str


class MemoryNotes:
    """See surveys.ports.Notes."""

    def __init__(self, log: UndoLog) -> None:
        self._notes: Table[_Note] = Table("note", log, key=("name",))

    def get(self, name: str) -> str | None:
        """Return the value."""
        note = self._notes.get(name)
        return note.value if note else None

    def set(self, name: str, value: str) -> None:
        """Insert or replace."""
        self._notes.put(_Note(name, value))

    def keep(self, name: str, value: str) -> str:
        """Insert unless there is one."""
        known = self.get(name)
        if known is None:
            self.set(name, value)
        return value if known is None else known


@dataclass(frozen=True, slots=True)
class _Entry:
    number: int
    deed: Deed


class MemoryAudit:
    """See surveys.ports.Audit."""

    def __init__(self, log: UndoLog) -> None:
        self._trail: Table[_Entry] = Table("audit entry", log, key=("number",))

    def add(self, deed: Deed) -> None:
        """Append."""
        self._trail.add(_Entry(len(self._trail), deed))

    def newest(self, limit: int) -> tuple[Deed, ...]:
        """Return the newest entries."""
        entries = sorted(self._trail, key=attrgetter("number"), reverse=True)
        return tuple(entry.deed for entry in entries[:limit])

    def search(
        self, wanted: AuditWanted, limit: int, before: int | None = None
    ) -> tuple[AuditEntry, ...]:
        """Return the newest entries that are asked for."""
        earlier = (e for e in self._trail if before is None or e.number < before)
        fitting = [AuditEntry(e.number, e.deed) for e in earlier if _fits(e.deed, wanted)]
        return tuple(sorted(fitting, key=attrgetter("number"), reverse=True)[:limit])

    def acts(self) -> tuple[str, ...]:
        """Return what was ever done."""
        return tuple(sorted({entry.deed.act for entry in self._trail}))


def _fits(deed: Deed, wanted: AuditWanted) -> bool:
    return (
        wanted.by.lower() in deed.by.lower()
        and wanted.act in ("", deed.act)
        and wanted.subject in ("", deed.subject)
        and (wanted.since is None or deed.at >= wanted.since)
        and (wanted.until is None or deed.at < wanted.until)
    )


class MemoryPrograms:
    """See surveys.ports.Programs."""

    def __init__(self, log: UndoLog) -> None:
        self._programs: Table[Version] = Table("program", log, key=("version",))
        self._tried: Table[Version] = Table("tried_program", log, key=("version",))

    def get(self, version: str) -> str | None:
        """Return the canonical JSON of the version."""
        program = self._programs.get(version) or self._tried.get(version)
        return program.content if program else None

    def put(self, version: str, content: str, at: datetime) -> None:
        """Insert, once."""
        if self._programs.get(version) is None:
            self._programs.add(Version(version=version, at=at, content=content))

    def put_tried(self, version: str, content: str, at: datetime) -> None:
        """Insert, once."""
        if self._tried.get(version) is None:
            self._tried.add(Version(version=version, at=at, content=content))

    def history(self) -> tuple[Version, ...]:
        """Return all versions."""
        return tuple(sorted(self._programs, key=attrgetter("at", "version")))
