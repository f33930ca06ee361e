"""Rows I01 to I10 where one door or one rule alone does not show them: from the wire to both databases."""

import asyncio
import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.api_keys import create
from surveys.model import Acceptance, Command, Identifier, Json, Person
from surveys.ports import Storage, UnitOfWork
from tests.e2e.deployment import CLOUD, Deployment, deployed
from tests.phones import Phone
from tests.programs import varied
from tests.world import NOON, SHOPIFY, World

JUNK = {
    b"[" * 60_000: "line 1 column 21",
    b'{"data": {"n": ' + b"9" * 5000 + b"}}": "line 1 column 16",
    b'{"data": NaN}': "data",
    b'{"id": "1", "id": "2"}': "id",
    b'{"id": "a\\u0000"}': "id",
    b'{"data": {"items": ["\\ud800"]}}': "data.items[0]",
}


def events_of(deployment: Deployment, event_id: str) -> Any:
    return deployment.app.storage.read(lambda tx: tx.events.search(event_id))


async def test_i02_junk_is_refused_alike_whatever_the_database(database_url: str) -> None:
    async with deployed(database_url, {}) as deployment:
        headers = {"Authorization": f"Bearer {deployment.key}", "Content-Type": CLOUD}
        replies = [await deployment.send("/v1/events", body, headers) for body in JUNK]
        sound = await deployment.signed(deployment.event("c1"))

    assert [reply.status for reply in replies] == [400] * len(JUNK)
    assert [reply.body["where"] for reply in replies] == list(JUNK.values())
    assert sound.status == 202


async def test_i03_one_of_a_hundred_equal_events_becomes_one_invitation(database_url: str) -> None:
    async with deployed(database_url, {}) as deployment:
        await deployment.customer("c1", consent=[deployment.consent()])
        event = deployment.event("c1")

        replies = await asyncio.gather(*(deployment.signed(event) for _ in range(100)))

        (stored,) = await events_of(deployment, "e1")
        invitations = await deployment.app.storage.read(
            lambda tx: tx.invitations.of_event(stored.id)
        )

    fates = [reply.body["results"][0]["status"] for reply in replies]
    assert {reply.status for reply in replies} == {202}
    assert (fates.count("new"), fates.count("duplicate")) == (1, 99)
    assert len(invitations) == 1


async def test_i04_a_conflict_is_told_and_the_first_is_kept(database_url: str) -> None:
    async with deployed(database_url, {}) as deployment:
        first = await deployment.signed(deployment.event("c1"))
        other = await deployment.signed(deployment.event("c1", subject="ticket-2"))
        (stored,) = await events_of(deployment, "e1")

    assert (first.status, other.status) == (202, 409)
    assert stored.event.subject == "ticket-1"


async def key_that_is(deployment: Deployment, scope: str, **state: Any) -> dict[str, str]:
    """Return the headers of a key in some state, e.g. ``revoked_at``."""
    storage, ctx = deployment.app.storage, deployment.app.ctx
    key, token = create(
        [scope], now=ctx.now(), new_id=ctx.new_id, new_secret=lambda: secrets.token_bytes(32)
    )
    await storage.write(lambda tx: tx.keys.add(replace(key, **state)))
    return {"Authorization": f"Bearer {token}", "Content-Type": CLOUD}


async def test_i06_a_refused_key_is_logged_and_changes_nothing(database_url: str) -> None:
    async with deployed(database_url, {}) as deployment:
        past, scope = deployment.clock.now() - timedelta(seconds=1), "events:write"
        keys = [
            await key_that_is(deployment, "results:read"),
            await key_that_is(deployment, scope, revoked_at=past),
            await key_that_is(deployment, scope, expires_at=past),
            {"Authorization": "Bearer sk_nobody_0", "Content-Type": CLOUD},
        ]
        with capture_logs() as logs:
            replies = [
                await deployment.post("/v1/events", deployment.event("c1"), **headers)
                for headers in keys
            ]
        stored = await events_of(deployment, "e1")

    refused = [log["status"] for log in logs if log["event"] == "refused"]
    assert [reply.status for reply in replies] == refused == [403, 401, 401, 401]
    assert stored == ()


# --- people who are not to be asked ---------------------------------------------------------------


async def test_i07_an_event_for_someone_who_opted_out_is_taken_and_asks_nothing(
    storage: Storage,
) -> None:
    world = World(storage, varied(triggers={"checkout": {"after": "0s"}}))
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    await phone.acts(Command(name="stop"))
    said = await phone.reads()

    assert await world.happens("order.paid", "kim", id="e") is Acceptance.NEW
    await world.later(hours=1)

    assert await phone.reads() == said
    assert await world.verdicts("e") == [("skipped", "consent_withdrawn")]


async def test_i07_an_erased_person_stays_erased_whatever_names_her(storage: Storage) -> None:
    """Neither her id nor another of her identifiers makes her anew, and nothing about her is learned."""
    world = World(storage, varied(triggers={"checkout": {"after": "0s"}}))
    phone = Phone(world)
    person = await world.customer("kim", identifiers=(SHOPIFY,))
    await phone.starts(person)
    said = await phone.reads()
    erased = await world.write(lambda tx: erase(tx, person))

    await world.happens("order.paid", "kim", "o1", id="by-id")
    names = (SHOPIFY, Identifier(namespace="crm", value="9"))
    await world.happens("order.paid", None, "o2", id="by-name", identifiers=names)
    await world.later(hours=1)

    (by_id,), (by_name,) = await world.why("by-id"), await world.why("by-name")
    assert {by_id.event.person_id, by_name.event.person_id} == {person}
    assert await world.storage.read(lambda tx: tx.people.get(person)) == erased
    assert names[1] not in await world.storage.read(lambda tx: tx.people.names(person))
    assert (
        await world.verdicts("by-id") == await world.verdicts("by-name") == [("skipped", "erased")]
    )
    assert await phone.reads() == said


def erase(tx: UnitOfWork, person_id: str) -> Person:
    known = tx.people.get(person_id)
    assert known is not None
    erased = replace(known, erased_at=NOON)
    tx.people.save(erased)
    return erased


# --- events out of their time ---------------------------------------------------------------------


async def test_i09_an_event_dated_tomorrow_is_held_until_then_and_asked_about_once(
    storage: Storage,
) -> None:
    world = World(storage, varied(triggers={"checkout": {"after": "0s"}}))
    session = await world.browser(await world.customer("kim"))
    await world.happens("order.paid", "kim", id="e", time=NOON + timedelta(hours=23))

    await world.later(hours=22, minutes=59)
    early = await world.sees(session)
    await world.later(minutes=1)
    in_time = await world.sees(session)
    await world.later(hours=1)

    assert [len(early), len(in_time), len(await world.sees(session))] == [0, 1, 1]
    assert await world.verdicts("e") == [
        ("held", "delay"),
        ("released", "clear"),
        ("asked", "clear"),
    ]


async def test_i09_an_event_from_further_ahead_is_refused_and_an_old_one_never_asks(
    database_url: str,
) -> None:
    async with deployed(database_url, {}) as deployment:
        await deployment.customer("c1", consent=[deployment.consent()])
        now = deployment.clock.now()
        ahead, old = now + timedelta(hours=24, minutes=1), now - timedelta(days=30)
        refused = await deployment.signed(deployment.event("c1", time=ahead.isoformat()))
        taken = await deployment.signed(deployment.event("c1", id="e2", time=old.isoformat()))
        verdicts = await deployment.verdicts("e2")

    assert (refused.status, refused.body["where"], taken.status) == (400, "time", 202)
    assert {(kind, rule) for _, kind, rule in verdicts} == {("skipped", "too_late")}


# --- rules over data of any shape -----------------------------------------------------------------

AMOUNTS: list[tuple[dict[str, Json], list[str]]] = [
    ({"amount": "12,000"}, ["amount is a text; gte cannot judge it"]),
    ({"amount": [12_000]}, ["amount is a list; gte cannot judge it"]),
    ({"amount": True}, ["amount is a boolean; gte cannot judge it"]),
    ({"amount": None}, []),
    ({}, []),
]


@pytest.mark.parametrize(("data", "warnings"), AMOUNTS, ids=str)
async def test_i10_a_rule_that_cannot_judge_an_amount_is_false_and_says_why(
    storage: Storage, data: dict[str, Json], warnings: list[str]
) -> None:
    large = {"after": "0s", "where": {"path": ["amount"], "gte": 10_000}}
    world = World(storage, varied(triggers={"checkout": large}))
    session = await world.browser(await world.customer("kim"))

    assert await world.happens("order.paid", "kim", id="e", data=data) is Acceptance.NEW

    ((decision,),) = [explained.decisions for explained in await world.why("e")]
    (verdict,) = decision.verdicts
    assert (verdict.kind, verdict.rule) == ("skipped", "condition")
    assert verdict.values["warnings"] == warnings
    assert await world.sees(session) == ()
