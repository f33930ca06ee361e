"""surveys.ports.Forgetting, and the lookups that an erasure and the retention job need."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from surveys.model import (
    Aging,
    Channel,
    CountRule,
    DeliveryState,
    Identifier,
    InboxState,
    InvitationState,
    Joining,
    Outcome,
    OutcomeKind,
    WebhookMessage,
    WebhookState,
    WebhookType,
)
from surveys.pacing import Bucket
from surveys.ports import Storage, UnitOfWork
from tests.contract import examples as ex

SAID = "김하늘이 씀"


def live(unit: UnitOfWork, who: str) -> None:
    """Give somebody one row of every kind."""
    place = f"{who}-tg"
    unit.people.name(who, Identifier(namespace="email", value=f"{who}@example.com"))
    unit.consents.add(ex.consent(person_id=who))
    unit.links.add(ex.link(f"link-{who}", person_id=who))
    unit.links.add_session(ex.web_session(f"session-{who}", address_id=f"{who}-web"))
    event = ex.stored_event(f"event-{who}", person_id=who)
    unit.events.add(event, reversing=False)
    unit.inbox.add(ex.entry(event.event.id, state=InboxState.DONE, due_at=None))
    unit.decisions.add(ex.decision(f"decision-{who}", person_id=who))
    asked = ex.invitation(
        f"asked-{who}",
        person_id=who,
        event_id=f"seen-{who}",
        subject_id=f"subject-{who}",
        state=InvitationState.OPEN,
        sent_at=ex.START,
        address_id=place,
        interview={"early": SAID},
    )
    unit.invitations.add(asked)
    waiting = ex.invitation(f"waiting-{who}", person_id=who, event_id=f"seen-{who}")
    unit.invitations.add(waiting)
    unit.invitations.add_token(f"token-{who}", asked.id, "ask")
    unit.clocks.reserve(ex.slot(asked.id, person_id=who))
    told = ex.delivery(
        f"told-{who}",
        person_id=who,
        address_id=place,
        token=f"token-{who}",
        invitation_id=asked.id,
        state=DeliveryState.SENT,
        due_at=None,
    )
    unit.deliveries.add(told)
    unit.deliveries.attempt(told.id, 1, ex.START)
    unit.deliveries.finish_attempt(told.id, 1, ex.START, Outcome(kind=OutcomeKind.ACCEPTED))
    unit.deliveries.pause(f"address:{place}", ex.at(9))
    unit.paces.take(
        [Bucket(scope=f"address:{place}", every=timedelta(seconds=1), burst=1)], ex.START
    )
    score = ex.answer(f"score-{who}", invitation_id=asked.id, subject_id=f"subject-{who}")
    words = {"question": "comment", "score": None, "text": SAID}
    comment = ex.answer(f"said-{who}", invitation_id=asked.id, subject_id=f"subject-{who}", **words)
    for answer in (score, comment):
        unit.answers.add(answer)
    ex.add_score(unit, score.day, score.dimensions, 4)
    unit.webhooks.add(webhook(who))
    unit.joinings.add(joining(who))


def webhook(who: str) -> WebhookMessage:
    return WebhookMessage(
        id=f"msg-{who}",
        destination="crm",
        type=WebhookType.ANSWER_RECORDED,
        created_at=ex.START,
        data={"comment": SAID},
        person_id=who,
        state=WebhookState.PENDING,
        due_at=ex.START,
    )


def joining(who: str) -> Joining:
    return Joining(
        id=f"joining-{who}",
        at=ex.START,
        by="cli:kim",
        how="staff",
        giver_id=f"old-{who}",
        heir_id=who,
        rows={"address": [f"{who}-tg"]},
    )


def left(unit: UnitOfWork, who: str) -> dict[str, Any]:
    """Return whatever is found of somebody."""
    asked = unit.invitations.get(f"asked-{who}")
    return {
        "person": unit.people.get(who),
        "names": unit.people.names(who),
        "addresses": unit.addresses.of_person(who),
        "consents": unit.consents.of_person(who),
        "link": unit.belongings.of(who).get("link"),
        "session": unit.links.session(f"session-{who}"),
        "events": unit.events.of_person(who),
        "occasions": unit.events.of_occasions([f"order-event-{who}"]),
        "inbox": unit.inbox.find("event:shop", f"src-event-{who}"),
        "decisions": unit.decisions.of_person(who, 9),
        "live": unit.invitations.live_of_person(who),
        "asked": asked and asked.person_id,
        "token": unit.invitations.by_token(f"token-{who}"),
        "slots": unit.belongings.of(who).get("slot"),
        "told": unit.deliveries.get(f"told-{who}"),
        "attempts": unit.deliveries.attempts(f"told-{who}"),
        "said": [a.text for a in unit.answers.of_invitation(f"asked-{who}") if a.text],
        "webhook": unit.webhooks.get(f"msg-{who}"),
        "joinings": unit.joinings.of_heir(who),
    }


@pytest.fixture
async def lived(world: Storage) -> Storage:
    def work(unit: UnitOfWork) -> None:
        for who in ("ann", "ben"):
            live(unit, who)

    await world.write(work)
    return world


async def test_of_somebody_forgotten_nothing_is_found_but_a_nameless_ask(lived: Storage) -> None:
    changed = await lived.write(lambda unit: unit.forgetting.person("ann"))

    found = await lived.write(lambda unit: left(unit, "ann"))
    assert {name: value for name, value in found.items() if value} == {}
    assert set(changed) >= {"person", "address", "event", "delivery", "answer", "invitation"}
    asked = await lived.read(lambda unit: unit.invitations.get("asked-ann"))
    assert asked is not None
    assert (asked.subject_id, asked.sent_at, asked.stage) == ("subject-ann", ex.START, "purchase")
    named = (asked.person_id, asked.occasion, asked.decision_id, asked.event_id, asked.address_id)
    assert (named, asked.interview, asked.due_at) == (("", "asked-ann", "", "", None), None, None)


async def test_everybody_else_stays_as_she_was(lived: Storage) -> None:
    before = await lived.read(lambda unit: left(unit, "ben"))
    await lived.write(lambda unit: unit.forgetting.person("ann"))

    assert await lived.read(lambda unit: left(unit, "ben")) == before


async def test_scores_stay_counted_and_told_by_their_subject(lived: Storage) -> None:
    def look(unit: UnitOfWork) -> Any:
        scores = unit.reports.scores(CountRule.ALL, ex.DAY, ex.DAY)
        told = [(a.id, a.score) for a in unit.answers.of_subject("subject-ann")]
        return scores, unit.reports.recount(ex.DAY, ex.DAY), told

    before = await lived.read(look)
    await lived.write(lambda unit: unit.forgetting.person("ann"))

    assert await lived.read(look) == before


async def test_forgetting_again_changes_nothing(lived: Storage) -> None:
    await lived.write(lambda unit: unit.forgetting.person("ann"))

    assert await lived.write(lambda unit: unit.forgetting.person("ann")) == {}
    assert await lived.write(lambda unit: unit.forgetting.person("nobody")) == {}


async def test_who_was_joined_to_her_is_forgotten_with_her(world: Storage) -> None:
    old = ex.person("old", joined_to="ann")
    older = ex.person("older", joined_to="old")
    await ex.store_all(world, lambda unit: unit.people.add, old, older)

    assert (await world.write(lambda unit: unit.forgetting.person("ann")))["person"] == 3

    assert (
        await world.read(lambda unit: [unit.people.get(p) for p in ("old", "older")]) == [None] * 2
    )


async def test_a_consent_given_after_an_erasure_is_another_entry(lived: Storage) -> None:
    await lived.write(lambda unit: unit.forgetting.person("ann"))
    await lived.write(lambda unit: unit.consents.add(ex.consent(person_id="ben", at=ex.at(5))))

    assert len(await lived.read(lambda unit: unit.consents.of_person("ben"))) == 2


# --- what has been kept long enough -----------------------------------------------------------------

LATER = ex.START + timedelta(days=400)


def aged(unit: UnitOfWork, kind: Aging) -> int:
    return unit.forgetting.aged(kind, LATER, 9)


@pytest.mark.parametrize(
    ("kind", "count", "gone"),
    [
        (Aging.INBOX, 2, {"inbox"}),
        (Aging.EVENTS, 7, {"events", "occasions", "decisions"}),
        (Aging.MESSAGES, 2, {"told", "attempts", "token"}),
        (Aging.LINKS, 4, {"link", "session"}),
        (Aging.TEXTS, 2, {"said"}),
    ],
)
async def test_what_is_old_goes_in_batches_and_is_counted_alike(
    lived: Storage, kind: Aging, count: int, gone: set[str]
) -> None:
    before = await lived.read(lambda unit: left(unit, "ben"))
    assert await lived.read(lambda unit: unit.forgetting.count_aged(kind, ex.START)) == 0
    assert await lived.write(lambda unit: unit.forgetting.aged(kind, ex.START, 9)) == 0

    assert await lived.read(lambda unit: unit.forgetting.count_aged(kind, LATER)) == count
    batches = []
    while batch := await lived.write(lambda unit: unit.forgetting.aged(kind, LATER, 1)):
        batches.append(batch)

    assert (sum(batches), max(batches) <= 2) == (count, True)
    after = await lived.read(lambda unit: left(unit, "ben"))
    assert {name for name in after if after[name] != before[name]} == gone
    assert await lived.read(lambda unit: unit.forgetting.count_aged(kind, LATER)) == 0


async def test_what_is_still_to_be_handled_or_sent_is_never_old(world: Storage) -> None:
    waiting = [ex.delivery(s.value, state=s, key=s.value) for s in list(DeliveryState)[:2]]
    await ex.store_all(world, lambda unit: unit.deliveries.add, *waiting)
    await ex.store_all(
        world,
        lambda unit: unit.inbox.add,
        ex.entry("new"),
        ex.entry("failed", state=InboxState.FAILED, due_at=None),
    )

    for kind in (Aging.INBOX, Aging.MESSAGES):
        assert await world.write(partial(aged, kind=kind)) == 0


async def test_what_an_ask_still_looks_at_is_never_old(world: Storage) -> None:
    def work(unit: UnitOfWork) -> None:
        for state in InvitationState:
            event = ex.stored_event(state.value)
            decision = ex.decision(state.value, event_id=event.id)
            ask = ex.invitation(
                state.value,
                state=state,
                event_id=event.id,
                decision_id=decision.id,
                occasion=state.value,
            )
            unit.events.add(event, reversing=False)
            unit.decisions.add(decision)
            unit.invitations.add(ask)

    await world.write(work)
    old = await world.read(lambda unit: unit.forgetting.count_aged(Aging.EVENTS, LATER))
    assert await world.write(lambda unit: unit.forgetting.aged(Aging.EVENTS, LATER, 99)) == old

    kept = await world.read(
        lambda unit: {s for s in InvitationState if unit.events.get(s) and unit.decisions.get(s)}
    )
    assert kept == {InvitationState.WAITING, InvitationState.OPEN}


async def test_a_shadow_goes_with_her_last_event(world: Storage) -> None:
    name = Identifier(namespace="shop", value="77")

    def work(unit: UnitOfWork) -> None:
        unit.people.add(ex.person("shadow"))
        unit.people.name("shadow", name)
        unit.people.add(ex.person("known", external_id="c-9"))
        for who in ("shadow", "known", "ann"):
            unit.events.add(ex.stored_event(f"of-{who}", person_id=who), reversing=False)

    await world.write(work)
    await world.write(lambda unit: unit.forgetting.aged(Aging.EVENTS, LATER, 99))

    people = ("shadow", "known", "ann")
    assert await world.read(lambda unit: [bool(unit.people.get(p)) for p in people]) == [
        False,
        True,
        True,
    ]
    assert await world.read(lambda unit: unit.people.named([name])) == ()


# --- lookups ----------------------------------------------------------------------------------------


async def test_entries_name_their_sender_in_source_or_key(world: Storage) -> None:
    named = [
        ex.entry("T1/U1/17.2/score:3/18", source="slack:A1/T1"),
        ex.entry("m1", source="webchat:U1"),
        ex.entry("Ev9", source="slack:A1/T1"),
        ex.entry("T1/U11/17.2", source="slack:A1/T1", id="other"),
        ex.entry("U1", source="event:shop", id="order"),
    ]
    await ex.store_all(world, lambda unit: unit.inbox.add, *named)

    assert await world.read(lambda unit: unit.inbox.of_sender(Channel.SLACK, "U1")) == (
        named[0].id,
    )
    assert await world.read(lambda unit: unit.inbox.of_sender(Channel.WEBCHAT, "U1")) == (
        named[1].id,
    )
    await world.write(lambda unit: unit.inbox.remove(named[0].id))
    await world.write(lambda unit: unit.inbox.remove("nobody"))
    assert await world.read(lambda unit: unit.inbox.of_sender(Channel.SLACK, "U1")) == ()


async def test_what_is_not_handled_is_listed_the_waiting_first(world: Storage) -> None:
    rows = [
        ex.entry("failed", state=InboxState.FAILED, due_at=None),
        ex.entry("done", state=InboxState.DONE, due_at=None),
        ex.entry("new", due_at=ex.at(60)),
    ]
    await ex.store_all(world, lambda unit: unit.inbox.add, *rows)

    assert await world.read(lambda unit: unit.inbox.undone(9)) == (rows[2], rows[0])
    assert await world.read(lambda unit: unit.inbox.undone(1)) == (rows[2],)


async def test_an_event_is_known_by_source_and_id(world: Storage) -> None:
    asked = [("shop", "src-event-1"), ("shop", "event-1"), ("other", "src-event-1")]

    known = await world.read(lambda unit: [unit.events.knows(*each) for each in asked])

    assert known == [True, False, False]


async def test_the_erased_come_earliest_first(world: Storage) -> None:
    rows = [ex.person("b", erased_at=ex.at(2)), ex.person("a", erased_at=ex.at(1))]
    await ex.store_all(world, lambda unit: unit.people.add, *rows)

    assert await world.read(lambda unit: unit.people.erased(9)) == (rows[1], rows[0])
    assert await world.read(lambda unit: unit.people.erased(1)) == (rows[1],)


async def test_sessions_are_found_by_their_address(world: Storage) -> None:
    rows = [ex.web_session("b"), ex.web_session("a"), ex.web_session("c", address_id="ben-web")]
    await ex.store_all(world, lambda unit: unit.links.add_session, *rows)

    assert await world.read(lambda unit: unit.links.sessions_of("ann-web")) == (rows[1], rows[0])


async def test_a_menu_is_found_by_its_token_and_no_question_is(world: Storage) -> None:
    menu = ex.delivery("menu", token="t1", invitation_id=None)
    edit = ex.delivery("edit", token="t1", invitation_id=None, target_id="menu")
    question = ex.delivery("question", token="t2", invitation_id="invitation-1")
    await ex.store_all(world, lambda unit: unit.deliveries.add, edit, menu, question)

    found = await world.read(lambda unit: [unit.deliveries.by_token(t) for t in ("t1", "t2", "t3")])

    assert found == [menu, None, None]
