"""Turns counts into results: the same table for whoever asks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from surveys.model import FunnelCount, ScoreCount
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.results.beside import bounds, mix, pains, sparks
from surveys.results.cohorts import by_channel, totals
from surveys.results.comparable import Note, changed_mix
from surveys.results.counted import Counted, parts_of
from surveys.results.query import Query
from surveys.results.reading import Material, Source, mondays, read
from surveys.results.recipes import recipe
from surveys.results.rows import check_ids, headline, plain_row, seen_rows, several_wordings
from surveys.results.seeing import Key, Seen, see
from surveys.results.table import ResultTable, Row
from surveys.results.values import Change, Weighted
from surveys.results.windows import Window


def run(tx: UnitOfWork, program: Program, query: Query, now: datetime) -> ResultTable:
    """Read the counts and return the results.

    Raises InvalidInput for an unknown id in a filter, and TooMuch where answers must be read and are too many.
    """
    (table,) = run_all(tx, program, (query,), now)
    return table


def run_all(
    tx: UnitOfWork, program: Program, queries: Iterable[Query], now: datetime
) -> tuple[ResultTable, ...]:
    """Return the results of several queries, as ``run`` does; what they share is read once."""
    source, today = Source(tx, program), _today(program, now)
    return tuple(table_of(query, program, read(source, query, today), now) for query in queries)


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
    check_ids(query, program, (part.dimensions for part in material.counted.parts))
    seen = seen_rows(query, program, material.counted)
    rows = _rows(query, program, material, seen, _today(program, now))
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
    )


def _today(program: Program, now: datetime) -> date:
    return now.astimezone(ZoneInfo(program.company.zone)).date()


def _rows(
    query: Query, program: Program, material: Material, seen: Mapping[Key, Seen], today: date
) -> dict[Key, Row]:
    window = material.counted.window
    changes = _changes(query, material, seen, today)
    weeks = sparks(query, material.weeks, mondays(min(window.until, today)), headline)
    worst = pains(query, material.themes, program)
    weights = _weights(query, seen)
    rows = {}
    for key, each in seen.items():
        row = plain_row(key, each, program, several=several_wordings(key, seen))
        rows[key] = replace(
            row,
            change=changes.get(key),
            spark=weeks(key),
            pain=None if row.suppressed else worst.get(key),
            channel_mix=mix(each),
            bounds=bounds(key, each, row.score),
            weighted=weights.get(key),
            recipe=recipe(key, each, query, window, program.version, material.programs),
        )
    return rows


def _changes(
    query: Query, material: Material, seen: Mapping[Key, Seen], today: date
) -> Mapping[Key, Change]:
    """Compare what has a score; only closed periods of one kind are tested, for a verdict."""
    if not query.compare:
        return {}
    # numpy and scipy, which a table that compares nothing need not load.
    from surveys.results import changing  # noqa: PLC0415 - see above

    rows = {key: each for key, each in seen.items() if not key.kind.words}
    window = material.counted.window
    if material.before is None:
        found = changing.beside_others(rows, tested=window.closed(today))
        return changing.judged(found)
    other = material.before.window
    tested = window.closed(today) and other.closed(today) and window.rule is other.rule
    notes = partial(_notes, material.programs, window, other)
    before = see(query, material.before)
    found = changing.beside_window(rows, before, other.name, notes, tested=tested)
    return changing.judged(found)


def _notes(
    programs: Sequence[tuple[str, date]],
    window: Window,
    other: Window,
    mine: Seen,
    theirs: Seen,
) -> tuple[str, ...]:
    """Return what else differs between a row and itself in another window."""
    first, last = sorted((window, other), key=lambda each: each.since)
    applies = {
        Note.CHANNEL_MIX: changed_mix(theirs.mix("channel"), mine.mix("channel")),
        Note.LANGUAGE_MIX: changed_mix(theirs.mix("language"), mine.mix("language")),
        Note.PROGRAM: any(first.since < begun <= last.until for _, begun in programs),
        Note.RULE: window.kind != other.kind,
    }
    return tuple(note.value for note, there in applies.items() if there)


def _weights(query: Query, seen: Mapping[Key, Seen]) -> Mapping[Key, Weighted]:
    if not query.weights:
        return {}
    # numpy, which a table without weights need not load.
    from surveys.results.weighing import weighted  # noqa: PLC0415 - see above

    found = {key: weighted(key, each) for key, each in seen.items()}
    return {key: each for key, each in found.items() if each is not None}
