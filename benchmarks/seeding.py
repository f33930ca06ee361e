"""Fills a database through the real use cases, before its server starts."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from math import inf
from pathlib import Path
from random import Random

from benchmarks.peers import BOT, TEAM
from benchmarks.sizes import Size
from bot.app import Outside, prepare
from bot.delivery import Dispatcher
from bot.desk import Desk
from bot.metrics import Metrics
from storage.inline import InlineStorage
from storage.opening import open_inline
from surveys.interview import Record
from surveys.model import (
    Address,
    Channel,
    CustomerHint,
    Event,
    Finding,
    FindingKind,
    Outcome,
    OutcomeKind,
    Prompt,
    Purpose,
)
from surveys.pacing import Pacing
from surveys.ports import UnitOfWork
from surveys.program import Program, default_program
from surveys.service.context import Context
from surveys.service.people import ConsentGiven, CustomerUpsert, create_link, upsert
from surveys.service.recording import record

ACCOUNTS = {Channel.TELEGRAM: str(BOT), Channel.SLACK: TEAM}
_TYPES = ("order.paid", "support.solved", "subscription.paid", "cart.abandoned")
_A_COMMIT = 500
_DAYS = 90
_DELAY = timedelta(minutes=31)
"""More than the default program waits after a paid order."""


def bench_program() -> Program:
    """Return the default program without quiet hours, so that a bench may run at night."""
    content = json.loads(default_program().to_json())
    content["contact_rules"]["quiet_hours"] = None
    return Program.from_json(json.dumps(content))


def write_program(path: Path) -> Path:
    """Write it where the server reads it; JSON is YAML."""
    path.write_text(bench_program().to_json(), "utf-8")
    return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question that lies before a customer. ``session`` is her browser's, in web chat."""

    user: str
    chat: str
    token: str
    session: str = ""


@dataclass(slots=True)
class _Clock:
    """See surveys.ports.Clock; stands where it is put."""

    at: datetime

    def now(self) -> datetime:
        return self.at


class _Everywhere:
    """A messenger whose every message arrives; remembers the button tokens by customer."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.account = ACCOUNTS[channel]
        self.tokens: dict[str, str] = {}

    async def send(self, address: Address, prompt: Prompt, key: str) -> Outcome:
        self.tokens[address.user] = prompt.token or ""
        ref = (
            {"chat_id": int(address.chat), "message_id": 1}
            if self.channel is Channel.TELEGRAM
            else {"channel": address.chat, "ts": "1790000000.000001"}
        )
        return Outcome(kind=OutcomeKind.ACCEPTED, ref=ref)

    async def edit(self, address: Address, ref: Mapping[str, object], prompt: Prompt) -> Outcome:
        return Outcome(kind=OutcomeKind.ACCEPTED, ref=ref)

    async def find(
        self, address: Address, key: str, since: datetime, cursor: str | None = None
    ) -> Finding:
        return Finding(kind=FindingKind.NO_HISTORY)


class Seeder:
    """Puts people and asks into one database, at the time its clock shows."""

    def __init__(self, storage: InlineStorage, ctx: Context, clock: _Clock) -> None:
        self._storage = storage
        self._ctx = ctx
        self._clock = clock
        self._desk = Desk(storage=storage, ctx=ctx, wake=lambda: None)

    async def customers(self, count: int) -> None:
        """Add customers ``c0``... with consent and an opened web chat: whoever is asked can be reached."""
        for numbers in _portions(count):
            with self._storage.batch():
                for number in numbers:
                    await self._visitor(f"c{number}")

    async def pending(self, count: int, customers: int) -> None:
        """Hand in events of four kinds; each leads to one invitation that waits half an hour or more."""
        for numbers in _portions(count):
            events = [self._event(n, f"c{n % customers}", _TYPES[n % len(_TYPES)]) for n in numbers]
            with self._storage.batch():
                await self._desk.accept(events)

    async def open_questions(self, channel: Channel, count: int) -> list[Question]:
        """Ask new customers of a channel, and let every question arrive. Needs a clock in the past."""
        sessions: dict[str, str] = {}
        for numbers in _portions(count):
            with self._storage.batch():
                for number in numbers:
                    who = f"{channel.value}{number}"
                    sessions[str(number)] = await self._reachable(channel, who, number)
                    await self._desk.accept([self._event(number, who, "order.paid")])
        began, self._clock.at = self._clock.at, self._clock.at + _DELAY
        asked = await self._asked(channel, sessions)
        self._clock.at = began
        return asked

    async def due_questions(self, channel: Channel, count: int) -> None:
        """Let it be time to ask new customers of a channel, at one stroke. Needs a clock in the past."""
        with self._storage.batch():
            for number in range(count):
                who = f"{channel.value}{number}"
                await self._reachable(channel, who, number)
                await self._desk.accept([self._event(number, who, "order.paid")])

    async def answered(self) -> int:
        """Answer every waiting invitation in web chat, spread over 90 days; return how many there were."""
        ctx, start = self._ctx, self._clock.at - timedelta(days=_DAYS - 1)
        waiting = await self._storage.read(
            lambda tx: tx.invitations.due(self._clock.at + timedelta(days=30), 10**7)
        )
        dice = Random(7)  # noqa: S311 sample scores

        def answer(tx: UnitOfWork, numbers: Sequence[int]) -> None:
            for number in numbers:
                one(tx, number)

        def one(tx: UnitOfWork, number: int) -> None:
            at = start + timedelta(days=number % _DAYS)
            invitation = replace(
                waiting[number], channel=Channel.WEBCHAT, language="ko", fell_due_on=ctx.day(at)
            )
            what = Record(question="score", score=dice.randint(1, 5))
            record(tx, ctx, invitation, what, order=float(number), at=at)

        for numbers in _portions(len(waiting)):
            with self._storage.batch():
                await self._storage.write(partial(answer, numbers=numbers))
        return len(waiting)

    def _event(self, number: int, who: str, kind: str) -> Event:
        return Event(
            source="/bench/seed",
            id=f"{who}-{number}",
            type=kind,
            subject=f"{kind}-{who}-{number}",
            time=self._clock.at,
            customer=CustomerHint(id=who),
        )

    async def _visitor(self, who: str) -> str:
        """Return the session of a customer who opened her web chat."""

        def link(tx: UnitOfWork) -> str:
            person = self._person(tx, who)
            new_token = self._ctx.new_token
            return create_link(tx, person, Channel.WEBCHAT, now=self._clock.at, new_token=new_token)

        opened = await self._desk.open(await self._storage.write(link))
        assert opened is not None
        return opened.session

    async def _reachable(self, channel: Channel, who: str, number: int) -> str:
        if channel is Channel.WEBCHAT:
            return await self._visitor(who)
        user, chat = _names(channel, number)

        def work(tx: UnitOfWork) -> None:
            address = Address(
                id=self._ctx.new_id(),
                person_id=self._person(tx, who),
                channel=channel,
                account=ACCOUNTS[channel],
                user=user,
                chat=chat,
                created_at=self._clock.at,
            )
            tx.addresses.add(address)

        await self._storage.write(work)
        return ""

    def _person(self, tx: UnitOfWork, who: str) -> str:
        consent = ConsentGiven(
            purpose=Purpose.SERVICE_SURVEY,
            at=self._clock.at,
            source="bench",
            text_version=self._ctx.program.consent.version,
        )
        given = CustomerUpsert(id=who, locale="ko", consents=(consent,))
        return upsert(tx, given, now=self._clock.at, new_id=self._ctx.new_id).id

    async def _asked(self, channel: Channel, sessions: Mapping[str, str]) -> list[Question]:
        while True:
            with self._storage.batch():
                if not await self._desk.wake_due():
                    break
        if channel is Channel.WEBCHAT:
            with self._storage.batch():
                return [await self._pulled(n, session) for n, session in sessions.items()]
        messenger = _Everywhere(channel)
        async with Dispatcher(
            storage=self._storage,
            ctx=self._ctx,
            messengers=lambda: {channel: messenger},
            metrics=Metrics(),
            wake=lambda: None,
        ) as dispatcher:
            while True:
                with self._storage.batch():
                    if not await dispatcher.drain():
                        break
                    await dispatcher.settled()
        return [
            Question(user=user, chat=chat, token=messenger.tokens[user])
            for user, chat in (_names(channel, int(number)) for number in sessions)
        ]

    async def _pulled(self, number: str, session: str) -> Question:
        bubbles = await self._desk.transcript(session)
        assert bubbles
        token = bubbles[-1].prompt.token or ""
        return Question(user=number, chat="", token=token, session=session)


@asynccontextmanager
async def seeding(url: str, *, back: timedelta = timedelta()) -> AsyncIterator[Seeder]:
    """Open a database for seeding with the bench's program, at a time so far ``back``."""
    clock = _Clock(datetime.now(UTC) - back)
    async with open_inline(url) as storage:
        unhindered = Pacing(telegram=inf, slack=inf, chats=inf)
        ctx = await prepare(storage, bench_program(), Outside(clock=clock), unhindered)
        yield Seeder(storage, ctx, clock)


async def waiting_database(size: Size, home: Path) -> str:
    """Return the URL of a SQLite database in which many invitations wait; it is filled once a run."""
    url = f"sqlite:///{home}/waiting.sqlite3"
    if not (home / "waiting.sqlite3").exists():
        async with seeding(url) as seeder:
            await seeder.customers(size.customers)
            await seeder.pending(size.pending, size.customers)
    return url


def _names(channel: Channel, number: int) -> tuple[str, str]:
    """Return a customer's user and chat on a platform."""
    if channel is Channel.TELEGRAM:
        return str(5_000_000 + number), str(5_000_000 + number)
    return f"U{number:08}", f"D{number:08}"


def _portions(count: int) -> Iterator[range]:
    for first in range(0, count, _A_COMMIT):
        yield range(first, min(first + _A_COMMIT, count))
