"""What a reader who holds sums can tell of the cells behind them, by linear programming."""

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
from scipy.optimize import linprog

ONE_ALONE = (0, 10, 10, 1, 0, 10, 10, 10)
"""Customers by three things, the last changing first: of each two, none or ten or more, and of all three one."""

Cell = tuple[str, ...]


def bounds(sums: Mapping[Cell, int], values: Sequence[Sequence[str]]) -> list[tuple[float, float]]:
    """Return the least and the most that each cell of these values can be beside known sums; "" in one is any value."""
    cells = list(product(*values))
    rows = [
        [all(want in ("", has) for want, has in zip(at, cell, strict=True)) for cell in cells]
        for at in sums
    ]
    known = {"A_eq": np.array(rows, float), "b_eq": list(sums.values())}
    return [
        (float(linprog(goal, **known).fun), -float(linprog(-goal, **known).fun))
        for goal in np.eye(len(cells))
    ]


def told_of_few(
    counts: Sequence[int], sums: Mapping[Cell, int], values: Sequence[Sequence[str]], k: int = 5
) -> list[tuple[int, float, float]]:
    """Return the small cells that a reader knows nearly: how many there are, and how few and how many may be."""
    return [
        (count, least, most)
        for count, (least, most) in zip(counts, bounds(sums, values), strict=True)
        if 0 < count < k and most - least < k
    ]
