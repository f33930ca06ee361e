"""The outbox: rules re-checked at the claim, one request, an outcome, and never a second try unasked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from surveys.model import (
    Channel,
    Delivery,
    DeliveryState,
    Finding,
    FindingKind,
    Json,
    Outcome,
    OutcomeKind,
    Purpose,
    Tap,
    Typed,
)
from surveys.ports import Storage
from surveys.service import lookups, outcomes, sending
from surveys.service.people import ConsentGiven, CustomerUpsert, upsert
from surveys.service.sending import Claimed, NotClaimed
from tests.phones import BLOCKED, LOST, NOT_SENT, Phone
from tests.programs import varied
from tests.world import NOON, World

PARKED = DeliveryState.PARKED
ACCEPTED = Outcome(kind=OutcomeKind.ACCEPTED, ref={"chat_id": "7001", "message_id": "m1"})


async def due(
    storage: Storage, at: datetime = NOON, *, reminder: bool = False
) -> tuple[World, Phone, str]:
    """A customer whose question about an order is due to go out."""
    checkout = {"after": "0s", "reminder": reminder}
    world = World(storage, varied(triggers={"checkout": checkout}))
    world.clock.at = at
    phone = Phone(world)
    person = await world.customer("kim")
    await phone.starts(person)
    await world.happens("order.paid", "kim")
    await world.drain()
    return world, phone, person


async def claimed(phone: Phone) -> Claimed:
    (one,) = await phone.claims()
    return one


async def row(world: World, delivery_id: str) -> Delivery:
    delivery = await world.storage.read(lambda tx: tx.deliveries.get(delivery_id))
    assert delivery is not None
    return delivery


async def slots(world: World, person: str) -> list[datetime]:
    return [slot.at for slot in await world.write(lambda tx: tx.clocks.lock(person))]


async def cohort(world: World) -> list[tuple[int, int, int]]:
    rows = await world.storage.read(
        lambda tx: tx.reports.funnel(NOON.date(), NOON.date() + timedelta(days=90))
    )
    return [(r.invited, r.delivered, r.answered) for r in rows]


# --- the way out -------------------------------------------------------------------------------------


async def test_a_claim_commits_the_intent_and_names_nothing_to_edit(storage: Storage) -> None:
    world, phone, _ = await due(storage)

    one = await claimed(phone)
    stored = await row(world, one.delivery.id)
    assert stored == one.delivery
    assert (stored.state, stored.fence, stored.attempts) == (DeliveryState.SENDING, 1, 1)
    assert (stored.started_at, stored.due_at, one.ref) == (NOON, None, None)
    assert await phone.claims() == ()


async def test_an_accepted_question_opens_the_invitation_and_is_counted(storage: Storage) -> None:
    world, phone, _ = await due(storage)
    one = await claimed(phone)

    done = await phone.settles(one, ACCEPTED)
    assert done is not None
    assert (done.state, done.ref) == (DeliveryState.SENT, ACCEPTED.ref)
    assert await cohort(world) == [(1, 1, 0)]


async def test_an_outcome_that_comes_too_late_changes_nothing(storage: Storage) -> None:
    world, phone, _ = await due(storage)
    one = await claimed(phone)
    await phone.settles(one, NOT_SENT)
    await world.later(minutes=1)
    again = await claimed(phone)
    assert again.delivery.fence == 2

    assert await phone.settles(one, ACCEPTED) is None
    assert (await row(world, one.delivery.id)).state is DeliveryState.SENDING
    await phone.settles(again, ACCEPTED)
    assert await phone.settles(again, LOST) is None
    assert (await row(world, one.delivery.id)).state is DeliveryState.SENT


async def test_an_outcome_of_nothing_known_is_void(storage: Storage) -> None:
    world, _, _ = await due(storage)

    settled = await world.write(lambda tx: outcomes.settle(tx, world.ctx, "nothing", 1, ACCEPTED))
    assert settled is None


async def test_what_somebody_else_claimed_or_ended_is_not_claimed(storage: Storage) -> None:
    world, phone, _ = await due(storage)
    one = await claimed(phone)

    for delivery_id in (one.delivery.id, "nothing"):
        work = partial(sending.claim, ctx=world.ctx, delivery_id=delivery_id)
        assert await world.write(work) is NotClaimed.NOT_NOW


# --- rules re-checked at the claim -----------------------------------------------------------------


async def test_nobody_is_asked_who_opted_out_after_the_release(storage: Storage) -> None:
    world, phone, person = await due(storage)
    assert len(await slots(world, person)) == 1
    await phone.acts(Typed(text="수신거부"))

    assert await phone.reads() == ["notice", "notice"]
    assert (await world.verdicts("kim"))[-1] == ("skipped", "consent_withdrawn")
    assert await slots(world, person) == []
    assert await cohort(world) == [(1, 0, 0)]


async def test_quiet_hours_that_begin_after_the_release_hold_it_till_the_morning(
    storage: Storage,
) -> None:
    evening = datetime(2026, 11, 2, 11, 59, 59, tzinfo=UTC)
    world, phone, person = await due(storage, evening)

    world.clock.at = evening + timedelta(seconds=1)
    assert await phone.claims() == ()
    assert (await world.verdicts("kim"))[-1] == ("held", "quiet_hours")
    world.clock.at = datetime(2026, 11, 2, 23, 0, tzinfo=UTC)
    assert await phone.reads() == ["notice", "question"]
    assert await world.verdicts("kim") == [
        ("held", "turn"),
        ("released", "clear"),
        ("held", "quiet_hours"),
        ("asked", "clear"),
    ]
    assert await slots(world, person) == [world.clock.at]


async def test_the_cohort_day_is_the_day_it_went_out(storage: Storage) -> None:
    evening = datetime(2026, 11, 2, 11, 59, 59, tzinfo=UTC)
    world, phone, _ = await due(storage, evening)
    world.clock.at = evening + timedelta(seconds=1)
    await phone.claims()
    world.clock.at = datetime(2026, 11, 2, 23, 0, tzinfo=UTC)
    one = await claimed(phone)

    tap = Tap(token=one.delivery.token or "", value="5")
    await phone.acts(tap)
    await phone.accepts(one)
    next_day = datetime(2026, 11, 3, tzinfo=UTC).date()
    (only,) = await world.storage.read(lambda tx: tx.reports.funnel(next_day, next_day))
    assert (only.invited, only.delivered, only.answered) == (1, 1, 1)
    assert await cohort(world) == [(1, 1, 1)]


async def test_a_question_past_its_time_is_expired_not_sent(storage: Storage) -> None:
    world, phone, person = await due(storage)
    one = await claimed(phone)
    await phone.settles(one, NOT_SENT)

    world.clock.at = NOON + timedelta(days=2)
    missed = await world.write(lambda tx: sending.claim(tx, world.ctx, one.delivery.id))
    assert missed is NotClaimed.CHANGED
    assert (await row(world, one.delivery.id)).state is DeliveryState.EXPIRED
    assert (await world.verdicts("kim"))[-1] == ("expired", "ask_by")
    assert await slots(world, person) == []


async def test_what_expires_in_the_queue_is_ended_by_the_sweep(storage: Storage) -> None:
    world, phone, person = await due(storage)
    await phone.acts(Typed(text="도움말"))

    world.clock.at = NOON + timedelta(days=2)
    expired = await world.write(lambda tx: sending.expire(tx, world.ctx, 9))
    assert expired == 2
    assert await slots(world, person) == []
    assert await world.write(lambda tx: sending.expire(tx, world.ctx, 9)) == 0


async def test_a_right_to_know_outlives_an_outage(storage: Storage) -> None:
    world, phone, _ = await due(storage)
    await phone.acts(Typed(text="그만"))

    world.clock.at = NOON + timedelta(days=5)
    assert await phone.reads() == ["notice", "notice"]


# --- outcomes --------------------------------------------------------------------------------------


async def test_an_unknown_outcome_stays_unknown_and_holds_the_slot(storage: Storage) -> None:
    world, phone, person = await due(storage)
    one = await claimed(phone)

    await phone.settles(one, LOST)
    await world.later(hours=2)
    assert await phone.claims() == ()
    stored = await row(world, one.delivery.id)
    assert (stored.state, stored.reason) == (DeliveryState.UNKNOWN, "timeout")
    assert await slots(world, person) == [NOON]
    assert await cohort(world) == [(1, 0, 0)]


async def test_a_tap_proves_an_unknown_question_and_lets_it_be_edited(storage: Storage) -> None:
    world, phone, _ = await due(storage)
    one = await claimed(phone)
    await phone.settles(one, LOST)

    name = {"chat_id": "7001", "message_id": "m9"}
    await phone.acts(Tap(token=one.delivery.token or "", value="5", message=name))
    stored = await row(world, one.delivery.id)
    assert (stored.state, stored.ref) == (DeliveryState.SENT, name)
    assert await cohort(world) == [(1, 1, 1)]
    edits = [c for c in await phone.claims() if c.ref is not None]
    assert [(c.delivery.kind, c.ref) for c in edits] == [("chosen", name)]


async def test_a_reminder_that_arrives_counts_for_a_question_that_nobody_can_tell_of(
    storage: Storage,
) -> None:
    world, phone, _ = await due(storage, reminder=True)
    question = await claimed(phone)
    await phone.settles(question, LOST)
    await world.later(seconds=31)
    await phone.looks()
    assert await cohort(world) == [(1, 0, 0)]

    await world.later(hours=24)
    await phone.accepts(await claimed(phone))
    await phone.taps("5")
    assert await cohort(world) == [(1, 1, 1)]
    parked = await row(world, question.delivery.id)
    await world.write(lambda tx: outcomes.sent(tx, world.ctx, parked, None))
    assert await cohort(world) == [(1, 1, 1)]


async def test_an_edit_of_a_message_that_may_not_exist_waits_and_is_dropped(
    storage: Storage,
) -> None:
    world, phone, _ = await due(storage)
    await phone.settles(await claimed(phone), LOST)

    await world.happens("order.refunded", "kim")
    assert await phone.claims() == ()
    await world.later(seconds=31)
    await phone.looks()
    assert await phone.claims() == ()
    dropped = await world.storage.read(
        lambda tx: tx.deliveries.in_state(DeliveryState.SUPPRESSED, 9)
    )
    assert [(d.kind, d.reason) for d in dropped] == [("withdrawn", "nothing_to_edit")]


async def test_an_edit_waits_for_the_message_it_edits(storage: Storage) -> None:
    _world, phone, _ = await due(storage)
    one = await claimed(phone)
    await phone.acts(Tap(token=one.delivery.token or "", value="5"))

    assert await phone.claims() == ()
    await phone.accepts(one)
    assert [c.delivery.kind for c in await phone.claims()] == ["chosen"]


async def test_a_worker_that_never_came_back_leaves_the_question_unknown(storage: Storage) -> None:
    world, phone, _ = await due(storage)
    one = await claimed(phone)

    await world.later(seconds=30)
    assert (await row(world, one.delivery.id)).state is DeliveryState.SENDING
    await world.later(seconds=1)
    stored = await row(world, one.delivery.id)
    assert (stored.state, stored.reason) == (DeliveryState.UNKNOWN, "worker_lost")
    assert await world.write(lambda tx: outcomes.recover(tx, world.ctx, 9)) == 0


async def answered(storage: Storage) -> tuple[World, Phone]:
    """A customer who has just tapped, so that the reason question is due."""
    world, phone, _ = await due(storage)
    await phone.reads()
    await phone.taps("5")
    return world, phone


async def take(phone: Phone, kind: str) -> Claimed:
    """Claim what is due one after the other, accept all before the message of a kind, and return that."""
    for _ in range(9):
        for one in await phone.claims():
            if one.delivery.kind == kind:
                return one
            await phone.accepts(one)
    raise AssertionError(kind)


async def test_the_next_message_of_a_dialogue_is_sent_once_more_after_its_quarantine(
    storage: Storage,
) -> None:
    world, phone = await answered(storage)
    first = await take(phone, "reason")
    await phone.settles(first, LOST)
    assert (await phone.looks(), await phone.claims()) == ([], ())
    assert (await row(world, first.delivery.id)).state is DeliveryState.UNKNOWN

    await world.later(seconds=30)
    assert len(await phone.looks()) == 1
    second = await take(phone, "reason")
    assert (second.delivery.id, second.delivery.resends) == (first.delivery.id, 1)
    await phone.settles(second, LOST)
    await world.later(minutes=5)
    await phone.looks()
    assert await phone.claims() == ()
    parked = await row(world, first.delivery.id)
    assert (parked.state, parked.reason, parked.due_at) == (PARKED, "timeout_again", None)


async def test_an_ask_that_may_have_arrived_is_parked_and_keeps_its_place(
    storage: Storage,
) -> None:
    world, phone, person = await due(storage)
    one = await claimed(phone)
    await phone.settles(one, LOST)
    await world.later(seconds=30)
    await phone.looks()

    parked = await row(world, one.delivery.id)
    assert (parked.state, parked.reason) == (PARKED, "timeout")
    assert len(await slots(world, person)) == 1
    await phone.acts(Tap(token=one.delivery.token or "", value="5"))
    assert (await row(world, one.delivery.id)).state is DeliveryState.SENT
    assert await cohort(world) == [(1, 1, 1)]


@pytest.mark.parametrize(
    ("found", "state", "resends"),
    [
        (Finding(kind=FindingKind.FOUND, ref={"ts": "1.2"}), DeliveryState.SENT, 0),
        (Finding(kind=FindingKind.ABSENT), DeliveryState.PENDING, 1),
        (Finding(kind=FindingKind.NO_HISTORY, reason="no_keys"), DeliveryState.PARKED, 0),
        (Finding(kind=FindingKind.NOT_NOW, retry_after=9), DeliveryState.UNKNOWN, 0),
    ],
    ids=lambda value: value.kind.value if isinstance(value, Finding) else "",
)
async def test_an_unknown_ask_becomes_what_the_history_tells(
    storage: Storage, found: Finding, state: DeliveryState, resends: int
) -> None:
    world, phone, _ = await due(storage)
    one = await claimed(phone)
    await phone.settles(one, LOST)
    await world.later(seconds=30)

    await phone.looks(found)
    settled = await row(world, one.delivery.id)
    assert (settled.state, settled.resends) == (state, resends)
    assert settled.ref == found.ref
    assert await phone.looks(found) == []


async def test_a_look_of_before_the_ask_was_sent_again_changes_nothing(storage: Storage) -> None:
    world, phone, _ = await due(storage)
    one = await claimed(phone)
    await phone.settles(one, LOST)
    await world.later(seconds=30)
    await phone.looks(Finding(kind=FindingKind.ABSENT))
    again = await claimed(phone)
    await phone.settles(again, LOST)

    late = Finding(kind=FindingKind.ABSENT)
    settled = await world.write(
        lambda tx: lookups.settle_unknown(tx, world.ctx, one.delivery.id, 1, late)
    )
    assert settled is None
    assert (await row(world, one.delivery.id)).state is DeliveryState.UNKNOWN


async def test_absent_twice_is_left_to_the_operator(storage: Storage) -> None:
    world, phone, _ = await due(storage)
    tries = []
    for _ in range(2):
        tries.append(await claimed(phone))
        await phone.settles(tries[-1], LOST)
        await world.later(seconds=31)
        await phone.looks(Finding(kind=FindingKind.ABSENT))

    parked = await row(world, tries[0].delivery.id)
    assert (parked.state, parked.reason, parked.fence) == (PARKED, "absent_again", 2)


async def test_a_history_that_stays_unreadable_is_given_up_after_a_day(storage: Storage) -> None:
    world, phone, _ = await due(storage)
    one = await claimed(phone)
    await phone.settles(one, LOST)
    unreadable = Finding(kind=FindingKind.NOT_NOW, reason="http_500")
    for _ in range(3):
        await world.later(hours=9)
        await phone.looks(unreadable)

    parked = await row(world, one.delivery.id)
    assert (parked.state, parked.reason) == (PARKED, "http_500")


async def test_a_tap_on_a_message_that_would_be_sent_again_spares_that(storage: Storage) -> None:
    world, phone = await answered(storage)
    first = await take(phone, "reason")
    await phone.settles(first, LOST)

    chip = first.prompt.chips[0].value
    name = {"chat_id": "7001", "message_id": "m9"}
    await phone.acts(Tap(token=first.delivery.token or "", value=chip, message=name))
    await world.later(minutes=1)
    assert "reason" not in [c.delivery.kind for c in await phone.claims() if c.ref is None]
    assert (await row(world, first.delivery.id)).ref == name


async def test_an_edit_is_tried_again_as_it_can_do_no_harm(storage: Storage) -> None:
    world, phone = await answered(storage)

    edit = await take(phone, "chosen")
    for _ in range(outcomes.MOST_TRIES - 1):
        await phone.settles(edit, LOST)
        await world.later(minutes=15)
        edit = await take(phone, "chosen")
    await phone.settles(edit, LOST)
    given_up = await row(world, edit.delivery.id)
    assert (given_up.state, given_up.reason) == (DeliveryState.FAILED, "timeout")


async def test_an_older_edit_is_not_tried_again_after_a_newer_one(storage: Storage) -> None:
    world, phone = await answered(storage)
    older = await take(phone, "chosen")
    await phone.acts(Tap(token=older.delivery.token or "", value="change"))
    await phone.settles(older, LOST)

    overtaken = await row(world, older.delivery.id)
    assert (overtaken.state, overtaken.reason) == (DeliveryState.SUPPRESSED, "overtaken")


async def test_what_was_proven_not_sent_backs_off_and_fails_after_eight_tries(
    storage: Storage,
) -> None:
    world, phone, person = await due(storage)
    waits = []
    delivery = await phone.settles(await claimed(phone), NOT_SENT)
    while delivery is not None and delivery.due_at is not None:
        waits.append(delivery.due_at - world.clock.at)
        world.clock.at = delivery.due_at
        delivery = await phone.settles(await claimed(phone), NOT_SENT)
    assert delivery is not None
    assert (len(waits), delivery.attempts) == (outcomes.MOST_TRIES - 1, outcomes.MOST_TRIES)
    assert all(
        timedelta(0) <= wait <= timedelta(seconds=2**n) for n, wait in enumerate(waits, start=1)
    )
    assert delivery.state is DeliveryState.FAILED
    assert await slots(world, person) == []
    assert await world.verdicts("kim") == [
        ("held", "turn"),
        ("released", "clear"),
        ("asked", "clear"),
        ("skipped", "refused_500"),
    ]


@pytest.mark.parametrize("scope", ["chat", "account"])
async def test_a_429_pauses_its_whole_scope_and_costs_no_try(storage: Storage, scope: str) -> None:
    world, phone, _ = await due(storage)
    one = await claimed(phone)
    other = Phone(world, "7002")
    await other.starts(await world.customer("lee"))
    await world.happens("order.paid", "lee", "o2")

    busy = Outcome(kind=OutcomeKind.PAUSED, retry_after=40, scope=scope, reason="429")
    delivery = await phone.settles(one, busy)
    assert delivery is not None
    assert (delivery.state, delivery.attempts) == (DeliveryState.PENDING, 0)
    free = [c.address.user for c in await phone.claims()]
    assert free == (["7002"] if scope == "chat" else [])
    world.clock.at += timedelta(seconds=40)
    assert "7001" in [c.address.user for c in await phone.claims()]


async def test_refused_credentials_hold_the_channel_and_cost_no_try(storage: Storage) -> None:
    world, phone, _ = await due(storage)
    refused = Outcome(kind=OutcomeKind.NOT_SENT, account_down=True, reason="unauthorized")

    delivery = await phone.settles(await claimed(phone), refused)
    assert delivery is not None
    assert delivery.attempts == 0
    world.clock.at += timedelta(seconds=59)
    assert await phone.claims() == ()
    world.clock.at += timedelta(seconds=1)
    assert len(await phone.claims()) == 1


async def test_a_chat_that_moved_is_followed_at_once(storage: Storage) -> None:
    world, phone, person = await due(storage)
    moved = Outcome(kind=OutcomeKind.NOT_SENT, moved_to="-100", reason="migrated")

    await phone.settles(await claimed(phone), moved)
    assert (await claimed(phone)).address.chat == "-100"
    (address,) = await world.storage.read(lambda tx: tx.addresses.of_person(person))
    assert address.chat == "-100"


async def test_a_rejection_without_a_word_is_still_a_reason(storage: Storage) -> None:
    world, phone, person = await due(storage)

    failed = await phone.settles(await claimed(phone), Outcome(kind=OutcomeKind.REJECTED))
    assert failed is not None
    assert (failed.state, failed.reason) == (DeliveryState.FAILED, "rejected")
    (address,) = await world.storage.read(lambda tx: tx.addresses.of_person(person))
    assert address.reachable


async def test_a_rejected_notice_ends_nothing_but_itself(storage: Storage) -> None:
    world, phone, _ = await due(storage)
    await phone.reads()
    await phone.acts(Typed(text="도움말"))

    notice = await claimed(phone)
    failed = await phone.settles(notice, Outcome(kind=OutcomeKind.REJECTED, reason="too_long"))
    assert failed is not None
    assert failed.state is DeliveryState.FAILED
    assert (await world.verdicts("kim"))[-1] == ("asked", "clear")


# --- putting off -----------------------------------------------------------------------------------


async def test_what_cannot_even_be_claimed_is_put_off_and_fails_in_the_end(
    storage: Storage,
) -> None:
    world, phone, person = await due(storage)
    (delivery_id,) = await world.write(
        lambda tx: sending.candidates(tx, world.ctx, (Channel.TELEGRAM,), 9)
    )

    for _ in range(outcomes.MOST_TRIES):
        await world.write(lambda tx: sending.put_off(tx, world.ctx, delivery_id))
        assert await phone.claims() == ()
        world.clock.at += timedelta(minutes=1)
    stored = await row(world, delivery_id)
    assert (stored.state, stored.reason) == (DeliveryState.FAILED, "bug")
    assert await slots(world, person) == []
    await world.write(lambda tx: sending.put_off(tx, world.ctx, delivery_id))
    assert await row(world, delivery_id) == stored


async def test_a_consent_given_again_does_not_undo_an_opt_out(storage: Storage) -> None:
    world, phone, _ = await due(storage)
    await phone.acts(Typed(text="그만"))
    later = ConsentGiven(
        purpose=Purpose.SERVICE_SURVEY,
        at=NOON + timedelta(minutes=1),
        source="import",
        text_version="1",
    )
    wanted = CustomerUpsert(id="kim", consents=(later,))
    await world.write(lambda tx: upsert(tx, wanted, now=NOON, new_id=world.ctx.new_id))

    assert await phone.reads() == ["notice", "notice"]
    assert (await world.verdicts("kim"))[-1] == ("skipped", "opted_out")


async def test_a_message_without_an_address_is_dropped() -> None:
    world, phone, _ = await due(World().storage)
    (delivery_id,) = await world.write(
        lambda tx: sending.candidates(tx, world.ctx, (Channel.TELEGRAM,), 9)
    )
    stored = await row(world, delivery_id)
    await world.write(lambda tx: tx.deliveries.save(replace(stored, address_id="gone")))

    assert await phone.claims() == ()
    assert (await world.verdicts("kim"))[-1] == ("skipped", "address_gone")


async def test_a_question_left_lying_gives_way_to_one_that_began_after_it(storage: Storage) -> None:
    live = varied(
        rules={"cap": {"asks": 1, "days": 1}, "cooldown_days": 0, "quiet_hours": None},
        triggers={"signup": {"after": "0s"}},
    )
    world = World(storage, live)
    session = await world.browser(await world.customer("kim"))
    await world.happens("account.created", "kim", "u1", id="first")
    await world.drain()
    await world.later(days=1)
    await world.happens("account.created", "kim", "u2", id="second")

    assert [b.prompt.kind for b in await world.sees(session)] == ["question"]
    assert (await world.verdicts("first"))[-1] == ("held", "cap")
    assert (await world.verdicts("second"))[-1] == ("asked", "clear")
    await world.later(days=1)
    assert len(await world.sees(session)) == 2


async def last_verdict(world: World) -> tuple[str, str, Json]:
    (explanation,) = await world.why("kim")
    verdict = explanation.decisions[0].verdicts[-1]
    return verdict.kind.value, verdict.rule, dict(verdict.values)


async def test_every_end_of_a_question_says_on_what_values(storage: Storage) -> None:
    world, phone, _ = await due(storage)
    await phone.acts(Typed(text="수신거부"))
    await phone.reads()
    values = {"at": "2026-11-02T03:00:00Z", "source": "stop_command"}
    assert await last_verdict(world) == ("skipped", "consent_withdrawn", values)


async def test_a_question_that_nobody_takes_says_where_and_till_when(storage: Storage) -> None:
    world, _, _ = await due(storage)
    await world.later(days=7)
    values = {"channel": "telegram", "ask_by": "2026-11-04T03:00:00+00:00"}
    assert await last_verdict(world) == ("expired", "ask_by", values)


async def test_a_question_that_the_platform_refuses_says_how_often_it_was_tried(
    storage: Storage,
) -> None:
    world, phone, _ = await due(storage)
    await phone.settles(await claimed(phone), BLOCKED)
    values = {"channel": "telegram", "tries": 1}
    assert await last_verdict(world) == ("skipped", "blocked", values)


async def test_a_reminder_that_the_night_holds_leaves_the_question_asked(storage: Storage) -> None:
    live = varied(triggers={"checkout": {"after": "0s", "reminder": True}})
    world = World(storage, live)
    world.clock.at = datetime(2026, 11, 2, 11, 59, 58, tzinfo=UTC)
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    await world.happens("order.paid", "kim")
    await phone.reads()
    await world.later(hours=24)
    world.clock.at += timedelta(seconds=5)

    assert [one.delivery.kind for one in await phone.claims()] == ["moved"]
    assert (await last_verdict(world))[:2] == ("asked", "clear")
