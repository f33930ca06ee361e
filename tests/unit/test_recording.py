"""Answers and their histograms, kept in one commit: which answer counts where."""

from datetime import UTC, date, datetime, timedelta
from typing import Self

from surveys.model import CountRule
from surveys.ports import Storage
from tests.phones import Phone
from tests.programs import standard, varied
from tests.world import World

FAR = (date(2020, 1, 1), date(2030, 1, 1))


class Ratings:
    """One customer rates one order after the other."""

    def __init__(self, storage: Storage) -> None:
        triggers = {t.id: {"after": "0s"} for t in standard().triggers}
        rules = {"cap": {"asks": 100, "days": 1}, "cooldown_days": 0, "quiet_hours": None}
        self.world = World(storage, varied(rules=rules, triggers=triggers))
        self.phone = Phone(self.world)
        self.orders = 0

    async def __aenter__(self) -> Self:
        await self.phone.starts(await self.world.customer("kim"))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing to close; the storage is the test's."""

    async def rates(self, score: int, at: datetime, kind: str = "order.paid") -> None:
        self.orders += 1
        self.world.clock.at = at
        await self.world.happens(kind, "kim", f"o{self.orders}")
        await self.phone.reads()
        await self.phone.taps(str(score))
        await self.phone.reads()

    async def changes(self, score: int, at: datetime) -> None:
        self.world.clock.at = at
        await self.phone.taps("change", "chosen")
        await self.phone.reads()
        await self.phone.taps(str(score))
        await self.phone.reads()

    async def counted(
        self, rule: CountRule, period: str = "", span: tuple[date, date] = FAR
    ) -> dict[int, int]:
        """Return how often each score is counted, over all dimensions."""
        rows = await self.world.storage.read(lambda tx: tx.reports.scores(rule, *span, period))
        totals = [sum(column) for column in zip(*(row.counts for row in rows), strict=True)]
        return {score: n for score, n in enumerate(totals) if n}

    async def is_exact(self) -> bool:
        kept = await self.world.storage.read(lambda tx: tx.reports.scores(CountRule.ALL, *FAR))
        return kept == await self.world.storage.read(lambda tx: tx.reports.recount(*FAR))


def on(month: int, day: int, hour: int = 3) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


async def test_only_the_newest_answer_of_a_stage_counts_but_all_are_kept(storage: Storage) -> None:
    async with Ratings(storage) as kim:
        await kim.rates(2, on(11, 2))
        await kim.rates(5, on(11, 9))

        assert await kim.counted(CountRule.ALL) == {2: 1, 5: 1}
        assert await kim.counted(CountRule.NEWEST) == {5: 1}
        assert (
            await kim.counted(CountRule.NEWEST, span=(date(2026, 11, 2), date(2026, 11, 8))) == {}
        )
        assert await kim.is_exact()


async def test_two_touchpoints_of_one_stage_are_one_rule_key(storage: Storage) -> None:
    async with Ratings(storage) as kim:
        await kim.rates(2, on(11, 2))
        await kim.rates(4, on(11, 3), "order.delivered")

        assert await kim.counted(CountRule.NEWEST) == {4: 1}


async def test_each_stage_and_instrument_counts_by_itself(storage: Storage) -> None:
    async with Ratings(storage) as kim:
        await kim.rates(2, on(11, 2))
        await kim.rates(4, on(11, 3), "subscription.paid")
        await kim.rates(7, on(11, 4), "support.solved")

        assert await kim.counted(CountRule.NEWEST) == {2: 1, 4: 1, 7: 1}


async def test_each_month_and_quarter_keeps_its_own_newest(storage: Storage) -> None:
    async with Ratings(storage) as kim:
        await kim.rates(1, on(9, 30))
        await kim.rates(2, on(10, 1))
        await kim.rates(3, on(11, 2))
        await kim.rates(4, on(11, 20))

        months = [await kim.counted(CountRule.MONTH, f"2026-{m:02}") for m in (9, 10, 11, 12)]
        assert months == [{1: 1}, {2: 1}, {4: 1}, {}]
        quarters = [await kim.counted(CountRule.QUARTER, f"2026-Q{q}") for q in (3, 4)]
        assert quarters == [{1: 1}, {4: 1}]
        assert await kim.counted(CountRule.NEWEST) == {4: 1}


async def test_the_day_is_the_companys(storage: Storage) -> None:
    async with Ratings(storage) as kim:
        await kim.rates(5, on(10, 31, hour=15))

        assert await kim.counted(CountRule.MONTH, "2026-11") == {5: 1}
        november = (date(2026, 11, 1), date(2026, 11, 1))
        assert await kim.counted(CountRule.ALL, span=november) == {5: 1}


async def test_an_edit_moves_the_count_on_the_first_answers_day(storage: Storage) -> None:
    async with Ratings(storage) as kim:
        await kim.rates(2, on(10, 31, hour=14))
        await kim.changes(5, on(10, 31, hour=16))

        first = (date(2026, 10, 31), date(2026, 10, 31))
        for rule, period in (
            (CountRule.ALL, ""),
            (CountRule.NEWEST, ""),
            (CountRule.MONTH, "2026-10"),
            (CountRule.QUARTER, "2026-Q4"),
        ):
            assert await kim.counted(rule, period) == {5: 1}
            assert await kim.counted(rule, period, first) == {5: 1}
        assert await kim.counted(CountRule.MONTH, "2026-11") == {}
        assert await kim.is_exact()


async def test_an_edit_of_an_answer_that_is_no_longer_the_newest_counts_under_all_only(
    storage: Storage,
) -> None:
    async with Ratings(storage) as kim:
        await kim.rates(1, on(11, 2))
        change = kim.phone.button("change", "chosen")
        await kim.rates(2, on(11, 2, hour=4))
        await kim.phone.acts(change)
        await kim.phone.acts(type(change)(token=change.token, value="5"))

        assert await kim.counted(CountRule.ALL) == {2: 1, 5: 1}
        assert await kim.counted(CountRule.NEWEST) == {2: 1}
        assert await kim.is_exact()


async def test_an_answer_that_arrives_late_does_not_displace_a_newer_one(storage: Storage) -> None:
    async with Ratings(storage) as kim:
        kim.world.clock.at = on(11, 2)
        await kim.world.happens("order.paid", "kim", "early")
        await kim.phone.reads()
        late = kim.phone.button("1")
        await kim.rates(4, on(11, 2, hour=6))

        await kim.phone.acts(late, at=on(11, 2) + timedelta(hours=1))
        assert await kim.counted(CountRule.ALL) == {1: 1, 4: 1}
        assert await kim.counted(CountRule.NEWEST) == {4: 1}
        assert await kim.is_exact()


async def test_the_answer_is_tagged_with_all_that_it_is_about(storage: Storage) -> None:
    async with Ratings(storage) as kim:
        await kim.rates(5, on(11, 2))

        (row,) = await kim.world.storage.read(lambda tx: tx.reports.scores(CountRule.ALL, *FAR))
        tags = row.dimensions
        assert (tags.trigger, tags.survey, tags.touchpoint, tags.stage) == (
            "checkout",
            "checkout-csat",
            "checkout",
            "purchase",
        )
        assert (tags.series, tags.channel, tags.language) == ("csat:1-5:up:std1", "telegram", "ko")
