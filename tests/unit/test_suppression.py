"""What is hidden of lines and tables of counts, and what a reader can tell all the same."""

import json
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.statistics.suppression import (
    HiddenLine,
    HiddenTable,
    attacker_bounds,
    enough,
    hide,
    hide_line,
    hide_table,
)
from surveys.statistics.suppression_audit import audit
from tests.shared_data import shared
from tests.tables import random_line, random_table

LINES = st.lists(st.integers(0, 30), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("counts", "cells", "total"),
    [
        ((12, 7, 6, 1), (2, 3), False),
        ((40, 3, 2, 18), (1, 2), False),
        ((3, 2, 0, 18), (0, 1), False),
        ((40, 12, 12, 4), (1, 3), False),
        ((10, 20, 30), (), False),
        ((0, 0, 0), (), False),
        ((1, 1, 1, 9, 10), (0, 1, 2, 3), False),
        ((3, 0, 0), (0,), True),
        ((1, 2, 0), (0, 1), True),
    ],
)
def test_a_small_count_takes_the_smallest_other_along(
    counts: tuple[int, ...], cells: tuple[int, ...], total: bool
) -> None:
    assert hide_line(counts, 5, total_published=True) == HiddenLine(cells, total)
    assert hide(counts) == cells


def test_without_a_total_only_the_small_counts_are_hidden() -> None:
    hidden = hide_line((12, 7, 6, 1), 5, total_published=False)

    assert hidden == HiddenLine((3,), total=False)
    assert attacker_bounds((12, 7, 6, 1), hidden, total_published=False) == ((0, None),)


def test_what_a_reader_can_tell_of_one_count_hidden_alone() -> None:
    alone = HiddenLine((3,), total=False)

    assert attacker_bounds((12, 7, 6, 1), alone, total_published=True) == ((1, 1),)


def test_the_reference_cases_are_met() -> None:
    path = shared("answers/reference_values.json")
    cases = json.loads(path.read_text())["cases"] if path else []
    for case in cases:
        if case["kind"] == "suppression_1d":
            given, wanted = case["input"], case["expected"]
            hidden = hide_line(
                given["counts"], given["k"], total_published=given["total_published"]
            )
            bounds = attacker_bounds(
                given["counts"], hidden, total_published=given["total_published"]
            )
            assert list(hidden.cells) == wanted["hidden_indices_0_based"]
            assert [list(bound) for bound in bounds] == wanted["attacker_bounds"]


@given(LINES, st.integers(3, 8))
def test_nobody_of_a_line_can_be_told(counts: list[int], k: int) -> None:
    hidden = hide_line(counts, k, total_published=True)
    inside = [counts[place] for place in hidden.cells]

    assert all(not 0 < n < k for place, n in enumerate(counts) if place not in hidden.cells)
    assert all(inside)
    if hidden.total:
        assert 0 < sum(counts) < k
    else:
        assert not inside or (len(inside) > 1 and sum(inside) >= k)
    for least, most in attacker_bounds(counts, hidden, total_published=True):
        assert most is None or most - least >= k


def test_hiding_small_counts_alone_gives_them_away() -> None:
    """The failing control: without the second rule a subtraction tells who is hidden."""
    rng = Random(1)  # noqa: S311 a seeded simulation
    lines = [random_line(rng) for _ in range(300)]
    small = [line for line in lines if any(0 < n < 5 for n in line)]

    told = [
        line
        for line in small
        for inside in ([n for n in line if 0 < n < 5],)
        if len(inside) == 1 or sum(inside) < 5
    ]

    assert len(told) > len(small) / 3


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        (((40, 50), (60, 70)), HiddenTable(frozenset(), frozenset(), frozenset(), False, False)),
        (
            ((40, 3, 30), (60, 20, 30)),
            HiddenTable(
                frozenset({(0, 1), (0, 2), (1, 1), (1, 2)}), frozenset(), frozenset(), False, False
            ),
        ),
        (
            ((3, 50), (0, 60)),
            HiddenTable(
                frozenset({(0, 0), (0, 1), (1, 0), (1, 1)}),
                frozenset(),
                frozenset({0, 1}),
                False,
                True,
            ),
        ),
        (
            ((1, 0), (0, 2)),
            HiddenTable(
                frozenset({(0, 0), (1, 1)}), frozenset({0, 1}), frozenset({0, 1}), True, False
            ),
        ),
    ],
)
def test_a_table_is_hidden_in_rows_and_columns_or_dropped(
    counts: tuple[tuple[int, ...], ...], hidden: HiddenTable
) -> None:
    assert hide_table(counts) == hidden


def test_lines_that_are_covered_can_still_leave_a_cell_too_narrow() -> None:
    """Two rows go with each other and tell each other's cells column by column: a third cell must go along."""
    counts = ((20, 4, 20), (3, 0, 4), (0, 1, 1))
    hidden = hide_table(counts)
    by_lines = replace(hidden, cells=hidden.cells - {(0, 2)})

    assert (hidden.dropped, hidden.rows) == (False, frozenset({1, 2}))
    assert audit(counts, hidden) == ()
    assert audit(counts, by_lines) != ()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**9))
def test_linear_programming_finds_nothing_to_tell_of_a_table(seed: int) -> None:
    counts = random_table(Random(seed))  # noqa: S311 a seeded simulation

    assert audit(counts, hide_table(counts)) == ()


def test_the_audit_sees_what_subtraction_tells() -> None:
    counts = ((40, 3, 30), (60, 20, 30))
    alone = HiddenTable(frozenset({(0, 1)}), frozenset(), frozenset(), False, False)

    (breach,) = audit(counts, alone)

    assert (breach.what, breach.row, breach.column) == ("cell", 0, 1)
    assert [breach.least, breach.most] == pytest.approx([3, 3])


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(10, 40, True), (40, 40, True), (38, 40, False), (4, 40, False), (0, 40, False)],
)
def test_a_filter_shows_nothing_that_the_rest_gives_away(
    part: int, whole: int, shown: bool
) -> None:
    assert enough(part, whole) is shown


def test_fewer_than_three_hide_nobody() -> None:
    with pytest.raises(ValueError, match="at least 3"):
        hide_line((1, 2), 2, total_published=True)
    with pytest.raises(ValueError, match="at least 3"):
        hide_table(((1, 2),), 2)
