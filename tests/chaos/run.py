"""One run: a company, its customers and two platforms around real servers that are killed all the time."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import aiohttp

from storage.opening import prepare
from surveys.model import Channel
from tests.chaos.customers import Customer, Public
from tests.chaos.killing import Killer
from tests.chaos.ledger import Books
from tests.chaos.oracle import Promise, judge
from tests.chaos.posts import posts
from tests.chaos.report import Report
from tests.chaos.shop import Shop
from tests.chaos.weather import Weather
from tests.chaos.workers import Crew, Worker
from tests.e2e.deployment import SECRET
from tests.e2e.process import aftertouch, reserved_port
from tests.fakes.slack import FakeSlack
from tests.fakes.telegram import FakeTelegram

PROGRAM = Path(__file__).parent / "program.yaml"
_EACH = 0.25  # seconds between two customers, on average
_MOST_AT_ONCE = 40  # customers whose event has not been accepted yet
_MOST_UNDER_WAY = 60  # rows that wait for the servers: more would only make the end longer
_BLOW = 0.1  # seconds between two looks at the weather
# Lease, quarantine and history one after the other, twice over, on a slow machine.
_LONGEST_END = 240
_CALM = 2.0  # seconds for which nothing must be under way
_HOLDS = 0.3, 3.0  # seconds for which a stranger holds SQLite's write lock
_BETWEEN_HOLDS = 6.0, 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be run."""

    db: str
    url: str
    workers: int
    socket: bool
    kills: int
    seconds: float
    seed: int
    home: Path

    def rng(self, part: str) -> Random:
        """Return the randomness of one part of the run, the same for the same seed."""
        return Random(f"{self.seed}/{self.db}/{part}")  # noqa: S311 made-up customers, no secrets


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that takes part."""

    plan: Plan
    telegram: FakeTelegram
    slack: FakeSlack
    crew: Crew
    public: Public
    shop: Shop
    books: Books

    def killer(self) -> Killer:
        """Return somebody who watches what goes on: messages, events, taps."""
        works: tuple[Callable[[], int], ...] = (
            lambda: len(self.telegram.messages),
            lambda: len(self.slack.messages),
            lambda: self.shop.posts,
            lambda: self.public.acts,
        )
        return Killer(self.crew, works, self.plan.rng("killer"))


async def run(plan: Plan) -> Report:
    """Kill, wait until all that can be done is done, and judge."""
    began, over = asyncio.get_running_loop().time(), asyncio.Event()
    async with _stage(plan) as stage, asyncio.TaskGroup() as tasks:
        until_over = (_trade(stage, over), _blow(stage, over), _disturb(plan, over))
        for_ever = (stage.public.watch(), *(worker.watch() for worker in stage.crew.workers))
        ending = [tasks.create_task(part) for part in until_over]
        lasting = [tasks.create_task(part) for part in for_ever]
        kills = await stage.killer().kill(plan.kills, plan.seconds)
        over.set()
        await asyncio.wait(ending)
        await _settle(stage)
        for task in lasting:
            task.cancel()
        return _judged(stage, kills, asyncio.get_running_loop().time() - began)


@asynccontextmanager
async def _stage(plan: Plan) -> AsyncIterator[Stage]:
    """Set everything up; the servers are started, and gone in the end."""
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(FakeTelegram())
        slack = await stack.enter_async_context(FakeSlack())
        slack.ack_seconds = 3.0  # as Slack waits: whoever was killed acknowledges nothing
        http = await stack.enter_async_context(aiohttp.ClientSession())
        prepare(plan.url)
        environ = _environ(plan, telegram, slack)
        shop_key = await _key(plan, environ)
        ports = [stack.enter_context(reserved_port()) for _ in range(plan.workers)]
        crew = Crew(
            [Worker(f"worker-{n}", environ, plan.home, http, port) for n, port in enumerate(ports)],
            plan.rng("door"),
        )
        public = Public(telegram, slack, lambda: crew.url, plan.rng("public"))
        shop = Shop(lambda: crew.url, http, shop_key, plan.rng("shop"))
        books = Books(plan.url)
        stack.callback(books.close)
        for worker in crew.workers:
            stack.push_async_callback(worker.close)
            await worker.begin()
        yield Stage(plan, telegram, slack, crew, public, shop, books)


def _environ(plan: Plan, telegram: FakeTelegram, slack: FakeSlack) -> Mapping[str, str]:
    app_token = {"AFTERTOUCH_SLACK_APP_TOKEN": slack.app_token} if plan.socket else {}
    return app_token | {
        "AFTERTOUCH_DATABASE_URL": plan.url,
        "AFTERTOUCH_PROGRAM": str(PROGRAM),
        "AFTERTOUCH_EVENTS_SECRET": SECRET,
        "AFTERTOUCH_TELEGRAM_TOKEN": telegram.token,
        "AFTERTOUCH_TELEGRAM_BASE_URL": telegram.base_url,
        "AFTERTOUCH_SLACK_BOT_TOKEN": slack.token,
        "AFTERTOUCH_SLACK_SIGNING_SECRET": slack.secret,
        "AFTERTOUCH_SLACK_BASE_URL": slack.base_url,
        "AFTERTOUCH_SLACK_PER_SECOND": "25",
    }


async def _key(plan: Plan, environ: Mapping[str, str]) -> str:
    wanted = ("key", "create", "--scope", "admin")
    code, key, said = await aftertouch(*wanted, cwd=plan.home, environ=environ)
    assert code == 0, said
    return key.strip()


# --- what goes on beside the killing ----------------------------------------------------------------


async def _trade(stage: Stage, over: asyncio.Event) -> None:
    """Bring new customers for as long as there is killing, and see each event accepted."""
    rng, number = stage.plan.rng("trade"), 0
    gate = asyncio.Semaphore(_MOST_AT_ONCE)

    async def live(customer: Customer) -> None:
        user = stage.telegram.user(int(customer.user)) if customer.user.isdigit() else None
        async with gate:
            await stage.shop.tells_of(customer, user.start if user else _nothing)

    async with asyncio.TaskGroup() as tasks:
        while not over.is_set():
            number += 1
            channel = rng.choice((Channel.TELEGRAM, Channel.SLACK))
            tasks.create_task(live(stage.public.born(channel, number)))
            await asyncio.sleep(rng.expovariate(1 / _EACH))
            while stage.books.under_way() > _MOST_UNDER_WAY and not over.is_set():
                await asyncio.sleep(_EACH)


async def _nothing(_: str) -> None:
    return


async def _blow(stage: Stage, over: asyncio.Event) -> None:
    weather = Weather(stage.telegram, stage.slack, stage.plan.rng("weather"))
    while not over.is_set():
        weather.worsen()
        await asyncio.sleep(_BLOW)
    weather.clear()


async def _disturb(plan: Plan, over: asyncio.Event) -> None:
    """Let a stranger hold SQLite's write lock now and then."""
    rng = plan.rng("stranger")
    while plan.db == "sqlite" and not over.is_set():
        await asyncio.sleep(rng.uniform(*_BETWEEN_HOLDS))
        file, seconds = plan.url.removeprefix("sqlite:///"), rng.uniform(*_HOLDS)
        stranger = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.chaos.hold", file, str(seconds))
        )
        assert await stranger.wait() == 0


async def _settle(stage: Stage) -> None:
    """Wait until nothing is under way any more; what then still is will be found stuck."""
    loop = asyncio.get_running_loop()
    end, calm_since = loop.time() + _LONGEST_END, loop.time()
    while loop.time() < end and loop.time() - calm_since < _CALM:
        for worker in stage.crew.workers:
            worker.check()
        if stage.books.under_way() or not stage.public.idle:
            calm_since = loop.time()
        await asyncio.sleep(_CALM / 10)


def _judged(stage: Stage, kills: int, seconds: float) -> Report:
    ledger = stage.books.ledger()
    customers = tuple(stage.public.customers.values())
    promises = [
        Promise(
            event_id=one.event_id,
            channel=one.channel,
            chat=one.chat,
            accepted=one.accepted,
            told=one.told,
        )
        for one in customers
    ]
    return Report(
        db=stage.plan.db,
        seed=stage.plan.seed,
        kills=kills,
        seconds=seconds,
        asks=sum(one.accepted for one in customers),
        answers=sum(len(one.told) for one in customers),
        ledger=ledger,
        findings=judge(posts(stage.telegram, stage.slack), ledger, promises),
    )
