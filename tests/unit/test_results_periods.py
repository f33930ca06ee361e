"""What a quarter hides beside its months, so that no month is told by it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from typing import Any

import pytest

from storage.memory import MemoryStorage
from surveys.model import Channel, Side
from surveys.ports import Storage
from surveys.results import Query, ResultTable, parse_period, parse_query, run
from tests.asked import Ask, ask, many, repeated
from tests.journeys import PROGRAM
from tests.programs import varied

K = 5
TODAY = datetime(2026, 11, 22, 3, tzinfo=UTC)
QUARTER, MONTHS = "2026-Q3", ("2026-07", "2026-08", "2026-09")
TOLD = ("n", "started", "answered", "completed")
SEGMENTED = varied(
    segments=[{"id": "tier", "label": {"ko": "등급", "en": "Tier"}, "from": "customer.tier"}]
)
FILTERS: tuple[dict[str, str], ...] = (
    {},
    {"channel": "webchat"},
    {"channel": "telegram"},
    {"segment.tier": "gold"},
    {"language": "en", "channel": "webchat"},
)


async def stored(*counts: Sequence[tuple[str, Channel, int]]) -> Storage:
    """Return three months in which so many customers each rated (trigger, channel)."""
    storage = MemoryStorage()
    asks = [
        each
        for month, rated in zip((7, 8, 9), counts, strict=True)
        for trigger, channel, n in rated
        for each in repeated(
            Ask(
                customer=f"{month}{trigger}{channel}",
                trigger=trigger,
                channel=channel,
                at=datetime(2026, month, 10, 3, tzinfo=UTC),
                score=5,
            ),
            n,
        )
    ]
    await ask(storage, PROGRAM, asks)
    return storage


async def periods(storage: Storage, **asked: str) -> list[ResultTable]:
    queries = [parse_query({"period": period, **asked}) for period in (*MONTHS, QUARTER)]
    return await storage.read(lambda tx: [run(tx, PROGRAM, query, TODAY) for query in queries])


def purchase(tables: Sequence[ResultTable]) -> list[int | None]:
    """Return the answers of the stage in each of the three months, and in the quarter."""
    (found,) = zip(
        *([row.n for row in table.rows if row.stage == "purchase"] for table in tables), strict=True
    )
    return list(found)


@pytest.mark.parametrize(
    ("months", "told"),
    [
        ((40, 30, 20), [40, 30, 20, 90]),
        ((3, 40, 50), [None, 40, 50, None]),
        ((3, 4, 50), [None, None, 50, 57]),
        ((1, 2, 50), [None, None, 50, None]),
    ],
    ids=["nothing", "one", "two that hide each other", "two that do not"],
)
async def test_a_quarter_is_told_where_it_tells_no_month(
    months: Sequence[int], told: list[int | None]
) -> None:
    tables = await periods(
        await stored(*([("checkout", Channel.WEBCHAT, count)] for count in months))
    )

    assert purchase(tables) == told
    hidden = {None} & {*told[:3]}
    assert [table.totals and table.totals.answered for table in tables] == [
        *told[:3],
        None if hidden else told[3],
    ]


def of_month(month: int, first: int, n: int) -> list[Ask]:
    """Return asks of customers of so many numbers, each once in the month."""
    at = datetime(2026, month, 10, 3, tzinfo=UTC)
    return [
        Ask(customer=str(number), trigger="checkout", at=at, score=5)
        for number in range(first, first + n)
    ]


@pytest.mark.parametrize(("same", "told"), [(3, None), (2, 55), (0, 57)])
async def test_a_quarter_less_its_shown_month_is_not_four_who_answered_in_both_of_the_others(
    same: int, told: int | None
) -> None:
    """Three of July and four of August are seven answers, and four people where the three are among the four."""
    storage = MemoryStorage()
    asks = [*of_month(7, 4 - same, 3), *of_month(8, 0, 4), *of_month(9, 100, 50)]
    await ask(storage, PROGRAM, asks)

    tables = await periods(storage)

    *months, quarter = purchase(tables)
    assert (months, quarter) == ([None, None, 50], told)
    assert quarter is None or quarter - 50 == len({each.customer for each in asks}) - 50
    assert tables[3].totals is not None
    assert tables[3].totals.answered is None or tables[3].totals.answered - 50 >= K


async def test_a_quarter_of_a_channel_is_hidden_with_the_others_of_its_stage() -> None:
    web, telegram = Channel.WEBCHAT, Channel.TELEGRAM
    storage = await stored(
        [("checkout", web, 3), ("checkout", telegram, 20)],
        [("checkout", web, 40), ("checkout", telegram, 20)],
        [("checkout", web, 50), ("checkout", telegram, 20)],
    )

    assert purchase(await periods(storage)) == [23, 60, 70, 153]
    assert purchase(await periods(storage, channel="webchat")) == [None, 40, 50, None]
    assert purchase(await periods(storage, channel="telegram")) == [None, 20, 20, None]
    (*_, whole) = await periods(storage)
    (row,) = (row for row in whole.rows if row.stage == "purchase")
    assert dict(row.channel_mix) == {}


async def test_the_total_of_a_quarter_does_not_tell_the_total_of_a_month() -> None:
    """Two hidden stages hide each other in the quarter; the one that is hidden in July, nobody."""
    web = Channel.WEBCHAT
    storage = await stored(
        [("checkout", web, 3), ("support", web, 30)],
        [("checkout", web, 40), ("support", web, 2)],
        [("checkout", web, 50), ("support", web, 40)],
    )

    totals = [table.totals for table in await periods(storage)]

    assert [each and each.answered for each in totals] == [None, None, 90, None]


def apart_by(axis: str, value: str) -> dict[str, Any]:
    """Return what an ask is of; no value is a customer whose tier nobody knows."""
    if axis == "channel":
        return {"channel": Channel(value)}
    return {"segments": (Side("tier", value),) if value else ()}


@pytest.mark.parametrize(
    ("axis", "months"),
    [
        (
            "channel",
            (
                {"webchat": 8, "telegram": 12, "slack": 2},
                {"telegram": 6, "slack": 4},
                {"webchat": 2, "telegram": 2},
            ),
        ),
        (
            "channel",
            (
                {"webchat": 12, "telegram": 2, "slack": 3},
                {"telegram": 2},
                {"telegram": 1, "slack": 8},
            ),
        ),
        (
            "segment.tier",
            ({"gold": 8, "free": 12, "": 2}, {"free": 6, "": 4}, {"gold": 2, "free": 2}),
        ),
    ],
    ids=["channels", "channels of August", "segments"],
)
async def test_a_hidden_quarter_is_not_the_sum_of_what_is_inside(
    axis: str, months: Sequence[Mapping[str, int]]
) -> None:
    """Each value of the axis has five customers or more in the quarter, and one month has less."""
    storage = MemoryStorage()
    asks = [
        each
        for month, counts in zip((7, 8, 9), months, strict=True)
        for value, n in counts.items()
        for each in repeated(
            Ask(
                customer=f"{month}{value}",
                trigger="checkout",
                at=datetime(2026, month, 10, 3, tzinfo=UTC),
                score=5,
                **apart_by(axis, value),
            ),
            n,
        )
    ]
    await ask(storage, SEGMENTED, asks)

    for asked in ({}, *({axis: value} for value in months[0] if value)):
        quarter = parse_query({"period": QUARTER, "stage": "purchase", **asked})
        assert {*(await figures(storage, quarter)).values()} == {None}, asked
    whole = await storage.read(lambda tx: run(tx, SEGMENTED, Query(period=QUARTER), TODAY))
    assert not [cell for cell in whole.funnel if cell.answered]


@pytest.mark.parametrize("seed", [1])
async def test_no_quarter_less_its_months_tells_a_group_of_one_to_four(seed: int) -> None:
    storage = MemoryStorage()
    first = datetime(2026, 7, 1, tzinfo=UTC)
    asks = many(SEGMENTED, first=first, days=90, seed=seed, count=420)
    once = [replace(each, customer=str(number)) for number, each in enumerate(asks)]
    await ask(storage, SEGMENTED, once)
    shown = 0
    for by, asked in product(("stage", "touchpoint"), FILTERS):
        tables = [
            await figures(storage, parse_query({"by": by, "period": period, **asked}))
            for period in (QUARTER, *MONTHS)
        ]
        for key, whole in tables[0].items():
            months = [table.get(key, 0) for table in tables[1:]]
            if whole is None:
                continue
            shown += 1
            rest = whole - sum(month or 0 for month in months)
            hidden = sum(month is None for month in months)
            assert rest == 0 or (rest >= K and hidden > 1), (by, asked, key, whole, months)
    assert shown > 50


async def figures(storage: Storage, query: Query) -> dict[tuple[str, ...], int | None]:
    """Return what is told of each row by measure; of a month without answers zero is no news."""
    table = await storage.read(lambda tx: run(tx, SEGMENTED, query, TODAY))
    return {
        (row.stage, row.touchpoint or "", row.series, name): getattr(row, name)
        for row in (*table.rows, *table.recoveries)
        for name in TOLD
    }


async def test_two_months_tell_the_same_of_the_week_between_them() -> None:
    """Ten answered on the last Tuesday of September, ten a week before, and two on the first Friday of October."""
    storage = MemoryStorage()
    asks = [
        each
        for month, day, n in ((9, 22, 10), (9, 29, 10), (10, 2, 2))
        for at in (datetime(2026, month, day, 3, tzinfo=UTC),)
        for each in repeated(Ask(customer=str(at), trigger="checkout", at=at, score=5), n)
    ]
    await ask(storage, PROGRAM, asks)
    queries = [Query(period=period) for period in ("2026-09", "2026-10")]
    tables = await storage.read(lambda tx: [run(tx, PROGRAM, query, TODAY) for query in queries])

    september, october = (
        {
            point.week: point.n
            for row in table.rows
            if row.stage == "purchase"
            for point in row.spark
        }
        for table in tables
    )

    assert (max(september), september[date(2026, 9, 21)]) == (date(2026, 9, 21), 10)
    assert [october[date(2026, 9, day)] for day in (21, 28)] == [10, 12]


def test_only_quarters_have_months() -> None:
    assert [month.name for month in parse_period(QUARTER).months()] == list(MONTHS)
    assert parse_period("2026-Q4").months()[2].until == date(2026, 12, 31)
    assert parse_period("2026-07").months() == ()
    assert Query().window(TODAY.date()).months() == ()
