"""Pausing a survey or a trigger: its asks wait, explained, until staff let them go on or it is too late for them.

Walk of one: the pause is one note, written in the operator's commit with an entry of the audit trail. From then on
every look at the contact rules finds it (surveys.decisions): a new event's ask is held, and a question that lies in
the outbox goes back to waiting. To resume makes what waits due now, and every rule is looked at again.
"""

import json
from dataclasses import asdict
from datetime import datetime

from surveys.decisions import STAFF_PAUSE
from surveys.errors import InvalidInput
from surveys.model import Deed
from surveys.pausing import Pause, PauseOf
from surveys.ports import UnitOfWork
from surveys.program import Program, Trigger
from surveys.service.context import Context
from surveys.service.one_at_a_time import one_at_a_time

_NOTE = "pauses"


def pauses(tx: UnitOfWork) -> tuple[Pause, ...]:
    """Return what is paused, the oldest first."""
    written = tx.notes.get(_NOTE)
    rows = json.loads(written) if written else []
    return tuple(Pause(**{**row, "since": datetime.fromisoformat(row["since"])}) for row in rows)


def pause_on(tx: UnitOfWork, trigger: Trigger) -> Pause | None:
    """Return what keeps the trigger's asks waiting, if anything."""
    names: dict[PauseOf, str] = {"trigger": trigger.id, "survey": trigger.survey}
    return next((each for each in pauses(tx) if names[each.of] == each.id), None)


def pause(tx: UnitOfWork, ctx: Context, of: PauseOf, name: str, by: str) -> bool:
    """Pause a survey or a trigger of the live program; False where it was. Raises NotFound."""
    _ = ctx.program.survey(name) if of == "survey" else ctx.program.trigger(name)
    one_at_a_time(tx, _NOTE)
    standing = pauses(tx)
    if any((each.of, each.id) == (of, name) for each in standing):
        return False
    _keep(tx, (*standing, Pause(of=of, id=name, by=by, since=ctx.now())))
    tx.audit.add(Deed(at=ctx.now(), by=by, act="pause", subject=f"{of}:{name}"))
    return True


def resume(tx: UnitOfWork, ctx: Context, of: PauseOf, name: str, by: str) -> bool:
    """Let its asks go on, every rule looked at again; False where it was not paused.

    One that has left the program can be resumed as well. Raises NotFound for what nobody knows.
    """
    one_at_a_time(tx, _NOTE)
    standing = pauses(tx)
    left = tuple(each for each in standing if (each.of, each.id) != (of, name))
    if len(left) == len(standing):
        _ = ctx.program.survey(name) if of == "survey" else ctx.program.trigger(name)
        return False
    _keep(tx, left)
    tx.invitations.recall(STAFF_PAUSE, ctx.now())
    tx.audit.add(Deed(at=ctx.now(), by=by, act="resume", subject=f"{of}:{name}"))
    return True


def named(program: Program, subject: str) -> tuple[PauseOf, str]:
    """Read ``survey:<id>``, ``trigger:<id>``, or an id that only one of them has; raises InvalidInput."""
    kind, _, name = subject.rpartition(":")
    surveys, triggers = {s.id for s in program.surveys}, {t.id for t in program.triggers}
    kinds: dict[PauseOf, set[str]] = {"survey": surveys, "trigger": triggers}
    found = [of for of, ids in kinds.items() if of == kind or (not kind and subject in ids)]
    if len(found) != 1:
        known = "is a survey and a trigger" if found else "is no survey and no trigger"
        raise InvalidInput(subject, f"{known}; write survey:ID or trigger:ID")
    return found[0], name


def _keep(tx: UnitOfWork, standing: tuple[Pause, ...]) -> None:
    rows = [{**asdict(each), "since": each.since.isoformat()} for each in standing]
    tx.notes.set(_NOTE, json.dumps(rows))
