"""surveys.ports.Counts and surveys.ports.Reports."""

from datetime import date, timedelta

from surveys.model import CountRule, Dimensions, FunnelCount, FunnelStep, ScoreCount
from surveys.ports import Storage, UnitOfWork
from tests.contract import examples as ex

FIRST, SECOND, THIRD = (ex.DAY + timedelta(days=n) for n in range(3))
EVER = (date(2000, 1, 1), date(2100, 1, 1))
DIMENSIONS = ex.dimensions()


def scored(dimensions: Dimensions = DIMENSIONS, /, **by_score: int) -> ScoreCount:
    c = [by_score.get(f"s{score}", 0) for score in range(11)]
    counts = (c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9], c[10])
    return ScoreCount(dimensions=dimensions, counts=counts)


def add(unit: UnitOfWork, day: date, score: int, by: int = 1) -> None:
    ex.add_score(unit, day, DIMENSIONS, score, by)


async def test_scores_are_summed_over_days_both_ends_included(world: Storage) -> None:
    def work(unit: UnitOfWork) -> None:
        for day, score in ((FIRST, 0), (FIRST, 5), (SECOND, 5), (SECOND, 10), (THIRD, 7)):
            add(unit, day, score)

    await world.write(work)

    windows = ((FIRST, SECOND), (SECOND, SECOND), (SECOND, THIRD), EVER)
    found = await world.read(
        lambda unit: [unit.reports.scores(CountRule.ALL, *window) for window in windows]
    )
    assert found == [
        (scored(s0=1, s5=2, s10=1),),
        (scored(s5=1, s10=1),),
        (scored(s5=1, s10=1, s7=1),),
        (scored(s0=1, s5=2, s10=1, s7=1),),
    ]
    assert await world.read(lambda unit: unit.reports.scores(CountRule.ALL, THIRD, FIRST)) == ()


async def test_a_moved_answer_is_taken_off_one_score_and_put_on_another(world: Storage) -> None:
    await world.write(lambda unit: add(unit, FIRST, 3))

    def move(unit: UnitOfWork) -> None:
        add(unit, FIRST, 3, by=-1)
        add(unit, FIRST, 8)

    await world.write(move)

    assert await world.read(lambda unit: unit.reports.scores(CountRule.ALL, *EVER)) == (
        scored(s8=1),
    )


async def test_the_order_of_adding_and_taking_off_does_not_matter(world: Storage) -> None:
    def work(unit: UnitOfWork) -> None:
        add(unit, FIRST, 3, by=-1)
        add(unit, FIRST, 3)
        add(unit, FIRST, 3)

    await world.write(work)

    assert await world.read(lambda unit: unit.reports.scores(CountRule.ALL, *EVER)) == (
        scored(s3=1),
    )


async def test_rows_whose_sums_are_all_zero_are_left_out(world: Storage) -> None:
    def work(unit: UnitOfWork) -> None:
        add(unit, FIRST, 3)
        add(unit, SECOND, 3, by=-1)
        for by in (1, -1):
            ex.add_step(unit, FunnelStep.INVITED, FIRST, DIMENSIONS, by)

    await world.write(work)

    assert await world.read(lambda unit: unit.reports.scores(CountRule.ALL, *EVER)) == ()
    assert await world.read(lambda unit: unit.reports.funnel(*EVER)) == ()
    first = await world.read(lambda unit: unit.reports.scores(CountRule.ALL, FIRST, FIRST))
    assert first == (scored(s3=1),)


async def test_rules_and_periods_are_counted_apart(world: Storage) -> None:
    buckets = (
        (CountRule.ALL, ""),
        (CountRule.NEWEST, ""),
        (CountRule.MONTH, "2026-11"),
        (CountRule.MONTH, "2026-12"),
        (CountRule.QUARTER, "2026-Q4"),
    )

    def work(unit: UnitOfWork) -> None:
        for score, (rule, period) in enumerate(buckets):
            ex.add_score(unit, FIRST, DIMENSIONS, score, rule=rule, period=period)

    await world.write(work)

    found = await world.read(
        lambda unit: [unit.reports.scores(rule, *EVER, period) for rule, period in buckets]
    )
    assert found == [(scored(**{f"s{score}": 1}),) for score in range(5)]


async def test_rows_are_sorted_by_their_dimensions_in_declaration_order(world: Storage) -> None:
    expected = [
        ex.dimensions(trigger="Ask", language="ko"),
        ex.dimensions(trigger="ask", survey="b", language="en"),
        ex.dimensions(trigger="ask", survey="b", language="ko"),
        ex.dimensions(trigger="ask-2", survey="a", channel="slack"),
        ex.dimensions(trigger="ask-2", survey="a", channel="telegram"),
        ex.dimensions(trigger="ask_2", survey="a"),
        ex.dimensions(trigger="asked", survey="a"),
    ]

    def work(unit: UnitOfWork) -> None:
        for dimensions in reversed(expected):
            ex.add_score(unit, FIRST, dimensions, 5, rule=CountRule.NEWEST)
            ex.add_step(unit, FunnelStep.ANSWERED, FIRST, dimensions)

    await world.write(work)

    scores = await world.read(lambda unit: unit.reports.scores(CountRule.NEWEST, *EVER))
    assert scores == tuple(scored(dimensions, s5=1) for dimensions in expected)
    funnel = await world.read(lambda unit: unit.reports.funnel(*EVER))
    assert [row.dimensions for row in funnel] == expected


async def test_cohorts_are_summed_over_send_days_both_ends_included(world: Storage) -> None:
    def work(unit: UnitOfWork) -> None:
        for day, invited, delivered, answered in ((FIRST, 5, 4, 1), (SECOND, 3, 3, 2)):
            ex.add_step(unit, FunnelStep.INVITED, day, DIMENSIONS, invited)
            ex.add_step(unit, FunnelStep.DELIVERED, day, DIMENSIONS, delivered)
            ex.add_step(unit, FunnelStep.ANSWERED, day, DIMENSIONS, answered)
        ex.add_step(unit, FunnelStep.DELIVERED, SECOND, DIMENSIONS, -1)

    await world.write(work)

    windows = ((FIRST, SECOND), (FIRST, FIRST), (SECOND, THIRD))
    found = await world.read(lambda unit: [unit.reports.funnel(*window) for window in windows])
    assert found == [
        (FunnelCount(dimensions=DIMENSIONS, invited=8, delivered=6, answered=3),),
        (FunnelCount(dimensions=DIMENSIONS, invited=5, delivered=4, answered=1),),
        (FunnelCount(dimensions=DIMENSIONS, invited=3, delivered=2, answered=2),),
    ]


async def test_counts_are_read_back_within_their_own_commit(world: Storage) -> None:
    def work(unit: UnitOfWork) -> tuple[ScoreCount, ...]:
        add(unit, FIRST, 3)
        return unit.reports.scores(CountRule.ALL, FIRST, FIRST)

    assert await world.write(work) == (scored(s3=1),)
