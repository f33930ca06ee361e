"""Looks through a file before anything is stored: what its columns mean, what can be imported, and why not the rest."""

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from typing import Final

from bot.importing.files import Table
from bot.importing.report import Report, Tell
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
from surveys.importing.zones import zone_for
from surveys.program import Program
from surveys.timing import day_of, zone_of

_BEYOND: Final = 4
"""Where more than one score in this many is a number beyond the scale, the file is of another one."""


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


def plan_of(table: Table, wishes: Wishes, program: Program, now: datetime) -> Plan:
    """Return how to import the file; raises InvalidInput for whatever it needs to be told."""
    if wishes.preset is not None and wishes.preset not in PRESETS:
        raise InvalidInput("preset", f"must be one of {', '.join(PRESETS)}")
    preset = PRESETS[wishes.preset] if wishes.preset else None
    named = wishes.instrument or (preset.instrument if preset else None)
    kind = checked_instrument(named, wishes.scale)
    columns = guess_columns(
        table.headers, table.sample, wishes.columns, preset.columns if preset else {}, kind
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
        zone=zone_for(wishes.zone, when.header, program.company.zone).at,
        order=_order(table, wishes.dates, when, now),
        places=places_of(program),
        serials=_serials(table, when, now),
    )


def look_through(
    table: Table,
    plan: Plan,
    wishes: Wishes,
    program: Program,
    now: datetime,
    tell: Tell | None = None,
) -> tuple[Report, frozenset[int]]:
    """Read the whole file; return the report, and the prints of rows that occur more than once.

    Memory: eight bytes a row, and some for each repeated one.
    """
    report = _report(table, plan, wishes, program)
    zone, _ = zone_of(program.company.zone, "UTC")
    prints = array("Q")
    for found, cells in _looked_at(table, plan, now):
        if isinstance(found, Refusal):
            report.refuse(found)
            if tell is not None:
                tell(found, cells)
        else:
            report.note(found, day_of(found.at, zone), cells)
            prints.append(print_of(found.key))
    report.blocked = _in_the_way(plan, report) if wishes.scale is None else None
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


def read_rows(table: Table, plan: Plan, now: datetime) -> Iterator[ImportedRow]:
    """Yield the rows that can be imported."""
    for found, _ in _looked_at(table, plan, now):
        if isinstance(found, ImportedRow):
            yield found


def _looked_at(
    table: Table, plan: Plan, now: datetime
) -> Iterator[tuple[ImportedRow | Refusal, Sequence[str]]]:
    reader = Reader(plan, len(table.headers), now)
    for line, cells in table.rows():
        yield reader.read(line, cells), cells


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


def _report(table: Table, plan: Plan, wishes: Wishes, program: Program) -> Report:
    taken = {column.number for column in plan.columns}
    left = (header for number, header in enumerate(table.headers) if number not in taken)
    when = next(column for column in plan.columns if column.field is Field.TIME)
    return Report(
        encoding=table.encoding,
        delimiter=table.delimiter,
        line=table.line,
        columns=plan.columns,
        order=plan.order,
        zone=zone_for(wishes.zone, when.header, program.company.zone),
        ignored=tuple(left),
        serials=plan.serials,
    )


def _in_the_way(plan: Plan, report: Report) -> Cause | None:
    """Return why the file may be of another scale than the instrument's: it goes beyond, or lacks an end of it."""
    kind, seen = plan.instrument, sorted(report.scores)
    every = report.beyond + report.scores.total()
    scale = {"scale": kind.scale, "kind": kind.id}
    if report.beyond * _BEYOND > every:
        return Cause("beyond", {"count": str(report.beyond), "all": str(every), **scale})
    if seen and missing_ends(kind, seen):
        return Cause("other_scale", {"low": str(seen[0]), "high": str(seen[-1]), **scale})
    return None


def _repeated(prints: "array[int]") -> frozenset[int]:
    ordered = array("Q", sorted(prints))
    return frozenset(ordered[n] for n in range(1, len(ordered)) if ordered[n] == ordered[n - 1])


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
