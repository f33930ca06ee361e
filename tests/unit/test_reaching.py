"""In which of her chats a customer is asked, and when an ask goes to another of them."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

import pytest

from storage.memory import MemoryStorage
from surveys.interview import Record
from surveys.model import (
    Address,
    Channel,
    DeliveryState,
    Finding,
    FindingKind,
    Invitation,
    InvitationState,
    Json,
    Outcome,
    OutcomeKind,
)
from surveys.ports import Storage, UnitOfWork
from surveys.service import lookups, outcomes, reaching, sending
from surveys.service.people import attach
from surveys.service.reasons import in_words
from surveys.service.recording import record
from surveys.service.sending import Claimed
from tests.phones import BLOCKED, LOST
from tests.programs import varied
from tests.world import NOON, World

TELEGRAM, SLACK, WEBCHAT = Channel.TELEGRAM, Channel.SLACK, Channel.WEBCHAT
ACCEPTED = Outcome(kind=OutcomeKind.ACCEPTED, ref={"message_id": "1"})
TOO_LONG = Outcome(kind=OutcomeKind.REJECTED, reason="message_too_long")


@dataclass(frozen=True, slots=True)
class Kim:
    """A customer with some chats, oldest first, of whom something is due to be asked."""

    world: World
    person: str

    async def due(self, order: str = "o1") -> None:
        await self.world.happens("order.paid", "kim", order)
        await self.world.drain()

    async def ask(self) -> Invitation:
        """Return her newest ask."""

        def look(tx: UnitOfWork) -> Invitation:
            events = tx.events.of_person(self.person)
            return [i for e in events for i in tx.invitations.of_event(e.id)][-1]

        return await self.world.storage.read(look)

    async def claimed(self) -> Claimed | None:
        """Claim the question where it waits to go out, unless that is a browser."""
        ctx, pushed = self.world.ctx, (TELEGRAM, SLACK)
        await self.world.drain()
        for delivery_id in await self.world.write(
            lambda tx: sending.candidates(tx, ctx, pushed, 9)
        ):
            claim = partial(sending.claim, ctx=ctx, delivery_id=delivery_id)
            found = await self.world.write(claim)
            if isinstance(found, Claimed):
                return found
        return None

    async def settles(self, outcome: Outcome) -> None:
        claimed = await self.claimed()
        assert claimed is not None
        delivery, ctx = claimed.delivery, self.world.ctx
        await self.world.write(
            lambda tx: outcomes.settle(tx, ctx, delivery.id, delivery.fence, outcome)
        )
        await self.world.drain()

    async def last(self) -> tuple[str, str, Json]:
        (explained,) = await self.world.why("o1")
        verdict = explained.decisions[0].verdicts[-1]
        return verdict.kind.value, verdict.rule, verdict.values


async def kim(
    storage: Storage,
    chats: tuple[Channel, ...],
    *,
    preferred: Channel | None = None,
    **program: Json,
) -> Kim:
    checkout = {"after": "0s", "channels": program.pop("trigger", ())}
    rules = {"cap": {"asks": 9, "days": 1}, "cooldown_days": 0}
    world = World(storage, varied(triggers={"checkout": checkout}, rules=rules, **program))
    person = await world.customer("kim", preferred_channel=preferred)

    def arrive(tx: Json, channel: Channel, number: int) -> Address:
        account = "web" if channel is WEBCHAT else "ours"
        at = world.clock.now() + timedelta(minutes=number)
        return attach(
            tx, person, channel, account=account, user=f"u{number}", chat="c", locale=None,
            now=at, new_id=world.ctx.new_id,
        )  # fmt: skip

    for number, channel in enumerate(chats):
        await world.write(partial(arrive, channel=channel, number=number))
    return Kim(world, person)


@pytest.mark.parametrize(
    ("told", "channel", "chosen_by"),
    [
        ({}, SLACK, "newest"),
        ({"channels": ["telegram", "slack"]}, TELEGRAM, "program"),
        ({"channels": ["webchat"]}, WEBCHAT, "program"),
        ({"channels": ["slack"], "preferred": TELEGRAM}, TELEGRAM, "customer"),
        ({"preferred": WEBCHAT}, WEBCHAT, "customer"),
        ({"preferred": WEBCHAT, "trigger": ["slack"]}, SLACK, "trigger"),
        ({"trigger": ["webchat", "slack"], "channels": ["telegram"]}, WEBCHAT, "trigger"),
    ],
)
async def test_the_most_particular_order_decides(
    storage: Storage, told: Json, channel: Channel, chosen_by: str
) -> None:
    customer = await kim(storage, (TELEGRAM, SLACK, WEBCHAT), **told)
    await customer.due()

    kind, rule, values = await customer.last()
    assert (kind, rule) == ("released", "clear")
    assert (values["channel"], values["chosen_by"]) == (channel, chosen_by)
    assert (await customer.ask()).channel is channel


async def test_a_channel_that_nobody_named_comes_last_and_is_used(storage: Storage) -> None:
    customer = await kim(storage, (SLACK, SLACK), channels=["telegram", "webchat"])
    await customer.due()

    assert (await customer.last())[2]["chosen_by"] == "newest"


async def test_the_only_chat_needs_no_order(storage: Storage) -> None:
    customer = await kim(storage, (WEBCHAT,), channels=["telegram"])
    await customer.due()

    assert (await customer.last())[2]["chosen_by"] == "only"


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("ko", ("가장 최근 대화", "건너뛴 채널 telegram=unreachable", "다른 대화 채널로 바꿈")),
        ("en", ("her newest chat", "passed over telegram=unreachable", "goes to another chat")),
    ],
)
async def test_why_tells_which_chat_and_which_not(language: str, told: tuple[str, ...]) -> None:
    customer = await kim(MemoryStorage(), (SLACK, TELEGRAM))
    await customer.due()
    await customer.settles(BLOCKED)

    words = "\n".join(in_words(await customer.world.why("o1"), customer.world.program, language))
    assert [line for line in told if line not in words] == []


async def test_where_she_answered_last_comes_before_the_companys_order(storage: Storage) -> None:
    customer = await kim(storage, (TELEGRAM, SLACK), channels=["telegram"])
    await customer.due()
    await customer.settles(ACCEPTED)
    ask = await customer.ask()
    await customer.world.write(partial(_answered_in_slack, world=customer.world, ask=ask))

    await customer.due("o2")
    assert (await customer.ask()).channel is SLACK


def _answered_in_slack(tx: Json, world: World, ask: Invitation) -> None:
    there = replace(ask, channel=SLACK)
    at = world.clock.now()
    record(tx, world.ctx, there, Record(question="score", score=4), order=1.0, at=at)


@pytest.mark.parametrize("outcome", [BLOCKED, TOO_LONG])
async def test_a_question_that_was_refused_goes_to_the_next_chat(
    storage: Storage, outcome: Outcome
) -> None:
    customer = await kim(storage, (SLACK, TELEGRAM), channels=["telegram"])
    await customer.due()
    await customer.settles(outcome)

    kind, _, values = await customer.last()
    why = "unreachable" if outcome.unreachable else outcome.reason
    assert (kind, values["channel"], values["passed_over"]) == (
        "released",
        "slack",
        {"telegram": why},
    )
    await customer.settles(ACCEPTED)
    ask = await customer.ask()
    assert (ask.state, ask.channel) == (InvitationState.OPEN, SLACK)
    verdicts = await customer.world.verdicts("o1")
    assert [rule for kind, rule in verdicts if kind == "held"] == ["turn", "fell_back"]
    slots = await customer.world.write(lambda tx: tx.clocks.lock(customer.person))
    assert [slot.invitation_id for slot in slots] == [ask.id]
    (cohort,) = await customer.world.storage.read(
        lambda tx: tx.reports.funnel(NOON.date(), NOON.date())
    )
    assert (cohort.dimensions.channel, cohort.invited, cohort.delivered) == ("slack", 1, 1)


async def test_every_chat_is_tried_once(storage: Storage) -> None:
    customer = await kim(storage, (WEBCHAT, SLACK, TELEGRAM))
    await customer.due()
    await customer.settles(TOO_LONG)
    await customer.settles(TOO_LONG)

    ask = await customer.ask()
    assert (ask.channel, ask.state) == (WEBCHAT, InvitationState.OPEN)
    assert await customer.claimed() is None


async def test_refused_everywhere_it_ends_with_the_last_reason(storage: Storage) -> None:
    customer = await kim(storage, (SLACK, TELEGRAM))
    await customer.due()
    await customer.settles(TOO_LONG)
    await customer.settles(TOO_LONG)

    assert (await customer.last())[:2] == ("skipped", "message_too_long")
    assert await customer.world.write(lambda tx: tx.clocks.lock(customer.person)) == ()


async def test_what_may_have_arrived_never_goes_to_another_chat(storage: Storage) -> None:
    """Nor once it was found absent, sent again and then refused: twice is worse than not at all."""
    customer = await kim(storage, (SLACK, TELEGRAM))
    await customer.due()
    await customer.settles(LOST)
    ctx, pushed = customer.world.ctx, (TELEGRAM, SLACK)
    customer.world.clock.at += timedelta(minutes=1)
    (look,) = await customer.world.write(lambda tx: lookups.take_unsettled(tx, ctx, pushed, 9))
    absent = Finding(kind=FindingKind.ABSENT)
    await customer.world.write(
        lambda tx: lookups.settle_unknown(tx, ctx, look.delivery.id, look.delivery.fence, absent)
    )
    await customer.settles(BLOCKED)

    assert (await customer.last())[:2] == ("skipped", "blocked")
    assert await customer.claimed() is None


async def test_a_chat_blocked_before_the_claim_is_passed_over(storage: Storage) -> None:
    customer = await kim(storage, (SLACK, TELEGRAM))
    await customer.due()
    ask = await customer.ask()

    def block(tx: Json) -> None:
        address = tx.addresses.get(ask.address_id)
        tx.addresses.save(replace(address, reachable=False))

    await customer.world.write(block)
    assert await customer.claimed() is None
    claimed = await customer.claimed()

    assert claimed is not None
    assert claimed.delivery.channel is SLACK


async def down(customer: Kim, channel: Channel, state: str) -> None:
    await customer.world.write(lambda tx: reaching.report(tx, customer.world.ctx, channel, state))


async def rescued(customer: Kim) -> int:
    found = await customer.world.write(lambda tx: reaching.rescue(tx, customer.world.ctx))
    await customer.world.drain()
    return found


@pytest.mark.parametrize("state", ["red", "off"])
async def test_a_channel_that_stays_down_loses_its_asks(storage: Storage, state: str) -> None:
    customer = await kim(storage, (SLACK, TELEGRAM), fall_back_after="15m")
    await down(customer, TELEGRAM, "ok")
    await customer.due()
    await down(customer, TELEGRAM, state)
    await down(customer, TELEGRAM, state)
    customer.world.clock.at += timedelta(minutes=14)
    early = await rescued(customer)
    customer.world.clock.at += timedelta(minutes=1)
    found = (early, await rescued(customer), await rescued(customer))

    assert found == (0, 1, 0)
    assert (await customer.last())[2] == {
        "need": 1.0,
        "freshness": pytest.approx(1.0, abs=0.01),
        "score": pytest.approx(1.0, abs=0.01),
        "channel": "slack",
        "chosen_by": "newest",
        "passed_over": {"telegram": state},
    }
    await customer.due("o2")
    assert (await customer.ask()).channel is SLACK


async def test_a_channel_that_came_up_again_is_used_again(storage: Storage) -> None:
    customer = await kim(storage, (SLACK, TELEGRAM))
    for state in ("red", "starting"):
        await down(customer, TELEGRAM, state)
        customer.world.clock.at += timedelta(hours=1)
    await customer.due()

    assert (await customer.ask()).channel is TELEGRAM


async def test_an_ask_without_another_chat_waits_for_its_channel(storage: Storage) -> None:
    customer = await kim(storage, (TELEGRAM,))
    await down(customer, TELEGRAM, "red")
    await customer.due()
    customer.world.clock.at += timedelta(hours=1)

    assert await rescued(customer) == 0
    assert (await customer.ask()).state is InvitationState.OPEN
    assert await customer.claimed() is not None


async def test_a_question_under_way_stays_where_it_is(storage: Storage) -> None:
    customer = await kim(storage, (SLACK, TELEGRAM), fall_back_after="5s")
    await down(customer, TELEGRAM, "red")
    await customer.due()
    claimed = await customer.claimed()
    assert claimed is not None
    customer.world.clock.at += timedelta(seconds=6)

    assert await rescued(customer) == 0
    delivery = await customer.world.storage.read(lambda tx: tx.deliveries.get(claimed.delivery.id))
    assert delivery is not None
    assert delivery.state is DeliveryState.SENDING


async def test_a_question_lost_once_stays_where_it_is(storage: Storage) -> None:
    """Its answer came to nothing known; that its next request was refused says nothing of the first."""
    customer = await kim(storage, (SLACK, TELEGRAM))
    await customer.due()
    ask = await customer.ask()

    def lose(tx: UnitOfWork) -> None:
        (asked,) = tx.deliveries.of_invitation(ask.id)
        tx.deliveries.attempt(asked.id, 1, customer.world.clock.now())
        tx.deliveries.finish_attempt(asked.id, 1, customer.world.clock.now(), LOST)
        tx.deliveries.save(replace(asked, fence=1))

    await customer.world.write(lose)
    await customer.settles(BLOCKED)

    assert (await customer.last())[:2] == ("skipped", "blocked")
