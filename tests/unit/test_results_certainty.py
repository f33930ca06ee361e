"""What whole months tell of a window decides as its days would, and only where it must."""

from datetime import date
from random import Random

import pytest

from storage.memory import MemoryStorage
from surveys.model import CountRule, Dimensions, Side
from surveys.ports import UnitOfWork
from surveys.results.certainty import months_of
from surveys.results.counted import parts_of
from surveys.results.crowds import ANSWERS, Crowds
from surveys.results.hiding import veil
from surveys.results.others import beside_values
from surveys.results.windows import Window
from tests.contract import examples as ex

WINDOW = Window(rule=CountRule.NEWEST, since=date(2026, 8, 25), until=date(2026, 11, 22))
HEAD, MONTH, BEFORE = date(2026, 8, 30), date(2026, 10, 9), date(2026, 8, 3)
TAGS = ex.dimensions()
GROUP = (TAGS.stage, TAGS.series)
Counts = tuple[date, str, int]
PLENTY = ((MONTH, "gold", 400), (MONTH, "free", 400))


async def counted(*counts: Counts, tags: Dimensions = TAGS) -> MemoryStorage:
    """Return a store of so many answers a day of the customers of a plan, "" of none."""
    storage = MemoryStorage()

    def keep(unit: UnitOfWork) -> None:
        for day, plan, n in counts:
            sides = (Side("plan", plan),) if plan else ()
            ex.add_score(unit, day, tags, 4, n, rule=CountRule.NEWEST, sides=sides)

    await storage.write(keep)
    return storage


def crowds_of(unit: UnitOfWork, values: int) -> Crowds:
    """Return everybody by plan; of no values nothing is ever sure."""
    days = (WINDOW.since, WINDOW.until)
    parts = parts_of(unit.reports.scores(WINDOW.rule, *days), unit.reports.funnel(*days))
    return beside_values(unit.reports, WINDOW, "plan", parts, values)


@pytest.mark.parametrize(
    ("more", "surely"),
    [
        ((), True),
        (((HEAD, "gold", 3),), True),
        (((HEAD, "new", 3),), False),
        (((MONTH, "new", 5),), True),
        (((MONTH, "new", 4),), False),
        (((MONTH, "", 4),), False),
        (((HEAD, "", 2),), False),
        (((MONTH, "", 5),), True),
        (((BEFORE, "new", 9),), False),
    ],
)
async def test_a_group_is_sure_where_a_month_holds_enough_of_each_or_months_hold_nobody(
    more: tuple[Counts, ...], surely: bool
) -> None:
    storage = await counted(*PLENTY, *more)

    sure = await storage.read(lambda unit: crowds_of(unit, 3).sure(ANSWERS))

    assert sure == (frozenset({GROUP}) if surely else frozenset())


async def test_few_answers_are_not_worth_asking_the_months() -> None:
    storage = await counted((MONTH, "gold", 40), (MONTH, "free", 40))

    assert await storage.read(lambda unit: crowds_of(unit, 2).sure(ANSWERS)) == frozenset()


async def test_what_is_sure_is_what_the_days_come_to() -> None:
    random = Random(7)  # noqa: S311 it draws cases
    days = [date(2026, month, day) for month in range(8, 12) for day in (2, 24, 28)]
    for _ in range(40):
        plans = [
            (random.choice(days), plan, random.choice((1, 4, 5, 300)))
            for plan in ("gold", "free", "new", "")
            for _ in range(random.randrange(4))
        ]
        storage = await counted(*plans, *PLENTY)
        told, exact = await storage.read(lambda unit: (crowds_of(unit, 4), crowds_of(unit, 9**9)))
        for axes in (("plan",), ("touchpoint", "plan"), ("touchpoint", "channel", "plan")):
            one, other = veil(told, axes, ANSWERS), veil(exact, axes, ANSWERS)
            assert (one.open, one.closed) == (other.open, other.closed)


@pytest.mark.parametrize(
    ("since", "until", "one"),
    [
        (date(2026, 8, 25), date(2026, 11, 22), date(2026, 10, 1)),
        (date(2026, 8, 1), date(2026, 9, 29), date(2026, 8, 1)),
        (date(2026, 8, 2), date(2026, 9, 30), date(2026, 9, 1)),
        (date(2026, 8, 2), date(2026, 9, 29), None),
        (date(2026, 8, 1), date(2026, 9, 30), None),
    ],
)
def test_the_month_is_the_last_that_lies_in_the_window(
    since: date, until: date, one: date | None
) -> None:
    found = months_of(Window(rule=CountRule.ALL, since=since, until=until))

    assert (found and found.one) == one
