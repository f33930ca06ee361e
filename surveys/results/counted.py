"""What was counted in a window: one part for each combination of tags and sides, and the whole of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import add, attrgetter, sub

from surveys.model import Dimensions, FunnelCount, FunnelStep, ScoreCount
from surveys.reports import Cluster
from surveys.results.windows import Window

POINTS = 11
STEPS = tuple(FunnelStep)
NOBODY = (0,) * POINTS
NOTHING = (0,) * len(STEPS)
REST = "\x00"
"""The side of whatever has no value of an attribute: counted before it was declared, or not handled."""


@dataclass(frozen=True, slots=True)
class Part:
    """Answers per score 0..10 and invitations per step of one combination of tags and sides."""

    dimensions: Dimensions
    sides: tuple[str, ...] = ()
    scores: tuple[int, ...] = NOBODY
    steps: tuple[int, ...] = NOTHING

    @property
    def n(self) -> int:
        """How many answers."""
        return sum(self.scores)

    def step(self, step: FunnelStep) -> int:
        """Return how many invitations came this far."""
        return self.steps[STEPS.index(step)]


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Customers, where they may have answered more than once: where every answer of a window counts.

    The key of each cluster begins with the stage and what makes its series.

    Attributes:
        cells: everybody by the axes of the query's cells, but not by side.
        rows: what the query's filters admit, by the rows of its table.
    """

    cells: tuple[Cluster, ...]
    rows: tuple[Cluster, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A window's parts.

    Attributes:
        parts: everything, whatever the query's filters; no filter's figures are shown without a look at the rest.
        attributes: what the parts' ``sides`` are values of, in their order.
        people: None where each answer is another customer's.
        asked: whether invitations are counted, too: nobody counts them by several sides at once.
        months: the same of each month of a quarter, which may be asked for, too; empty for other windows.
    """

    window: Window
    parts: tuple[Part, ...]
    attributes: tuple[str, ...] = ()
    people: People | None = None
    asked: bool = True
    months: "tuple[Counted, ...]" = ()


def parts_of(
    scores: Iterable[ScoreCount], funnel: Iterable[FunnelCount], sides: tuple[str, ...] = ()
) -> tuple[Part, ...]:
    """Return scores and steps of the same tags as one part, in the order they came."""
    found = {count.dimensions: count.counts for count in scores}
    walked = {cohort.dimensions: _steps(cohort) for cohort in funnel}
    return tuple(
        Part(each, sides, found.get(each, NOBODY), walked.get(each, NOTHING))
        for each in (found | walked)
    )


_steps = attrgetter(*STEPS)


def rest_of(whole: Sequence[Part], told: Iterable[Part], sides: tuple[str, ...]) -> Iterator[Part]:
    """Yield what is left of the whole without the parts told apart."""
    taken: dict[Dimensions, Part] = {}
    for part in told:
        before = taken.get(part.dimensions, Part(part.dimensions))
        taken[part.dimensions] = _joined(before, part, add)
    for part in whole:
        left = _joined(part, taken.get(part.dimensions, Part(part.dimensions)), sub)
        if any(left.scores) or any(left.steps):
            yield replace(left, sides=sides)


def summed(parts: Iterable[Part]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the scores and the steps of all parts together."""
    scores, steps = NOBODY, NOTHING
    for part in parts:
        scores = tuple(map(add, scores, part.scores))
        steps = tuple(map(add, steps, part.steps))
    return scores, steps


def customers_of(clusters: Iterable[Cluster]) -> int:
    """Return how many customers there are."""
    return sum(cluster.customers for cluster in clusters)


def _joined(first: Part, second: Part, by: Callable[[int, int], int]) -> Part:
    scores, steps = map(by, first.scores, second.scores), map(by, first.steps, second.steps)
    return Part(first.dimensions, first.sides, tuple(scores), tuple(steps))
