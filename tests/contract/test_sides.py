"""Counts by side and by month, and answers read by page, by change and by customer."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import astuple, replace
from datetime import date, timedelta
from functools import partial
from itertools import repeat
from typing import Any

import psycopg
import pytest

from storage.opening import open_storage
from surveys.model import OTHER, CountRule, FunnelStep, Side
from surveys.ports import Storage, UnitOfWork
from surveys.reports import Months, Spread, WeekScores
from tests.contract import examples as ex
from tests.contract.examples import populate

GOLD, FREE, MINA = Side("plan", "gold"), Side("plan", "free"), Side("handler", "mina")
TAGS = ex.dimensions()
YEAR = [date(2025, 11, 20) + timedelta(days=3 * n) for n in range(120)]
WINDOWS = (
    (YEAR[0], YEAR[-1]),
    (date(2026, 1, 1), date(2026, 1, 31)),
    (date(2025, 12, 31), date(2026, 3, 1)),
    (date(2026, 2, 2), date(2026, 2, 27)),
    (date(2026, 1, 15), date(2026, 2, 15)),
    (date(2026, 3, 1), date(2026, 2, 1)),
    (date(2000, 1, 1), date(2100, 1, 1)),
)


async def test_a_window_is_the_sum_of_its_days_wherever_months_begin(world: Storage) -> None:
    def keep(unit: UnitOfWork) -> None:
        for number, day in enumerate(YEAR):
            sides = (GOLD, MINA) if number % 2 else (FREE,)
            ex.add_score(unit, day, TAGS, number % 11, sides=sides)
            ex.add_step(unit, FunnelStep.STARTED, day, TAGS, sides=sides)

    await world.write(keep)

    def read(unit: UnitOfWork, since: date, until: date, side: Side | None) -> tuple[Any, ...]:
        return (
            unit.reports.scores(CountRule.ALL, since, until, side=side),
            unit.reports.daily(CountRule.ALL, since, until, side=side),
            unit.reports.funnel(since, until, side),
        )

    for since, until in WINDOWS:
        for side, odd in ((None, None), (GOLD, 1), (FREE, 0), (MINA, 1)):
            days = [d for n, d in enumerate(YEAR) if since <= d <= until and odd in (None, n % 2)]
            asked = partial(read, since=since, until=until, side=side)
            scores, daily, funnel = await world.read(asked)
            assert sum(sum(row.counts) for row in scores) == len(days)
            assert [row.day for row in daily] == days
            assert sum(row.started for row in funnel) == len(days)


async def test_what_is_told_apart_and_by_week_is_what_single_reads_tell(world: Storage) -> None:
    other = replace(TAGS, channel="slack")

    def keep(unit: UnitOfWork) -> None:
        for number, day in enumerate(YEAR):
            tags, sides = (TAGS, (GOLD, MINA)) if number % 3 else (other, (FREE,))
            ex.add_score(unit, day, tags, number % 11, rule=CountRule.NEWEST, sides=sides)
            ex.add_step(unit, FunnelStep.STARTED, day, tags, sides=sides)

    await world.write(keep)
    for since, until in WINDOWS:
        apart = await world.read(partial(_apart, since=since, until=until))
        assert apart == await world.read(partial(_one_by_one, since=since, until=until))
        weekly = await world.read(partial(_weekly, since=since, until=until))
        days = [day for day in YEAR if since <= day <= until]
        told = Counter[date]()
        for row in weekly:
            told.update({monday: sum(counts) for monday, counts in row.weeks.items()})
        assert told == Counter(day - timedelta(days=day.weekday()) for day in days)


async def test_months_tell_which_values_are_surely_many(world: Storage) -> None:
    other = replace(TAGS, channel="slack")
    months = Months(one=date(2026, 2, 1), since=date(2026, 1, 1), until=date(2026, 3, 1), enough=2)

    def keep(unit: UnitOfWork) -> None:
        for day, tags, side, n in (
            (date(2026, 2, 1), TAGS, GOLD, 2),
            (date(2026, 2, 28), TAGS, FREE, 1),
            (date(2026, 3, 31), TAGS, FREE, 4),
            (date(2026, 1, 1), other, GOLD, 3),
            (date(2026, 4, 1), other, FREE, 9),
            (date(2026, 2, 3), other, MINA, 9),
        ):
            for _ in range(n):
                ex.add_score(unit, day, tags, 4, sides=(side,))
            ex.add_step(unit, FunnelStep.STARTED, day, tags, sides=(side,))

    await world.write(keep)
    answers = await world.read(
        lambda unit: unit.reports.answers_spread("plan", CountRule.ALL, months)
    )
    steps = await world.read(lambda unit: unit.reports.steps_spread("plan", months))

    everybody = await world.read(
        lambda unit: unit.reports.answers_spread(None, CountRule.ALL, months)
    )
    cohorts = await world.read(lambda unit: unit.reports.steps_spread(None, months))

    assert sorted(everybody, key=lambda each: each.least) == [
        Spread(TAGS, (3,), (7,), (0,)),
        Spread(other, (9,), (12,), (0,)),
    ]
    assert sorted(answers, key=lambda each: each.least) == [
        Spread(other, (0,), (3,), (1,)),
        Spread(TAGS, (3,), (7,), (1,)),
    ]
    started = list(FunnelStep).index(FunnelStep.STARTED)
    told = [(each.least[started], each.most[started], each.doubtful[started]) for each in steps]
    assert sorted(told) == [(0, 1, 1), (2, 3, 2)]
    whole = [(each.least[started], each.most[started], each.doubtful[started]) for each in cohorts]
    assert sorted(whole) == [(1, 2, 1), (2, 3, 0)]


def _weekly(unit: UnitOfWork, since: date, until: date) -> tuple[WeekScores, ...]:
    return unit.reports.weekly(CountRule.NEWEST, since, until)


def _apart(unit: UnitOfWork, since: date, until: date) -> list[tuple[str, Any, tuple[int, ...]]]:
    answers = unit.reports.answers_apart("plan", CountRule.NEWEST, since, until)
    steps = unit.reports.steps_apart("plan", since, until)
    return sorted(
        (value, astuple(each.dimensions), amounts)
        for each in (*answers, *steps)
        for value, amounts in each.values.items()
    )


def _one_by_one(
    unit: UnitOfWork, since: date, until: date
) -> list[tuple[str, Any, tuple[int, ...]]]:
    found: list[tuple[str, Any, tuple[int, ...]]] = []
    for side in (GOLD, FREE):
        answers = unit.reports.scores(CountRule.NEWEST, since, until, side=side)
        cohorts = unit.reports.funnel(since, until, side)
        walked = (tuple(getattr(row, step.value) for step in FunnelStep) for row in cohorts)
        counts = (*((sum(row.counts),) for row in answers), *walked)
        tags = [*(row.dimensions for row in answers), *(row.dimensions for row in cohorts)]
        found += zip(repeat(side.value), map(astuple, tags), counts, strict=False)
    return sorted(found)


async def test_rivals_agree_on_which_values_are_the_first_fifty(world: Storage) -> None:
    def name(unit: UnitOfWork, number: int) -> Side:
        return unit.counts.segment("plan", f"plan-{number}")

    numbers = range(60)
    first = await asyncio.gather(*(world.write(partial(name, number=n)) for n in numbers))
    again = [await world.write(partial(name, number=n)) for n in numbers]

    assert again == list(first)
    assert len({side.value for side in first} - {OTHER}) == 50
    named = await world.read(lambda unit: unit.reports.side_values("plan"))
    assert set(named) == {side.value for side in first} - {OTHER}


def answered(unit: UnitOfWork, name: str, minute: int, **parts: Any) -> None:
    parts = {"invitation_id": name, "segments": (GOLD,), "handler": "mina"} | parts
    unit.answers.add(ex.answer(name, answered_at=ex.at(minute), **parts))


def two_answered(unit: UnitOfWork) -> None:
    for minute, name in enumerate("ab"):
        answered(unit, name, minute)


async def test_answers_are_read_a_page_at_a_time_with_what_was_said_beside(world: Storage) -> None:
    def keep(unit: UnitOfWork) -> None:
        for name, minute in (("b", 1), ("a", 1), ("c", 0)):
            answered(unit, name, minute)
        words = {"invitation_id": "c", "score": None}
        unit.answers.add(ex.answer("c2", question="reason", choice="late", **words))
        unit.answers.add(ex.answer("c3", question="comment", text="slow", **words))

    await world.write(keep)

    def look(unit: UnitOfWork) -> list[Any]:
        first = unit.reports.answer_rows(ex.DAY, ex.DAY, None, 2)
        return [first, unit.reports.answer_rows(ex.DAY, ex.DAY, first[-1].place, 2)]

    pages = await world.read(look)
    assert [[row.id for row in page] for page in pages] == [["c", "a"], ["b"]]
    row = pages[0][0]
    assert (row.reasons, row.comment, row.handler) == (("late",), "slow", "mina")
    assert (row.segments, row.imported, row.score) == ({"plan": "gold"}, False, 4)


async def test_sides_are_combined_by_reading_the_answers(world: Storage) -> None:
    def keep(unit: UnitOfWork) -> None:
        answered(unit, "a", 0, score=2)
        answered(unit, "b", 1, score=5)
        answered(unit, "c", 2, score=5, subject_id="other", segments=(FREE,))
        answered(unit, "d", 3, score=1, subject_id="third", handler=None)

    await world.write(keep)

    def look(unit: UnitOfWork, rule: CountRule, *sides: Side) -> list[int]:
        rows = unit.reports.scan(rule, ex.DAY, ex.DAY, sides)
        return [score for row in rows for score, n in enumerate(row.counts) for _ in range(n)]

    async def scan(*asked: Any) -> list[int]:
        return await world.read(lambda unit: look(unit, *asked))

    assert await scan(CountRule.ALL, GOLD, MINA) == [2, 5]
    assert await scan(CountRule.NEWEST, GOLD, MINA) == [5]
    assert await scan(CountRule.NEWEST, GOLD) == [1, 5]
    clusters = await world.read(
        lambda unit: unit.reports.clusters(ex.DAY, ex.DAY, ("stage",), {"channel": "telegram"})
    )
    told = sorted((c.key, c.customers, sum(c.counts)) for c in clusters)
    assert told == [(("purchase",), 1, 1), (("purchase",), 1, 1), (("purchase",), 1, 2)]


async def test_few_answers_tell_of_customers_what_many_do(world: Storage) -> None:
    telegram, slack = ex.dimensions(), replace(ex.dimensions(), channel="slack")
    korean = replace(slack, language="ko", touchpoint="cart")

    def keep(unit: UnitOfWork) -> None:
        for number in range(40):
            who, tags = f"customer-{number**2 % 17}", (telegram, slack, korean)[number % 3]
            said = {"subject_id": who, "score": number % 11, "dimensions": tags}
            sides = {"segments": (GOLD if number % 2 else FREE,), "handler": "mina"}
            answered(unit, f"a{number}", number, **said, **(sides if number % 5 else {}))
        answered(unit, "next day", 50, day=ex.DAY + timedelta(days=1))

    await world.write(keep)

    def both(unit: UnitOfWork, sides: tuple[Side, ...]) -> None:
        given = unit.reports.given(ex.DAY, ex.DAY, sides)
        for by in ((), ("stage",), ("channel",), ("stage", "touchpoint", "language")):
            for where in ({}, {"channel": "slack"}, {"language": "ko", "stage": TAGS.stage}):
                found = given.clusters(by, where)
                assert found == unit.reports.clusters(ex.DAY, ex.DAY, by, where, sides)
                assert bool(found) == (GOLD not in sides or FREE not in sides)

    for sides in ((), (GOLD,), (GOLD, MINA), (GOLD, FREE)):
        await world.read(partial(both, sides=sides))


async def test_who_answers_twice_in_a_week_is_told_with_all_of_its_answers(world: Storage) -> None:
    slack = replace(TAGS, channel="slack")
    monday = ex.DAY - timedelta(days=ex.DAY.weekday())

    def keep(unit: UnitOfWork) -> None:
        said = [("ann", 0, TAGS), ("ann", 6, TAGS), ("ann", 2, slack), ("ben", 3, TAGS)]
        said += [("ben", 7, TAGS), ("cho", 7, slack), ("cho", 7, slack), ("dan", 90 * 7, TAGS)]
        said += [("dan", 90 * 7 + 1, TAGS)]
        for number, (who, days, tags) in enumerate(said):
            day = monday + timedelta(days=days)
            at = ex.at(0) + (day - ex.DAY)
            parts = {"subject_id": who, "dimensions": tags, "day": day, "answered_at": at}
            unit.answers.add(ex.answer(f"a{number}", invitation_id=f"a{number}", **parts))

    def read(unit: UnitOfWork, until: date) -> set[tuple[Any, ...]]:
        return {astuple(each)[1:] for each in unit.reports.repeated(monday, until)}

    await world.write(keep)
    week, last = timedelta(days=7), monday + timedelta(days=90 * 7)
    ann, cho = {(monday, "ann", 2), (monday, "ann", 1)}, {(monday + week, "cho", 2)}
    assert await world.read(partial(read, until=monday + week)) == ann | cho
    assert await world.read(partial(read, until=last + week)) == ann | cho | {(last, "dan", 2)}
    assert await world.read(partial(read, until=monday)) == set()
    assert await world.read(partial(read, until=monday - week)) == set()


async def test_the_newest_is_of_the_latest_day_first_wherever_the_company_moved(
    world: Storage,
) -> None:
    def keep(unit: UnitOfWork) -> None:
        answered(unit, "east", 0, score=1, day=ex.DAY + timedelta(days=1))
        answered(unit, "west", 1, score=5, day=ex.DAY)

    await world.write(keep)
    (row,) = await world.read(
        lambda unit: unit.reports.scan(
            CountRule.NEWEST, ex.DAY, ex.DAY + timedelta(days=1), (GOLD, MINA)
        )
    )
    assert (row.counts[1], row.counts[5]) == (1, 0)


async def test_changes_come_again_with_a_higher_number(world: Storage) -> None:
    def read(unit: UnitOfWork, after: int) -> list[tuple[int, str, int]]:
        found = unit.reports.changes(after, 10)
        return [(each.number, each.answer.id, each.answer.score) for each in found]

    await world.write(two_answered)
    assert await world.write(lambda unit: read(unit, 0)) == [(1, "a", 4), (2, "b", 4)]
    assert await world.write(lambda unit: read(unit, 2)) == []

    def edit(unit: UnitOfWork) -> None:
        stored = unit.answers.by_id("a")
        assert stored is not None
        unit.answers.revise(ex.answer("a", invitation_id="a", score=1), ex.at(9))
        unit.answers.give("b", "another")

    await world.write(edit)
    assert await world.write(lambda unit: read(unit, 2)) == [(3, "a", 1), (4, "b", 4)]


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
async def test_an_answer_of_several_parts_is_told_once_however_pages_fall(
    world: Storage, limit: int
) -> None:
    names = [f"i{number}" for number in range(5)]

    def say(unit: UnitOfWork) -> None:
        for number, name in enumerate(names):
            unit.answers.add(ex.answer(name, invitation_id=name, answered_at=ex.at(number)))
            said = {"question": "comment", "score": None, "text": "늦어요", "invitation_id": name}
            unit.answers.add(ex.answer(f"c{9 - number}", answered_at=ex.at(7 - number), **said))

    def read(unit: UnitOfWork, after: int) -> tuple[list[str], int]:
        told: list[str] = []
        while page := unit.reports.changes(after, limit):
            assert len(page) <= limit
            told += [each.answer.id for each in page]
            after = page[-1].number
        return told, after

    await world.write(say)
    told, last = await world.write(lambda unit: read(unit, 0))
    assert sorted(told) == names

    await world.write(lambda unit: unit.answers.give("i3", "another"))
    again, _ = await world.write(lambda unit: read(unit, last))
    everything, _ = await world.write(lambda unit: read(unit, 0))
    assert (again, sorted(everything)) == (["i3"], names)


@pytest.mark.postgres
async def test_a_commit_that_lands_late_is_not_missed(
    postgres_url_factory: Callable[[], str],
) -> None:
    url = postgres_url_factory()
    async with open_storage(url) as storage:
        await storage.write(populate)
        await storage.write(two_answered)
        with psycopg.connect(url) as rival:
            rival.execute("UPDATE answer SET score = 1, changed = NULL WHERE id = 'a'")
            seen = await storage.write(lambda unit: unit.reports.changes(0, 10))
            assert [each.answer.id for each in seen] == ["b"]
            rival.commit()

        late = await storage.write(lambda unit: unit.reports.changes(seen[-1].number, 10))

    assert [(each.answer.id, each.answer.score) for each in late] == [("a", 1)]
