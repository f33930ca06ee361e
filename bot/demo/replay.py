"""Replays the simulated market through the real pipeline on a set clock.

Events are parsed as CloudEvents and accepted; due invitations are woken; customers open their web chat,
pull, tap and type through the same desk that the server uses. The simulator keeps a ledger of its own, so
that what arrived can be checked against what was sent.
"""

import heapq
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random  # noqa: TID251 the type of the injected source

from bot.clock import SetClock
from bot.demo import customers as behaviour
from bot.demo.market import Happened
from bot.desk import Desk
from bot.intake.cloudevents import STRUCTURED, read_events
from storage.inline import InlineStorage
from surveys.instruments import instrument
from surveys.model import (
    Bubble,
    Channel,
    Invitation,
    InvitationState,
    Prompt,
    Purpose,
    Tap,
    Typed,
)
from surveys.ports import UnitOfWork
from surveys.service.context import Context
from surveys.service.people import ConsentGiven, CustomerUpsert, create_link, upsert
from surveys.service.turns import whose_turn
from surveys.service.webchat import address_of

BATCH = timedelta(hours=6)
TURNS = 1000


@dataclass(slots=True)
class Ledger:
    """What the simulator did. ``scores`` holds the last score tapped, by (touchpoint, score)."""

    events: int = 0
    asked: int = 0
    answers: int = 0
    comments: int = 0
    skipped: int = 0
    scores: Counter[tuple[str, int]] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A customer will open her chat."""

    address_id: str
    invitation_id: str


class Replay:
    """One simulated market on one database."""

    def __init__(
        self,
        *,
        storage: InlineStorage,
        ctx: Context,
        desk: Desk,
        clock: SetClock,
        rng: Random,
        end: datetime,
    ) -> None:
        self._storage = storage
        self._ctx = ctx
        self._desk = desk
        self._clock = clock
        self._rng = rng
        self._end = end
        self._sessions: dict[str, str] = {}
        self._known: set[str] = set()
        self._noticed: set[str] = set()
        self._agenda: list[tuple[datetime, int, Happened | Visit]] = []
        self._order = count()
        self._messages = count(1)
        self.ledger = Ledger()

    async def run(self, events: tuple[Happened, ...], progress: Callable[[int], None]) -> None:
        """Play all events and everything that follows from them until the end."""
        end = self._end
        for happened in events:
            self._plan(happened.at, happened)
        while self._clock.at < end:
            until = min(self._clock.at + BATCH, end)
            with self._storage.batch():
                await self._play(until)
            self._clock.at = until
            progress(self.ledger.events)

    async def _play(self, until: datetime) -> None:
        while True:
            due = await self._storage.read(lambda tx: tx.next_due())
            planned = self._agenda[0][0] if self._agenda else until
            if min(planned, due or until) >= until:
                return
            self._clock.at = max(min(planned, due or until), self._clock.at)
            if due is not None and due <= self._clock.at:
                await self._due()
            while self._agenda and self._agenda[0][0] <= self._clock.at:
                item = heapq.heappop(self._agenda)[2]
                if isinstance(item, Happened):
                    await self._tell(item)
                else:
                    await self._visit(item)

    def _plan(self, at: datetime, item: Happened | Visit) -> None:
        heapq.heappush(self._agenda, (at, next(self._order), item))

    async def _due(self) -> None:
        found = 1
        while found:
            found = 0
            people = await self._storage.read(lambda tx: whose_turn(tx, self._ctx, TURNS))
            for chore in self._desk.chores:
                found += await chore()
            for person_id in people:
                await self._notice(person_id)

    async def _notice(self, person_id: str) -> None:
        """A question that now waits for her is noticed once: she will look, or never will."""
        live = await self._storage.read(lambda tx: tx.invitations.live_of_person(person_id))
        for invitation in live:
            if invitation.state is InvitationState.OPEN and invitation.id not in self._noticed:
                self._noticed.add(invitation.id)
                self._expect(invitation)

    def _expect(self, invitation: Invitation) -> None:
        self.ledger.asked += 1
        wait = behaviour.looks_after(self._rng)
        if wait is not None and invitation.address_id is not None:
            visit = Visit(address_id=invitation.address_id, invitation_id=invitation.id)
            self._plan(self._clock.at + wait, visit)

    # --- the shop ---

    async def _tell(self, happened: Happened) -> None:
        who = happened.body["data"]["customer"]["id"]
        if who not in self._known:
            self._known.add(who)
            await self._join(who)
        body = json.dumps(happened.body, ensure_ascii=False).encode()
        events = read_events({}, STRUCTURED, body, self._clock.at)
        await self._desk.accept(events)
        self.ledger.events += 1

    async def _join(self, who: str) -> None:
        """Sign the customer up with consent; she opens her chat link."""
        now = self._clock.at
        language = "en" if self._rng.random() < 0.12 else "ko"  # noqa: PLR2004 a few speak English
        consent = ConsentGiven(
            purpose=Purpose.SERVICE_SURVEY,
            at=now,
            source="signup_form",
            text_version=self._ctx.program.consent.version,
        )
        given = CustomerUpsert(id=who, locale=language, consents=(consent,))

        def work(tx: UnitOfWork) -> str:
            person = upsert(tx, given, now=now, new_id=self._ctx.new_id)
            return create_link(
                tx, person.id, Channel.WEBCHAT, now=now, new_token=self._ctx.new_token
            )

        opened = await self._desk.open(await self._storage.write(work))
        if opened is not None:
            address = await self._storage.read(lambda tx: self._address(tx, opened.session))
            self._sessions[address] = opened.session

    def _address(self, tx: UnitOfWork, session: str) -> str:
        address = address_of(tx, self._ctx, session)
        return address.id if address else ""

    # --- the customers ---

    async def _visit(self, visit: Visit) -> None:
        session = self._sessions[visit.address_id]
        bubble = self._newest(await self._desk.transcript(session), "question")
        if bubble is None:
            return
        prompt = bubble.prompt
        if self._rng.random() < behaviour.SKIPS:
            await self._tap(session, prompt, "skip")
            self.ledger.skipped += 1
        elif self._rng.random() < behaviour.ANSWERS:
            await self._answer(session, visit, bubble)
        await self._desk.transcript(session)

    async def _answer(self, session: str, visit: Visit, bubble: Bubble) -> None:
        invitation = await self._storage.read(lambda tx: tx.invitations.get(visit.invitation_id))
        if invitation is None:
            return
        prompt = bubble.prompt
        touchpoint, at = invitation.touchpoint, invitation.event_at
        score = behaviour.score_for(self._rng, touchpoint, at, self._end, prompt)
        await self._tap(session, prompt, score)
        if self._rng.random() < behaviour.CHANGES_MIND:
            score = behaviour.score_for(self._rng, touchpoint, at, self._end, prompt)
            await self._tap(session, prompt, score)
        if not await self._was_taken(session, bubble):
            return
        self.ledger.answers += 1
        self.ledger.scores[touchpoint, int(score)] += 1
        await self._explain(session, invitation, int(score))

    async def _was_taken(self, session: str, bubble: Bubble) -> bool:
        """Say whether the chat now shows her score on that question."""
        bubbles = await self._desk.transcript(session) or ()
        return any(b.id == bubble.id and b.prompt.kind == "chosen" for b in bubbles)

    async def _explain(self, session: str, about: Invitation, score: int) -> None:
        found = self._newest(await self._desk.transcript(session), "reason")
        if found is None:
            return
        reason = found.prompt
        touchpoint, at = about.touchpoint, about.event_at
        if reason.chips and self._rng.random() < behaviour.GIVES_CHIP:
            chip = behaviour.chip_for(self._rng, touchpoint, at, self._end, reason.chips)
            await self._tap(session, reason, chip)
        if self._rng.random() < behaviour.WRITES:
            band = instrument(about.instrument).band(score)
            text = behaviour.words_for(self._rng, reason.language, touchpoint, band)
            await self._act(session, Typed(text=text))
            self.ledger.comments += 1

    def _newest(self, bubbles: tuple[Bubble, ...] | None, kind: str) -> Bubble | None:
        last = bubbles[-1] if bubbles else None
        return last if last is not None and last.prompt.kind == kind else None

    async def _tap(self, session: str, prompt: Prompt, value: str) -> None:
        await self._act(session, Tap(token=prompt.token or "", value=value))

    async def _act(self, session: str, act: Tap | Typed) -> None:
        number = next(self._messages)
        await self._desk.act(session, f"sim-{number}", number, act)
