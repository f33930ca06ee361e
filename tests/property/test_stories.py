"""Whatever happens to whom: counts stay exact, caps hold, and a restart changes nothing."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings

from storage.memory import MemoryStorage
from storage.opening import open_inline
from surveys.model import Answer, CountRule, Json, VerdictKind
from tests.property.stories import CUSTOMERS, Deed, Story, lively, stories
from tests.sqlite import migrated

PROGRAM = lively()
slow = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


async def told(deeds: list[Deed]) -> Story:
    """Return the story told over memory."""
    story = Story(MemoryStorage(), PROGRAM)
    await story.begins()
    for deed in deeds:
        await story.goes_on(deed)
    return story


@asynccontextmanager
async def told_with_restarts(deeds: list[Deed]) -> AsyncIterator[Story]:
    """Give the story told over SQLite, whose database is closed and opened anew before each deed."""
    with TemporaryDirectory() as home:
        url = migrated(Path(home) / "story.sqlite3")
        async with open_inline(url) as storage:
            story = Story(storage, PROGRAM)
            await story.begins()
        for deed in deeds:
            async with open_inline(url) as storage:
                story.moves_to(storage)
                await story.goes_on(deed)
        async with open_inline(url) as storage:
            story.moves_to(storage)
            yield story


@slow
@given(stories)
def test_kept_counts_are_what_counting_again_gives(deeds: list[Deed]) -> None:
    async def check() -> None:
        story = await told(deeds)
        assert (await story.counts())["all"] == await story.recounted()

    asyncio.run(check())


def newest(scores: list[Answer], period_of: Callable[[date], str]) -> dict[str, Json]:
    """Return, by period, what counts there: the last score per customer, stage and series."""
    last = {
        (period_of(a.day), a.subject_id, a.dimensions.stage, a.dimensions.series): a for a in scores
    }
    counted: dict[str, Json] = {}
    for (period, *_), answer in last.items():
        counted.setdefault(period, Counter())[answer.dimensions, answer.score] += 1
    return counted


@slow
@given(stories)
def test_each_window_counts_the_newest_score_of_each_customer(deeds: list[Deed]) -> None:
    windows: dict[CountRule, Callable[[date], str]] = {
        CountRule.NEWEST: lambda _: "",
        CountRule.MONTH: lambda day: f"{day:%Y-%m}",
        CountRule.QUARTER: lambda day: f"{day.year}-Q{(day.month + 2) // 3}",
    }

    async def check() -> None:
        story = await told(deeds)
        scores = await story.scores()
        for rule, period_of in windows.items():
            for period, counted in newest(scores, period_of).items():
                assert await story.kept(rule, period) == counted

    asyncio.run(check())


@slow
@given(stories)
def test_cohorts_only_shrink_from_invited_to_delivered_to_answered(deeds: list[Deed]) -> None:
    async def check() -> None:
        story = await told(deeds)
        for row in (await story.counts())["cohorts"]:
            assert row.invited >= row.delivered >= row.answered >= 0

    asyncio.run(check())


@slow
@given(stories)
def test_nobody_is_asked_more_often_than_the_cap_allows(deeds: list[Deed]) -> None:
    async def check() -> None:
        story = await told(deeds)
        for name, verdicts in (await story.verdicts()).items():
            asked = sorted(v.at for _, _, v in verdicts if v.kind is VerdictKind.ASKED)
            gaps = [later - earlier for earlier, later in pairwise(asked)]
            assert all(gap >= timedelta(days=1) for gap in gaps), name

    asyncio.run(check())


@slow
@given(stories)
def test_every_ask_ends_once_and_for_a_reason(deeds: list[Deed]) -> None:
    async def check() -> None:
        story = await told(deeds)
        await story.world.later(days=30)
        await story.world.later(days=30)
        for verdicts in (await story.verdicts()).values():
            last = {(event, trigger): v for event, trigger, v in verdicts}
            waiting = [
                v for v in last.values() if v.kind in (VerdictKind.HELD, VerdictKind.RELEASED)
            ]
            assert waiting == []
            assert all(v.rule for v in last.values())

    asyncio.run(check())


@settings(slow, max_examples=12)
@given(stories)
def test_a_restart_between_any_two_steps_changes_nothing(deeds: list[Deed]) -> None:
    async def check() -> None:
        kept = await told(deeds)
        async with told_with_restarts(deeds) as restarted:
            assert await restarted.verdicts() == await kept.verdicts()
            assert await restarted.counts() == await kept.counts()
            for name in CUSTOMERS:
                assert await restarted.slots(name) == await kept.slots(name)

    asyncio.run(check())
