"""What every repository promises about ``add``, ``save`` and ``get``."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from surveys.errors import AlreadyStored, NotFound
from surveys.model import Channel, Identifier
from surveys.ports import Storage, UnitOfWork
from tests.contract import examples as ex

Add = Callable[[UnitOfWork, Any], None]

ADDS: dict[str, Add] = {
    "inbox": lambda unit, row: unit.inbox.add(row),
    "events": lambda unit, row: unit.events.add(row, reversing=False),
    "people": lambda unit, row: unit.people.add(row),
    "addresses": lambda unit, row: unit.addresses.add(row),
    "links": lambda unit, row: unit.links.add(row),
    "sessions": lambda unit, row: unit.links.add_session(row),
    "decisions": lambda unit, row: unit.decisions.add(row),
    "invitations": lambda unit, row: unit.invitations.add(row),
    "deliveries": lambda unit, row: unit.deliveries.add(row),
    "answers": lambda unit, row: unit.answers.add(row),
    "keys": lambda unit, row: unit.keys.add(row),
}

FIRST = ex.invitation("first", occasion="order-1")
CLASHES = [
    ("inbox", ex.entry("k1"), ex.entry("k2", id="entry-k1")),
    ("inbox", ex.entry("k1"), ex.entry("k1", id="other")),
    ("events", ex.stored_event("e1"), ex.stored_event("e1", source="desk")),
    ("people", ex.person("cat"), ex.person("cat", subject_id="s2")),
    ("people", ex.person("cat", external_id="7"), ex.person("dan", external_id="7")),
    ("addresses", ex.address("a1"), ex.address("a1", user="u2")),
    ("addresses", ex.address("a1"), ex.address("a2", user="a1", person_id="ben")),
    ("links", ex.link("h1"), ex.link("h1", person_id="ben")),
    ("sessions", ex.web_session("h1"), ex.web_session("h1", address_id="ben-web")),
    ("decisions", ex.decision("d1"), ex.decision("d1", trigger="t2")),
    ("decisions", ex.decision("d1"), ex.decision("d2", trigger="trigger-d1")),
    ("invitations", FIRST, replace(FIRST, occasion="order-2")),
    ("invitations", FIRST, replace(FIRST, id="second")),
    ("deliveries", ex.delivery("d1"), ex.delivery("d1", key="k2")),
    ("deliveries", ex.delivery("d1"), ex.delivery("d2", key="key-d1")),
    ("answers", ex.answer("a1"), ex.answer("a1", question="reason")),
    ("answers", ex.answer("a1"), ex.answer("a2")),
    ("keys", ex.api_key("k1"), ex.api_key("k1", secret_hash="other")),
]

NEIGHBOURS = [
    ("inbox", ex.entry("k1"), ex.entry("k1", id="other", source="event:desk")),
    ("people", ex.person("cat", external_id=None), ex.person("dan", external_id=None)),
    ("addresses", ex.address("a1"), ex.address("a2", user="a1", account="7002")),
    ("addresses", ex.address("a1"), ex.address("a2", user="a1", channel=Channel.SLACK)),
    ("decisions", ex.decision("d1"), ex.decision("d2", trigger="trigger-d1", event_id="event-2")),
    ("invitations", FIRST, replace(FIRST, id="second", person_id="ben")),
    ("invitations", FIRST, replace(FIRST, id="second", trigger="delivery")),
    ("answers", ex.answer("a1"), ex.answer("a2", question="comment")),
    ("answers", ex.answer("a1"), ex.answer("a2", invitation_id="invitation-2")),
]


SAVES: dict[str, Callable[[UnitOfWork], None]] = {
    "inbox.save": lambda unit: unit.inbox.save(ex.entry("nobody")),
    "people.save": lambda unit: unit.people.save(ex.person("nobody")),
    "addresses.save": lambda unit: unit.addresses.save(ex.address("nowhere")),
    "decisions.save": lambda unit: unit.decisions.save(ex.decision("none")),
    "invitations.save": lambda unit: unit.invitations.save(ex.invitation("none")),
    "deliveries.save": lambda unit: unit.deliveries.save(ex.delivery("none")),
    "answers.revise": lambda unit: unit.answers.revise(ex.answer("none"), ex.at(1)),
    "keys.revoke": lambda unit: unit.keys.revoke("none", ex.at(1)),
}

TAKEOVERS: dict[str, tuple[Any, Any, Add]] = {
    "people": (
        ex.person("cat", external_id="7"),
        ex.person("ann", external_id="7"),
        lambda unit, row: unit.people.save(row),
    ),
    "addresses": (
        ex.address("a1", user="u1"),
        ex.address("ann-tg", user="u1"),
        lambda unit, row: unit.addresses.save(row),
    ),
    "decisions": (
        ex.decision("d1", trigger="t1"),
        ex.decision("decision-1", trigger="t1"),
        lambda unit, row: unit.decisions.save(row),
    ),
    "invitations": (
        FIRST,
        ex.invitation("invitation-1", occasion="order-1"),
        lambda unit, row: unit.invitations.save(row),
    ),
    "answers": (
        ex.answer("a1", invitation_id="invitation-2"),
        ex.answer("taken", invitation_id="invitation-2"),
        lambda unit, row: unit.answers.revise(row, ex.at(1)),
    ),
}

GETS: dict[str, Callable[[UnitOfWork], object]] = {
    "inbox.find": lambda unit: unit.inbox.find("event:shop", "none"),
    "events.get": lambda unit: unit.events.get("none"),
    "people.get": lambda unit: unit.people.get("none"),
    "addresses.get": lambda unit: unit.addresses.get("none"),
    "addresses.find": lambda unit: unit.addresses.find(Channel.TELEGRAM, "7001", "none"),
    "links.session": lambda unit: unit.links.session("none"),
    "decisions.get": lambda unit: unit.decisions.get("none"),
    "invitations.get": lambda unit: unit.invitations.get("none"),
    "invitations.find": lambda unit: unit.invitations.find("checkout", "ann", "none"),
    "invitations.by_token": lambda unit: unit.invitations.by_token("none"),
    "deliveries.get": lambda unit: unit.deliveries.get("none"),
    "answers.get": lambda unit: unit.answers.get("invitation-1", "score"),
    "answers.by_id": lambda unit: unit.answers.by_id("none"),
    "keys.get": lambda unit: unit.keys.get("none"),
    "notes.get": lambda unit: unit.notes.get("none"),
    "programs.get": lambda unit: unit.programs.get("none"),
    "events.newest_of": lambda unit: unit.events.newest_of("none"),
}

COLLECTS: dict[str, Callable[[UnitOfWork], object]] = {
    "inbox.unhandled": lambda unit: unit.inbox.unhandled(ex.START, 9),
    "events.reversals_of": lambda unit: unit.events.reversals_of([]),
    "events.of_occasions": lambda unit: unit.events.of_occasions(["none"]),
    "events.of_person": lambda unit: unit.events.of_person("none"),
    "events.search": lambda unit: unit.events.search("none"),
    "people.named": lambda unit: unit.people.named([]),
    "people.named stranger": lambda unit: unit.people.named(
        [Identifier(namespace="id", value="none")]
    ),
    "people.names": lambda unit: unit.people.names("none"),
    "addresses.of_person": lambda unit: unit.addresses.of_person("none"),
    "consents.of_person": lambda unit: unit.consents.of_person("none"),
    "decisions.of_event": lambda unit: unit.decisions.of_event("none"),
    "decisions.of_person": lambda unit: unit.decisions.of_person("none", 9),
    "invitations.due": lambda unit: unit.invitations.due(ex.START, 9),
    "invitations.live_of_person": lambda unit: unit.invitations.live_of_person("none"),
    "invitations.of_event": lambda unit: unit.invitations.of_event("none"),
    "clocks.lock": lambda unit: unit.clocks.lock("ann"),
    "deliveries.claimable": lambda unit: unit.deliveries.claimable(ex.START, list(Channel), 9),
    "deliveries.claimable nowhere": lambda unit: unit.deliveries.claimable(ex.START, [], 9),
    "deliveries.pullable": lambda unit: unit.deliveries.pullable("none", ex.START, 9),
    "deliveries.of_invitation": lambda unit: unit.deliveries.of_invitation("none"),
    "deliveries.of_address": lambda unit: unit.deliveries.of_address("none", 9),
    "answers.of_invitation": lambda unit: unit.answers.of_invitation("none"),
    "keys.all": lambda unit: unit.keys.all(),
}


@pytest.mark.parametrize(("name", "first", "second"), CLASHES)
async def test_a_taken_key_is_refused_and_the_transaction_stays_usable(
    world: Storage, name: str, first: Any, second: Any
) -> None:
    def work(unit: UnitOfWork) -> None:
        ADDS[name](unit, first)
        with pytest.raises(AlreadyStored):
            ADDS[name](unit, second)
        unit.notes.set("after", "kept")

    await world.write(work)

    assert await world.read(lambda unit: unit.notes.get("after")) == "kept"
    with pytest.raises(AlreadyStored):
        await world.write(lambda unit: ADDS[name](unit, second))


@pytest.mark.parametrize(("name", "first", "second"), NEIGHBOURS)
async def test_rows_that_differ_in_one_part_of_the_unique_key_stand_side_by_side(
    world: Storage, name: str, first: Any, second: Any
) -> None:
    await world.write(lambda unit: ADDS[name](unit, first))

    await world.write(lambda unit: ADDS[name](unit, second))


@pytest.mark.parametrize(("name", "takeover"), TAKEOVERS.items(), ids=TAKEOVERS)
async def test_saving_under_a_taken_name_is_refused_and_the_transaction_stays_usable(
    world: Storage, name: str, takeover: tuple[Any, Any, Add]
) -> None:
    first, second, save = takeover
    await world.write(lambda unit: unit.answers.add(ex.answer("taken")))

    def work(unit: UnitOfWork) -> None:
        ADDS[name](unit, first)
        with pytest.raises(AlreadyStored):
            save(unit, second)
        unit.notes.set("after", "kept")

    await world.write(work)

    assert await world.read(lambda unit: unit.notes.get("after")) == "kept"


@pytest.mark.parametrize("save", SAVES.values(), ids=SAVES)
async def test_saving_a_row_that_is_not_there_is_refused_and_the_transaction_stays_usable(
    world: Storage, save: Callable[[UnitOfWork], None]
) -> None:
    def work(unit: UnitOfWork) -> None:
        with pytest.raises(NotFound):
            save(unit)
        unit.notes.set("after", "kept")

    await world.write(work)

    assert await world.read(lambda unit: unit.notes.get("after")) == "kept"


@pytest.mark.parametrize("get", GETS.values(), ids=GETS)
async def test_what_is_not_there_is_none(
    world: Storage, get: Callable[[UnitOfWork], object]
) -> None:
    assert await world.read(get) is None


@pytest.mark.parametrize("collect", COLLECTS.values(), ids=COLLECTS)
async def test_a_collection_of_nothing_is_an_empty_tuple(
    world: Storage, collect: Callable[[UnitOfWork], object]
) -> None:
    assert await world.write(collect) == ()
