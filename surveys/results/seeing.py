"""What of a window's parts is seen in each row: sums, and None where they are hidden."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil

from surveys.instruments import Instrument, instrument
from surveys.model import CountRule, Dimensions, FunnelStep
from surveys.reports import Cluster
from surveys.results.counted import Counted, Part, People, customers_of, scores_of, steps_of
from surveys.results.crowds import ANSWERS, Cells, Group, Place, measure_of, placing
from surveys.results.hiding import (
    Veil,
    answering,
    axes_of,
    beside_thirds,
    veil,
    veil_of,
    veil_of_steps,
)
from surveys.results.periods import beside_months
from surveys.results.query import Query
from surveys.statistics.tiers import HIDDEN_BELOW

OURS = (FunnelStep.INVITED, FunnelStep.DELIVERED)
THEIRS = (FunnelStep.STARTED, FunnelStep.ANSWERED, FunnelStep.COMPLETED)
"""The steps that customers take; those before are our own acts and always shown."""

_NO_STEPS = dict.fromkeys(FunnelStep)
_SERIES = 5
"""The stage and what makes a series, in front of a cluster's key."""


@dataclass(frozen=True, slots=True)
class Key:
    """What names a row; ``within`` the survey and the trigger, where rows are told apart by them."""

    stage: str
    touchpoint: str | None
    instrument: str
    series: str
    within: Place = ()

    @property
    def place(self) -> tuple[str, str | None]:
        """Where in the journey it is."""
        return self.stage, self.touchpoint

    @property
    def group(self) -> Group:
        """The stage and the series: what is hidden is decided within."""
        return self.stage, self.series

    @property
    def kind(self) -> Instrument:
        """The row's instrument."""
        return instrument(self.instrument)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One row's counts; None is hidden, and an empty row is hidden like a small one.

    Attributes:
        counts: answers per score of the instrument's scale.
        clusters: how often customers answered, where they may have more than once.
        steps: the cohort by step; zero is shown.
        channels: answers by channel; None of a channel that is hidden.
        parts: what it all is the sum of. Not to be shown.
    """

    counts: tuple[int, ...] | None
    clusters: tuple[Cluster, ...] | None
    steps: Mapping[FunnelStep, int | None]
    channels: Mapping[str, int | None]
    parts: tuple[Part, ...]

    @property
    def n(self) -> int | None:
        """How many answers."""
        return None if self.counts is None else sum(self.counts)

    @property
    def customers(self) -> int | None:
        """How many customers gave them, where that may be another number; None too where it is hidden."""
        if self.clusters is None or self.counts is None:
            return None
        return customers_of(self.clusters)

    def mix(self, name: str) -> Mapping[str, int]:
        """Return the answers by a tag, hidden or not: to be compared, never to be shown."""
        found: Counter[str] = Counter()
        for part in self.parts:
            found[getattr(part.dimensions, name)] += part.n
        return found


def key_of(query: Query, dimensions: Dimensions) -> Key:
    """Return the row that tags belong to."""
    touchpoint = dimensions.touchpoint if query.by == "touchpoint" else None
    return Key(dimensions.stage, touchpoint, dimensions.instrument, dimensions.series)


def admitted(
    query: Query, counted: Counted, ignoring: frozenset[str] = frozenset()
) -> Iterator[Part]:
    """Yield the parts that pass all filters but the ignored ones."""
    admits = query.admitting(ignoring)
    return (part for part in counted.parts if admits(part.dimensions))


def see(
    query: Query, counted: Counted, due: Iterable[Key] = (), *, scores_only: bool = False
) -> dict[Key, Seen]:
    """Return what is seen of each row that has any part, and of those that are due without one.

    A row that is not due and tells nothing is left out where being there would tell that it is not empty.
    """
    sight, due = Sight.of(query, counted, scores_only=scores_only), frozenset(due)
    rows = by_row(query, counted)
    seen = {key: sight.row(key, tuple(rows.get(key, ()))) for key in (*due, *rows)}
    return {
        key: row
        for key, row in seen.items()
        if key in due or row.n is not None or key.group not in sight.closed
    }


def by_row(query: Query, counted: Counted) -> dict[Key, list[Part]]:
    """Return the parts that pass all filters, by the row they belong to."""
    rows: defaultdict[Key, list[Part]] = defaultdict(list)
    for part in admitted(query, counted):
        rows[key_of(query, part.dimensions)].append(part)
    return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohorts:
    """Decides how far of a window's invitations is told how many came."""

    asked: bool
    steps: Mapping[FunnelStep, Veil]

    @classmethod
    def of(cls, counted: Counted, axes: Place) -> "Cohorts":
        """Decide on all parts, apart by the axes."""
        crowds, months = counted.crowds, [month.crowds for month in counted.months]

        def told(measure: int) -> Veil:
            if counted.window.rule is CountRule.ALL:
                return veil(crowds, axes, measure)
            monthly = [answering(month, axes, measure) for month in months]
            whole = partial(answering, crowds, axes, measure)
            return beside_months(veil_of_steps(crowds, axes, measure), whole, monthly, axes)

        return cls(asked=counted.asked, steps={step: told(measure_of(step)) for step in THEIRS})

    @property
    def closed(self) -> frozenset[Group]:
        """Stages and series of which no step may be told in any cell: that none was asked there tells, too."""
        return frozenset[Group]().union(*(veil.closed for veil in self.steps.values()))

    def told(self, parts: Sequence[Part]) -> dict[FunnelStep, int | None]:
        """Return the steps of parts, None where they are hidden or not counted; zero is shown."""
        if not self.asked:
            return dict.fromkeys(FunnelStep)
        known = dict(zip(FunnelStep, steps_of(parts), strict=True))
        return {
            step: count if step in OURS or self._shows(step, parts, count) else None
            for step, count in known.items()
        }

    def _shows(self, step: FunnelStep, parts: Sequence[Part], count: int) -> bool:
        enough = not 0 < count < HIDDEN_BELOW
        return enough and self.steps[step].lifts(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Decides what rows show beside their scores: how many answered by channel, and how far the asks came."""

    channels: Veil
    cohorts: Cohorts

    def steps(self, key: Key, parts: Sequence[Part]) -> Mapping[FunnelStep, int | None]:
        """Return the steps of a row's parts."""
        return _NO_STEPS if key.group in self.cohorts.closed else self.cohorts.told(parts)

    def mix(self, key: Key, parts: Iterable[Part]) -> Mapping[str, int | None]:
        """Return the answers by channel; none of them where not even an empty one may be told."""
        if key.group in self.channels.closed:
            return {}
        named: defaultdict[str, list[Part]] = defaultdict(list)
        for part in parts:
            if part.n:
                named[part.dimensions.channel].append(part)
        return {
            name: sum(part.n for part in named[name]) if self.channels.lifts(named[name]) else None
            for name in sorted(named)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Decides for a window what its rows show; without ``beside`` of scores alone, and hides all else."""

    people: People | None
    answers: Veil
    beside: Beside | None

    @classmethod
    def of(cls, query: Query, counted: Counted, *, scores_only: bool = False) -> "Sight":
        """Decide on all parts, whatever the filters admit."""
        axes = axes_of(query)
        by_customer = counted.people if not query.sides else None
        return cls(
            people=counted.people,
            answers=(
                _veil_of_people(counted, axes, _customers(by_customer))
                if by_customer
                else answers_veil(counted, axes)
            ),
            beside=None
            if scores_only
            else Beside(
                channels=answers_veil(counted, axes_of(query, "channel")),
                cohorts=Cohorts.of(counted, axes),
            ),
        )

    @property
    def closed(self) -> frozenset[Group]:
        """Stages and series of which not even an empty cell may be told."""
        return self.answers.closed | (self.beside.cohorts.closed if self.beside else frozenset())

    def row(self, key: Key, parts: tuple[Part, ...]) -> Seen:
        """Return what is seen of one row's parts."""
        scores = scores_of(parts)
        counts = tuple(scores[score] for score in key.kind.scores)
        clusters = self._clusters(key)
        people = sum(counts) if clusters is None else customers_of(clusters)
        open_ = people >= HIDDEN_BELOW and self.answers.lifts(parts)
        closed = key.group in self.answers.closed
        return Seen(
            counts=counts if open_ else None,
            clusters=clusters,
            steps=self.beside.steps(key, parts) if self.beside and not closed else _NO_STEPS,
            channels=self.beside.mix(key, parts) if self.beside and open_ else {},
            parts=parts,
        )

    def _clusters(self, key: Key) -> tuple[Cluster, ...] | None:
        if self.people is None:
            return None
        return tuple(c for c in self.people.rows if _names(key, c.key))


def _customers(people: People) -> dict[Group, Counter[tuple[str, ...]]]:
    cells: defaultdict[Group, Counter[tuple[str, ...]]] = defaultdict(Counter)
    for cluster in people.cells:
        stage, *series = cluster.key[:_SERIES]
        cells[stage, ":".join(series)][cluster.key[_SERIES:]] += cluster.customers
    return cells


def answers_veil(counted: Counted, axes: Place) -> Veil:
    """Decide by answers; where customers gave several, by how many customers at least have given them."""
    months = [month.crowds.cells(axes, ANSWERS) for month in counted.months]
    whole = partial(counted.crowds.cells, axes, ANSWERS)
    if not counted.people:
        return beside_months(veil(counted.crowds, axes, ANSWERS), whole, months, axes)
    told = _veil_of_people(counted, axes, _fewest(counted, axes))
    return beside_months(told, whole, months, axes)


def _veil_of_people(counted: Counted, axes: Place, cells: Mapping[Group, Cells]) -> Veil:
    """Return what is shown of cells of customers, beside thirds of as many at least."""
    told = veil_of(cells, axes, placing(axes, counted.crowds.attributes), ANSWERS)
    return told.without(beside_thirds(partial(_fewest, counted), axes))


def _fewest(counted: Counted, axes: Place) -> dict[Group, dict[Place, int]]:
    """Return how many customers at least gave the answers of each cell, if each gave as many as any did."""
    most: defaultdict[Group, int] = defaultdict(lambda: 1)
    for cluster in counted.people.cells if counted.people else ():
        stage, *series = cluster.key[:_SERIES]
        group = stage, ":".join(series)
        most[group] = max(most[group], sum(cluster.counts))
    return {
        group: {place: ceil(n / most[group]) for place, n in found.items()}
        for group, found in counted.crowds.cells(axes, ANSWERS).items()
    }


def _names(key: Key, values: tuple[str, ...]) -> bool:
    stage, *series = values[:_SERIES]
    here = (stage, ":".join(series)) == (key.stage, key.series)
    return here and values[_SERIES:] in ((), (key.touchpoint,))
