"""surveys.service.narrowing and bot.analyses.analyst: analyses for a filter are ordered, worked out and kept while few."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

import pytest

from bot.analyses.analyst import Analyst, analyse
from bot.analyses.reading import stored
from bot.pace import Pace
from storage.memory import MemoryStorage
from storage.sole import SoleLeases
from surveys.carrying import OF_ANSWERS
from surveys.errors import InvalidInput
from surveys.model import Channel, Json, Side
from surveys.ports import UnitOfWork
from surveys.results import parse_query
from surveys.service import narrowing
from surveys.service.narrowing import (
    FOUND,
    MOST_KEPT,
    Narrowed,
    Order,
    TooManyOrders,
    Where,
    where_of,
)
from surveys.stored_analyses import Analysis
from tests.asked import Ask, ask
from tests.e2e.deployment import until
from tests.programs import standard
from tests.world import World

T = TypeVar("T")
TELEGRAM: Where = (("channel", "telegram"),)
GOLD: Where = (("segment.tier", "gold"),)


async def shop(storage: MemoryStorage | None = None) -> World:
    """Return a shop where thirty customers answered in a chat, a fifth of them late, and fifty on the web."""
    here = World(storage or MemoryStorage(), standard())
    at = here.clock.now() - timedelta(days=9)
    chat, web = Channel.TELEGRAM, Channel.WEBCHAT
    asks = [
        Ask(
            trigger="delivery",
            customer=f"{channel}{place}",
            at=at + timedelta(minutes=place),
            score=1 if place < late else 5,
            reason="late" if place < late else None,
            channel=channel,
            segments=(Side("tier", "gold" if place % 2 else "silver"),),
        )
        for channel, count, late in ((chat, 30, 6), (web, 50, 20))
        for place in range(count)
    ]
    await ask(here.storage, here.program, asks)
    return here


async def order(here: World, where: Where = TELEGRAM) -> Order:
    return await here.write(lambda tx: narrowing.order(tx, here.ctx, where, "staff:mina"))


async def ordered(here: World, where: Where = TELEGRAM) -> Order | None:
    return await here.storage.read(lambda tx: narrowing.ordered(tx, where))


async def found(here: World, where: Where = TELEGRAM) -> Narrowed | None:
    return await here.storage.read(lambda tx: narrowing.narrowed(tx, where))


async def cited(here: World, where: Where) -> list[tuple[int, int]]:
    """Return how many customers named each reason of the stage, and of how many."""
    got = await found(here, where)
    assert got is not None
    analysis = got.analysis("reasons", "purchase")
    assert analysis is not None
    (line,) = analysis.content["series"]
    return [(each["cited"], line["customers"]) for each in line["reasons"]]


async def test_an_order_is_worked_out_of_the_answers_with_its_values_alone() -> None:
    here = await shop()
    for where in (TELEGRAM, GOLD, (*TELEGRAM, *GOLD)):
        await order(here, where)
    await analyse(here.storage, here.ctx, (), wanted=(TELEGRAM, GOLD))

    assert await cited(here, TELEGRAM) == [(6, 30)]
    assert await cited(here, GOLD) == [(13, 40)]
    assert [(await ordered(here, where)) is None for where in (TELEGRAM, GOLD)] == [False, False]
    assert await here.storage.read(narrowing.waiting) == ((*TELEGRAM, *GOLD),)


async def test_two_filters_are_worked_out_beside_whatever_may_tell_them_apart() -> None:
    here, both = await shop(), (*TELEGRAM, *GOLD)
    await order(here, both)
    await analyse(here.storage, here.ctx, (), wanted=(both,))
    got = await found(here, both)

    assert got is not None
    assert got.kinds == {"drivers", "paths", "quadrant", "reasons"}
    assert {"channel", "language", "trigger"} < set(narrowing.axes_of((both,), here.program))
    assert narrowing.axes_of((TELEGRAM,), here.program) == ("channel",)
    for kind in ("trend", "repeat", "conversion"):
        with pytest.raises(InvalidInput, match="one filter at a time"):
            await here.storage.read(partial(stored, kind=kind, stage=None, where=both))


async def test_whoever_waits_is_served_at_once_and_what_an_ended_process_left_at_a_start() -> None:
    here = await shop()
    await order(here)
    job = Analyst(storage=here.storage, ctx=here.ctx, leases=SoleLeases(), every=Pace.NEVER)

    async def done(where: Where) -> bool:
        return await found(here, where) is not None

    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(job.run())
        await until(lambda: done(TELEGRAM))
        await order(here, GOLD)
        job.ring()
        await until(lambda: done(GOLD))
        running.cancel()

    assert await here.storage.read(narrowing.waiting) == ()


async def test_another_processs_orders_are_noticed_by_looking() -> None:
    here = await shop()
    job = Analyst(storage=here.storage, ctx=here.ctx, leases=SoleLeases(), every=Pace.NEVER)
    await job.chore()
    assert not job._due.is_set()

    await order(here)
    here.clock.at += timedelta(minutes=1)
    await job.chore()

    assert job._due.is_set()


async def test_a_run_over_everything_renews_what_is_kept() -> None:
    here = await shop()
    await order(here)
    await analyse(here.storage, here.ctx, ("reasons",))
    first = await found(here)
    here.clock.at += timedelta(days=1)
    await analyse(here.storage, here.ctx, ("reasons",))

    again = await found(here)

    assert first is not None
    assert again is not None
    assert again.as_of - first.as_of == timedelta(days=1)


async def test_one_person_orders_so_many_within_an_hour_and_others_and_operators_go_on() -> None:
    here = World(MemoryStorage(), standard())

    async def wanted(city: int, by: str = "staff:mina", most: int | None = 3) -> None:
        where = (("segment.region", f"city{city}"),)
        await here.write(lambda tx: narrowing.order(tx, here.ctx, where, by, most))

    for city in range(3):
        await wanted(city)
        here.clock.at += timedelta(minutes=10)
    with pytest.raises(TooManyOrders, match="3 filters were ordered within an hour"):
        await wanted(3)
    await wanted(2)
    await wanted(4, by="staff:joon")
    await wanted(5, most=None)
    here.clock.at += timedelta(minutes=30)
    await wanted(3)
    with pytest.raises(TooManyOrders):
        await wanted(6)

    assert len(await here.storage.read(narrowing.kept)) == 6


async def test_what_is_new_or_waits_is_not_ordered_twice() -> None:
    here = await shop()
    first = await order(here)
    assert await order(here) == first
    await analyse(here.storage, here.ctx, (), wanted=(TELEGRAM,))

    assert not (await order(here)).waits
    here.clock.at += narrowing.FRESH
    assert (await order(here)).waits
    assert await found(here) is not None


class Torn(MemoryStorage):
    """Reads of pages of answers go wrong."""

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        if "_turned" in getattr(work, "__qualname__", ""):
            raise RuntimeError("a page is torn")
        return await super().read(work)


async def test_whoever_ordered_is_told_of_a_fault_and_may_order_again() -> None:
    here = await shop(Torn())
    await order(here)
    job = Analyst(storage=here.storage, ctx=here.ctx, leases=SoleLeases(), every=Pace.NEVER)

    async def failed() -> bool:
        now = await ordered(here)
        return now is not None and now.failed

    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(job.run())
        await until(failed)
        running.cancel()

    assert (await order(here)).waits


class Tomorrow(MemoryStorage):
    """While the first order is read a day goes by, and somebody orders the next; notes what is stored."""

    def __init__(self) -> None:
        super().__init__()
        self.stored: list[str] = []
        self.here: World | None = None

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        if "_turned" in getattr(work, "__qualname__", "") and self.here is not None:
            here, self.here = self.here, None
            here.clock.at += timedelta(days=1)
            await order(here, GOLD)
        return await super().read(work)

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        if isinstance(work, partial) and work.func is narrowing.settle:
            self.stored.append("order")
        if isinstance(work, partial) and work.keywords.get("kinds"):
            self.stored.append("nightly")
        return await super().write(work)


async def test_a_run_that_becomes_due_waits_for_no_more_orders() -> None:
    storage = Tomorrow()
    here = await shop(storage)
    await order(here)
    job = Analyst(storage=storage, ctx=here.ctx, leases=SoleLeases(), every=timedelta(hours=12))
    storage.here = here

    async def done() -> bool:
        return await found(here, GOLD) is not None and "nightly" in storage.stored

    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(job.run())
        await until(done)
        running.cancel()

    assert storage.stored[:2] == ["order", "nightly"]


async def test_few_are_kept_and_the_oldest_that_does_not_wait_gives_way() -> None:
    here = await shop()
    languages: list[Where] = [(("segment.tier", str(place)),) for place in range(MOST_KEPT)]
    for where in languages:
        await order(here, where)
        here.clock.at += timedelta(minutes=1)
    with pytest.raises(InvalidInput, match="must wait"):
        await order(here)
    await analyse(here.storage, here.ctx, (), wanted=languages[3:5])

    await order(here)

    assert await here.storage.read(narrowing.kept) == (
        *languages[:3],
        *languages[4:],
        TELEGRAM,
    )
    assert (await found(here, languages[3]), await found(here, languages[4]) is None) == (
        None,
        False,
    )


async def test_what_gave_way_meanwhile_is_not_stored() -> None:
    here = await shop()
    got = Narrowed(as_of=here.clock.now(), contents={})

    await here.write(lambda tx: narrowing.settle(tx, TELEGRAM, got))

    assert (await found(here), await ordered(here)) == (None, None)


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ((), "where"),
        ((*TELEGRAM, *GOLD, ("language", "ko")), "where"),
        ((("colour", "red"),), "colour"),
    ],
)
async def test_what_is_no_filter_or_too_many_is_refused(where: Where, told: str) -> None:
    here = await shop()

    with pytest.raises(InvalidInput) as caught:
        await order(here, where)

    assert caught.value.where == told


def test_a_place_of_the_journey_is_no_filter_of_its_own_page() -> None:
    query = parse_query({"stage": "purchase", "channel": "slack", "segment.tier": "gold"})

    assert where_of(query, "stage") == (("channel", "slack"), ("segment.tier", "gold"))
    assert where_of(replace(query, touchpoint="delivery"), "stage")[-1] == (
        "touchpoint",
        "delivery",
    )
    assert where_of(replace(query, touchpoint="delivery"), "touchpoint") == where_of(query)


async def test_a_page_reads_the_journey_and_its_own_stage_alone() -> None:
    here = await shop()
    await order(here)
    await analyse(here.storage, here.ctx, (), wanted=(TELEGRAM,))

    page = await here.storage.read(lambda tx: narrowing.narrowed(tx, TELEGRAM, ("purchase",)))
    every = await found(here)

    assert page is not None
    assert every is not None
    assert page.kinds == every.kinds == {*OF_ANSWERS}
    assert (set(page.contents["trend"]), set(page.contents["paths"])) == ({"purchase"}, {""})
    assert set(every.contents["trend"]) == {stage.id for stage in here.program.stages}
    (line, *_) = page.contents["trend"]["purchase"]["series"]
    assert sum(each["n"] for each in line["months"]) == 30


async def test_what_was_found_before_stages_had_rows_is_read_and_another_takes_its_place() -> None:
    here = await shop()
    await order(here)
    old: Json = {"reasons": {"purchase": {"series": []}}, "paths": {"": {"steps": []}}}
    row = Analysis(
        kind=FOUND, key="channel=telegram", as_of=here.clock.now(), content=old, state={}
    )
    await here.write(lambda tx: tx.analyses.save(row))
    before = await found(here)
    await analyse(here.storage, here.ctx, (), wanted=(TELEGRAM,))
    after = await found(here)

    assert before is not None
    assert before.contents == old
    assert before.kinds == {"reasons", "paths"}
    assert after is not None
    assert after.kinds == {*OF_ANSWERS}


async def test_rows_of_stages_and_filters_that_are_no_more_are_forgotten() -> None:
    here = await shop()
    await order(here)
    content: dict[str, Json] = {"recipe": {}}
    for stages in (("purchase", "delivery"), ("purchase",)):
        got = Narrowed(
            as_of=here.clock.now(),
            contents={"trend": dict.fromkeys(stages, content), "paths": {"": content}},
        )
        await here.write(partial(narrowing.settle, where=TELEGRAM, found=got))
    for place in range(MOST_KEPT):
        keys = [each.key for each in await here.storage.read(lambda tx: tx.analyses.all(FOUND))]
        assert keys == ["channel=telegram", "channel=telegram\npurchase"], place
        here.clock.at += timedelta(minutes=1)
        await order(here, (("segment.tier", str(place)),))

    assert await here.storage.read(lambda tx: tx.analyses.all(FOUND)) == ()
