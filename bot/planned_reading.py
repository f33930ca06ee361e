"""What the commands read of publishes at a set time, in words and as JSON; none of it waits for a server or its lock."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.config import Settings
from bot.console.moment import local
from bot.editor.planned import SHOWN, Told, told_of
from storage.opening import open_storage
from surveys.ports import UnitOfWork
from surveys.program import Program, load_program
from surveys.service.publishing import in_force
from surveys.stored_programs import PlannedPublish

Json = Any


@dataclass(frozen=True, slots=True)
class _Company:
    """See bot.editor.planned.Teller."""

    program: Program

    def at(self, moment: datetime) -> str:
        """Return an instant in the company's zone."""
        return local(moment, self.program.company.zone)


async def plans(settings: Settings, language: str) -> list[tuple[Told, dict[str, Json]]]:
    """Return those that wait, the next one first, then those that ended last, newest first: in words, and as JSON."""
    async with open_storage(settings.database_url, writable=False) as storage:
        return await storage.read(lambda tx: _read(tx, language))


def _read(tx: UnitOfWork, language: str) -> list[tuple[Told, dict[str, Json]]]:
    company = _Company(load_program(in_force(tx).text, "program"))
    found = (*tx.planned_publishes.waiting(), *tx.planned_publishes.ended(SHOWN))
    return [(told_of(tx, each, company, language), _json(each)) for each in found]


def _json(planned: PlannedPublish) -> dict[str, Json]:
    ended = planned.ended_at
    return {
        "id": planned.id,
        "state": planned.state.value,
        "due_at": planned.due_at.isoformat(),
        "wall": planned.wall,
        "zone": planned.zone,
        "trigger": planned.trigger,
        "parts": list(planned.parts),
        "author": planned.author,
        "decided_at": planned.decided_at.isoformat(timespec="minutes"),
        "note": planned.note,
        "number": planned.number,
        "why": None if planned.why is None else dict(planned.why),
        "ended_at": ended.isoformat(timespec="minutes") if ended else None,
        "ended_by": planned.ended_by,
    }
