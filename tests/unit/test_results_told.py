"""What results told in a roundabout way: by empty cells, surveys of triggers, weights, themes of all series."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product

import pytest

from storage.memory import MemoryStorage
from surveys.model import Channel, Dimensions, Side
from surveys.ports import UnitOfWork
from surveys.results import Query, ResultTable, Row, parse_query, result_table, run
from surveys.results.build import table_of
from surveys.results.counted import Counted, parts_of
from surveys.results.reading import Material
from surveys.results.themes import ThemeTable, theme_table
from surveys.themes import dictionary
from surveys.themes.tags import ThemeCount
from tests.asked import Ask, ask
from tests.journeys import NOW, PROGRAM, cohort, scored, tags
from tests.naming import each_another
from tests.programs import varied

PAST = datetime(2026, 11, 10, 3, tzinfo=UTC)
TODAY = datetime(2026, 11, 22, 3, tzinfo=UTC)
SEGMENTED = varied(
    segments=[{"id": "tier", "label": {"ko": "등급", "en": "Tier"}, "from": "customer.tier"}]
)
CHECKOUT = tags("checkout")


def table(query: Query, *counts: tuple[Dimensions, int]) -> ResultTable:
    """Return a table where so many customers were asked and gave the best score."""
    scores = tuple(scored(where, 5, n) for where, n in counts if n)
    funnel = tuple(cohort(where, n, n, n) for where, n in counts if n)
    return result_table(query, PROGRAM, scores, funnel, NOW)


def test_an_empty_cell_does_not_tell_the_others_of_its_table() -> None:
    """Of 17 on the web and 30 on Telegram, 32 in Korean: who knows that one cell is empty knows all."""
    counts = [
        (replace(CHECKOUT, channel=channel, language=language), n)
        for (channel, language), n in zip(
            product(("webchat", "telegram"), ("ko", "en")), (2, 15, 30, 0), strict=True
        )
    ]

    whole = table(Query(language="ko"), *counts)
    inside = [
        table(Query(channel=channel, language=language), *counts)
        for channel, language in product(("webchat", "telegram"), ("ko", "en"))
    ]

    (korean,) = (row for row in whole.rows if row.stage == "purchase")
    assert (korean.n, dict(korean.channel_mix)) == (32, {})
    assert whole.funnel == ()
    told = {
        (row.n, row.invited, row.delivered, row.started, row.answered, row.completed)
        for each in inside
        for row in each.rows
        if row.stage == "purchase"
    }
    assert told == {(None,) * 6}
    assert {each.totals and each.totals.answered for each in inside} == {None}
    assert [each.funnel for each in inside] == [()] * 4


def test_a_table_whose_answers_may_not_be_told_tells_no_asks_either() -> None:
    """Three customers were asked nine times: the asks alone would show which cell is empty."""
    here = {
        (place, channel): replace(tags(place), channel=channel)
        for place, channel in product(("checkout", "delivery"), ("webchat", "telegram"))
    }
    asked = {("checkout", "webchat"): 5, ("delivery", "telegram"): 7, ("delivery", "webchat"): 9}
    gave = asked | {("delivery", "webchat"): 3}
    scores = tuple(scored(here[cell], 5, n) for cell, n in gave.items())
    funnel = tuple(cohort(here[cell], n, n, n) for cell, n in asked.items())

    def told(**filters: str) -> ResultTable:
        query = Query(stage="purchase", **filters)  # type: ignore[arg-type]  # filters are text
        return result_table(query, PROGRAM, scores, funnel, NOW)

    inside = [told(touchpoint=place, channel=channel) for place, channel in here]
    beside = [told(touchpoint="checkout"), told(touchpoint="delivery"), *inside]
    assert {row.invited for each in inside for row in each.rows} == {None}
    assert {each.totals and each.totals.invited for each in inside} == {None}
    assert {each.funnel for each in beside} == {()}


async def test_asks_of_several_sides_are_not_counted_and_not_said_to_be_none() -> None:
    """That one cell of a table is empty tells the three of another."""
    storage = MemoryStorage()
    program = varied(
        segments=[
            {"id": name, "label": {"ko": name, "en": name}, "from": f"customer.{name}"}
            for name in ("plan", "size")
        ]
    )
    cells = {("gold", "2"): 5, ("free", "1"): 7, ("free", "2"): 3}
    asks = [
        Ask(
            customer=f"{plan}{size}{n}",
            trigger="checkout",
            at=PAST,
            score=5,
            segments=(Side("plan", plan), Side("size", size)),
        )
        for (plan, size), count in cells.items()
        for n in range(count)
    ]
    await ask(storage, program, asks)

    tables = [
        await storage.read(
            partial(
                run,
                program=program,
                query=parse_query({"segment.plan": plan, "segment.size": size}),
                now=TODAY,
            )
        )
        for plan, size in product(("gold", "free"), "12")
    ]
    assert {each.totals and each.totals.invited for each in tables} == {None}


def test_a_row_of_a_former_wording_does_not_tell_by_being_there() -> None:
    """Ten at delivery and seven of them on Telegram: that checkout has no row there tells the other three."""
    old = replace(CHECKOUT, wording="old")
    delivery = replace(tags("delivery"), wording="old")
    counts = [
        (replace(old, channel="webchat"), 5),
        (replace(delivery, channel="telegram"), 7),
        (replace(delivery, channel="webchat"), 3),
    ]

    def places(channel: str) -> set[str | None]:
        rows = table(Query(by="touchpoint", channel=channel), *counts).rows
        return {row.touchpoint for row in rows if row.wording == "old"}

    assert places("telegram") == places("webchat")


def test_a_trigger_is_hidden_inside_its_survey() -> None:
    """Two triggers of one survey and one of another: the other survey is its trigger."""
    here = [
        (replace(CHECKOUT, trigger=trigger, survey=survey), n)
        for trigger, survey, n in (("checkout", "one", 2), ("b", "one", 20), ("c", "two", 6))
    ]

    def n(**filters: str) -> int | None:
        rows = table(Query(**filters), *here).rows  # type: ignore[arg-type]  # filters are text
        return next((row.n for row in rows if row.stage == "purchase"), None)

    assert (n(), n(survey="one"), n(survey="two")) == (28, 22, 6)
    assert (n(trigger="checkout"), n(trigger="b"), n(trigger="c")) == (None, None, 6)


@pytest.mark.parametrize(("imported", "is_weighted"), [(3, False), (6, False), (0, True)])
def test_a_weighted_score_does_not_leave_out_a_channel_that_is_hidden(
    imported: int, is_weighted: bool
) -> None:
    """Imported answers were never asked for, so no weight is theirs: the rest would be told apart."""
    asked = [(replace(CHECKOUT, channel="webchat"), 20), (replace(CHECKOUT, channel="slack"), 3)]
    asked = asked if imported > 3 else asked[:1]
    others = (replace(CHECKOUT, channel="import"), imported)
    scores = tuple(scored(where, 5, n) for where, n in (*asked, others) if n)
    funnel = tuple(cohort(where, n, n, n) for where, n in asked)

    got = result_table(Query(weights="response"), PROGRAM, scores, funnel, NOW)

    (row,) = (row for row in got.rows if row.stage == "purchase")
    assert (row.n is not None, row.weighted is not None) == (True, is_weighted)


def test_the_trouble_of_one_wording_does_not_tell_anothers() -> None:
    """Ten named it, and themes say so: eight in one wording leave two in the other."""
    other = replace(CHECKOUT, wording="std2")
    query = Query()
    counted = Counted(
        window=query.window(NOW.date()),
        parts=parts_of([scored(where, 1, 20) for where in (CHECKOUT, other)], []),
    )

    def troubles(second: int) -> list[int | None]:
        themes = [
            ThemeCount(dimensions=where, theme="delay", counts=(0, n, *[0] * 9))
            for where, n in ((CHECKOUT, 8), (other, second))
        ]
        got = table_of(query, PROGRAM, Material(counted=counted, themes=each_another(themes)), NOW)
        return [
            None if row.pain is None else row.pain.count
            for row in got.rows
            if row.stage == "purchase"
        ]

    assert (troubles(2), troubles(6)) == ([None, None], [8, 6])


def rating(*where: str, often: tuple[int, ...]) -> list[Ask]:
    """Return asks of customers of a tier, and in a channel, each so often."""
    tier, channel = where
    return [
        Ask(
            trigger="checkout",
            customer=f"{tier}{channel}{place}",
            at=PAST + timedelta(hours=turn),
            score=4,
            channel=Channel(channel),
            segments=(Side("tier", tier),),
        )
        for place, times in enumerate(often)
        for turn in range(times)
    ]


async def test_one_customers_many_answers_are_not_everybody_elses_rest() -> None:
    """Six answers of one customer, where every answer counts: neither a segment nor a channel tells them."""
    storage = MemoryStorage()
    asked = [
        *rating("gold", "telegram", often=(6,)),
        *rating("silver", "webchat", often=(1,) * 20),
        *rating("bronze", "slack", often=(1,) * 30),
    ]
    await ask(storage, SEGMENTED, asked)
    days = {"from": "2026-11-01", "to": "2026-11-20"}

    async def row(**parameters: str) -> Row:
        query = parse_query({**days, **parameters})
        got = await storage.read(lambda tx: run(tx, SEGMENTED, query, TODAY))
        return next(row for row in got.rows if row.stage == "purchase")

    whole = await row()
    assert (whole.n, whole.customers) == (56, 51)
    shown = [(await row(**{"segment.tier": tier})).n for tier in ("gold", "silver", "bronze")]
    assert shown[0] is None
    assert None in shown[1:]
    assert whole.channel_mix["telegram"] is None
    assert list(whole.channel_mix.values()).count(None) > 1


@pytest.mark.parametrize(("mid", "told"), [(3, None), (0, 13), (6, 13)])
async def test_the_trouble_of_a_row_does_not_tell_what_its_themes_hide(
    mid: int, told: int | None
) -> None:
    """So many named it, 56 of them content: who is told of 13 who were not knows of the 3 between."""
    storage = MemoryStorage()
    await ask(storage, SEGMENTED, named("price", [1] * 13 + [3] * mid + [5] * 56))

    def both(tx: UnitOfWork, query: Query, finer: Query) -> tuple[ThemeTable, ResultTable]:
        words = dictionary()
        return theme_table(tx, SEGMENTED, words, query, TODAY), run(tx, SEGMENTED, finer, TODAY)

    for by, point in product(("stage", "touchpoint"), (None, "checkout")):
        query = replace(parse_query({"by": by, "stage": "purchase"}), touchpoint=point)
        for finer in (
            query,
            replace(query, survey="checkout-csat"),
            replace(query, channel="webchat"),
        ):
            themes, table = await storage.read(partial(both, query=query, finer=finer))
            (low,) = (row.bands[0] for row in themes.rows if row.n == 69 + mid)
            pains = [row.pain.count for row in table.rows if row.pain]
            assert low == told
            assert pains == ([] if told is None else [told]), finer


def named(reason: str, scores: list[int]) -> list[Ask]:
    """Return asks of a customer each, who gave the score and tapped the reason."""
    return [
        Ask(trigger="checkout", customer=f"c{place}", at=PAST, score=score, reason=reason)
        for place, score in enumerate(scores)
    ]
