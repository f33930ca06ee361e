"""From an event to a question: decided, held, released, withdrawn, expired, over every storage."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from surveys.model import (
    Acceptance,
    Channel,
    CountRule,
    CustomerHint,
    DeliveryState,
    Dimensions,
    Event,
    FunnelCount,
    Identifier,
    InvitationState,
    Json,
    Outcome,
    OutcomeKind,
    Purpose,
    Reached,
    ScoreCount,
    Tap,
    Typed,
)
from surveys.ports import Storage
from surveys.service.asking import reconsider
from surveys.service.live import LiveProgram
from surveys.service.people import ConsentGiven, CustomerUpsert, create_link, upsert
from surveys.service.turns import put_off, whose_turn
from tests.contract.examples import add_score
from tests.phones import BLOCKED, LOST, NOT_SENT, Phone
from tests.programs import standard, varied
from tests.world import NOON, SHOPIFY, World

DAY = date(2026, 11, 2)
SECOND = timedelta(seconds=1)
BEGUN_AT_ONCE = [("held", "turn"), ("released", "clear")]
ASKED = [("held", "delay"), ("released", "clear"), ("asked", "clear")]


async def scores(world: World) -> tuple[ScoreCount, ...]:
    return await world.storage.read(
        lambda tx: tx.reports.scores(CountRule.NEWEST, DAY, date(2027, 12, 31))
    )


async def funnel(world: World) -> tuple[FunnelCount, ...]:
    return await world.storage.read(lambda tx: tx.reports.funnel(DAY, date(2027, 12, 31)))


async def cohort(world: World) -> list[tuple[int, int, int]]:
    return [(row.invited, row.delivered, row.answered) for row in await funnel(world)]


async def slots(world: World, person: str) -> int:
    return len(await world.write(lambda tx: tx.clocks.lock(person)))


async def states(world: World, person: str, subject: str = "o1") -> list[str]:
    def look(tx: Json) -> list[str]:
        events = [e for e in tx.events.of_person(person) if e.event.subject == subject]
        return [i.state.value for e in events for i in tx.invitations.of_event(e.id)]

    return await world.storage.read(look)


def kinds(bubbles: Json) -> list[str]:
    return [bubble.prompt.kind for bubble in bubbles]


# --- the whole way ---------------------------------------------------------------------------------


async def test_an_order_becomes_a_question_and_a_counted_answer(storage: Storage) -> None:
    world = World(storage)
    person = await world.customer("kim")
    session = await world.browser(person)

    assert await world.happens("order.paid", "kim") is Acceptance.NEW
    assert await world.verdicts("kim") == [("held", "delay")]
    assert await world.sees(session) == ()

    await world.later(minutes=31)
    (bubble,) = await world.sees(session)
    assert bubble.prompt.kind == "question"
    assert [b.value for b in bubble.prompt.scale] == ["1", "2", "3", "4", "5"]

    await world.taps(session, "2")
    assert kinds(await world.sees(session)) == ["chosen", "reason"]
    await world.acts(session, Typed(text="배송이 늦었어요"))
    assert kinds(await world.sees(session)) == ["chosen", "reason_done", "thanks"]

    (row,) = await scores(world)
    assert row.counts == (0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
    assert await cohort(world) == [(1, 1, 1)]
    assert await world.verdicts("kim") == ASKED


# --- accepting -------------------------------------------------------------------------------------


async def test_i04_the_same_event_is_a_duplicate_and_another_content_a_conflict(
    storage: Storage,
) -> None:
    world = World(storage)
    await world.browser(await world.customer("kim"))

    assert await world.happens("order.paid", "kim", id="e") is Acceptance.NEW
    assert await world.happens("order.paid", "kim", id="e") is Acceptance.DUPLICATE
    assert await world.happens("order.paid", "kim", "o2", id="e") is Acceptance.CONFLICT
    assert await world.happens("order.paid", "kim", id="e", source="other") is Acceptance.NEW
    assert sorted(await world.verdicts("kim")) == [("held", "delay"), ("skipped", "asked_already")]


async def test_an_event_of_a_type_that_nothing_waits_for_is_kept_without_a_decision(
    storage: Storage,
) -> None:
    world = World(storage)
    await world.customer("kim")

    assert await world.happens("order.viewed", "kim", id="e") is Acceptance.NEW
    (explanation,) = await world.why("e")
    assert explanation.decisions == ()


async def test_only_declared_data_of_an_event_is_kept(storage: Storage) -> None:
    world = World(storage)
    await world.happens("order.paid", None, id="e", data={"amount": 9000, "address": "secret"})

    (explanation,) = await world.why("e")
    assert explanation.event.event.data == {"amount": 9000}


# --- who is meant ----------------------------------------------------------------------------------


async def test_a_guest_order_is_a_stored_and_explained_decision(storage: Storage) -> None:
    world = World(storage)

    assert await world.happens("order.paid", None, id="e") is Acceptance.NEW
    assert await world.verdicts("e") == [("skipped", "customer_unknown")]


async def test_a_consent_given_later_releases_the_ask(storage: Storage) -> None:
    world = World(storage)
    person = await world.customer("kim", consent=False)
    phone = Phone(world)
    token = await world.write(
        lambda tx: create_link(tx, person, Channel.SLACK, now=NOON, new_token=world.ctx.new_token)
    )
    assert token
    await world.happens("order.paid", "kim")
    assert await world.verdicts("kim") == [("held", "unreachable")]

    await world.later(hours=2)
    await phone.starts(person)
    assert await phone.reads() == ["notice", "question"]
    assert await world.verdicts("kim") == [
        ("held", "unreachable"),
        ("held", "turn"),
        ("released", "clear"),
        ("asked", "clear"),
    ]


async def test_a_consent_by_upsert_releases_what_waited_for_it(storage: Storage) -> None:
    world = World(storage)
    person = await world.customer("kim", consent=False)
    phone = Phone(world)
    await phone.starts()
    address = await world.storage.read(
        lambda tx: tx.addresses.find(Channel.TELEGRAM, "bot1", "7001")
    )
    assert address is not None
    await world.write(lambda tx: tx.addresses.save(replace(address, person_id=person)))
    await world.happens("order.paid", "kim")
    assert await world.verdicts("kim") == [("held", "no_consent")]

    await world.customer("kim")
    await world.write(lambda tx: reconsider(tx, world.ctx, person))
    assert await world.verdicts("kim") == [("held", "no_consent"), ("held", "delay")]
    await world.later(minutes=31)
    assert "question" in await phone.reads()


async def test_reconsidering_changes_nothing_while_the_reason_stands(storage: Storage) -> None:
    world = World(storage)
    person = await world.customer("kim")
    await world.happens("order.paid", "kim")

    await world.write(lambda tx: reconsider(tx, world.ctx, person))
    assert await world.verdicts("kim") == [("held", "unreachable")]


async def test_what_waited_in_vain_expires_with_what_it_waited_for(storage: Storage) -> None:
    world = World(storage)
    person = await world.customer("kim")
    await world.happens("order.paid", "kim")

    await world.later(days=3)
    assert await world.verdicts("kim") == [("held", "unreachable"), ("expired", "unreachable")]
    assert await states(world, person) == ["expired"]


async def test_an_unknown_customer_who_turns_out_to_be_known_is_decided_again(
    storage: Storage,
) -> None:
    world = World(storage)
    await world.happens("order.paid", None, id="e", identifiers=[SHOPIFY])
    assert await world.verdicts("e") == [("held", "customer_unknown")]

    session = await world.browser(await world.customer("kim", identifiers=(SHOPIFY,)))
    person = await world.customer("kim")
    await world.write(lambda tx: reconsider(tx, world.ctx, person))
    assert await world.verdicts("e") == [("held", "customer_unknown"), ("held", "delay")]
    await world.later(minutes=31)
    assert kinds(await world.sees(session)) == ["question"]


# --- reversals -------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["subject", "refs"])
async def test_a_reversal_before_the_question_withdraws_it(storage: Storage, by: str) -> None:
    world = World(storage)
    session = await world.browser(await world.customer("kim"))
    await world.happens("order.paid", "kim", "o1", refs=("pay1",))
    await world.later(minutes=5)

    subject, refs = ("o1", ()) if by == "subject" else ("pay1", ("ch1",))
    await world.happens("order.refunded", None, subject, refs=refs)
    await world.later(hours=1)
    assert await world.sees(session) == ()
    assert await world.verdicts("kim") == [("held", "delay"), ("withdrawn", "reversed")]


async def test_a_reversal_suppresses_an_original_that_arrives_later(storage: Storage) -> None:
    world = World(storage)
    await world.browser(await world.customer("kim"))
    await world.happens("order.cancelled", "kim", "o1")

    await world.happens("order.paid", "kim", "o1", time=NOON - timedelta(minutes=1), id="late")
    assert await world.verdicts("late") == [("skipped", "reversed")]


async def test_an_order_paid_again_after_its_cancellation_is_asked_about(storage: Storage) -> None:
    world = World(storage)
    session = await world.browser(await world.customer("kim"))
    await world.happens("order.cancelled", "kim", "o1", time=NOON - timedelta(hours=1))

    await world.happens("order.paid", "kim", "o1")
    await world.later(minutes=31)
    assert kinds(await world.sees(session)) == ["question"]


async def test_a_reversal_of_another_kind_leaves_the_ask_alone(storage: Storage) -> None:
    world = World(storage)
    session = await world.browser(await world.customer("kim"))
    await world.happens("order.paid", "kim", "o1")

    await world.happens("support.reopened", "kim", "o1")
    await world.later(minutes=31)
    assert kinds(await world.sees(session)) == ["question"]


async def test_a_reversal_while_the_question_waits_to_be_sent_drops_it(storage: Storage) -> None:
    world = World(storage)
    person = await world.customer("kim")
    phone = Phone(world)
    await phone.starts(person)
    await world.happens("order.paid", "kim")
    await world.later(minutes=31)
    assert await slots(world, person) == 1

    await world.happens("order.refunded", "kim")
    assert await phone.reads() == ["notice"]
    assert await world.verdicts("kim") == [
        ("held", "delay"),
        ("released", "clear"),
        ("withdrawn", "reversed"),
    ]
    assert await slots(world, person) == 0


async def test_a_reversal_after_the_question_edits_it(storage: Storage) -> None:
    world = World(storage)
    session = await world.browser(await world.customer("kim"))
    await world.happens("order.paid", "kim")
    await world.later(minutes=31)
    (question,) = await world.sees(session)

    await world.happens("order.refunded", "kim")
    (bubble,) = await world.sees(session)
    assert (bubble.id, bubble.prompt.kind) == (question.id, "withdrawn")
    tap = Tap(token=question.prompt.token or "", value="5")
    assert (await world.acts(session, tap)).toast == "마감된 설문이에요"
    assert await scores(world) == ()
    assert await world.verdicts("kim") == [*ASKED, ("withdrawn", "reversed")]


async def test_a_reversal_leaves_an_answer_alone(storage: Storage) -> None:
    world = World(storage)
    session = await world.browser(await world.customer("kim"))
    await world.happens("order.paid", "kim")
    await world.later(minutes=31)
    await world.taps(session, "1")

    await world.happens("order.refunded", "kim")
    assert kinds(await world.sees(session)) == ["chosen", "reason"]
    assert await world.verdicts("kim") == ASKED
    assert len(await scores(world)) == 1


async def test_a_question_reversed_while_its_request_is_made_is_edited_once_it_is_there(
    storage: Storage,
) -> None:
    world = World(storage)
    person = await world.customer("kim")
    phone = Phone(world)
    await phone.starts(person)
    await world.happens("order.paid", "kim")
    await world.later(minutes=31)
    (claimed,) = await phone.claims()

    await world.happens("order.refunded", "kim")
    assert await slots(world, person) == 1
    await phone.accepts(claimed)
    assert await phone.reads() == ["notice", "withdrawn"]
    assert await slots(world, person) == 1


async def test_a_question_reversed_while_its_request_fails_returns_its_slot(
    storage: Storage,
) -> None:
    world = World(storage)
    person = await world.customer("kim")
    phone = Phone(world)
    await phone.starts(person)
    await world.happens("order.paid", "kim")
    await world.later(minutes=31)
    (claimed,) = await phone.claims()
    await world.happens("order.refunded", "kim")

    await phone.settles(claimed, NOT_SENT)
    assert await slots(world, person) == 0
    await world.later(minutes=5)
    assert await phone.claims() == ()
    assert await slots(world, person) == 0
    assert await states(world, person) == ["withdrawn"]


async def test_a_ticket_solved_again_is_asked_about_after_its_last_solution(
    storage: Storage,
) -> None:
    world = World(storage)
    session = await world.browser(await world.customer("kim"))

    await world.happens("support.solved", "kim", "t1")
    await world.later(minutes=10)
    await world.happens("support.reopened", "kim", "t1")
    await world.later(minutes=30)
    await world.happens("support.solved", "kim", "t1")
    await world.later(minutes=59)
    assert await world.sees(session) == ()
    await world.later(minutes=2)

    (bubble,) = await world.sees(session)
    assert bubble.prompt.kind == "question"
    assert sorted(await world.verdicts("kim")) == sorted(
        [("held", "delay"), ("withdrawn", "reversed"), *ASKED]
    )


async def test_a_ticket_reopened_before_its_question_was_pulled_is_asked_about_again(
    storage: Storage,
) -> None:
    world = World(storage)
    person = await world.customer("kim")
    session = await world.browser(person)
    await world.happens("support.solved", "kim", "t1")
    await world.later(minutes=61)
    await world.happens("support.reopened", "kim", "t1")

    await world.later(minutes=10)
    await world.happens("support.solved", "kim", "t1")
    await world.later(minutes=61)
    assert kinds(await world.sees(session)) == ["question"]
    await world.taps(session, "7")
    assert kinds(await world.sees(session)) == ["chosen", "reason"]
    assert await slots(world, person) == 1


async def test_a_ticket_reopened_while_its_question_is_on_its_way_is_not_asked_about_twice(
    storage: Storage,
) -> None:
    world = World(storage)
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    await world.happens("support.solved", "kim", "t1")
    await world.later(minutes=61)
    await phone.claims()

    await world.happens("support.reopened", "kim", "t1")
    await world.later(seconds=5)
    await world.happens("support.solved", "kim", "t1", id="again")
    told = [("skipped", "already_asked_for_this_resolution")]
    assert await world.verdicts("again") == told


# --- several asks of one person --------------------------------------------------------------------


async def test_two_triggers_of_one_event_are_two_explained_decisions(storage: Storage) -> None:
    world = World(storage)
    await world.browser(await world.customer("kim"))

    await world.happens("order.delivered", "kim", id="e")
    (explanation,) = await world.why("e")
    assert [(d.trigger, d.verdicts[0].rule) for d in explanation.decisions] == [
        ("delivery", "delay"),
        ("recommend", "occurrence"),
    ]


async def test_the_second_delivery_asks_for_a_recommendation(storage: Storage) -> None:
    world = World(storage)
    await world.browser(await world.customer("kim"))
    await world.happens("order.delivered", "kim", "o1")
    await world.happens("order.delivered", "kim", "o1", source="courier")
    await world.later(hours=1)

    await world.happens("order.delivered", "kim", "o2", id="second")
    (explanation,) = await world.why("second")
    assert {d.trigger: d.state for d in explanation.decisions}["recommend"] == "held"


async def test_of_two_due_asks_one_goes_and_the_other_expires_with_its_reason(
    storage: Storage,
) -> None:
    world = World(storage)
    session = await world.browser(await world.customer("kim"))
    await world.happens("account.created", "kim", "u1", id="older")
    await world.happens(
        "account.created", "kim", "u2", id="newer", time=NOON + timedelta(seconds=9)
    )

    await world.later(minutes=11)
    assert kinds(await world.sees(session)) == ["question"]
    assert await world.verdicts("newer") == ASKED
    assert await world.verdicts("older") == [
        ("held", "delay"),
        ("outranked", "rank"),
        ("expired", "cooldown"),
    ]
    (explanation,) = await world.why("older")
    outranked = explanation.decisions[0].verdicts[1]
    assert set(outranked.values) == {"need", "freshness", "score"}


async def test_a_loser_that_may_wait_is_held_and_asked_when_the_cap_frees(
    storage: Storage,
) -> None:
    live = varied(
        rules={"cap": {"asks": 1, "days": 2}, "cooldown_days": 0},
        triggers={"signup": {"max_wait": "7d"}},
    )
    world = World(storage, live)
    session = await world.browser(await world.customer("kim"))
    for subject in ("u1", "u2"):
        await world.happens("account.created", "kim", subject, id=subject)
    await world.later(minutes=11)
    await world.sees(session)

    losers = [u for u in ("u1", "u2") if ("outranked", "rank") in await world.verdicts(u)]
    assert len(losers) == 1
    assert (await world.verdicts(losers[0]))[-1] == ("held", "cap")
    await world.later(days=2)
    await world.sees(session)
    assert (await world.verdicts(losers[0]))[-2:] == [("released", "clear"), ("asked", "clear")]


@pytest.mark.parametrize("room", [1, 2, 3])
async def test_no_more_begin_at_once_than_the_cap_has_room_for(storage: Storage, room: int) -> None:
    live = varied(rules={"cap": {"asks": room, "days": 30}, "cooldown_days": 0})
    world = World(storage, live)
    person = await world.customer("kim")
    await world.browser(person)
    for number in range(4):
        await world.happens("account.created", "kim", f"u{number}")

    await world.later(minutes=11)
    assert await slots(world, person) == room


async def test_the_stage_that_lacks_answers_goes_first(storage: Storage) -> None:
    live = varied(triggers={"signup": {"after": "0s"}, "subscription": {"after": "0s"}})
    world = World(storage, live)
    await world.browser(await world.customer("kim"))
    survey = live.survey("signup-ces")
    known = Dimensions(
        trigger="signup",
        survey=survey.id,
        touchpoint="signup",
        stage="awareness",
        instrument="ces2",
        scale="1-7",
        polarity="up",
        wording=survey.wording,
        channel="webchat",
        language="ko",
    )
    for _ in range(2):
        await world.write(lambda tx: add_score(tx, DAY, known, 7, by=500, rule=CountRule.NEWEST))
    await world.happens("subscription.paid", "kim", "s1", id="older")
    await world.happens("account.created", "kim", "u1", id="newer", time=NOON + SECOND)
    await world.later(minutes=1)

    assert await world.verdicts("older") == BEGUN_AT_ONCE
    assert ("outranked", "rank") in await world.verdicts("newer")


async def test_the_cap_counts_across_triggers_and_channels(storage: Storage) -> None:
    world = World(storage)
    person = await world.customer("kim")
    phone = Phone(world)
    session = await world.browser(person)
    await phone.starts(person)
    await world.happens("order.paid", "kim")
    await world.later(minutes=31)
    assert await phone.reads() == ["notice", "question"]

    await world.later(days=3)
    await world.happens("support.solved", "kim", "t1", id="ticket")
    assert await world.verdicts("ticket") == [("skipped", "cap")]
    assert await world.sees(session) == ()


# --- time --------------------------------------------------------------------------------------------


async def test_i09_an_event_that_is_too_old_is_stored_and_skipped(storage: Storage) -> None:
    world = World(storage)
    await world.browser(await world.customer("kim"))

    await world.happens("order.paid", "kim", id="e", time=NOON - timedelta(days=3))
    assert await world.verdicts("e") == [("skipped", "too_late")]


async def test_an_ask_that_an_outage_made_too_late_is_expired_never_sent(storage: Storage) -> None:
    world = World(storage)
    session = await world.browser(await world.customer("kim"))
    await world.happens("order.paid", "kim")

    await world.later(days=3)
    assert await world.sees(session) == ()
    assert await world.verdicts("kim") == [("held", "delay"), ("expired", "too_late")]


async def test_a_question_never_pulled_expires_and_returns_its_slot(storage: Storage) -> None:
    world = World(storage)
    person = await world.customer("kim")
    session = await world.browser(person)
    await world.happens("order.paid", "kim")
    await world.later(minutes=31)
    assert await slots(world, person) == 1

    await world.later(days=2)
    assert await world.verdicts("kim") == [
        ("held", "delay"),
        ("released", "clear"),
        ("expired", "ask_by"),
    ]
    assert await slots(world, person) == 0
    assert await cohort(world) == [(1, 0, 0)]
    assert await world.sees(session) == ()
    expired = await world.storage.read(lambda tx: tx.deliveries.in_state(DeliveryState.EXPIRED, 9))
    assert [d.kind for d in expired] == ["question"]


async def test_a_question_whose_request_is_being_made_is_not_given_up(storage: Storage) -> None:
    world = World(storage)
    person = await world.customer("kim")
    phone = Phone(world)
    await phone.starts(person)
    await world.happens("order.paid", "kim")
    await world.later(minutes=31)
    world.clock.at = NOON + timedelta(days=2, minutes=29, seconds=50)
    (claimed,) = await phone.claims()

    world.clock.at += timedelta(seconds=20)
    await world.drain()
    await phone.accepts(claimed)
    assert await states(world, person) == ["open"]
    assert await world.verdicts("kim") == ASKED


async def test_an_unanswered_question_closes_after_a_day(storage: Storage) -> None:
    world = World(storage)
    person = await world.customer("kim")
    session = await world.browser(person)
    await world.happens("order.paid", "kim")
    await world.later(minutes=31)
    (question,) = await world.sees(session)

    await world.later(days=1)
    assert await states(world, person) == ["closed"]
    assert kinds(await world.sees(session)) == ["closed"]
    tap = Tap(token=question.prompt.token or "", value="5")
    assert (await world.acts(session, tap)).toast == "마감된 설문이에요"
    assert await scores(world) == ()
    assert await slots(world, person) == 1


async def test_an_answered_question_is_finished_after_a_day(storage: Storage) -> None:
    world = World(storage)
    person = await world.customer("kim")
    session = await world.browser(person)
    await world.happens("order.paid", "kim")
    await world.later(minutes=31)
    await world.taps(session, "5")

    await world.later(days=1)
    assert await states(world, person) == ["finished"]


async def test_a_late_tap_in_a_chat_that_we_push_to_closes_the_message(storage: Storage) -> None:
    world = World(storage)
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    await world.happens("order.paid", "kim")
    await world.later(minutes=31)
    assert await phone.reads() == ["notice", "question"]

    await world.later(days=1)
    assert await phone.reads() == ["notice", "question"]
    assert (await phone.taps("5")).toast == "마감된 설문이에요"
    assert await phone.reads() == ["notice", "closed"]


# --- reminders ---------------------------------------------------------------------------------------


async def reminding(storage: Storage, hours: int = 0) -> tuple[World, Phone]:
    """A customer who got a question, at noon plus ``hours``, whose trigger reminds."""
    world = World(storage, varied(triggers={"checkout": {"reminder": True, "after": "0s"}}))
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    world.clock.at += timedelta(hours=hours)
    await world.happens("order.paid", "kim")
    assert await phone.reads() == ["notice", "question"]
    return world, phone


async def test_an_unanswered_question_is_asked_once_more_after_a_day(storage: Storage) -> None:
    world, phone = await reminding(storage)

    await world.later(hours=23)
    assert await phone.reads() == ["notice", "question"]
    await world.later(hours=1)
    assert await phone.reads() == ["notice", "moved", "question"]
    await world.later(days=1)
    assert await phone.reads() == ["notice", "moved", "question"]
    await world.later(days=1)
    (row,) = await world.storage.read(
        lambda tx: [
            i for e in tx.events.of_occasions(["o1"]) for i in tx.invitations.of_event(e.id)
        ]
    )
    assert row.state is InvitationState.CLOSED
    assert await cohort(world) == [(1, 1, 0)]
    assert await slots(world, row.person_id) == 1


async def test_nobody_is_reminded_where_the_trigger_does_not_say_so(storage: Storage) -> None:
    world = World(storage)
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    await world.happens("order.paid", "kim")
    await world.later(minutes=31)
    await phone.reads()

    await world.later(hours=24)
    assert await phone.reads() == ["notice", "question"]


async def test_the_first_message_still_counts_after_the_reminder(storage: Storage) -> None:
    world, phone = await reminding(storage)
    first = phone.button("5")
    await world.later(hours=24)
    await phone.reads()

    await phone.acts(first)
    assert (await phone.reads())[:3] == ["notice", "moved", "chosen"]
    assert len(await scores(world)) == 1


@pytest.mark.parametrize("reaction", ["5", "skip"])
async def test_whoever_reacted_is_not_reminded(storage: Storage, reaction: str) -> None:
    world, phone = await reminding(storage)
    await phone.taps(reaction)
    before = await phone.reads()

    await world.later(hours=25)
    assert await phone.reads() == before


@pytest.mark.parametrize("reaction", ["5", "skip"])
async def test_a_reminder_on_its_way_out_is_dropped_when_the_customer_reacts(
    storage: Storage, reaction: str
) -> None:
    world, phone = await reminding(storage)
    await world.later(hours=24)
    await phone.taps(reaction)

    assert "question" not in await phone.reads()


async def test_a_reminder_waits_for_the_morning_and_the_question_stays_open_till_then(
    storage: Storage,
) -> None:
    world = World(storage, varied(triggers={"checkout": {"reminder": True, "after": "0s"}}))
    phone = Phone(world)
    person = await world.customer("kim")
    await phone.starts(person)
    await world.happens("order.paid", "kim")
    await phone.reads()
    await world.customer("kim", timezone="America/New_York")

    await world.later(hours=24)
    assert await phone.reads() == ["notice", "question"]
    world.clock.at = datetime(2026, 11, 3, 13, 0, tzinfo=UTC)
    assert await phone.reads() == ["notice", "moved", "question"]


async def test_whoever_stopped_keeps_the_question_and_gets_no_reminder(storage: Storage) -> None:
    world, phone = await reminding(storage)
    await phone.acts(Typed(text="그만"))
    before = await phone.reads()
    assert before == ["notice", "question", "notice"]

    await world.later(hours=30)
    assert await phone.reads() == before


async def test_a_blocked_address_is_not_reminded_and_stops_nothing_else(storage: Storage) -> None:
    world, phone = await reminding(storage)
    await phone.acts(Reached(reachable=False))

    await world.later(hours=80)
    assert await phone.reads() == ["notice", "question"]


async def test_a_reminder_to_an_address_lost_after_its_ask_by_is_dropped(storage: Storage) -> None:
    live = varied(triggers={"checkout": {"reminder": True, "after": "0s", "max_wait": "1h"}})
    world = World(storage, live)
    phone = Phone(world)
    person = await world.customer("kim")
    await phone.starts(person)
    await world.happens("order.paid", "kim")
    await phone.reads()
    await world.later(hours=24)
    (closing,) = await phone.claims()
    await phone.accepts(closing)
    (reminder,) = await phone.claims()
    await phone.settles(reminder, NOT_SENT)
    (address,) = await world.storage.read(lambda tx: tx.addresses.of_person(person))
    await world.write(lambda tx: tx.addresses.save(replace(address, reachable=False)))

    world.clock.at += timedelta(minutes=1)
    assert [c.delivery.kind for c in await phone.claims()] == []
    dropped = await world.storage.read(
        lambda tx: tx.deliveries.in_state(DeliveryState.SUPPRESSED, 9)
    )
    assert [(d.step, d.reason) for d in dropped] == [("remind", "unreachable")]


# --- resilience --------------------------------------------------------------------------------------


async def test_what_fails_for_one_person_is_put_off_for_her_alone(storage: Storage) -> None:
    world = World(storage)
    person = await world.customer("kim")
    await world.browser(person)
    await world.happens("order.paid", "kim")
    world.clock.at += timedelta(minutes=31)
    assert await world.write(lambda tx: whose_turn(tx, world.ctx, 9)) == (person,)

    await world.write(lambda tx: put_off(tx, world.ctx, person))
    assert await world.write(lambda tx: whose_turn(tx, world.ctx, 9)) == ()
    await world.later(minutes=1)
    assert await slots(world, person) == 1


async def test_what_fails_until_its_time_is_over_ends(storage: Storage) -> None:
    world = World(storage)
    for name, sent in (("kim", False), ("lee", True)):
        person = await world.customer(name)
        session = await world.browser(person)
        await world.happens("order.paid", name, name)
        if sent:
            await world.later(minutes=31)
            assert len(await world.sees(session)) == 1

    world.clock.at += timedelta(days=8)
    for person in await world.write(lambda tx: whose_turn(tx, world.ctx, 9)):
        await world.write(partial(put_off, ctx=world.ctx, person_id=person))
    assert await world.write(lambda tx: whose_turn(tx, world.ctx, 9)) == ()
    assert (await world.verdicts("kim"))[-1] == ("expired", "bug")
    assert (await world.verdicts("lee"))[-1] == ("asked", "clear")


async def test_an_ask_follows_the_program_that_it_was_decided_by(storage: Storage) -> None:
    old = varied(triggers={"checkout": {"after": "10m"}})
    world = World(storage, old)
    session = await world.browser(await world.customer("kim"))
    await world.write(lambda tx: tx.programs.put(old.version, old.to_json(), NOON))
    await world.happens("order.paid", "kim")

    later = World(storage, standard())
    later.ctx = replace(world.ctx, live=LiveProgram(standard()))
    later.desk._ctx = later.ctx
    later.clock.at = NOON + timedelta(minutes=11)
    world.clock.at = later.clock.at
    assert kinds(await later.sees(session)) == ["question"]


async def test_an_unanswered_upsert_and_event_agree_on_one_person(storage: Storage) -> None:
    world = World(storage)
    wanted = CustomerUpsert(
        id="kim",
        consents=(
            ConsentGiven(
                purpose=Purpose.SERVICE_SURVEY, at=NOON, source="import", text_version="1"
            ),
        ),
    )
    person = await world.write(lambda tx: upsert(tx, wanted, now=NOON, new_id=world.ctx.new_id))
    event = Event(
        source="shop",
        id="e1",
        type="order.paid",
        subject="o1",
        time=NOON,
        customer=CustomerHint(identifiers=(Identifier(namespace="id", value="kim"),)),
    )

    await world.desk.accept([event])
    (explanation,) = await world.why("e1")
    assert explanation.event.person_id == person.id


async def test_a_blocked_question_is_skipped_and_returns_its_slot(storage: Storage) -> None:
    world = World(storage)
    person = await world.customer("kim")
    phone = Phone(world)
    await phone.starts(person)
    await world.happens("order.paid", "kim")
    await world.later(minutes=31)
    (claimed,) = await phone.claims()

    await phone.settles(claimed, BLOCKED)
    assert (await world.verdicts("kim"))[-1] == ("skipped", "blocked")
    assert await slots(world, person) == 0
    assert await states(world, person) == ["suppressed"]
    await world.happens("order.paid", "kim", "o2", id="next")
    assert await world.verdicts("next") == [("held", "unreachable")]


async def test_a_question_of_unknown_fate_closes_in_its_time(storage: Storage) -> None:
    world = World(storage)
    person = await world.customer("kim")
    phone = Phone(world)
    await phone.starts(person)
    await world.happens("order.paid", "kim")
    await world.later(minutes=31)
    (claimed,) = await phone.claims()
    await phone.settles(claimed, LOST)

    await world.later(hours=25)
    assert await states(world, person) == ["closed"]
    assert await slots(world, person) == 1
    assert await cohort(world) == [(1, 0, 0)]


async def test_held_again_by_the_same_rule_is_no_new_verdict(storage: Storage) -> None:
    world = World(storage, varied(triggers={"checkout": {"after": "0s"}}))
    person = await world.customer("kim")
    session = await world.browser(person)
    paused = await world.storage.read(lambda tx: tx.people.get(person))
    assert paused is not None
    first = replace(paused, paused_until=NOON + timedelta(hours=3))
    longer = replace(paused, paused_until=NOON + timedelta(hours=6))
    await world.write(lambda tx: tx.people.save(first))
    await world.happens("order.paid", "kim")
    await world.write(lambda tx: tx.people.save(longer))

    await world.later(hours=3)
    assert await world.verdicts("kim") == [("held", "paused")]
    await world.later(hours=3)
    assert kinds(await world.sees(session)) == ["question"]


async def test_a_ticket_reopened_while_its_request_fails_is_asked_about_once_more(
    storage: Storage,
) -> None:
    world = World(storage, varied(triggers={"support": {"after": "0s"}}))
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    await world.happens("support.solved", "kim", "t1")
    (claimed,) = await phone.claims()
    await world.later(seconds=1)
    await world.happens("support.reopened", "kim", "t1")
    hour = Outcome(kind=OutcomeKind.PAUSED, retry_after=3600, scope="account")
    await phone.settles(claimed, hour)

    await world.later(seconds=1)
    await world.happens("support.solved", "kim", "t1", id="again")
    await world.later(hours=1)
    assert await phone.reads() == ["notice", "question"]
    assert (await world.verdicts("again"))[-1] == ("asked", "clear")


async def test_a_reversal_takes_back_what_an_earlier_program_began(storage: Storage) -> None:
    """The live program may have dropped the trigger, and with it the word for its reversal."""
    old = standard()
    world = World(storage, old)
    session = await world.browser(await world.customer("kim"))
    await world.write(lambda tx: tx.programs.put(old.version, old.to_json(), NOON))
    await world.happens("order.paid", "kim")

    none: Json = {t.id: {"withdrawn_by": []} for t in old.triggers}
    world.ctx = replace(world.ctx, live=LiveProgram(varied(triggers=none)))
    world.desk._ctx = world.ctx
    await world.happens("order.refunded", "kim")
    await world.later(minutes=31)
    assert await world.sees(session) == ()
    assert await world.verdicts("kim") == [("held", "delay"), ("withdrawn", "reversed")]


async def test_a_shadow_that_an_event_makes_known_is_decided_again(storage: Storage) -> None:
    world = World(storage)
    session = await world.browser(await world.customer("kim"))
    await world.happens("order.paid", None, identifiers=[SHOPIFY], id="e")
    assert await world.verdicts("e") == [("held", "customer_unknown")]

    await world.happens("customer.updated", "kim", "c1", identifiers=[SHOPIFY])
    await world.drain()
    assert (await world.verdicts("e"))[-1] == ("held", "delay")
    await world.later(minutes=31)
    assert kinds(await world.sees(session)) == ["question"]


async def test_a_chat_that_changed_hands_is_not_asked_for_its_former_owner(
    storage: Storage,
) -> None:
    world = World(storage)
    phone = Phone(world)
    kim = await world.customer("kim")
    await phone.starts(kim)
    await world.happens("order.paid", "kim")
    await world.later(minutes=31)

    await phone.starts(await world.customer("lee"))
    assert await phone.reads() == ["notice", "notice"]
    assert (await world.verdicts("kim"))[-1] == ("skipped", "unreachable")
    assert await slots(world, kim) == 0
