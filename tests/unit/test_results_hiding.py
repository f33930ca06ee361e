"""What results hide, so that nothing that is shown gives it away: between rows, filters, weeks and totals."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from itertools import product

import pytest

from storage.memory import MemoryStorage
from surveys.errors import InvalidInput
from surveys.model import Channel, Side
from surveys.ports import Storage
from surveys.results import Query, ResultTable, Row, parse_query, result_table, run, run_all
from surveys.results.auditing import attacked, audit_window
from surveys.results.crowds import Place
from surveys.results.hiding import covered, shown
from surveys.statistics.suppression import HiddenTable
from tests.asked import Ask, ask, many, repeated
from tests.journeys import NOW, PROGRAM, cohort, scored, tags
from tests.programs import varied

K = 5
PAST = datetime(2026, 11, 10, 3, tzinfo=UTC)
TODAY = datetime(2026, 11, 22, 3, tzinfo=UTC)
SEGMENTED = varied(
    segments=[{"id": "tier", "label": {"ko": "등급", "en": "Tier"}, "from": "customer.tier"}]
)


def table(query: Query, *counts: tuple[str, str, int]) -> ResultTable:
    """Return a table where so many customers of (trigger, channel) gave the best score."""
    scores = tuple(scored(tags(trigger, channel), 5, n) for trigger, channel, n in counts)
    funnel = tuple(cohort(tags(trigger, channel), n, n, n) for trigger, channel, n in counts)
    return result_table(query, PROGRAM, scores, funnel, NOW)


def purchase(got: ResultTable) -> list[int | None]:
    return [row.n for row in got.rows if row.stage == "purchase"]


def test_a_touchpoint_goes_with_the_one_that_its_stage_would_give_away() -> None:
    counts = (("checkout", "webchat", 40), ("delivery", "webchat", 3))

    stages, points = table(Query(), *counts), table(Query(by="touchpoint"), *counts)

    assert purchase(stages) == [43]
    assert purchase(points) == [None, None]
    assert [row.answered for row in points.rows if row.stage == "purchase"] == [None, None]


def test_a_channel_goes_with_the_one_that_the_rest_would_give_away() -> None:
    counts = (
        ("checkout", "webchat", 40),
        ("checkout", "telegram", 30),
        ("checkout", "slack", 3),
    )

    everybody = table(Query(), *counts)
    by_channel = {
        channel: purchase(table(Query(channel=channel), *counts))
        for channel in ("webchat", "telegram", "slack")
    }

    assert purchase(everybody) == [73]
    assert by_channel == {"webchat": [40], "telegram": [None], "slack": [None]}
    (row,) = (row for row in everybody.rows if row.stage == "purchase")
    assert row.channel_mix == {"slack": None, "telegram": None, "webchat": 40 / 73}
    cells = {cell.channel: cell.answered for cell in everybody.funnel}
    assert cells == {"webchat": 40, "telegram": None, "slack": None}


def test_a_touchpoint_in_a_channel_is_a_cell_of_a_table() -> None:
    counts = (
        ("checkout", "webchat", 40),
        ("checkout", "telegram", 3),
        ("delivery", "webchat", 50),
        ("delivery", "telegram", 20),
    )

    telegram = table(Query(by="touchpoint", channel="telegram"), *counts)
    webchat = table(Query(by="touchpoint", channel="webchat"), *counts)

    assert purchase(telegram) == [None, None]
    assert purchase(webchat) == [None, None]
    assert purchase(table(Query(channel="telegram"), *counts)) == [23]


def test_where_three_filters_meet_one_small_cell_hides_them_all() -> None:
    cells: dict[Place, int] = {("a", "x", "1"): 3, ("a", "x", "2"): 40, ("b", "y", "1"): 50}

    assert shown(cells, ("touchpoint", "channel", "language")) == frozenset()
    assert shown(dict.fromkeys(cells, 40), ("touchpoint", "channel", "language")) == set(cells)


def test_a_trigger_is_hidden_inside_its_touchpoint_and_with_it() -> None:
    cells: dict[Place, int] = {("a", "a1"): 3, ("a", "a2"): 40, ("a", "a3"): 50, ("b", "b1"): 60}
    with_a_small_point = {**cells, ("c", "c1"): 2}

    assert shown(cells, ("touchpoint", "trigger")) == {("a", "a3"), ("b", "b1")}
    assert shown(with_a_small_point, ("touchpoint", "trigger")) == {("a", "a3")}


@pytest.mark.parametrize(
    ("told", "true", "safe"),
    [
        ((40, 50), (40, 50), True),
        ((40, None), (40, 3), False),
        ((None, None), (2, 2), False),
        ((40, None, None), (40, 3, 2), True),
        ((40, 0), (40, 0), True),
    ],
)
def test_a_total_is_shown_where_it_gives_nobody_away(
    told: tuple[int | None, ...], true: tuple[int, ...], safe: bool
) -> None:
    assert covered(told, true, true) is safe


def test_the_journeys_total_is_hidden_beside_one_hidden_stage_and_shown_beside_two() -> None:
    one = (("checkout", "webchat", 40), ("support", "webchat", 3))
    two = (*one, ("signup", "webchat", 4))

    assert [total(table(Query(), *counts)) for counts in (one, two)] == [None, 47]
    assert total(table(Query(channel="webchat"), *two)) is None
    assert total(table(Query(by="touchpoint"), *two)) == 47


def total(got: ResultTable) -> int | None:
    assert got.totals is not None
    assert got.totals.invited == sum(row.invited or 0 for row in got.rows)
    return got.totals.answered


async def test_a_segment_goes_with_the_one_that_the_rest_would_give_away() -> None:
    storage = MemoryStorage()
    asks = [
        each
        for tier, n in (("gold", 3), ("silver", 20), ("bronze", 60))
        for each in repeated(a_rating(tier), n)
    ]
    await ask(storage, SEGMENTED, asks)

    async def n(**parameters: str) -> int | None:
        query = parse_query({name.replace("_", "."): v for name, v in parameters.items()})
        got = await storage.read(lambda tx: run(tx, SEGMENTED, query, TODAY))
        return next(row.n for row in got.rows if row.stage == "purchase")

    assert await n() == 83
    assert [await n(segment_tier=tier) for tier in ("gold", "silver", "bronze")] == [None, None, 60]


def a_rating(tier: str) -> Ask:
    return Ask(customer=tier, trigger="checkout", at=PAST, score=4, segments=(Side("tier", tier),))


async def test_numerator_and_denominator_carry_the_same_filter() -> None:
    storage = MemoryStorage()
    answered = [each for tier in ("gold", "silver") for each in repeated(a_rating(tier), 20)]
    silent = repeated(
        Ask(customer="s", trigger="checkout", at=PAST, segments=(Side("tier", "gold"),)), 60
    )
    telegram = repeated(
        Ask(customer="t", trigger="checkout", at=PAST, score=5, channel=Channel.TELEGRAM), 10
    )
    handled = repeated(
        Ask(customer="h", trigger="checkout", at=PAST, score=2, handler="minji", language="en"), 30
    )
    await ask(storage, SEGMENTED, [*answered, *silent, *telegram, *handled])

    async def rate(parameters: Mapping[str, str]) -> tuple[int | None, int | None, float | None]:
        got = await storage.read(lambda tx: run(tx, SEGMENTED, parse_query(parameters), TODAY))
        row = next(row for row in got.rows if row.stage == "purchase")
        return row.n, row.delivered, row.response_rate

    assert await rate({"segment.tier": "gold"}) == (20, 80, 0.25)
    assert await rate({"segment.tier": "silver"}) == (20, 20, 1.0)
    assert await rate({"channel": "telegram"}) == (10, 10, 1.0)
    assert await rate({"language": "en"}) == (30, 30, 1.0)
    assert await rate({"handler": "minji"}) == (30, 30, 1.0)
    assert await rate({"survey": "checkout-csat"}) == (80, 140, 80 / 140)
    assert await rate({"segment.tier": "gold", "handler": "minji"}) == (None, None, None)


@pytest.mark.parametrize(
    ("parameters", "where"),
    [
        ({"segment.tier": "platinum"}, "segment.tier"),
        ({"segment.area": "seoul"}, "segment.area"),
        ({"handler": "nobody"}, "handler"),
        ({"survey": "nothing"}, "survey"),
    ],
)
async def test_a_side_that_nobody_was_counted_under_is_named(
    parameters: dict[str, str], where: str
) -> None:
    storage = MemoryStorage()
    await ask(storage, SEGMENTED, repeated(a_rating("gold"), 5))

    with pytest.raises(InvalidInput) as caught:
        await storage.read(lambda tx: run(tx, SEGMENTED, parse_query(parameters), TODAY))

    assert caught.value.where == where


async def test_segments_of_too_many_values_are_not_combined() -> None:
    storage = MemoryStorage()
    sides = [(Side("area", f"a{n:02}"), Side("tier", f"t{n:02}")) for n in range(8)]
    asks = [
        Ask(customer="c", trigger="checkout", at=PAST, score=4, segments=each) for each in sides
    ]
    await ask(storage, SEGMENTED, asks)
    query = parse_query({"segment.area": "a01", "segment.tier": "t01"})

    with pytest.raises(InvalidInput, match="too many values"):
        await storage.read(lambda tx: run(tx, SEGMENTED, query, TODAY))


FILTERS: tuple[dict[str, str], ...] = (
    {},
    {"channel": "webchat"},
    {"channel": "telegram"},
    {"language": "ko"},
    {"language": "en"},
    {"segment.tier": "gold"},
    {"segment.tier": "silver"},
    {"segment.tier": "bronze"},
    {"handler": "minji"},
    {"handler": "jun"},
)


async def rows(storage: Storage, query: Query) -> dict[Place, Row]:
    got = await storage.read(lambda tx: run(tx, SEGMENTED, query, TODAY))
    every = (*got.rows, *got.recoveries)
    return {(row.stage, row.touchpoint or "", row.series): row for row in every}


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_no_two_tables_tell_a_group_of_one_to_four(seed: int) -> None:
    """Every filter against everybody, and every touchpoint against its stage: the query-size rule."""
    storage = MemoryStorage()
    first = datetime(2026, 10, 1, tzinfo=UTC)
    await ask(storage, SEGMENTED, many(SEGMENTED, first=first, days=40, seed=seed, count=260))
    got = {
        f"{by} {parameters}": await rows(storage, parse_query({"by": by, **parameters}))
        for by, parameters in product(("stage", "touchpoint"), FILTERS)
    }

    for by in ("stage", "touchpoint"):
        whole = got[f"{by} {{}}"]
        for parameters in FILTERS:
            for key, row in got[f"{by} {parameters}"].items():
                for name in ("n", "started", "answered", "completed"):
                    part, all_of_it = getattr(row, name), getattr(whole[key], name)
                    assert part is None or part == 0 or part >= K
                    if part is not None and all_of_it is not None:
                        assert not 0 < all_of_it - part < K, (parameters, key, name)
    hidden = sum(row.n is None for table in got.values() for row in table.values())
    assert 20 < hidden < sum(map(len, got.values()))


async def test_tables_that_are_read_together_are_the_same() -> None:
    storage = MemoryStorage()
    first = datetime(2026, 10, 1, tzinfo=UTC)
    await ask(storage, SEGMENTED, many(SEGMENTED, first=first, days=40, seed=4, count=150))
    queries = [parse_query({"by": "touchpoint", **each}) for each in FILTERS]

    together = await storage.read(lambda tx: run_all(tx, SEGMENTED, queries, TODAY))
    apart = await storage.read(lambda tx: [run(tx, SEGMENTED, each, TODAY) for each in queries])

    assert list(together) == apart


async def test_a_week_is_hidden_with_its_neighbour() -> None:
    storage = MemoryStorage()
    weeks = [(date(2026, 11, 2), 3), (date(2026, 11, 9), 20), (date(2026, 11, 16), 30)]
    asks = [
        each
        for day, n in weeks
        for each in repeated(
            Ask(
                customer=day.isoformat(),
                trigger="checkout",
                at=datetime(day.year, day.month, day.day, 3, tzinfo=UTC),
                score=5,
            ),
            n,
        )
    ]
    await ask(storage, SEGMENTED, asks)

    got = await storage.read(lambda tx: run(tx, SEGMENTED, Query(), TODAY))
    row = next(row for row in got.rows if row.stage == "purchase")

    assert [point.n for point in row.spark] == [None] * 11 + [30]
    assert (row.spark[-1].week, row.spark[-1].value) == (date(2026, 11, 16), 100.0)
    assert len(row.spark) == 12


async def test_an_attack_on_every_table_of_a_window_tells_nothing() -> None:
    storage = MemoryStorage()
    first = datetime(2026, 10, 20, tzinfo=UTC)
    await ask(storage, SEGMENTED, many(SEGMENTED, first=first, days=30, seed=9, count=60))
    query = parse_query({"segment.tier": "silver"})

    by_side = await storage.read(lambda tx: audit_window(tx, SEGMENTED, query, TODAY))
    weekly = await storage.read(lambda tx: audit_window(tx, SEGMENTED, Query(), TODAY))

    assert by_side.to_json() == {"tables": 42, "hiding": by_side.hiding, "told": []}
    assert by_side.hiding > 20
    assert (weekly.tables, weekly.told) == (42, ())


def test_what_an_attack_tells_is_named() -> None:
    cells: dict[Place, int] = {("a", "ko"): 40, ("a", "en"): 3, ("b", "ko"): 60, ("b", "en"): 20}
    alone = HiddenTable(frozenset({(0, 0)}), frozenset(), frozenset(), total=False, dropped=False)

    assert tuple(attacked("purchase", cells)) == ()
    assert tuple(attacked("purchase", cells, alone)) == ("purchase: a en is 3 to 3",)
