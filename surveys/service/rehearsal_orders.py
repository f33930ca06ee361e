"""Rehearsals that staff ask for on a page: ordered in one commit, gone through later, told from what was stored.

Walk of one: a page stores the program and the window (``order``) -> whoever rehearses finds it (``next_order``), begins
(``begin``), takes its steps and stores what it found (``settle``) -> the page reads it (``ordered``). Customers stand
in it by our own random ids, which are nobody's once they are erased, and are named when it is read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from surveys.model import Json
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.rehearsing import Course, Rehearsal, Wish
from surveys.service.context import Context
from surveys.service.rehearsing import Rehearsing
from surveys.stored_analyses import Analysis
from surveys.timing import begin_of, zone_of

KIND: Final = "rehearsal"
MOST_TOLD: Final = 500
PAGE: Final = 250
"""Events of one read: some tenths of a second of work."""

_WAITS, _DONE, _FAILED = "waits", "done", "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A rehearsal of one survey under one program; the newest of each trigger is kept.

    Attributes:
        version: the program's hash.
        days: whole days, ending with the one on which it was ordered.
        found: what ``Rehearsal.to_json`` tells, with no customers but by our own ids; None until it is done.
    """

    trigger: str
    survey: str
    version: str
    days: int
    by: str
    at: datetime
    state: str = _WAITS
    found: Mapping[str, Json] | None = None

    @property
    def waits(self) -> bool:
        """Whether it has neither been gone through nor failed."""
        return self.state == _WAITS

    @property
    def failed(self) -> bool:
        """Whether it broke; ordered again it may do."""
        return self.state == _FAILED


def order(tx: UnitOfWork, wanted: Order, program: Program) -> None:
    """Store what is to be rehearsed, in place of what the trigger had."""
    content = _content(wanted)
    state = {"program": program.to_json()}
    tx.analyses.save(
        Analysis(kind=KIND, key=wanted.trigger, as_of=wanted.at, content=content, state=state)
    )


def ordered(tx: UnitOfWork, trigger: str) -> Order | None:
    """Return the newest order of a trigger, its customers by their names; whoever is erased is left out."""
    row = tx.analyses.get(KIND, trigger)
    if row is None:
        return None
    found = row.content["found"]
    named = {**found, "people": list(_named(tx, found["people"]))} if found else None
    return _of(row, named)


def next_order(tx: UnitOfWork) -> Order | None:
    """Return the oldest order that waits."""
    waiting = (_of(row, None) for row in tx.analyses.all(KIND) if row.content["state"] == _WAITS)
    return min(waiting, key=lambda each: each.at, default=None)


def begin(tx: UnitOfWork, ctx: Context, wanted: Order) -> Rehearsing | None:
    """Begin to rehearse; None where something else was ordered meanwhile."""
    row = _row(tx, wanted)
    if row is None:
        return None
    program = Program.from_json(str(row.state["program"]))
    since = begin_of(wanted.days, wanted.at, program.company.zone)
    wish = Wish(
        since=since,
        until=wanted.at,
        program=program,
        survey=wanted.survey,
        trigger=wanted.trigger,
        people=MOST_TOLD,
    )
    return Rehearsing(tx, ctx, wish, PAGE)


def settle(tx: UnitOfWork, wanted: Order, found: Rehearsal | None) -> None:
    """Keep what was found, None for nothing but a fault; not where something else was ordered meanwhile."""
    row = _row(tx, wanted)
    if row is None:
        return
    told = None if found is None else {**found.to_json(), "people": list(_told(found))}
    if told is not None and told["compared"] is not None:
        told["compared"] = {**told["compared"], "differences": []}
    state = _FAILED if told is None else _DONE
    tx.analyses.save(
        Analysis(
            kind=KIND,
            key=row.key,
            as_of=row.as_of,
            content={**row.content, "state": state, "found": told},
            state=row.state,
        )
    )


def _row(tx: UnitOfWork, wanted: Order) -> Analysis | None:
    row = tx.analyses.get(KIND, wanted.trigger)
    return row if row is not None and _of(row, None) == wanted else None


def _content(wanted: Order) -> dict[str, Json]:
    return {
        "survey": wanted.survey,
        "version": wanted.version,
        "days": wanted.days,
        "by": wanted.by,
        "state": wanted.state,
        "found": None,
    }


def _of(row: Analysis, found: Mapping[str, Json] | None) -> Order:
    content = row.content
    return Order(
        trigger=row.key,
        survey=content["survey"],
        version=content["version"],
        days=content["days"],
        by=content["by"],
        at=row.as_of,
        state=content["state"],
        found=found,
    )


def _told(found: Rehearsal) -> Iterator[dict[str, Json]]:
    for course in found.tally.newest:
        yield {
            "person": course.stored.person_id,
            "trigger": course.trigger,
            "end": course.end,
            "rule": course.rule,
            "matches": course.matches,
            "local": _local(course, found.tally.zone),
        }


def _local(course: Course, zone_name: str) -> str:
    zone, _ = zone_of(course.zone, zone_name)
    return course.at.astimezone(zone).isoformat(sep=" ", timespec="minutes")


def _named(tx: UnitOfWork, rows: list[dict[str, Json]]) -> Iterator[dict[str, Json]]:
    """Yield the rows with the customers' ids; one without a person is nobody's, one whose person is gone is erased."""
    for row in rows:
        name = None
        if row["person"] is not None:
            person = tx.people.get(row["person"])
            person = tx.people.get(person.joined_to) if person and person.joined_to else person
            if person is None or person.erased_at is not None:
                continue
            name = person.external_id
        yield {**row, "customer": name}
