"""Looks through a file before anything is stored: what its columns mean, what can be imported, and why not the rest."""

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, tzinfo
from hashlib import blake2b
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.importing.files import Table
from surveys.errors import InvalidInput
from surveys.importing import (
    PRESETS,
    Column,
    Field,
    ImportedRow,
    Plan,
    Reader,
    Refusal,
    guess_columns,
)
from surveys.importing.causes import Cause
from surveys.importing.instants import Order, fitting_orders, is_serial
from surveys.importing.plan import (
    checked_instrument,
    checked_touchpoint,
    checked_wording,
    missing_ends,
    places_of,
)
from surveys.program import Program
from surveys.timing import day_of, zone_known, zone_of

SHOWN: Final = 100
"""Refused rows that a report names one by one; the others it counts by their reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What was said on the command line about a file."""

    columns: Mapping[Field, str] = field(default_factory=dict)
    preset: str | None = None
    instrument: str | None = None
    scale: str | None = None
    wording: str | None = None
    touchpoint: str | None = None
    zone: str | None = None
    dates: str | None = None


@dataclass(slots=True, kw_only=True)
class Report:
    """What was seen in a file; days are the company's.

    Attributes:
        duplicates: rows that repeat an answer that names its customer or itself; they are left out.
        alike: rows equal to an earlier one without a name in them; each is an answer of its own.
        ignored: headers of the columns that mean nothing to us.
        serials: whether times were taken for a spreadsheet's numbers of days, which is a guess.
        blocked: why none of it can be taken in before something is said; None where nothing is in the way.
    """

    encoding: str
    delimiter: str
    columns: tuple[Column, ...]
    order: Order | None
    ignored: tuple[str, ...] = ()
    serials: bool = False
    read: int = 0
    importable: int = 0
    duplicates: int = 0
    alike: int = 0
    refused: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    stages: Counter[str] = field(default_factory=Counter)
    scores: Counter[int] = field(default_factory=Counter)
    first: date | None = None
    last: date | None = None
    blocked: Cause | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain JSON."""
        return {
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "columns": [
                {
                    "field": c.field.value,
                    "header": c.header,
                    "number": c.number + 1,
                    "how": c.how.value,
                }
                for c in self.columns
            ],
            "ignored": list(self.ignored),
            "serial_dates": self.serials,
            "dates": self.order.value if self.order else None,
            "rows": self.read,
            "importable": self.importable,
            "duplicates": self.duplicates,
            "alike": self.alike,
            "refused": self.refused,
            "refusals": [
                {"line": r.line, "column": r.column, "reason": r.reason} for r in self.refusals
            ],
            "reasons": dict(self.reasons.most_common()),
            "stages": dict(sorted(self.stages.items())),
            "scores": {str(score): n for score, n in sorted(self.scores.items())},
            "first_day": self.first.isoformat() if self.first else None,
            "last_day": self.last.isoformat() if self.last else None,
            "blocked": str(self.blocked) if self.blocked else None,
        }


def plan_of(table: Table, wishes: Wishes, program: Program, now: datetime) -> Plan:
    """Return how to import the file; raises InvalidInput for whatever it needs to be told."""
    if wishes.preset is not None and wishes.preset not in PRESETS:
        raise InvalidInput("preset", f"must be one of {', '.join(PRESETS)}")
    preset = PRESETS[wishes.preset] if wishes.preset else None
    named = wishes.instrument or (preset.instrument if preset else None)
    kind = checked_instrument(named, wishes.scale)
    columns = guess_columns(
        table.headers, table.sample, wishes.columns, preset.columns if preset else {}, kind.high
    )
    point = checked_touchpoint(wishes.touchpoint, program)
    if point is None and all(column.field is not Field.PLACE for column in columns):
        problem = (
            "no column says where an answer belongs; name one touchpoint for all: --touchpoint"
        )
        raise InvalidInput("touchpoint", problem)
    when = next(column for column in columns if column.field is Field.TIME)
    return Plan(
        instrument=kind,
        wording=checked_wording(wishes.wording, program),
        touchpoint=point,
        columns=columns,
        zone=_zone(wishes.zone, when, program),
        order=_order(table, wishes.dates, when, now),
        places=places_of(program),
        serials=_serials(table, when, now),
    )


def look_through(
    table: Table, plan: Plan, wishes: Wishes, program: Program, now: datetime
) -> tuple[Report, frozenset[int]]:
    """Read the whole file; return the report, and the prints of rows that occur more than once.

    Memory: eight bytes a row, and some for each repeated one.
    """
    report = _report(table, plan)
    prints = array("Q")
    for row in read_rows(table, plan, now, report):
        _note(report, row, program)
        prints.append(print_of(row.key))
    if report.scores and wishes.scale is None and missing_ends(plan.instrument, report.scores):
        report.blocked = _other_scale(plan, report)
    repeated = _repeated(prints)
    seen: Counter[str] = Counter()
    for row in read_rows(table, plan, now) if repeated else ():
        if print_of(row.key) in repeated:
            seen[row.key] += 1
            again = seen[row.key] > 1
            report.duplicates += again and row.is_certain
            report.alike += again and not row.is_certain
    report.importable = report.read - report.refused - report.duplicates
    return report, repeated


def read_rows(
    table: Table, plan: Plan, now: datetime, report: Report | None = None
) -> Iterator[ImportedRow]:
    """Yield the rows that can be imported; the report, if any, hears of all."""
    reader = Reader(plan, len(table.headers), now)
    for line, cells in table.rows():
        found = reader.read(line, cells)
        if report is not None:
            report.read += 1
        if isinstance(found, ImportedRow):
            yield found
        elif report is not None:
            _note_refusal(report, found)


def numbered(rows: Iterator[ImportedRow], repeated: frozenset[int]) -> Iterator[ImportedRow]:
    """Yield each answer once: what names itself or its customer, once; what doesn't, numbered from its second on."""
    seen: Counter[str] = Counter()
    for row in rows:
        if print_of(row.key) not in repeated:
            yield row
            continue
        seen[row.key] += 1
        if seen[row.key] == 1:
            yield row
        elif not row.is_certain:
            yield replace(row, key=f"{row.key}/{seen[row.key]}")


def print_of(key: str) -> int:
    """Return 64 bits of a key's hash."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big")


def _report(table: Table, plan: Plan) -> Report:
    taken = {column.number for column in plan.columns}
    left = (header for number, header in enumerate(table.headers) if number not in taken)
    return Report(
        encoding=table.encoding,
        delimiter=table.delimiter,
        columns=plan.columns,
        order=plan.order,
        ignored=tuple(left),
        serials=plan.serials,
    )


def _note(report: Report, row: ImportedRow, program: Program) -> None:
    zone, _ = zone_of(program.company.zone, "UTC")
    day = day_of(row.at, zone)
    report.stages[row.dimensions.stage] += 1
    report.scores[row.score] += 1
    report.first = min(report.first or day, day)
    report.last = max(report.last or day, day)


def _note_refusal(report: Report, refusal: Refusal) -> None:
    report.refused += 1
    report.reasons[f"{refusal.column}: {refusal.reason}" if refusal.column else refusal.reason] += 1
    if len(report.reasons) > SHOWN:
        del report.reasons[report.reasons.most_common()[-1][0]]
    if len(report.refusals) < SHOWN:
        report.refusals.append(refusal)


def _other_scale(plan: Plan, report: Report) -> Cause:
    kind, seen = plan.instrument, sorted(report.scores)
    told = {"low": str(seen[0]), "high": str(seen[-1]), "scale": kind.scale, "kind": kind.id}
    return Cause("other_scale", told)


def _repeated(prints: "array[int]") -> frozenset[int]:
    ordered = array("Q", sorted(prints))
    return frozenset(ordered[n] for n in range(1, len(ordered)) if ordered[n] == ordered[n - 1])


def _zone(name: str | None, when: Column, program: Program) -> tzinfo:
    if name is not None and not zone_known(name):
        raise InvalidInput("zone", f"{name!r} is not a time zone such as Asia/Seoul")
    if name is None and any(mark in when.header.casefold() for mark in ("utc", "gmt")):
        return UTC
    zone: tzinfo = ZoneInfo(name or program.company.zone)
    return zone


def _order(table: Table, told: str | None, when: Column, now: datetime) -> Order | None:
    """Return the order in which all dates of the file can be read, None where that leaves several or none."""
    if told is not None:
        if told not in tuple(Order):
            raise InvalidInput("dates", f"must be one of {', '.join(Order)}")
        return Order(told)
    left = frozenset(Order)
    for _, cells in table.rows():
        if when.number < len(cells):
            left = left & (fitting_orders(cells[when.number], now) or left)
        if len(left) == 1:
            break
    return next(iter(left)) if len(left) == 1 else None


def _serials(table: Table, when: Column, now: datetime) -> bool:
    """Say whether every time of the file is the number of a day of the past, so that the column can mean little else."""
    width = when.number
    cells = (row[width].strip() for _, row in table.rows() if width < len(row))
    said = False
    for cell in filter(None, cells):
        if not is_serial(cell, now):
            return False
        said = True
    return said
