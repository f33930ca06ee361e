"""An answer starts a later ask: branches, changes of mind, and every rule of an ask that an event starts."""

import json

from surveys.model import InboxState, InvitationState, Json, Typed
from surveys.ports import Storage
from surveys.program import Program
from surveys.service.erasing import erase
from surveys.service.explaining import Explanation
from surveys.service.reasons import in_words
from tests.programs import varied
from tests.world import World

NPS = {
    "id": "nps",
    "on": "order.delivered",
    "survey": "recommend-nps",
    "touchpoint": "recommend",
    "withdrawn_by": ["order.refunded"],
}
PROMOTER = {
    "id": "promoter",
    "follows": {"survey": "recommend-nps", "band": "high"},
    "survey": "signup-ces",
    "touchpoint": "signup",
    "after": "14d",
    "withdrawn_by": ["order.refunded"],
}
DETRACTOR = {
    "id": "detractor",
    "follows": {"survey": "recommend-nps", "band": "low"},
    "survey": "support-ces",
    "touchpoint": "support",
    "after": "2d",
}
ANYBODY = {
    "id": "anybody",
    "follows": {"survey": "support-ces"},
    "survey": "cart-ces",
    "touchpoint": "cart",
    "after": "1d",
}


def chained(*triggers: Json, asks: int = 5) -> Program:
    content = json.loads(varied(rules={"cap": {"asks": asks, "days": 30}}).to_json())
    content["triggers"] = [NPS, *(triggers or (PROMOTER, DETRACTOR))]
    return Program.from_json(json.dumps(content))


async def asked_for_nps(storage: Storage, program: Program) -> tuple[World, str, str]:
    """Return a world whose customer has the recommendation question before her."""
    world = World(storage, program)
    person = await world.customer("minji")
    session = await world.browser(person)
    await world.happens("order.delivered", "minji", "o1")
    return world, person, session


async def told(world: World, trigger: str) -> list[tuple[str, str]]:
    """Return (kind, rule) of every verdict of a trigger about the order, oldest first."""
    await world.drain()
    verdicts = [
        v
        for explanation in await world.why("o1")
        for decision in explanation.decisions
        if decision.trigger == trigger
        for v in decision.verdicts
    ]
    return [(v.kind.value, v.rule) for v in sorted(verdicts, key=lambda v: v.at)]


def chain_of(explanations: tuple[Explanation, ...]) -> Explanation:
    return next(e for e in explanations if e.event.event.type == "answer.recorded")


async def questions(world: World, session: str) -> list[str]:
    return [b.prompt.text for b in await world.sees(session) if b.prompt.kind == "question"]


async def test_a_promoter_is_asked_the_next_question_after_its_delay(storage: Storage) -> None:
    world, _, session = await asked_for_nps(storage, chained())

    await world.taps(session, "10")
    await world.drain()
    await world.later(days=13)
    before = await questions(world, session)
    await world.later(days=1, hours=1)

    assert before == []
    assert len(await questions(world, session)) == 1
    assert await told(world, "promoter") == [
        ("held", "delay"),
        ("released", "clear"),
        ("asked", "clear"),
    ]
    assert await told(world, "detractor") == [("skipped", "branch")]


async def test_word_of_the_answer_is_stored_in_the_answers_own_commit(storage: Storage) -> None:
    world, _, session = await asked_for_nps(storage, chained())

    await world.taps(session, "10")
    waiting = await storage.read(lambda tx: tx.inbox.unhandled(world.clock.now(), 10))
    again = World(storage, chained())
    again.clock.at = world.clock.at
    await again.drain()

    assert [(entry.source, entry.state) for entry in waiting] == [("aftertouch", InboxState.NEW)]
    assert await told(again, "promoter") == [("held", "delay")]


async def test_a_change_of_mind_before_the_chain_is_due_follows_the_other_branch(
    storage: Storage,
) -> None:
    world, person, session = await asked_for_nps(storage, chained())
    await world.taps(session, "10")
    await world.later(hours=1)

    await world.taps(session, "change", kind="chosen")
    await world.taps(session, "2")
    await world.later(days=3)
    await world.sees(session)

    assert await told(world, "promoter") == [
        ("held", "delay"),
        ("withdrawn", "branch"),
        ("skipped", "branch"),
    ]
    assert (await told(world, "detractor"))[-1] == ("asked", "clear")
    live = await storage.read(lambda tx: tx.invitations.live_of_person(person))
    assert [i.trigger for i in live] == ["detractor"]


async def test_a_change_of_mind_and_back_is_asked_as_at_first(storage: Storage) -> None:
    world, _, session = await asked_for_nps(storage, chained())
    for score in ("10", "2", "9"):
        await world.taps(session, score)
        await world.later(minutes=5)
        await world.taps(session, "change", kind="chosen")

    await world.later(days=15)
    await world.sees(session)

    assert (await told(world, "promoter"))[-1] == ("asked", "clear")
    assert (await told(world, "detractor"))[-1][1] == "branch"


async def test_a_change_within_the_band_changes_nothing(storage: Storage) -> None:
    world, _, session = await asked_for_nps(storage, chained())
    await world.taps(session, "10")
    await world.later(hours=1)

    await world.taps(session, "change", kind="chosen")
    await world.taps(session, "9")
    await world.later(hours=1)

    assert await told(world, "promoter") == [("held", "delay")]


async def test_a_chained_question_waits_for_the_cap_and_says_so(storage: Storage) -> None:
    world, _, session = await asked_for_nps(storage, chained(DETRACTOR, asks=1))

    await world.taps(session, "1")
    await world.drain()

    assert await told(world, "detractor") == [("skipped", "cap")]


async def test_opting_out_ends_the_chain(storage: Storage) -> None:
    world, _, session = await asked_for_nps(storage, chained())
    await world.taps(session, "10")
    await world.acts(session, Typed(text="그만"))
    await world.later(days=15)

    assert (await told(world, "promoter"))[-1] == ("skipped", "consent_withdrawn")


async def test_a_refund_takes_the_chained_question_back(storage: Storage) -> None:
    world, _, session = await asked_for_nps(storage, chained())
    await world.taps(session, "10")
    await world.later(days=1)

    await world.happens("order.refunded", "minji", "o1")

    assert (await told(world, "promoter"))[-1] == ("withdrawn", "reversed")


async def test_a_chain_goes_on_from_the_answer_that_it_got(storage: Storage) -> None:
    world, person, session = await asked_for_nps(storage, chained(DETRACTOR, ANYBODY))
    await world.taps(session, "3")
    await world.later(days=2, hours=1)
    await world.taps(session, "6")
    await world.later(days=1, hours=1)

    live = await storage.read(lambda tx: tx.invitations.live_of_person(person))
    assert [(i.trigger, i.state) for i in live] == [("anybody", InvitationState.OPEN)]


async def test_a_condition_looks_at_the_data_of_the_first_event(storage: Storage) -> None:
    where = {"path": ["amount"], "gte": 30000}
    world = World(storage, chained({**PROMOTER, "where": where}))
    session = await world.browser(await world.customer("minji"))
    await world.happens("order.delivered", "minji", "o1", data={"amount": 40000})

    await world.taps(session, "10")
    await world.drain()

    assert await told(world, "promoter") == [("held", "delay")]


async def test_why_names_the_answer_that_started_it(storage: Storage) -> None:
    world, _, session = await asked_for_nps(storage, chained())
    await world.taps(session, "10")
    await world.drain()

    found = await world.why("o1")
    lines = in_words((chain_of(found),), world.program, "en")

    assert any("follows recommend-nps" in line for line in lines)
    assert any("the answer leads another way" in line for line in lines)
    assert chain_of(found).event.event.time == world.clock.at


async def test_an_answer_without_followers_leaves_no_word(storage: Storage) -> None:
    world = World(storage, varied())
    session = await world.browser(await world.customer("minji"))
    await world.happens("order.paid", "minji", "o1")
    await world.later(minutes=31)

    await world.taps(session, "5")

    assert await storage.read(lambda tx: tx.inbox.unhandled(world.clock.at, 10)) == ()


async def test_an_erasure_ends_the_chain_before_and_after_it_was_decided(storage: Storage) -> None:
    world, person, session = await asked_for_nps(storage, chained())
    await world.taps(session, "10")
    other = await world.customer("jun")
    jun = await world.browser(other)
    await world.happens("order.delivered", "jun", "o2")
    await world.taps(jun, "10")
    await world.drain()
    await world.taps(session, "change", kind="chosen")
    await world.taps(session, "2")

    await world.write(lambda tx: erase(tx, world.ctx, person, by="cli:jun"))
    await world.write(lambda tx: erase(tx, world.ctx, other, by="cli:jun"))
    await world.later(days=15)

    assert await told(world, "promoter") == []
    assert await storage.read(lambda tx: tx.inbox.failures()) == 0
