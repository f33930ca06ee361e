"""How many there are of everything that hiding has to weigh: answers and invitations by tags and sides, no scores."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter, sub
from typing import Any, TypeVar

from surveys.model import Dimensions, FunnelStep

T = TypeVar("T")
STEPS = tuple(FunnelStep)
Place = tuple[str, ...]
Group = tuple[str, str]
Cells = Mapping[Place, int]
Amounts = tuple[int, ...]
"""How many answers, alone; or how many invitations by step."""
Found = tuple[Dimensions, Mapping[Place, Amounts]]
"""What some tags count, by sides."""
Find = Callable[[], tuple[Found, ...]]
Placing = Callable[[Dimensions, Place], Place]
"""Reads which cell tags and sides belong to."""

ANSWERS = 0
"""The measure of answers; those of invitations follow in the order of the steps."""
REST = "\x00"
"""The side of whatever has no value of an attribute: counted before it was declared, or not handled."""


def measure_of(step: FunnelStep) -> int:
    """Return the measure of a step."""
    return 1 + STEPS.index(step)


def group_of(dimensions: Dimensions) -> Group:
    """Return the stage and the series: no figure adds up two of them."""
    return dimensions.stage, dimensions.series


@dataclass(frozen=True, slots=True)
class Crowds:
    """Everybody in a window, apart by tags (``tags``: all of them) and by the values of some attributes.

    Answers and invitations are found when something looks at them. Cells are folded once for all that look at them,
    and what is decided on them is decided ``once``. Of groups that are ``sure`` in a measure no look is needed: each
    of their cells, however fine, holds nobody or enough to be shown.
    """

    tags: tuple[Dimensions, ...]
    answers: Find
    steps: Find
    attributes: Place = ()
    sure: Callable[[int], frozenset[Group]] = lambda _: frozenset()
    _known: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    def cells(self, axes: Place, measure: int) -> Mapping[Group, Cells]:
        """Return how many there are in each cell that holds anybody, per stage and series."""
        return self.once(("cells", axes, measure), lambda: self._folded(axes, measure))

    @property
    def groups(self) -> frozenset[Group]:
        """Every stage and series that there is."""
        return self.once("groups", lambda: frozenset(map(group_of, self.tags)))

    def once(self, what: Hashable, make: Callable[[], T]) -> T:
        """Return what was made before under this name, else make it."""
        if what not in self._known:
            self._known[what] = make()
        found: T = self._known[what]
        return found

    def _folded(self, axes: Place, measure: int) -> Mapping[Group, Cells]:
        read, keep = _parting(axes, self.attributes)
        found, nth = (self.answers, 0) if measure == ANSWERS else (self.steps, measure - 1)
        groups: dict[Group, dict[Place, int]] = {}
        for dimensions, values in self.once(found, found):
            cells, tags = groups.setdefault(group_of(dimensions), {}), read(dimensions)
            for sides, amounts in values.items():
                if count := amounts[nth]:
                    where = tags + keep(sides)
                    cells[where] = cells.get(where, 0) + count
        return {group: cells for group, cells in groups.items() if cells}


def placing(axes: Place, attributes: Place) -> Placing:
    """Return how to read a place: the axes that are tags come first, then attributes in their order."""
    read, keep = _parting(axes, attributes)
    return lambda dimensions, sides: read(dimensions) + keep(sides)


def _parting(
    axes: Place, attributes: Place
) -> tuple[Callable[[Dimensions], Place], Callable[[Place], Place]]:
    """Return how to read the part of a place that tags tell, and the one that sides do."""
    aside = tuple(axis for axis in attributes if axis in axes)
    read = _tags(axes[: len(axes) - len(aside)])
    if aside == attributes:
        return read, tuple
    kept = [attributes.index(axis) for axis in aside]
    return read, lambda sides: tuple([sides[n] for n in kept])


def _tags(axes: Place) -> Callable[[Dimensions], Place]:
    if not axes:
        return lambda _: ()
    if len(axes) == 1:
        read = attrgetter(*axes)
        return lambda dimensions: (read(dimensions),)
    several: Callable[[Dimensions], Place] = attrgetter(*axes)
    return several


def beside_rest(
    everybody: Iterable[tuple[Dimensions, Amounts]], told: Iterable[Found], attributes: Place
) -> tuple[Found, ...]:
    """Return what was told apart by attributes, and what is left of everybody without it."""
    apart = dict(told)
    rest = (REST,) * len(attributes)
    found: list[Found] = []
    for dimensions, whole in everybody:
        values = apart.pop(dimensions, {})
        told_apart = map(sum, zip(*values.values(), strict=True)) if values else (0,) * len(whole)
        left = tuple(map(sub, whole, told_apart))
        found.append((dimensions, {**values, rest: left} if any(left) else values))
    return (*found, *apart.items())
