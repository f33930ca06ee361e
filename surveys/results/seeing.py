"""What of a window's parts is seen in each row: sums, and None where they are hidden."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from surveys.instruments import Instrument, instrument
from surveys.model import Dimensions, FunnelStep
from surveys.reports import Cluster
from surveys.results.counted import Counted, Part, People, customers_of, summed
from surveys.results.hiding import Group, Place, Veil, axes_of, veil, veil_of
from surveys.results.query import Query
from surveys.statistics.tiers import HIDDEN_BELOW

OURS = (FunnelStep.INVITED, FunnelStep.DELIVERED)
THEIRS = (FunnelStep.STARTED, FunnelStep.ANSWERED, FunnelStep.COMPLETED)
"""The steps that customers take; those before are our own acts and always shown."""

_SERIES = 5
"""The stage and what makes a series, in front of a cluster's key."""


@dataclass(frozen=True, slots=True)
class Key:
    """What names a row."""

    stage: str
    touchpoint: str | None
    instrument: str
    series: str

    @property
    def place(self) -> tuple[str, str | None]:
        """Where in the journey it is."""
        return self.stage, self.touchpoint

    @property
    def kind(self) -> Instrument:
        """The row's instrument."""
        return instrument(self.instrument)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One row's counts; None is hidden, and an empty row is hidden like a small one.

    Attributes:
        counts: answers per score of the instrument's scale.
        customers: who gave them, where that is another number than the answers.
        steps: the cohort by step.
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
        """How many customers gave them."""
        if self.clusters is None:
            return self.n
        return customers_of(self.clusters) if self.counts else None

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


def admitted(query: Query, counted: Counted) -> Iterator[Part]:
    """Yield the parts that pass all filters."""
    wanted = tuple(query.sides[name] for name in counted.attributes)
    return (
        part for part in counted.parts if part.sides == wanted and query.admits(part.dimensions)
    )


def see(query: Query, counted: Counted) -> dict[Key, Seen]:
    """Return what is seen of each row that has any part."""
    rows: defaultdict[Key, list[Part]] = defaultdict(list)
    for part in admitted(query, counted):
        rows[key_of(query, part.dimensions)].append(part)
    sight = Sight.of(query, counted)
    return {key: sight.row(key, tuple(parts)) for key, parts in rows.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Decides for a window what its rows show."""

    counted: Counted
    answers: Veil
    channels: Veil
    steps: Mapping[FunnelStep, Veil]

    @classmethod
    def of(cls, query: Query, counted: Counted, axes: Place | None = None) -> "Sight":
        """Decide on all parts, whatever the filters admit; apart by the query's own axes where none are given."""
        axes = axes_of(query) if axes is None else axes
        over = partial(veil, [(part, "") for part in counted.parts], attributes=counted.attributes)
        answers = over(axes=axes, measure=_answers)
        if counted.people and not counted.attributes:
            answers = veil_of(_customers(counted.people), axes, ())
        return cls(
            counted=counted,
            answers=answers,
            channels=over(axes=axes_of(query, "channel"), measure=_answers),
            steps={step: over(axes=axes, measure=_taking(step)) for step in THEIRS},
        )

    def row(self, key: Key, parts: tuple[Part, ...]) -> Seen:
        """Return what is seen of one row's parts."""
        scores, steps = summed(parts)
        counts = tuple(scores[score] for score in key.kind.scores)
        clusters = self._clusters(key)
        people = sum(counts) if clusters is None else customers_of(clusters)
        open_ = people >= HIDDEN_BELOW and self.answers.lifts(_whole(parts), _answers)
        return Seen(
            counts=counts if open_ else None,
            clusters=clusters,
            steps=self.cohort(parts, steps),
            channels=dict(self._mix(parts)) if open_ else {},
            parts=parts,
        )

    def cohort(self, parts: Iterable[Part], steps: tuple[int, ...]) -> dict[FunnelStep, int | None]:
        """Return the steps of parts, None where they are hidden; zero is shown."""
        known = dict(zip(FunnelStep, steps, strict=True))
        return {
            step: count if step in OURS or self._took(step, parts, count) else None
            for step, count in known.items()
        }

    def _took(self, step: FunnelStep, parts: Iterable[Part], count: int) -> bool:
        enough = not 0 < count < HIDDEN_BELOW
        return enough and self.steps[step].lifts(_whole(parts), _taking(step))

    def _mix(self, parts: tuple[Part, ...]) -> Iterator[tuple[str, int | None]]:
        names = sorted({part.dimensions.channel for part in parts if part.n})
        for name in names:
            here = [part for part in parts if part.dimensions.channel == name]
            shown = self.channels.lifts(_whole(here), _answers)
            yield name, sum(part.n for part in here) if shown else None

    def _clusters(self, key: Key) -> tuple[Cluster, ...] | None:
        people = self.counted.people
        return None if people is None else tuple(c for c in people.rows if _names(key, c.key))


def _customers(people: People) -> dict[Group, Counter[tuple[str, ...]]]:
    cells: defaultdict[Group, Counter[tuple[str, ...]]] = defaultdict(Counter)
    for cluster in people.cells:
        stage, *series = cluster.key[:_SERIES]
        cells[stage, ":".join(series)][cluster.key[_SERIES:]] += cluster.customers
    return cells


def _names(key: Key, values: tuple[str, ...]) -> bool:
    stage, *series = values[:_SERIES]
    here = (stage, ":".join(series)) == (key.stage, key.series)
    return here and values[_SERIES:] in ((), (key.touchpoint,))


def _whole(parts: Iterable[Part]) -> list[tuple[Part, str]]:
    return [(part, "") for part in parts]


def _answers(part: Part) -> int:
    return part.n


def _taking(step: FunnelStep) -> Callable[[Part], int]:
    return lambda part: part.step(step)
