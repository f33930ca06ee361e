"""Which rows are compared and judged together: the family of a verdict.

It is every row that the table would have without its filters by place, survey, trigger and instrument; only then are
the wanted rows picked. Otherwise a filter would be enough to get a word that the whole table does not allow. A filter
by channel, language or segment makes other figures, and so another family.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

from surveys.model import Dimensions
from surveys.results.comparable import Note, changed_mix
from surveys.results.counted import Counted, Part
from surveys.results.hiding import Place
from surveys.results.query import Query
from surveys.results.reading import Material
from surveys.results.seeing import Key, Seen, Sight, admitted, key_of, see
from surveys.results.values import Change, Member
from surveys.results.windows import Window

PICKS = frozenset({"stage", "touchpoint", "survey", "trigger", "instrument"})
"""The filters that pick rows of a family."""

_WITHIN = ("survey", "trigger")


@dataclass(frozen=True, slots=True)
class Judged:
    """The changes of a table's rows, and the family they were judged in."""

    changes: Mapping[Key, Change] = field(default_factory=dict)
    family: tuple[Member, ...] = ()


def judge(query: Query, material: Material, seen: Mapping[Key, Seen], today: date) -> Judged:
    """Compare what has a score; only closed periods of one kind are tested, for a verdict."""
    if not query.compare:
        return Judged()
    own = {key: _picked(query, key) for key in seen if not key.kind.words}
    rows = {member: seen[key] for key, member in own.items()}
    if _is_wider(query):
        rows = _family(query, material.counted) | rows
    found = _compared(query, material, rows, today)
    told = sorted(
        (key for key, change in found.items() if change.difference is not None), key=_order
    )
    return Judged(
        changes={key: found[member] for key, member in own.items()},
        family=tuple(_member(query, key, found[key]) for key in told),
    )


def _compared(
    query: Query, material: Material, rows: Mapping[Key, Seen], today: date
) -> Mapping[Key, Change]:
    # numpy and scipy, which a table that compares nothing need not load.
    from surveys.results import changing  # noqa: PLC0415 - see above

    window = material.counted.window
    if material.before is None:
        return changing.judged(changing.beside_others(rows, tested=window.closed(today)))
    other = material.before.window
    tested = window.closed(today) and other.closed(today) and window.rule is other.rule
    notes = partial(_notes, material.programs, window, other)
    before = _before(query, material.before)
    return changing.judged(changing.beside_window(rows, before, other.name, notes, tested=tested))


def _is_wider(query: Query) -> bool:
    """Say whether the family has rows that the table has not.

    In other windows than live ones and periods nothing is tested, and who answered is read of the table's rows only.
    """
    return query.days is None and any(getattr(query, name) is not None for name in PICKS)


def _before(query: Query, counted: Counted) -> Mapping[Key, Seen]:
    if _is_wider(query):
        return _family(query, counted)
    return {_picked(query, key): each for key, each in see(query, counted).items()}


def _family(query: Query, counted: Counted) -> dict[Key, Seen]:
    """Return every row of the family, each hidden as it is where it is picked."""
    sight = Sight.of(query, counted)
    rows: defaultdict[Key, list[Part]] = defaultdict(list)
    for part in admitted(query, counted, ignoring=PICKS):
        if not (key := _member_key(query, part.dimensions)).kind.words:
            rows[key].append(part)
    return {key: sight.row(key, tuple(parts)) for key, parts in rows.items()}


def _member_key(query: Query, dimensions: Dimensions) -> Key:
    """Return the row that tags belong to: apart by whatever the query picks one value of."""
    key = key_of(query, dimensions)
    point = key.touchpoint if query.touchpoint is None else dimensions.touchpoint
    within = tuple(getattr(dimensions, name) for name in _within(query))
    return replace(key, touchpoint=point, within=within)


def _picked(query: Query, key: Key) -> Key:
    """Return the family's row that a row of the table is."""
    point = key.touchpoint if query.touchpoint is None else query.touchpoint
    within = tuple(getattr(query, name) for name in _within(query))
    return replace(key, touchpoint=point, within=within)


def _within(query: Query) -> tuple[str, ...]:
    return tuple(name for name in _WITHIN if getattr(query, name) is not None)


def _member(query: Query, key: Key, change: Change) -> Member:
    place = {"stage": key.stage, "touchpoint": key.touchpoint}
    named = place | dict(zip(_within(query), key.within, strict=True))
    filters = {name: value for name, value in query.filters.items() if name not in PICKS}
    told = {name: value for name, value in named.items() if value is not None}
    return Member(filters=filters | told, series=key.series, p=change.p)


def _order(key: Key) -> tuple[str, str, Place, str]:
    return key.stage, key.touchpoint or "", key.within, key.series


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
