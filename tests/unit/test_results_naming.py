"""What customers named is hidden by how many customers named it, and not by how often they did."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import product
from random import Random

import pytest

from storage.memory import MemoryStorage
from surveys.errors import InvalidInput
from surveys.model import Channel, Side
from surveys.ports import UnitOfWork
from surveys.results import Query, ResultTable, parse_query, run
from surveys.results.build import table_of
from surveys.results.counted import Counted, Part, parts_of
from surveys.results.naming import MOST_NAMED, Naming, naming
from surveys.results.once import Placed, weights
from surveys.results.reading import Material
from surveys.results.themes import ManyNamed, ThemeTable, Told, theme_table
from surveys.results.weeks import MOST_IN_WEEKS, Weeks
from surveys.statistics.suppression import hide_table
from surveys.themes import dictionary
from surveys.themes.tags import ThemeCount
from tests.asked import Ask, ask
from tests.journeys import FUNNEL, NOW, PROGRAM, SCORES, scored, tags
from tests.programs import standard, varied

PAST = datetime(2026, 11, 10, 3, tzinfo=UTC)
TODAY = datetime(2026, 11, 22, 3, tzinfo=UTC)
CHECKOUT = tags("checkout")
SEGMENTED = varied(
    segments=[{"id": "tier", "label": {"ko": "등급", "en": "Tier"}, "from": "customer.tier"}]
)


def said(
    customer: str,
    score: int,
    times: int,
    *,
    channel: Channel = Channel.WEBCHAT,
    trigger: str = "checkout",
) -> list[Ask]:
    """Return asks of a customer who named the price so often, a minute apart."""
    return [
        Ask(
            trigger=trigger,
            customer=customer,
            at=PAST + timedelta(minutes=nth),
            score=score,
            reason="price",
            channel=channel,
        )
        for nth in range(times)
    ]


def everybody(score: int, count: int) -> list[Ask]:
    """Return asks of so many customers who named it once each."""
    return [a for nth in range(count) for a in said(f"other{score}-{nth}", score, 1)]


async def told(asks: Sequence[Ask], **parameters: str) -> tuple[ThemeTable, ResultTable]:
    """Return the purchase stage's themes and results, as they are told of these asks."""
    storage, program = MemoryStorage(), standard()
    await ask(storage, program, asks)
    query = parse_query({"stage": "purchase", **parameters})

    def read(tx: UnitOfWork, place: Query) -> tuple[ThemeTable, ResultTable]:
        words = dictionary(program.themes)
        return theme_table(tx, program, words, place, TODAY), run(tx, program, query, TODAY)

    return await storage.read(partial(read, place=parse_query({"stage": "purchase"})))


@pytest.mark.parametrize(
    ("low", "bands"),
    [
        (said("mina", 1, 6), (None, 0, None)),
        (said("mina", 1, 3) + said("jun", 1, 3), (None, 0, None)),
        (everybody(1, 5), (5, 0, 20)),
    ],
    ids=["one customer", "two customers", "five customers"],
)
async def test_a_band_is_told_of_five_customers_and_not_of_five_answers(
    low: list[Ask], bands: tuple[int | None, ...]
) -> None:
    themes, results = await told([*everybody(5, 20), *low])

    (row,) = themes.rows
    (pain,) = (row.pain for row in results.rows if row.n)

    assert (row.bands, row.n) == (bands, 20 + len(low))
    assert (pain and pain.count) == bands[0]


@pytest.mark.parametrize("parameters", [{}, {"channel": "webchat"}, {"touchpoint": "checkout"}])
async def test_a_pain_that_one_customer_named_six_times_is_none(parameters: dict[str, str]) -> None:
    """Nor is one that is told beside the same of another channel or touchpoint, where she is the rest."""
    others = [
        *everybody(1, 9),
        *said("mina", 1, 6, channel=Channel.TELEGRAM),
        *said("mina", 1, 6, trigger="delivery"),
    ]
    _, results = await told(others, **parameters)

    pains = [row.pain.count for row in results.rows if row.pain]

    assert pains == ([21] if not parameters else [])


Said = tuple[str, int, int]
"""A customer, and the row and the column of her answer."""


def table(named: Sequence[Said]) -> dict[tuple[int, int], list[str]]:
    """Return the customers of each cell of a table of three by three."""
    cells: dict[tuple[int, int], list[str]] = {at: [] for at in product(range(3), range(3))}
    for customer, row, column in named:
        cells[row, column].append(customer)
    return cells


@pytest.mark.parametrize("seed", range(8))
def test_no_line_hides_fewer_than_five_customers_between_its_cells(seed: int) -> None:
    """Whoever takes what is shown from a sum is left with five customers, though they answered in several cells."""
    rng = Random(seed)  # noqa: S311 a seeded simulation
    for _ in range(60):
        people, answers = rng.randrange(3, 25), rng.randrange(5, 80)
        named = [
            (f"c{rng.randrange(people)}", rng.randrange(3), min(2, rng.randrange(5)))
            for _ in range(answers)
        ]
        cells = table(named)
        counts = {"": {at: len(who) for at, who in cells.items()}}
        weighed = weights(counts, [Placed(who, "", (r, c)) for who, r, c in named])
        own = weighed.groups[""]
        hidden = hide_table(
            [[own.get((r, c), 0) for c in range(3)] for r in range(3)], weighed.enough
        )
        lines = [
            *([(r, c) for c in range(3)] for r in range(3) if r not in hidden.rows),
            *([(r, c) for r in range(3)] for c in range(3) if c not in hidden.columns),
        ]
        sums = [[at for at in line if at in hidden.cells] for line in lines]
        if not hidden.total:
            sums += [[(r, c) for r in hidden.rows for c in range(3)]]
            sums += [[(r, c) for c in hidden.columns for r in range(3)]]
        shown = [[at] for line in lines for at in line if at not in hidden.cells]
        for some in (*sums, *shown):
            assert not 0 < len({name for at in some for name in cells[at]}) < 5, named


def many(score: int, count: int) -> Naming:
    """Return so many low and more high answers that named a theme, of which nobody read whose they are."""
    low, high = scored(CHECKOUT, score, count), scored(CHECKOUT, 5, MOST_NAMED)
    counts = tuple(a + b for a, b in zip(low.counts, high.counts, strict=True))
    return Naming((ThemeCount(dimensions=CHECKOUT, theme="price", counts=counts),), None)


@pytest.mark.parametrize(("count", "shown"), [(6, False), (49, False), (50, True)])
def test_of_more_than_is_read_it_takes_fifty_answers(count: int, shown: bool) -> None:
    counted = Counted(window=Query().window(TODAY.date()), parts=parts_of(SCORES, FUNNEL))
    material = Material(counted=counted, themes=many(1, count))

    rows = table_of(Query(), PROGRAM, material, NOW).rows

    assert [row.pain.count for row in rows if row.pain] == ([count] if shown else [])


async def test_whose_a_theme_is_is_read_of_few_alone() -> None:
    storage, program = MemoryStorage(), standard()
    await ask(storage, program, everybody(1, 7))
    day = date(2026, 11, 10)

    few = await storage.read(lambda tx: naming(tx.themes, day, day))
    none = await storage.read(lambda tx: naming(tx.themes, day, day, most=6))

    assert ([each.customer for each in few.answers or ()]) == [
        f"subject-other1-{nth}" for nth in range(7)
    ]
    assert none == replace(few, answers=None)


@pytest.mark.parametrize(("n", "shown"), [(49, None), (50, 50)])
def test_a_week_of_more_answers_than_are_read_takes_fifty(n: int, shown: int | None) -> None:
    """The rest of the weeks is of so many that it hides what is left."""
    week = Part(CHECKOUT, ("2026-11-16",), scored(CHECKOUT, 5, n).counts)
    rest = [
        Part(CHECKOUT, (name,), scored(CHECKOUT, 5, MOST_IN_WEEKS).counts)
        for name in ("2026-11-09", "2026-11-02")
    ]
    weeks = Weeks.of({CHECKOUT: (week, *rest)}, None)
    counted = Counted(window=Query().window(TODAY.date()), parts=parts_of(SCORES, FUNNEL))
    query = Query(stage="purchase")

    (row,) = table_of(query, PROGRAM, Material(counted=counted, weeks=weeks), NOW).rows

    assert next(point.n for point in row.spark if point.week == date(2026, 11, 16)) == shown


async def themes_of(asks: Sequence[Ask], **parameters: str) -> list[tuple[int | None, Told]]:
    """Return how often the price was named at the purchase stage, under filters, and by band."""
    storage = MemoryStorage()
    await ask(storage, SEGMENTED, asks)
    query = parse_query({"stage": "purchase", **parameters})
    table = await storage.read(
        lambda tx: theme_table(tx, SEGMENTED, dictionary(SEGMENTED.themes), query, TODAY)
    )
    return [(row.n, row.bands) for row in table.rows if row.theme == "price"]


def chatty(
    channel: Channel, tier: str, low: int, high: int, trigger: str = "checkout"
) -> list[Ask]:
    """Return asks of customers of a channel and a tier who named the price, so many of them unhappy."""
    return [
        replace(each, segments=(Side("tier", tier),))
        for score, count in ((1, low), (5, high))
        for nth in range(count)
        for each in said(
            f"{channel}{tier}{score}-{nth}", score, 1, channel=channel, trigger=trigger
        )
    ]


WEB, CHAT = Channel.WEBCHAT, Channel.TELEGRAM
TWO = [*chatty(WEB, "gold", 9, 20), *chatty(CHAT, "silver", 7, 30)]


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({}, (66, (16, 0, 50))),
        ({"channel": "telegram"}, (37, (7, 0, 30))),
        ({"segment.tier": "gold"}, (29, (9, 0, 20))),
        ({"channel": "webchat", "segment.tier": "gold"}, (29, (9, 0, 20))),
        ({"survey": "checkout-csat", "language": "ko"}, (66, (16, 0, 50))),
        ({"touchpoint": "checkout", "channel": "telegram"}, (37, (7, 0, 30))),
    ],
    ids=lambda each: "&".join(each) if isinstance(each, dict) else "",
)
async def test_themes_carry_the_filters_on_both_ends(
    parameters: dict[str, str], found: tuple[int, Told]
) -> None:
    assert await themes_of(TWO, **parameters) == [found]


@pytest.mark.parametrize("parameters", [{"channel": "telegram"}, {"segment.tier": "silver"}])
async def test_a_theme_of_few_on_one_channel_is_not_everybodys_less_the_others(
    parameters: dict[str, str],
) -> None:
    """Three on Telegram: neither they nor the nine on the web are told beside the twelve of all."""
    few = [*chatty(WEB, "gold", 9, 20), *chatty(CHAT, "silver", 3, 30)]
    name, value = next(iter(parameters.items()))
    other = {"channel": "webchat"} if name == "channel" else {name: "gold"}

    (theirs,), (others,) = await themes_of(few, **{name: value}), await themes_of(few, **other)

    assert (theirs[1][0], others[1][0]) == (None, None)
    assert (theirs[0], others[0]) == (33, 29)


async def test_six_answers_of_one_customer_on_a_channel_are_hers_alone() -> None:
    asks = [*chatty(WEB, "gold", 9, 20), *said("mina", 1, 6, channel=CHAT)]

    assert await themes_of(asks, channel="telegram") == []


async def test_of_two_filters_no_theme_is_told_where_any_cell_is_small() -> None:
    both = {"channel": "webchat", "segment.tier": "gold"}

    assert await themes_of([*TWO, *chatty(CHAT, "bronze", 1, 0)], **both) == []
    assert await themes_of(TWO, **both) != []


async def test_by_a_segment_too_many_themes_are_refused_by_name() -> None:
    storage = MemoryStorage()
    await ask(storage, SEGMENTED, TWO)
    query = parse_query({"segment.tier": "gold"})

    def read(tx: UnitOfWork, most: int) -> int:
        return len(theme_table(tx, SEGMENTED, dictionary(), query, TODAY, most=most).rows)

    assert await storage.read(partial(read, most=66)) == 1
    with pytest.raises(ManyNamed) as caught:
        await storage.read(partial(read, most=65))
    assert caught.value.where == "segment.tier"


@pytest.mark.parametrize("name", ["segment.tier", "segment.colour", "handler"])
async def test_a_value_that_nobody_has_is_refused_by_name(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await themes_of(TWO, **{name: "nobody"})

    assert caught.value.where == name
