"""Turns counts into results: the same table for whoever asks."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from surveys.model import FunnelCount, ScoreCount
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.results.beside import bounds, mix, pains, sparks
from surveys.results.cohorts import by_channel, totals
from surveys.results.counted import Counted, parts_of
from surveys.results.judging import Judged, judge
from surveys.results.query import Query
from surveys.results.reading import Material, Source, read
from surveys.results.recipes import recipe
from surveys.results.rows import check_ids, plain_row, points, seen_rows, several_wordings
from surveys.results.seeing import Key, Seen
from surveys.results.table import ResultTable, Row
from surveys.results.values import Weighted
from surveys.results.weeks import mondays

Further = Callable[[tuple[ResultTable, ...]], Iterable[Query]]
"""What else to ask, now that the first answers are there."""


def run(tx: UnitOfWork, program: Program, query: Query, now: datetime) -> ResultTable:
    """Read the counts and return the results.

    Raises InvalidInput for an unknown id in a filter, and TooMuch where answers must be read and are too many.
    """
    (table,) = run_all(tx, program, (query,), now)
    return table


def run_all(
    tx: UnitOfWork,
    program: Program,
    queries: Iterable[Query],
    now: datetime,
    further: Further = lambda _: (),
) -> tuple[ResultTable, ...]:
    """Return the results of several queries and of further ones, as ``run`` does; what they share is read once."""
    source, today = Source(tx, program), _today(program, now)

    def tables(wanted: Iterable[Query]) -> tuple[ResultTable, ...]:
        return tuple(table_of(query, program, read(source, query, today), now) for query in wanted)

    found = tables(queries)
    return *found, *tables(further(found))


def result_table(
    query: Query,
    program: Program,
    scores: tuple[ScoreCount, ...],
    funnel: tuple[FunnelCount, ...],
    now: datetime,
) -> ResultTable:
    """Make the table of the counts of ``query.window`` alone; raises InvalidInput for an unknown id."""
    window = query.window(_today(program, now))
    counted = Counted(window=window, parts=parts_of(scores, funnel))
    return table_of(query, program, Material(counted=counted), now)


def table_of(query: Query, program: Program, material: Material, now: datetime) -> ResultTable:
    """Make the table of what was read.

    One row per stage (or touchpoint) and series, in journey order. What has a trigger has a row even
    before the first answer. What has no score is a table of its own: how complaints were seen to.
    """
    check_ids(query, program, material.counted.crowds.tags)
    seen = seen_rows(query, program, material.counted)
    today = _today(program, now)
    judged = judge(query, material, seen, today)
    rows = _rows(query, program, material, seen, judged, today)
    return ResultTable(
        rows=tuple(row for key, row in rows.items() if not key.kind.words),
        recoveries=tuple(row for key, row in rows.items() if key.kind.words),
        query=query,
        window=material.counted.window,
        compared=None if material.before is None else material.before.window,
        zone=program.company.zone,
        as_of=now,
        totals=totals(query, material.counted),
        funnel=by_channel(query, material.counted),
        family=judged.family,
    )


def _today(program: Program, now: datetime) -> date:
    return now.astimezone(ZoneInfo(program.company.zone)).date()


def _rows(
    query: Query,
    program: Program,
    material: Material,
    seen: Mapping[Key, Seen],
    judged: Judged,
    today: date,
) -> dict[Key, Row]:
    window = material.counted.window
    weeks = sparks(query, material.weeks, mondays(window.weeks_until(today)), points)
    worst = pains(query, material.themes, program)
    weights = _weights(query, seen)
    rows = {}
    for key, each in seen.items():
        row = plain_row(key, each, program, several=several_wordings(key, seen))
        rows[key] = replace(
            row,
            change=judged.changes.get(key),
            spark=weeks(key),
            pain=None if row.suppressed else worst.get(key),
            channel_mix=mix(each),
            bounds=bounds(key, each, row.score),
            weighted=weights.get(key),
            recipe=recipe(key, each, query, window, program.version, material.programs),
        )
    return rows


def _weights(query: Query, seen: Mapping[Key, Seen]) -> Mapping[Key, Weighted]:
    if not query.weights:
        return {}
    # numpy, which a table without weights need not load.
    from surveys.results.weighing import weighted  # noqa: PLC0415 - see above

    found = {key: weighted(key, each) for key, each in seen.items()}
    return {key: each for key, each in found.items() if each is not None}
