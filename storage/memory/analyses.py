"""What analyses read besides answers, and what they leave, in memory."""

from collections.abc import Collection, Mapping
from operator import attrgetter
from typing import Any

from storage.memory.table import Table, UndoLog
from surveys.stored_analyses import Alert, Analysis, Ask, Happening


class MemoryAnalyses:
    """See surveys.stored_analyses.Analyses. A row's number is its place among those that are there."""

    def __init__(self, log: UndoLog) -> None:
        self._analyses: Table[Analysis] = Table("analysis", log, key=("kind", "key"))
        self._tables: Mapping[str, Table[Any]] = log.tables

    def get(self, kind: str, key: str) -> Analysis | None:
        """Return the analysis."""
        return self._analyses.get((kind, key))

    def save(self, analysis: Analysis) -> None:
        """Insert or replace."""
        self._analyses.put(analysis)

    def all(self, kind: str) -> tuple[Analysis, ...]:
        """Return the kind's analyses."""
        found = (analysis for analysis in self._analyses if analysis.kind == kind)
        return tuple(sorted(found, key=attrgetter("key")))

    def keep_only(self, kind: str, keys: Collection[str]) -> None:
        """Delete the others."""
        for analysis in self.all(kind):
            if analysis.key not in keys:
                self._analyses.remove((kind, analysis.key))

    def happenings(self, after: int, limit: int) -> tuple[Happening, ...]:
        """Return a page of events."""
        found: list[Happening] = []
        for number, row in enumerate(self._tables["event"], start=1):
            person = self._tables["person"].get(row.stored.person_id)
            if number > after and person is not None and not row.reversing:
                event = row.stored.event
                found.append(
                    Happening(
                        number=number,
                        subject_id=person.subject_id,
                        occasion=event.subject,
                        type=event.type,
                        at=event.time,
                        data=event.data,
                        handler=event.handler,
                    )
                )
        return tuple(found[:limit])

    def asks(self, after: int, limit: int) -> tuple[Ask, ...]:
        """Return a page of sent invitations."""
        rows = enumerate(self._tables["invitation"], start=1)
        sent = [
            Ask(number=number, subject_id=row.subject_id, stage=row.stage, sent_at=row.sent_at)
            for number, row in rows
            if number > after and row.sent_at and row.subject_id and not row.is_trial
        ]
        return tuple(sent[:limit])


class MemoryAlerts:
    """See surveys.stored_analyses.Alerts."""

    def __init__(self, log: UndoLog) -> None:
        self._alerts: Table[Alert] = Table("alert", log)

    def add(self, alert: Alert) -> None:
        """Insert."""
        self._alerts.add(alert)

    def get(self, alert_id: str) -> Alert | None:
        """Return the alert."""
        return self._alerts.get(alert_id)

    def newest(self, limit: int) -> tuple[Alert, ...]:
        """Return the newest alerts."""
        latest_last = sorted(self._alerts, key=attrgetter("at"))
        return tuple(reversed(latest_last))[:limit]
