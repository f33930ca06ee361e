"""Goal 6 of the statistics in full: no hidden count is told, in 10,000 lines and 300 tables."""

from collections.abc import Iterator, Sequence
from random import Random

from surveys.statistics.suppression import (
    HiddenTable,
    attacker_bounds,
    enough,
    hide_line,
    hide_table,
)
from surveys.statistics.suppression_audit import audit
from tests.tables import random_line, random_table

K = 5


def told(counts: Sequence[int], hidden: Sequence[int]) -> bool:
    """Say whether subtraction from the total tells a count, or a group of one to four."""
    inside = [counts[place] for place in hidden]
    return bool(inside) and (len(inside) == 1 or sum(inside) < K)


def test_no_line_tells_what_it_hides() -> None:
    rng = Random(6)  # noqa: S311 a seeded simulation
    lines = [random_line(rng) for _ in range(10_000)]
    small = [line for line in lines if any(0 < n < K for n in line)]

    for line in small:
        hidden = hide_line(line, K, total_published=True)
        assert hidden.total or not told(line, hidden.cells)
        bounds = attacker_bounds(line, hidden, total_published=True)
        assert all(most is None or most - least >= K for least, most in bounds)
    primary = [told(line, [p for p, n in enumerate(line) if 0 < n < K]) for line in small]

    assert len(small) > 4000
    assert sum(primary) > len(small) / 3, "the failing control did not fail"


def tables_with_a_small_count(wanted: int) -> Iterator[tuple[tuple[int, ...], ...]]:
    rng = Random(7)  # noqa: S311 a seeded simulation
    found = 0
    while found < wanted:
        counts = random_table(rng)
        if any(0 < n < K for row in counts for n in row):
            found += 1
            yield counts


def test_no_table_tells_what_it_hides() -> None:
    dropped = 0
    for counts in tables_with_a_small_count(300):
        hidden = hide_table(counts, K)
        assert audit(counts, hidden, K) == (), counts
        dropped += hidden.dropped

    assert dropped < 150


def test_small_counts_hidden_alone_are_told_by_tables() -> None:
    control = [
        audit(
            counts,
            HiddenTable(
                frozenset(
                    (r, c) for r, row in enumerate(counts) for c, n in enumerate(row) if 0 < n < K
                ),
                frozenset(),
                frozenset(),
                total=False,
                dropped=False,
            ),
            K,
        )
        for counts in tables_with_a_small_count(60)
    ]

    assert sum(map(bool, control)) > 30


def test_no_pair_of_filters_tells_a_small_group() -> None:
    """Every filter by row, by column and by both that is shown leaves nobody or five of every other."""
    for counts in tables_with_a_small_count(300):
        hidden = hide_table(counts, K)
        rows = [sum(row) for row in counts]
        shown = [
            (n, rows[r])
            for r, row in enumerate(counts)
            for c, n in enumerate(row)
            if n and (r, c) not in hidden.cells and r not in hidden.rows
        ]
        assert all(enough(part, whole, K) for part, whole in shown), counts
