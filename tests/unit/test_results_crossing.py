"""Three tables of two filters each, and what a reader who holds them all can tell of customers with three values."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import combinations, product

import pytest

from storage.memory import MemoryStorage
from surveys.model import Channel, Side
from surveys.ports import Storage
from surveys.results import parse_query, run
from tests.asked import Ask, ask
from tests.programs import varied
from tests.solving import ONE_ALONE, Cell, told_of_few

PAST = datetime(2026, 11, 10, 3, tzinfo=UTC)
TODAY = datetime(2026, 11, 22, 3, tzinfo=UTC)
VALUES = {
    "touchpoint": ("checkout", "delivery"),
    "channel": ("webchat", "telegram"),
    "language": ("ko", "en"),
    "segment.tier": ("gold", "free"),
    "segment.plan": ("year", "month"),
}
USUAL = {name: values[0] for name, values in VALUES.items()}
PROGRAM = varied(
    segments=[
        {"id": name, "label": {"ko": name, "en": name}, "from": f"customer.{name}"}
        for name in ("tier", "plan")
    ]
)


async def stored(axes: Sequence[str], counts: Sequence[int]) -> Storage:
    """Return a store in which so many customers of each three values rated; of whatever else they are alike."""
    storage = MemoryStorage()
    asks = []
    for cell, count in zip(product(*(VALUES[axis] for axis in axes)), counts, strict=True):
        has = USUAL | dict(zip(axes, cell, strict=True))
        asks += [
            Ask(
                customer=f"{cell} {number}",
                trigger=has["touchpoint"],
                channel=Channel(has["channel"]),
                language=has["language"],
                segments=tuple(Side(name, has[f"segment.{name}"]) for name in ("tier", "plan")),
                at=PAST,
                score=4,
            )
            for number in range(count)
        ]
    await ask(storage, PROGRAM, asks)
    return storage


async def known(storage: Storage, axes: Sequence[str], **days: str) -> dict[Cell, int]:
    """Return how many answered with up to two values, as far as a reader is told; "" is any value."""
    found = {}
    asked = [
        dict(zip(some, values, strict=True))
        for size in range(3)
        for some in combinations(axes, size)
        for values in product(*(VALUES[axis] for axis in some))
    ]
    for filters in asked:
        query = parse_query({"stage": "purchase", **days, **filters})
        (row,) = (await storage.read(partial(run, program=PROGRAM, query=query, now=TODAY))).rows
        n = row.answered if row.n is None else row.n
        if n is not None:
            found[tuple(filters.get(axis, "") for axis in axes)] = n
    return found


@pytest.mark.parametrize(
    "axes",
    [
        ("channel", "language", "segment.tier"),
        ("touchpoint", "channel", "language"),
        ("touchpoint", "language", "segment.tier"),
        ("channel", "segment.plan", "segment.tier"),
    ],
    ids=" ".join,
)
async def test_three_tables_of_two_filters_do_not_tell_one_customer_of_all_three_values(
    axes: tuple[str, ...],
) -> None:
    storage = await stored(axes, ONE_ALONE)

    found = await known(storage, axes)

    assert told_of_few(ONE_ALONE, found, [VALUES[axis] for axis in axes]) == []


@pytest.mark.parametrize(
    "axes",
    [("channel", "language", "segment.tier"), ("touchpoint", "channel", "segment.tier")],
    ids=" ".join,
)
async def test_every_table_of_two_filters_is_told_where_no_three_values_are_of_few(
    axes: tuple[str, ...],
) -> None:
    counts = (5, 10, 10, 6, 9, 10, 0, 10)
    storage = await stored(axes, counts)

    found = await known(storage, axes)

    assert len(found) == 1 + 6 + 12
    assert sum(found[cell] for cell in found if cell.count("") == 1) == 3 * sum(counts)


async def test_days_of_ones_own_choice_tell_no_more_of_three_values_than_live_ones() -> None:
    axes = ("channel", "language", "segment.tier")
    days = {"from": "2026-11-01", "to": "2026-11-20"}

    found = await known(await stored(axes, ONE_ALONE), axes, **days)

    assert {cell for cell in found if cell[0] == "" and cell.count("") == 1} == set()
    assert len(found) == 1 + 6 + 8


@pytest.mark.parametrize("by", ["stage", "touchpoint"])
async def test_tables_of_three_values_do_not_add_up_to_one_of_two_that_is_hidden(by: str) -> None:
    """By touchpoint each cell of language and tier is of ten or more, and by channel one is of one."""
    axes = ("channel", "language", "segment.tier")
    storage = await stored(axes, ONE_ALONE)
    query = parse_query({"by": by, "stage": "purchase", "language": "ko", "segment.tier": "free"})

    table = await storage.read(lambda tx: run(tx, PROGRAM, query, TODAY))

    assert [(row.n, row.answered) for row in table.rows] == [(None, None)] * len(table.rows)
