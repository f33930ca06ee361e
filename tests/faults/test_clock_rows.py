"""Rows C01, C02 and C06: the clock jumps, or the loop stands still."""

import asyncio
import time
from datetime import datetime, timedelta

from bot.delivery import Dispatcher
from bot.metrics import Metrics
from scheduler.alarm import ApsAlarm
from surveys.model import Channel
from surveys.pacing import Pacing
from surveys.ports import SENDING_LEASE, Storage
from surveys.service.outcomes import DEADLINE
from tests.e2e.chats import seen
from tests.e2e.deployment import Deployment, deployed, until
from tests.e2e.telegram_chat import telegram
from tests.faults.journal import SECOND, Journal
from tests.phones import Phone
from tests.programs import varied
from tests.world import World

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MANY = 60


# --- C01, C02: the clock jumps ----------------------------------------------------------------------


def at_once(storage: Storage) -> World:
    """A shop that asks as soon as an order is paid, or within half a day."""
    asking = {"after": "0s", "max_wait": "12h"}
    return World(storage, varied(triggers={"checkout": asking}), pacing=Pacing())


async def customers(world: World, count: int, *, due: timedelta) -> None:
    """Customers in Telegram who each have paid an order, dated so far ahead."""
    for number in range(count):
        await Phone(world, str(number)).starts(await world.customer(f"c{number}"))
    for number in range(count):
        at = world.clock.at + due
        await world.happens("order.paid", f"c{number}", f"o{number}", time=at)


async def sends_all(world: World, until: datetime) -> Journal:
    """Let one worker do everything that falls due up to an instant."""
    journal = Journal(world)
    async with Dispatcher(
        storage=world.storage,
        ctx=world.ctx,
        messengers=lambda: {Channel.TELEGRAM: journal},
        metrics=Metrics(),
        wake=lambda: None,
    ) as dispatcher:
        while world.clock.at <= until:
            await world.drain()
            found = await dispatcher.drain()
            await dispatcher.settled()
            if not found:
                due = await world.storage.read(lambda tx: tx.next_due())
                world.clock.at = max(due or until + SECOND, world.clock.at + SECOND / 100)
    return journal


async def test_c01_what_fell_due_in_a_jump_of_an_hour_goes_out_once_and_at_pace(
    storage: Storage,
) -> None:
    world = at_once(storage)
    await customers(world, MANY, due=30 * MINUTE)

    world.clock.at += HOUR
    journal = await sends_all(world, world.clock.at + HOUR)

    assert sorted(int(chat) for _, chat in journal.posts) == list(range(MANY))
    assert journal.most_within(SECOND) <= 30


async def test_c01_after_a_jump_of_a_day_the_overdue_is_dropped_and_the_rest_sent_once(
    storage: Storage,
) -> None:
    world = at_once(storage)
    await Phone(world, "77").starts(await world.customer("fresh"))
    await customers(world, 2, due=timedelta())
    await world.happens("order.paid", "fresh", "o77", time=world.clock.at + 20 * HOUR)

    world.clock.at += DAY
    journal = await sends_all(world, world.clock.at + HOUR)

    assert [chat for _, chat in journal.posts] == ["77"]
    assert [(await world.verdicts(name))[-1] for name in ("c0", "c1")] == [
        ("expired", "too_late")
    ] * 2


async def test_c01_what_is_under_way_while_the_clock_jumps_is_not_looked_for_before_it_has_ended(
    storage: Storage,
) -> None:
    """As after a machine's sleep: the claim looks old, and the history does not hold yet what is being sent."""
    world = at_once(storage)
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    await world.happens("order.paid", "kim")
    world.clock.at += MINUTE  # the chat's bucket has room again
    (claimed,) = await phone.claims()

    world.clock.at += HOUR
    await world.drain()
    unknown = await world.storage.read(lambda tx: tx.deliveries.get(claimed.delivery.id))
    assert unknown is not None
    assert unknown.state == "unknown"
    looks = [await phone.looks()]
    world.clock.at += DEADLINE + SECOND
    looks.append(await phone.looks())
    world.clock.at += DEADLINE
    looks.append(await phone.looks())

    assert [len(found) for found in looks] == [0, 0, 1]


async def test_c02_a_clock_set_back_an_hour_sends_nothing_twice(storage: Storage) -> None:
    world = at_once(storage)
    await customers(world, 3, due=timedelta())
    first = await sends_all(world, world.clock.at + MINUTE)

    world.clock.at -= HOUR
    second = await sends_all(world, world.clock.at + 3 * HOUR)

    assert (len(first.posts), second.posts) == (3, [])


async def test_c02_a_claim_under_way_while_the_clock_is_set_back_keeps_its_fence(
    storage: Storage,
) -> None:
    """Nobody else takes it, nobody calls it lost early, and its outcome is its own."""
    world = at_once(storage)
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    await world.happens("order.paid", "kim")
    world.clock.at += MINUTE  # the chat's bucket has room again
    (claimed,) = await phone.claims()

    world.clock.at -= HOUR
    others = await phone.claims()
    world.clock.at += HOUR + SENDING_LEASE - SECOND
    still = await phone.claims()
    settled = await phone.accepts(claimed)

    assert (others, still) == ((), ())
    assert settled is not None
    assert settled.state == "sent"
    assert await phone.claims() == ()


async def test_c02_the_loop_is_woken_though_the_schedulers_clock_was_set_back() -> None:
    """A sweep an hour away is what a clock set back by an hour makes of the usual one."""
    async with ApsAlarm(sweep_seconds=3600, beat_seconds=0.01) as alarm:
        for _ in range(3):
            alarm.rang.clear()
            async with asyncio.timeout(150):
                await alarm.rang.wait()


# --- C06: the loop stands still ---------------------------------------------------------------------


async def test_c06_what_falls_due_while_the_loop_stalls_goes_out_once_and_late(
    database_url: str,
) -> None:
    async with (
        telegram("polling") as chats,
        deployed(database_url, chats.environ, prepare=chats.meet) as deployment,
    ):
        chat = await chats.join(deployment, "c1", "ko")
        loop = deployment.app.loop
        due = deployment.clock.now() + 20 * SECOND
        delay = deployment.app.ctx.program.trigger("support").after
        event = deployment.event("c1", time=(due - delay).isoformat())
        assert (await deployment.signed(event)).status == 202

        async def armed() -> bool:
            return loop._armed_for is not None and abs(loop._armed_for - due) < SECOND

        await until(armed)
        time.sleep((due - deployment.clock.now()).total_seconds() + 3)  # noqa: ASYNC251 the very thing that must not do harm
        await seen(chat, 1)
        lateness = await lateness_of(deployment)
        rounds = loop.ran_at

        async def another_round() -> bool:
            loop.wake()
            return loop.ran_at != rounds

        await until(another_round)
        came = await chat.see()

    assert len(came) == 1
    assert lateness >= 2


async def lateness_of(deployment: Deployment) -> float:
    async with deployment.http.get(f"{deployment.url}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    (told,) = [line for line in lines if line.startswith("aftertouch_lateness_seconds_sum")]
    return float(told.split()[1])
