"""What was counted in a window: one part for each combination of tags and sides, and the whole of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from surveys.model import Dimensions, FunnelCount, FunnelStep, ScoreCount
from surveys.reports import Cluster
from surveys.results.crowds import ANSWERS, STEPS, Amounts, Crowds, Found, Place
from surveys.results.windows import Window

POINTS = 11
NOBODY = (0,) * POINTS
NOTHING = (0,) * len(STEPS)


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

    def amount(self, measure: int) -> int:
        """Return one of the amounts."""
        return self.n if measure == ANSWERS else self.steps[measure - 1]

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
    """A window's parts, and everybody beside whom they are shown.

    Attributes:
        parts: everything that has the query's sides, whatever its other filters.
        beside: everything, whatever the query asks for; None where that is the parts.
        people: None where each answer is another customer's.
        asked: whether invitations are counted, too: nobody counts them by several sides at once.
        months: the same of each month of a quarter, which may be asked for, too; empty for other windows.
    """

    window: Window
    parts: tuple[Part, ...]
    beside: Crowds | None = None
    people: People | None = None
    asked: bool = True
    months: "tuple[Counted, ...]" = ()

    @property
    def crowds(self) -> Crowds:
        """Everything: no filter's figures are shown without a look at the rest."""
        return self.beside or crowds_of(self.parts)


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


def crowds_of(parts: Iterable[Part], attributes: Place = ()) -> Crowds:
    """Return how much there is in parts; ``attributes`` are what their sides are values of."""
    by_tags: dict[Dimensions, list[Part]] = {}
    for part in parts:
        by_tags.setdefault(part.dimensions, []).append(part)
    return crowds_by_tags(by_tags, attributes)


def crowds_by_tags(parts: Mapping[Dimensions, Sequence[Part]], attributes: Place) -> Crowds:
    """Return how much there is in parts that are sorted by their tags already."""

    def told(amounts: Callable[[Part], Amounts]) -> tuple[Found, ...]:
        return tuple(
            (tags, {part.sides: amounts(part) for part in each}) for tags, each in parts.items()
        )

    return Crowds(
        tuple(parts), lambda: told(answers_of), lambda: told(attrgetter("steps")), attributes
    )


def answers_of(part: Part) -> Amounts:
    """Return how many answers, as hiding looks at them."""
    return (part.n,)


def scores_of(parts: Iterable[Part]) -> tuple[int, ...]:
    """Return the answers per score of all parts together."""
    return tuple(map(sum, zip(NOBODY, *(part.scores for part in parts), strict=True)))


def steps_of(parts: Iterable[Part]) -> tuple[int, ...]:
    """Return the invitations per step of all parts together."""
    return tuple(map(sum, zip(NOTHING, *(part.steps for part in parts), strict=True)))


def customers_of(clusters: Iterable[Cluster]) -> int:
    """Return how many customers there are."""
    return sum(cluster.customers for cluster in clusters)
