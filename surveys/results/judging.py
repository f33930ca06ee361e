"""Which rows are compared and judged together: the family of a verdict.

It is every row that the table would have without its filters by place, survey, trigger and instrument; only then are
the wanted rows picked. Otherwise a filter would be enough to get a word that the whole table does not allow. A filter
by channel, language or segment makes other figures, and so another family.

Stages are one family, what they are told apart by another. Where all of a stage's answers came by one touchpoint (or
survey, or trigger), both rows are the same figure: it is judged once, among the stages, and says the same word twice.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

from surveys.model import Dimensions
from surveys.results.comparable import Note, changed_mix
from surveys.results.counted import Counted, Part
from surveys.results.crowds import Place
from surveys.results.query import Query
from surveys.results.reading import Material
from surveys.results.seeing import Key, Seen, Sight, admitted, key_of, see
from surveys.results.values import Among, Change, Member
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
    if _is_wider(query, material):
        rows = _family(query, material.counted) | rows
    found = _words(query, material, rows, today)
    return Judged(
        changes={key: found[member].change for key, member in own.items()},
        family=tuple(_members(query, found)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """Rows with what they were compared with, and the changes that were found: without words yet."""

    rows: Mapping[Key, Seen]
    before: Mapping[Key, Seen]
    changes: Mapping[Key, Change]

    def answers(self, key: Key) -> tuple[tuple[Part, ...], ...]:
        """Return what a row's figures are sums of, on both sides."""
        sides = (self.rows.get(key), self.before.get(key))
        return tuple(tuple(part for part in side.parts if part.n) for side in sides if side)


@dataclass(frozen=True, slots=True)
class _Word:
    change: Change
    among: Among


def _words(
    query: Query, material: Material, rows: Mapping[Key, Seen], today: date
) -> Mapping[Key, _Word]:
    """Return every row's change with the word it allows, and those of the stages where a row is one of them."""
    # numpy and scipy, which a table that compares nothing need not load.
    from surveys.results.changing import judged  # noqa: PLC0415 - see above

    found = _compared(query, material, rows, today)
    if not _is_apart(query):
        return {key: _Word(each, "stage") for key, each in judged(found.changes).items()}
    stages = _stages(query, material, today)
    twins = _twins(found, stages)
    apart = {key: each for key, each in found.changes.items() if key not in twins}
    words = {key: _Word(each, "place") for key, each in judged(apart).items()}
    if twins:
        named = {stage: key for key, stage in twins.items()}
        of_stages = judged(stages.changes).items()
        words |= {named.get(key, key): _Word(each, "stage") for key, each in of_stages}
    return words


def _twins(found: _Compared, stages: _Compared) -> Mapping[Key, Key]:
    """Return the rows through which all of their stage's answers came, on both sides, with the stage's own row."""
    pairs = {key: replace(key, touchpoint=None, within=()) for key in found.changes}
    return {
        key: stage
        for key, stage in pairs.items()
        if stage in stages.changes
        and stages.rows[stage].n == found.rows[key].n is not None
        and stages.answers(stage) == found.answers(key)
    }


def _stages(query: Query, material: Material, today: date) -> _Compared:
    """Return the stages' own comparison where one of them may be a row of the table: nothing, where no word is said."""
    window, before = material.counted.window, material.before
    if query.days or not (before is None or _is_tested(window, before.window, today)):
        return _Compared(rows={}, before={}, changes={})
    whole = replace(
        query, by="stage", stage=None, touchpoint=None, survey=None, trigger=None, instrument=None
    )
    return _compared(whole, material, _family(whole, material.counted), today)


def _compared(query: Query, material: Material, rows: Mapping[Key, Seen], today: date) -> _Compared:
    # numpy and scipy, which a table that compares nothing need not load.
    from surveys.results import changing  # noqa: PLC0415 - see above

    window = material.counted.window
    if material.before is None:
        changes = changing.beside_others(rows, tested=window.closed(today))
        return _Compared(rows=rows, before={}, changes=changes)
    other = material.before.window
    notes = partial(_notes, material.programs, window, other)
    before = _before(query, material, material.before)
    tested = _is_tested(window, other, today)
    changes = changing.beside_window(rows, before, other.name, notes, tested=tested)
    return _Compared(rows=rows, before=before, changes=changes)


def _is_tested(window: Window, other: Window, today: date) -> bool:
    return window.closed(today) and other.closed(today) and window.rule is other.rule


def _is_apart(query: Query) -> bool:
    """Say whether the rows are less than stages."""
    finer = (query.touchpoint, query.survey, query.trigger)
    return query.by == "touchpoint" or any(name is not None for name in finer)


def _is_wider(query: Query, material: Material) -> bool:
    """Say whether the family has rows that the table has not.

    Where every answer of a window counts nothing is tested, and who answered is read of the table's rows only.
    """
    windows = (material.counted, material.before)
    if query.days or any(each and each.people for each in windows):
        return False
    return any(getattr(query, name) is not None for name in PICKS)


def _before(query: Query, material: Material, counted: Counted) -> Mapping[Key, Seen]:
    if _is_wider(query, material):
        return _family(query, counted)
    return {
        _picked(query, key): each for key, each in see(query, counted, scores_only=True).items()
    }


def _family(query: Query, counted: Counted) -> dict[Key, Seen]:
    """Return every row of the family, each hidden as it is where it is picked."""
    sight = Sight.of(query, counted, scores_only=True)
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


def _members(query: Query, found: Mapping[Key, _Word]) -> Iterator[Member]:
    """Yield all that was compared, by family and place."""
    told = {key: word for key, word in found.items() if word.change.difference is not None}
    for key in sorted(told, key=lambda key: (told[key].among, *_order(key))):
        yield _member(query, key, told[key])


def _member(query: Query, key: Key, word: _Word) -> Member:
    place = {"stage": key.stage, "touchpoint": key.touchpoint}
    named = place | dict(zip(_within(query), key.within, strict=False))
    filters = {name: value for name, value in query.filters.items() if name not in PICKS}
    told = {name: value for name, value in named.items() if value is not None}
    return Member(filters=filters | told, series=key.series, p=word.change.p, among=word.among)


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
