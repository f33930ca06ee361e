"""How many there are of everything that hiding has to weigh: answers and invitations by tags and sides, no scores."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import add, attrgetter, sub
from typing import Any, TypeVar

from surveys.model import Dimensions, FunnelStep

T = TypeVar("T")
STEPS = tuple(FunnelStep)
Place = tuple[str, ...]
Group = tuple[str, str]
Cells = Mapping[Place, int]
Amounts = tuple[int, ...]
"""Answers, then invitations by step."""
ANSWERS = 0
"""The place of answers in amounts."""
Found = tuple[Dimensions, Mapping[Place, Amounts]]
"""What some tags count, by sides."""
Placing = Callable[[Dimensions, Place], Place]
"""Reads which cell tags and sides belong to."""

REST = "\x00"
"""The side of whatever has no value of an attribute: counted before it was declared, or not handled."""


def measure_of(step: FunnelStep) -> int:
    """Return the place of a step in amounts."""
    return 1 + STEPS.index(step)


def group_of(dimensions: Dimensions) -> Group:
    """Return the stage and the series: no figure adds up two of them."""
    return dimensions.stage, dimensions.series


@dataclass(frozen=True, slots=True)
class Crowds:
    """Everybody in a window, apart by tags and by the values of some attributes.

    Cells are folded once for all axes that a page looks at, and what is decided on them is decided ``once``.
    """

    found: tuple[Found, ...]
    attributes: Place = ()
    _known: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    def cells(self, axes: Place, measure: int) -> Mapping[Group, Cells]:
        """Return how many there are in each cell that holds anybody, per stage and series."""
        held = {
            group: {place: n for place, each in cells.items() if (n := each[measure])}
            for group, cells in self.once(("cells", axes), lambda: self._folded(axes)).items()
        }
        return {group: cells for group, cells in held.items() if cells}

    def placing(self, axes: Place) -> Placing:
        """Return how to read a place: the axes that are tags come first, then attributes in their order."""
        aside = tuple(axis for axis in self.attributes if axis in axes)
        read = _tags(axes[: len(axes) - len(aside)])
        if aside == self.attributes:
            return lambda dimensions, sides: read(dimensions) + sides
        kept = [self.attributes.index(axis) for axis in aside]
        return lambda dimensions, sides: read(dimensions) + tuple([sides[n] for n in kept])

    def once(self, what: Hashable, make: Callable[[], T]) -> T:
        """Return what was made before under this name, else make it."""
        if what not in self._known:
            self._known[what] = make()
        found: T = self._known[what]
        return found

    def _folded(self, axes: Place) -> Mapping[Group, Mapping[Place, Amounts]]:
        place = self.placing(axes)
        groups: dict[Group, dict[Place, Amounts]] = {}
        for dimensions, values in self.found:
            cells = groups.setdefault(group_of(dimensions), {})
            for sides, amounts in values.items():
                where = place(dimensions, sides)
                before = cells.get(where)
                cells[where] = amounts if before is None else tuple(map(add, before, amounts))
        return groups


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
) -> Crowds:
    """Return what was told apart by attributes, and what is left of everybody without it."""
    apart = dict(told)
    rest = (REST,) * len(attributes)
    found = []
    for dimensions, whole in everybody:
        values = apart.pop(dimensions, {})
        left = whole
        for amounts in values.values():
            left = tuple(map(sub, left, amounts))
        found.append((dimensions, {**values, rest: left} if any(left) else values))
    return Crowds((*found, *apart.items()), attributes)
