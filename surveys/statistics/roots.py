"""Finds where a rising or falling function crosses a level."""

from collections.abc import Callable

_HALVINGS = 200


def crossing(function: Callable[[float], float], level: float, below: float, above: float) -> float:
    """Return where a monotone function takes the level, to the last digit, between two places.

    ``below`` is the end at which the function is below the level; the ends may come in either order.
    """
    for _ in range(_HALVINGS):
        middle = (below + above) / 2
        if middle in (below, above):
            break
        if function(middle) < level:
            below = middle
        else:
            above = middle
    return (below + above) / 2
