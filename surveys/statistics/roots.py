"""Finds where a rising or falling function crosses a level."""

from collections.abc import Callable


def crossing(function: Callable[[float], float], level: float, below: float, above: float) -> float:
    """Return where a monotone function takes the level, to the last digit, between two places.

    ``below`` is the end at which the function is below the level; the ends may come in either order.
    """
    while (middle := (below + above) / 2) not in (below, above):
        if function(middle) < level:
            below = middle
        else:
            above = middle
    return middle
