"""Fake chat platforms: what they do with a request is drawn from the seed, and written into their journal."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from surveys.model import (
    Address,
    Channel,
    Finding,
    FindingKind,
    Json,
    Outcome,
    OutcomeKind,
    Prompt,
)
from tests.simulation.outside import World
from tests.simulation.process import Process

PAGE = 15
"""Messages on one page of a history (conversations.history for apps that are not internal)."""


class Conduct(StrEnum):
    """How a platform treats one request."""

    OBLIGING = "obliging"
    FLOODED = "flooded"
    FLOODED_ALL = "flooded_all"
    REFUSING = "refusing"
    LOST_BEFORE = "lost_before"
    LOST_AFTER = "lost_after"
    HANGING = "hanging"
    LATE = "late"
    UNREADABLE = "unreadable"


_TROUBLES = [each for each in Conduct if each is not Conduct.OBLIGING]
_OF_NO_AVAIL = {
    Conduct.FLOODED: ("flood", "chat"),
    Conduct.FLOODED_ALL: ("flood", "account"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message in a chat as it now stands. ``key`` is the delivery that brought it."""

    key: str
    ref: Mapping[str, Json]
    prompt: Prompt
    at: datetime


class Reader(Protocol):
    """Whose chat it is."""

    @property
    def name(self) -> str:
        """Return who it is, for the journal."""

    @property
    def blocks(self) -> bool:
        """Say whether she wants nothing from us."""

    def sees(self, message: Message) -> None:
        """Notice a new message."""

    def sees_edited(self, message: Message) -> None:
        """Notice that a message has changed."""


class Platform:
    """One platform with its chats. It goes on while the application is down."""

    def __init__(self, world: World, channel: Channel, account: str, *, keeps_keys: bool) -> None:
        self.world = world
        self.channel = channel
        self.account = account
        self.keeps_keys = keeps_keys
        self.chats: dict[str, list[Message]] = {}
        self.readers: dict[str, Reader] = {}
        self._dice = world.dice(channel)
        self._trouble = self._dice.uniform(0.0, 0.45)

    def joins(self, chat: str, reader: Reader) -> None:
        """Open a chat."""
        self.readers[chat] = reader
        self.chats[chat] = []

    # --- requests ---

    async def post(self, chat: str, prompt: Prompt, key: str) -> Outcome:
        """Answer a request that posts a message; what is delivered is so even if nobody waits any more."""
        reader = self.readers[chat]
        self.world.write("request", reader.name, key, prompt.kind)
        if reader.blocks:
            await asyncio.sleep(0.1)
            return Outcome(kind=OutcomeKind.REJECTED, reason="blocked", unreachable=True)
        delivered: list[Message] = []

        def deliver() -> None:
            message = self._message(chat, prompt, key)
            delivered.append(message)
            self.chats[chat].append(message)
            self.world.write("post", reader.name, key, prompt.kind)
            reader.sees(message)

        outcome = await self._conduct(deliver)
        accepted = outcome.kind is OutcomeKind.ACCEPTED and outcome.reason is None
        return Outcome(kind=outcome.kind, ref=delivered[0].ref) if accepted else outcome

    async def edit(self, chat: str, ref: Mapping[str, object], prompt: Prompt) -> Outcome:
        """Answer a request that edits a message."""
        places = [n for n, m in enumerate(self.chats[chat]) if m.ref == ref]
        reader = self.readers[chat]
        if not places:
            await asyncio.sleep(0.1)
            return Outcome(kind=OutcomeKind.REJECTED, reason="message_not_found")

        def deliver() -> None:
            known = self.chats[chat][places[0]]
            edited = Message(key=known.key, ref=known.ref, prompt=prompt, at=known.at)
            self.chats[chat][places[0]] = edited
            self.world.write("edit", reader.name, known.key, prompt.kind)
            reader.sees_edited(edited)

        outcome = await self._conduct(deliver)
        accepted = outcome.kind is OutcomeKind.ACCEPTED
        return Outcome(kind=outcome.kind, ref=dict(ref)) if accepted else outcome

    async def look(self, chat: str, key: str, since: datetime, cursor: str | None) -> Finding:
        """Answer a request for one page of a chat, newest first."""
        self.world.write("look", self.readers[chat].name, key)
        await asyncio.sleep(self._delay())
        if not self.keeps_keys:
            return Finding(kind=FindingKind.NO_HISTORY)
        if self._dice.random() < self._trouble / 2:
            wait = self._dice.choice((0.0, 5.0, 60.0))
            return Finding(kind=FindingKind.NOT_NOW, reason="ratelimited", retry_after=wait)
        begin = int(cursor or 0)
        told = [m for m in reversed(self.chats[chat]) if m.at >= since]
        page = told[begin : begin + PAGE]
        found = next((m for m in page if m.key == key), None)
        if found is not None:
            return Finding(kind=FindingKind.FOUND, ref=found.ref)
        if begin + PAGE < len(told):
            return Finding(kind=FindingKind.NOT_NOW, cursor=str(begin + PAGE))
        return Finding(kind=FindingKind.ABSENT)

    # --- conduct ---

    async def _conduct(self, deliver: Callable[[], None]) -> Outcome:
        conduct, delay = self._draw(), self._delay()
        match conduct:
            case Conduct.FLOODED | Conduct.FLOODED_ALL:
                return await self._flooded(conduct, delay)
            case Conduct.REFUSING:
                await asyncio.sleep(delay)
                return Outcome(kind=OutcomeKind.NOT_SENT, reason="refused_500")
            case Conduct.HANGING:
                await asyncio.sleep(60)
            case Conduct.LATE:
                self.world.later(self._dice.uniform(10.6, 15.0), deliver)
                await asyncio.sleep(60)
            case Conduct.LOST_BEFORE:
                await asyncio.sleep(delay)
            case Conduct.OBLIGING | Conduct.LOST_AFTER | Conduct.UNREADABLE:
                self.world.later(delay / 2, deliver)
                await asyncio.sleep(delay)
        if conduct is Conduct.OBLIGING:
            return Outcome(kind=OutcomeKind.ACCEPTED)
        if conduct is Conduct.UNREADABLE:
            return Outcome(kind=OutcomeKind.ACCEPTED, reason="unreadable")
        return Outcome(kind=OutcomeKind.UNKNOWN, reason=conduct.value)

    async def _flooded(self, conduct: Conduct, delay: float) -> Outcome:
        await asyncio.sleep(delay)
        reason, scope = _OF_NO_AVAIL[conduct]
        wait = float(self._dice.randint(1, 40))
        return Outcome(kind=OutcomeKind.PAUSED, reason=reason, retry_after=wait, scope=scope)

    def _draw(self) -> Conduct:
        troubled = self._dice.random() < self._trouble
        return self._dice.choice(_TROUBLES) if troubled else Conduct.OBLIGING

    def _delay(self) -> float:
        return self._dice.uniform(0.02, 0.8)

    def _message(self, chat: str, prompt: Prompt, key: str) -> Message:
        number = sum(map(len, self.chats.values())) + 1
        now = self.world.clock.now()
        if self.channel is Channel.SLACK:
            ref: dict[str, Json] = {"channel": chat, "ts": f"{self.world.loop.time():.6f}"}
        else:
            ref = {"chat_id": int(chat), "message_id": number}
        return Message(key=key, ref=ref, prompt=prompt, at=now)


class Front:
    """The platform as one process talks to it. See surveys.ports.Messenger.

    Each request is a crash point before and after; none may begin while a transaction is open.
    """

    def __init__(self, platform: Platform, process: Process) -> None:
        self._platform = platform
        self._process = process

    @property
    def channel(self) -> Channel:
        return self._platform.channel

    @property
    def account(self) -> str:
        return self._platform.account

    async def send(self, address: Address, prompt: Prompt, key: str) -> Outcome:
        self._leave(f"posting a {prompt.kind}")
        outcome = await self._platform.post(address.chat, prompt, key)
        self._return(f"posting a {prompt.kind}")
        return outcome

    async def edit(self, address: Address, ref: Mapping[str, object], prompt: Prompt) -> Outcome:
        self._leave(f"editing to {prompt.kind}")
        outcome = await self._platform.edit(address.chat, ref, prompt)
        self._return(f"editing to {prompt.kind}")
        return outcome

    async def find(
        self, address: Address, key: str, since: datetime, cursor: str | None = None
    ) -> Finding:
        self._leave("looking into the history")
        finding = await self._platform.look(address.chat, key, since, cursor)
        self._return("looking into the history")
        return finding

    def _leave(self, what: str) -> None:
        if self._process.in_transaction:
            self._platform.world.write("fault", detail=f"{what} within a transaction")
        self._process.reach(f"before {what} ({self.channel})")

    def _return(self, what: str) -> None:
        self._process.reach(f"after {what} ({self.channel})")
