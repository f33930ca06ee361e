"""A whole application over one storage for tests of use cases: a set clock, counted ids, real rules."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from math import inf
from random import Random
from typing import TypeVar

from bot.desk import Desk
from storage.memory.store import MemoryStorage
from surveys.model import (
    Acceptance,
    Bubble,
    Channel,
    CustomerHint,
    Event,
    Identifier,
    Json,
    Purpose,
    Receipt,
    Tap,
    Typed,
)
from surveys.pacing import Pacing
from surveys.ports import Storage, UnitOfWork
from surveys.program import Program
from surveys.program.loading import default_program
from surveys.service.context import Context
from surveys.service.explaining import Explanation, why
from surveys.service.live import LiveProgram
from surveys.service.people import ConsentGiven, CustomerUpsert, create_link, upsert

T = TypeVar("T")
NOON = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
"""A Monday, noon in Seoul."""


class SetClock:
    """See surveys.ports.Clock; stands still until moved."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class World:
    """One deployment without channels we push to; customers use web chat."""

    def __init__(
        self,
        storage: Storage | None = None,
        program: Program | None = None,
        pacing: Pacing | None = None,
    ) -> None:
        ids, tokens, events = count(1), count(1), count(1)
        self.clock = SetClock()
        self.storage: Storage = storage or MemoryStorage()
        self.program = program or default_program()
        self.ctx = Context(
            clock=self.clock,
            live=LiveProgram(self.program),
            salt="salt",
            new_id=lambda: f"id{next(ids):06}",
            new_token=lambda: f"token{next(tokens):017}",
            rng=Random(1),  # noqa: S311 a seeded simulation
            pacing=pacing or Pacing(telegram=inf, slack=inf, chats=inf),
        )
        self.desk = Desk(storage=self.storage, ctx=self.ctx, wake=lambda: None)
        self._events = events
        self._messages = count(1)

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        return await self.storage.write(work)

    async def customer(self, name: str, *, consent: bool = True, **fields: Json) -> str:
        """Upsert a customer, with consent unless told otherwise; return our person id."""
        given = ConsentGiven(
            purpose=Purpose.SERVICE_SURVEY, at=self.clock.now(), source="test", text_version="1"
        )
        wanted = CustomerUpsert(id=name, consents=(given,) if consent else (), **fields)
        person = await self.write(
            lambda tx: upsert(tx, wanted, now=self.clock.now(), new_id=self.ctx.new_id)
        )
        return person.id

    async def browser(self, person_id: str) -> str:
        """Open a web-chat link for the person; return the session."""
        token = await self.write(
            lambda tx: create_link(
                tx,
                person_id,
                Channel.WEBCHAT,
                now=self.clock.now(),
                new_token=self.ctx.new_token,
            )
        )
        opened = await self.desk.open(token)
        assert opened is not None
        return opened.session

    async def happens(
        self, kind: str, customer: str | None, subject: str = "o1", **fields: Json
    ) -> Acceptance:
        """Hand in one event, now unless told otherwise."""
        event = Event(
            source=fields.pop("source", "shop"),
            id=fields.pop("id", None) or f"e{next(self._events)}",
            type=kind,
            subject=subject,
            time=fields.pop("time", self.clock.now()),
            customer=CustomerHint(id=customer, identifiers=tuple(fields.pop("identifiers", ()))),
            **fields,
        )
        (accepted,) = await self.desk.accept([event])
        return accepted

    async def later(self, **span: float) -> None:
        """Let time pass, do what is due."""
        self.clock.at += timedelta(**span)
        await self.drain()

    async def drain(self) -> None:
        for _ in range(50):
            found = [
                await self.desk.handle_stored(),
                await self.desk.wake_due(),
                await self.desk.tidy(),
            ]
            if not any(found):
                return
        raise AssertionError("the due queues never ran dry")

    async def sees(self, session: str) -> tuple[Bubble, ...]:
        """Pull the browser's chat."""
        await self.drain()
        bubbles = await self.desk.transcript(session)
        assert bubbles is not None
        return bubbles

    async def taps(self, session: str, value: str, kind: str = "question") -> Receipt:
        """Tap a button of the newest message of a kind, as the browser would."""
        bubbles = await self.sees(session)
        prompt = next(b.prompt for b in reversed(bubbles) if b.prompt.kind == kind)
        buttons = (*prompt.scale, *prompt.chips, *prompt.controls)
        assert value in [b.value for b in buttons], prompt
        return await self.acts(session, Tap(token=prompt.token or "", value=value))

    async def acts(self, session: str, act: Tap | Typed) -> Receipt:
        number = next(self._messages)
        receipt = await self.desk.act(session, f"m{number}", number, act)
        assert receipt is not None
        return receipt

    async def why(self, query: str) -> tuple[Explanation, ...]:
        return await self.storage.read(lambda tx: why(tx, query))

    async def verdicts(self, query: str) -> list[tuple[str, str]]:
        """Return (kind, rule) of every verdict about a customer or event, oldest first."""
        return [
            (v.kind.value, v.rule)
            for e in await self.why(query)
            for d in e.decisions
            for v in d.verdicts
        ]


SHOPIFY = Identifier(namespace="shopify:customer", value="77")
