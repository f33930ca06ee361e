"""surveys.service.analysing and alerting, and bot.analyses.analyst: when analyses run, and who is told."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

from bot.analyses.analyst import LEASE, Analyst
from bot.pace import Pace
from storage.memory import MemoryStorage
from storage.sole import SoleLeases
from surveys.model import Subscription, WebhookType
from surveys.ports import UnitOfWork
from surveys.program import default_program
from surveys.program.alerting import Alerting
from surveys.service import analysing
from surveys.service.alerting import body_of, lines_of
from surveys.stored_analyses import KINDS, Alert, Analysis
from tests.contract.examples import store_all
from tests.e2e.deployment import until
from tests.world import World

T = TypeVar("T")
PLACES = ("slack:C1", "file:alert.html")
ALERT = Alert(
    id="alert_1",
    stage="purchase",
    instrument="csat",
    series="csat:1-5:up:std1",
    at=datetime(2026, 11, 20, 3, tzinfo=UTC),
    raised_at=datetime(2026, 11, 21, 18, tzinfo=UTC),
    since=datetime(2026, 11, 14, 20, tzinfo=UTC),
    bad=9,
    answers=14,
    usual=0.15,
    restart="00ff",
)
TREND = Analysis(kind="trend", key="purchase", as_of=ALERT.raised_at, content={}, state={})


def world() -> World:
    alerts = Alerting(destinations=PLACES)
    return World(program=default_program().model_copy(update={"alerts": alerts}))


# --- when -----------------------------------------------------------------------------------------


async def due(world: World, every: timedelta | None = None) -> bool:
    return await world.storage.read(lambda tx: analysing.is_due(tx, world.ctx, every))


async def test_a_new_deployment_analyses_in_its_first_night() -> None:
    """The clock stands at noon in Seoul."""
    here = world()
    assert not await due(here)
    await here.write(lambda tx: analysing.begin(tx, here.ctx))
    assert not await due(here)

    here.clock.at += timedelta(hours=14, minutes=59)
    assert not await due(here)
    here.clock.at += timedelta(minutes=1)
    assert await due(here)

    await here.write(lambda tx: analysing.note_done(tx, here.ctx))
    assert not await due(here)
    here.clock.at += timedelta(hours=23)
    assert not await due(here)
    here.clock.at += timedelta(hours=1)
    assert await due(here)
    await here.write(lambda tx: analysing.begin(tx, here.ctx))
    assert await due(here)


async def test_a_span_is_counted_from_the_last_run() -> None:
    here = world()
    await here.write(lambda tx: analysing.note_done(tx, here.ctx))

    here.clock.at += timedelta(hours=6)
    assert not await due(here, timedelta(hours=6))
    here.clock.at += timedelta(seconds=1)
    assert await due(here, timedelta(hours=6))


async def test_a_run_in_the_future_does_not_keep_the_next_one_waiting() -> None:
    here = world()
    await here.write(lambda tx: analysing.note_done(tx, here.ctx))
    here.clock.at -= timedelta(days=30)

    assert await due(here)


# --- who is told ----------------------------------------------------------------------------------


def found(
    *alerts: Alert, analyses: tuple[Analysis, ...] = ()
) -> Callable[[World], Callable[..., int]]:
    def of(here: World) -> Callable[[UnitOfWork], int]:
        return lambda tx: analysing.store(tx, here.ctx, ("trend",), analyses, alerts)

    return of


async def messages(here: World) -> list[tuple[str, str]]:
    told = await here.storage.read(lambda tx: tx.staff_messages.newest(99))
    return [(message.kind, message.destination) for message in told]


async def test_an_alert_is_stored_and_told_to_every_destination_once() -> None:
    here = world()
    assert await here.write(found(ALERT)(here)) == 1
    assert await here.write(found(ALERT)(here)) == 0

    assert sorted(await messages(here)) == sorted(("alert", place) for place in PLACES)
    assert await here.storage.read(lambda tx: tx.alerts.newest(9)) == (ALERT,)


async def test_what_stays_bad_is_kept_and_told_to_nobody_again() -> None:
    here = world()
    later = replace(ALERT, id="alert_2", at=ALERT.at + timedelta(days=27))
    elsewhere = replace(ALERT, id="alert_3", stage="retention")
    months = timedelta(days=56)
    after = replace(ALERT, id="alert_4", at=ALERT.at + months, raised_at=ALERT.raised_at + months)

    assert await here.write(found(ALERT, later)(here)) == 2
    assert len(await messages(here)) == len(PLACES)
    assert await here.write(found(elsewhere, after)(here)) == 2
    assert len(await messages(here)) == 3 * len(PLACES)


async def test_what_was_wrong_long_ago_is_kept_and_no_news() -> None:
    here = world()
    old = replace(ALERT, at=ALERT.raised_at - timedelta(days=28))

    assert await here.write(found(old)(here)) == 1

    assert await messages(here) == []
    assert await here.storage.read(lambda tx: tx.alerts.newest(9)) == (old,)


async def test_other_systems_are_told_of_no_customer() -> None:
    here = world()
    wanting = Subscription(destination="crm", types=frozenset({WebhookType.ALERT_RAISED}))
    here.ctx = replace(here.ctx, subscriptions=(wanting,))
    await here.write(found(ALERT)(here))

    (message,) = await here.storage.read(lambda tx: tx.webhooks.due("crm", here.clock.now(), 9))

    assert (message.type, message.data, message.person_id) == (
        WebhookType.ALERT_RAISED,
        ALERT.to_json(),
        None,
    )


async def test_analyses_that_are_gone_go() -> None:
    here = world()
    old, other = replace(TREND, key="gone"), replace(TREND, kind="surge", key="gone")
    await store_all(here.storage, lambda tx: tx.analyses.save, old, other)

    await here.write(found(analyses=(TREND,))(here))

    assert await here.storage.read(lambda tx: tx.analyses.all("trend")) == (TREND,)
    assert await here.storage.read(lambda tx: tx.analyses.all("surge")) == (other,)


def test_an_alert_says_what_on_what_evidence_and_how_often_for_nothing() -> None:
    program = default_program()

    assert lines_of(program, ALERT, "ko") == (
        "구매: 답변이 나빠졌습니다",
        "CSAT: 11월 15일 (일) 이후 답변 14건 중 9건이 낮은 점수입니다. 평소에는 15%입니다.",
        "답변이 올 때마다 살펴봅니다. 근거 없는 알림은 모든 단계를 합쳐 평균 26주에 한 번쯤 옵니다.",
    )
    heading, evidence, _ = lines_of(program, replace(ALERT, stage="gone"), "en")
    assert heading == "gone: answers got worse"
    assert evidence == "CSAT: 9 of 14 answers since Sun, Nov 15 were low. Usually 15% are."


def test_a_label_cannot_break_a_platforms_form() -> None:
    program = default_program()
    stages = tuple(
        stage.model_copy(update={"label": {"ko": "<구매> & *배송*", "en": "x"}})
        for stage in program.stages
    )
    body = body_of(program.model_copy(update={"stages": stages}), ALERT)

    assert body.telegram.startswith("<b>&lt;구매&gt; &amp; *배송*: ")
    assert body.text.startswith("<구매> & *배송*: ")
    assert "&lt;구매&gt; &amp;" in body.blocks[0]["text"]["text"]


# --- the job --------------------------------------------------------------------------------------


class Broken(MemoryStorage):
    """Reads of pages of events go wrong while ``broken``."""

    broken = True

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        if self.broken and "_turned" in getattr(work, "__qualname__", ""):
            raise RuntimeError("a page is torn")
        return await super().read(work)


def analyst(here: World, every: Pace | timedelta = Pace.NIGHTLY) -> Analyst:
    return Analyst(storage=here.storage, ctx=here.ctx, leases=SoleLeases(), every=every)


async def stored(here: World) -> bool:
    return bool(await here.storage.read(lambda tx: tx.analyses.all("trend")))


async def test_the_job_runs_at_night_by_itself_and_once() -> None:
    here = world()
    job = analyst(here)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(job.run())
        await asyncio.sleep(0)
        assert await job.chore() == 0
        assert not await stored(here)

        here.clock.at += timedelta(days=1)
        await job.chore()
        await until(lambda: stored(here))
        await until(lambda: _is_done(here))
        running.cancel()


async def _is_done(here: World) -> bool:
    return not await due(here)


async def test_a_run_that_fails_waits_for_the_next_night() -> None:
    here = World(Broken())
    job = analyst(here)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(job.run())
        await asyncio.sleep(0)
        here.clock.at += timedelta(days=1)
        await job.chore()
        await until(lambda: _is_done(here))
        assert not await stored(here)
        running.cancel()


async def test_what_another_process_did_meanwhile_is_not_done_again() -> None:
    here = world()
    job, leases = analyst(here), SoleLeases()
    job._leases = leases
    await here.write(lambda tx: analysing.begin(tx, here.ctx))
    here.clock.at += timedelta(days=1)
    other = await leases.take(LEASE)
    assert other is not None
    await job.chore()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(job.run())
        await asyncio.sleep(0)
        await here.write(lambda tx: analysing.note_done(tx, here.ctx))
        await other.release()
        await until(lambda: _has_waited(job))
        assert not await stored(here)
        running.cancel()


async def _has_waited(job: Analyst) -> bool:
    return not job._due.is_set()


async def test_where_it_never_runs_by_itself_it_runs_on_demand() -> None:
    here = world()
    job = analyst(here, Pace.NEVER)
    here.clock.at += timedelta(days=9)
    await job.chore()
    assert not job._due.is_set()

    counts = await job.analyse(("trend", "paths"))

    stages = len(here.program.stages)
    assert counts == {"kinds": 2, "analyses": stages + 1, "alerts": 0}
    assert await stored(here)


@pytest.mark.parametrize("every", [timedelta(hours=6), Pace.NIGHTLY])
async def test_an_order_does_all_kinds(every: Pace | timedelta) -> None:
    assert (await analyst(world(), every).analyse())["kinds"] == len(KINDS)
