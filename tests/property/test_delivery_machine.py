"""The outbox's life against a model: whatever workers, platforms, customers and operators do, G2 to G7 hold."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from storage.memory import MemoryStorage
from surveys.model import (
    Acceptance,
    Act,
    Channel,
    Delivery,
    DeliveryClass,
    DeliveryState,
    Finding,
    FindingKind,
    Incoming,
    Invitation,
    Json,
    Outcome,
    OutcomeKind,
    Tap,
    Typed,
)
from surveys.ports import UnitOfWork
from surveys.service import lookups, operating, outcomes, sending
from surveys.service.lookups import Look
from surveys.service.operating import Settlement
from surveys.service.people import attach
from surveys.service.sending import Claimed
from tests.programs import varied
from tests.world import World

T = TypeVar("T")

SEOUL = ZoneInfo("Asia/Seoul")
PROGRAM = varied(
    rules={"cap": {"asks": 1, "days": 1}, "cooldown_days": 1},
    triggers={
        "checkout": {"after": "1m", "max_wait": "6h", "reminder": True},
        "support": {"after": "1m", "max_wait": "1d"},
    },
)
LEASE, BEGUN_WITHIN, ARRIVES_WITHIN = (timedelta(seconds=s) for s in (30, 20, 25))
"""How long a claim stands; when its request begins at the latest; and when a message that does arrive is there."""

EVENTS = {"order.paid": "checkout", "support.solved": "support"}
ACCOUNTS = {Channel.TELEGRAM: "bot1", Channel.SLACK: "T1"}
ENDED = {
    DeliveryState.SENT,
    DeliveryState.FAILED,
    DeliveryState.EXPIRED,
    DeliveryState.SUPPRESSED,
    DeliveryState.PARKED,
}
UNSENT = {DeliveryState.FAILED, DeliveryState.EXPIRED, DeliveryState.SUPPRESSED}
PROVEN_UNSENT = (
    Outcome(kind=OutcomeKind.NOT_SENT, reason="refused"),
    Outcome(kind=OutcomeKind.PAUSED, reason="flood", retry_after=5.0),
    Outcome(kind=OutcomeKind.PAUSED, reason="flood", retry_after=20.0, scope="account"),
    Outcome(kind=OutcomeKind.REJECTED, reason="bad_request"),
)
LOST = Outcome(kind=OutcomeKind.UNKNOWN, reason="timeout")


@dataclass(slots=True)
class Request:
    """A claimed delivery in some worker's hands."""

    claimed: Claimed
    begun_at: datetime | None = None
    arrived: bool = False

    @property
    def delivery(self) -> Delivery:
        return self.claimed.delivery


@dataclass(slots=True)
class Customer:
    """One customer of one channel. ``asked`` says when which question was last begun to be sent."""

    name: str
    channel: Channel
    person_id: str = ""
    wants_nothing: bool = False
    asked: dict[str, datetime] = field(default_factory=dict)


class DeliveryMachine(RuleBasedStateMachine):
    """Two customers, any number of workers that die or dawdle, platforms that tell what they like."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.world = World(MemoryStorage(), PROGRAM)
        self.customers = [Customer("kim", Channel.TELEGRAM), Customer("lee", Channel.SLACK)]
        self.requests: list[Request] = []
        self.arriving: list[Request] = []
        self.looks: list[Look] = []
        self.copies: Counter[str] = Counter()
        self.by_hand: set[str] = set()
        self.messages: dict[str, tuple[str, Customer]] = {}
        self.scores: dict[str, int] = {}
        self.numbers = 0
        self.told: list[tuple[str, str, str]] = []

    def teardown(self) -> None:
        try:
            self._come_to_rest()
        finally:
            self.loop.close()

    # --- helpers ---

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def write(self, work: Any) -> Any:
        return self.run(self.world.write(work))

    @property
    def now(self) -> datetime:
        return self.world.clock.at

    def rows(self) -> list[Delivery]:
        def look(tx: UnitOfWork) -> list[Delivery]:
            return [d for state in DeliveryState for d in tx.deliveries.in_state(state, 1000)]

        return self.run(self.world.storage.read(look))

    def row(self, delivery_id: str) -> Delivery:
        found: Delivery = self.write(lambda tx: tx.deliveries.get(delivery_id))
        return found

    def invitation(self, invitation_id: str | None) -> Invitation:
        found: Invitation = self.write(lambda tx: tx.invitations.get(invitation_id or ""))
        return found

    # --- events and time ---

    @initialize()
    def signs_up(self) -> None:
        for customer in self.customers:
            customer.person_id = self.run(self.world.customer(customer.name))
            self.write(partial(self._attach, customer=customer))

    def _attach(self, tx: UnitOfWork, customer: Customer) -> None:
        attach(
            tx,
            customer.person_id,
            customer.channel,
            account=ACCOUNTS[customer.channel],
            user=customer.name,
            chat=customer.name,
            locale=None,
            now=self.now,
            new_id=self.world.ctx.new_id,
        )

    @rule(who=st.integers(0, 1), kind=st.sampled_from(sorted(EVENTS)))
    def enqueue(self, who: int, kind: str) -> None:
        self.numbers += 1
        told = (self.customers[who].name, kind, f"e{self.numbers}")
        self.told.append(told)
        assert self._tell(told) is Acceptance.NEW
        self._pass(timedelta(seconds=61))

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def tell_again(self, data: st.DataObject) -> None:
        """G2: a repeat has no effect."""
        told = data.draw(st.sampled_from(self.told))
        before = self.rows()
        assert self._tell(told) is not Acceptance.NEW
        assert self.rows() == before

    def _tell(self, told: tuple[str, str, str]) -> Acceptance:
        name, kind, key = told
        return self.run(self.world.happens(kind, name, key, id=key))

    @rule(seconds=st.sampled_from([1, 3, 9, 31, 31, 70, 600, 7200, 43200]))
    def advance_clock(self, seconds: int) -> None:
        """Let time pass; a lease may expire of it."""
        self._pass(timedelta(seconds=seconds))

    def _pass(self, span: timedelta) -> None:
        self.world.clock.at += span
        self.arriving = [request for request in self.arriving if self._may_arrive(request)]
        self.run(self.world.drain())

    # --- workers ---

    @rule(dawdles=st.sampled_from([False, False, False, True]))
    def claim(self, *, dawdles: bool) -> None:
        """A worker claims what may go out, and begins its requests unless it dawdles."""
        ctx = self.world.ctx
        due = self.write(lambda tx: sending.candidates(tx, ctx, tuple(ACCOUNTS), 10))
        for delivery_id in due:
            claimed = self.write(partial(sending.claim, ctx=ctx, delivery_id=delivery_id))
            if isinstance(claimed, Claimed):
                self._check_rules(claimed)
                self.requests.append(Request(claimed))
                if not dawdles:
                    self._begin(self.requests[-1])

    def _check_rules(self, claimed: Claimed) -> None:
        """G6, G7: whatever comes out of the blue may be sent at the moment of its claim."""
        delivery = claimed.delivery
        if delivery.delivery_class is not DeliveryClass.PROACTIVE:
            return
        customer = self._customer(delivery)
        assert not customer.wants_nothing
        assert 8 <= self.now.astimezone(SEOUL).hour < 21
        assert delivery.expires_at is None or self.now < delivery.expires_at
        if delivery.step != "ask":
            return
        assert self.now < self.invitation(delivery.invitation_id).ask_by
        for question, at in customer.asked.items():
            gave_back = self.row(question).state in UNSENT
            assert question == delivery.id or gave_back or self.now - at >= timedelta(days=1)
        customer.asked[delivery.id] = self.now

    def _customer(self, delivery: Delivery) -> Customer:
        return next(c for c in self.customers if c.person_id == delivery.person_id)

    @precondition(lambda self: any(r.begun_at is None for r in self.requests))
    @rule(data=st.data())
    def begin_late(self, data: st.DataObject) -> None:
        """A worker goes on; what it dawdled over for too long it gives back."""
        waiting = [request for request in self.requests if request.begun_at is None]
        self._begin(data.draw(st.sampled_from(waiting)))

    def _begin(self, request: Request) -> None:
        if self.now - (request.delivery.started_at or self.now) > BEGUN_WITHIN:
            kept = Outcome(kind=OutcomeKind.PAUSED, reason="lease_over", retry_after=1.0)
            self._settle(request, kept)
        else:
            request.begun_at = self.now
            self.arriving.append(request)

    @precondition(lambda self: self.arriving)
    @rule(data=st.data())
    def arrive(self, data: st.DataObject) -> None:
        """The platform delivers what was requested of it, perhaps after everybody gave up waiting."""
        request = data.draw(st.sampled_from(self.arriving))
        self.arriving = [each for each in self.arriving if each is not request]
        request.arrived = True
        if request.claimed.ref is None:
            self.copies[request.delivery.id] += 1
            if request.delivery.token and request.delivery.invitation_id:
                ref = request.delivery.id
                self.messages[ref] = (request.delivery.token, self._customer(request.delivery))

    @precondition(lambda self: any(r.begun_at is not None for r in self.requests))
    @rule(data=st.data(), is_lost=st.booleans())
    def answer(self, data: st.DataObject, *, is_lost: bool) -> None:
        """The platform answers, truly, unless its answer is lost; a worker may hear it when its claim is long gone."""
        under_way = [request for request in self.requests if request.begun_at is not None]
        request = data.draw(st.sampled_from(under_way))
        if is_lost:
            told = LOST
        elif request.arrived:
            told = Outcome(kind=OutcomeKind.ACCEPTED, ref=_ref(request.delivery))
        else:
            told = data.draw(st.sampled_from(PROVEN_UNSENT))
            self.arriving = [each for each in self.arriving if each is not request]
        self._settle(request, told)

    def _settle(self, request: Request, outcome: Outcome) -> None:
        self.requests = [each for each in self.requests if each is not request]
        delivery = request.delivery
        before = self.row(delivery.id)
        self.write(
            lambda tx: outcomes.settle(tx, self.world.ctx, delivery.id, delivery.fence, outcome)
        )
        if before.fence != delivery.fence or before.state is not DeliveryState.SENDING:
            assert self.row(delivery.id) == before

    @precondition(lambda self: self.requests)
    @rule()
    def crash(self) -> None:
        """The worker dies: what it requested may still arrive."""
        self.requests.clear()
        self.looks.clear()

    # --- settling ---

    @rule(dawdles=st.booleans())
    def reconcile(self, *, dawdles: bool) -> None:
        """Look for what is unknown and out of quarantine."""
        ctx = self.world.ctx
        taken = self.write(lambda tx: lookups.take_unsettled(tx, ctx, tuple(ACCOUNTS), 10))
        self.looks += taken
        for look in () if dawdles else taken:
            self.look(look, readable=True)

    @precondition(lambda self: self.looks)
    @rule(data=st.data(), readable=st.booleans())
    def look_late(self, data: st.DataObject, *, readable: bool) -> None:
        self.look(data.draw(st.sampled_from(self.looks)), readable=readable)

    def look(self, look: Look, *, readable: bool) -> None:
        self.looks.remove(look)
        finding = self._finding(look.delivery, readable=readable)
        self.write(
            lambda tx: lookups.settle_unknown(
                tx, self.world.ctx, look.delivery.id, look.delivery.fence, finding
            )
        )

    def _finding(self, delivery: Delivery, *, readable: bool) -> Finding:
        if delivery.channel is Channel.TELEGRAM:
            return Finding(kind=FindingKind.NO_HISTORY)
        if not readable:
            return Finding(kind=FindingKind.NOT_NOW, retry_after=30.0)
        if self.copies[delivery.id]:
            return Finding(kind=FindingKind.FOUND, ref=_ref(delivery))
        return Finding(kind=FindingKind.ABSENT)

    @rule(data=st.data(), verdict=st.sampled_from(list(Settlement)))
    def operator_settles(self, data: st.DataObject, verdict: Settlement) -> None:
        waiting = self.run(self.world.storage.read(lambda tx: operating.unsettled(tx, 100)))
        if waiting:
            chosen = data.draw(st.sampled_from(waiting)).delivery
            self.by_hand.add(chosen.id)
            self.write(
                lambda tx: operating.settle_by_hand(tx, self.world.ctx, chosen.id, verdict, "op")
            )

    # --- customers ---

    @rule(who=st.integers(0, 1), out=st.booleans())
    def opt(self, who: int, *, out: bool) -> None:
        """She stops us, or lets us ask again."""
        self._acts(self.customers[who], Typed(text="그만" if out else "시작"))
        self.customers[who].wants_nothing = out

    @precondition(lambda self: self.messages)
    @rule(data=st.data(), score=st.integers(1, 5))
    def tap(self, data: st.DataObject, score: int) -> None:
        key = data.draw(st.sampled_from(sorted(self.messages)))
        token, customer = self.messages[key]
        delivery = self.row(key)
        asked = delivery.invitation_id or ""
        before = self._answer(asked)
        self._acts(customer, Tap(token=token, value=str(score), message=_ref(delivery)))
        if self._answer(asked) != before:
            self.scores[asked] = score
        assert self.row(key).state not in (DeliveryState.UNKNOWN, DeliveryState.PARKED)

    def _answer(self, invitation_id: str) -> int | None:
        stored = self.write(lambda tx: tx.answers.get(invitation_id, "score"))
        return stored.score if stored else None

    def _acts(self, customer: Customer, act: Act) -> None:
        self.numbers += 1
        incoming = Incoming(
            source=f"{customer.channel}:x",
            key=str(self.numbers),
            channel=customer.channel,
            account=ACCOUNTS[customer.channel],
            user=customer.name,
            chat=customer.name,
            at=self.now,
            order=float(self.numbers),
            act=act,
        )
        self.run(self.world.desk.receive(incoming))
        assert self.run(self.world.desk.receive(incoming)).duplicate

    # --- what always holds ---

    @invariant()
    def at_most_one_automatic_copy(self) -> None:
        """G3: an ask is never doubled by itself; what else is, the ledger owns up to."""
        for key, count in self.copies.items():
            delivery = self.row(key)
            asks = delivery.delivery_class is DeliveryClass.PROACTIVE
            kept = delivery.channel is Channel.SLACK or asks
            allowed = 1 if kept and key not in self.by_hand else 1 + delivery.resends
            assert count <= allowed, delivery

    @invariant()
    def nothing_is_lost_without_a_word(self) -> None:
        """G4: what waits has its time, what ended is called by its name."""
        for delivery in self.rows():
            if delivery.state in (DeliveryState.PENDING, DeliveryState.UNKNOWN):
                assert delivery.due_at is not None, delivery
            if delivery.target_id is not None or delivery.id in self.by_hand:
                continue
            if delivery.state is DeliveryState.SENT:
                assert self.copies[delivery.id], delivery
            if delivery.state in UNSENT:
                assert self.copies[delivery.id] <= delivery.resends, delivery

    @invariant()
    def one_answer_and_it_is_hers(self) -> None:
        """G5."""
        for invitation_id, score in self.scores.items():
            assert self._answer(invitation_id) == score

    # --- the end ---

    def _may_arrive(self, request: Request) -> bool:
        started_at = request.delivery.started_at or self.now
        return self.now - started_at <= ARRIVES_WITHIN

    def _come_to_rest(self) -> None:
        """Let everything go well from here on: in the end nothing waits any more."""
        self.crash()
        for _ in range(60):
            self._pass(timedelta(hours=2))
            self.claim(dawdles=False)
            self.reconcile(dawdles=False)
            for request in tuple(self.requests):
                request.arrived = True
                if request.claimed.ref is None:
                    self.copies[request.delivery.id] += 1
                ref = _ref(request.delivery)
                self._settle(request, Outcome(kind=OutcomeKind.ACCEPTED, ref=ref))
        left = [d for d in self.rows() if d.state not in ENDED]
        assert not left, left
        self.at_most_one_automatic_copy()
        self.nothing_is_lost_without_a_word()


def _ref(delivery: Delivery) -> dict[str, Json]:
    return {"chat_id": delivery.address_id, "message_id": delivery.id}


DeliveryMachine.TestCase.settings = settings(
    max_examples=200,
    stateful_step_count=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
test_whatever_happens_no_ask_is_doubled_lost_late_or_unwanted = DeliveryMachine.TestCase
