"""surveys.ports.People."""

from dataclasses import replace

import pytest

from surveys.errors import AlreadyStored
from surveys.model import Identifier
from surveys.ports import Storage, UnitOfWork
from tests.contract import examples as ex

SHOP = Identifier(namespace="shop:customer", value="115")
DESK = Identifier(namespace="desk:requester", value="115")
MAIL = Identifier(namespace="email", value="kim@example.org")


async def test_a_person_comes_back_whole_and_as_last_saved(store: Storage) -> None:
    person = ex.person(
        "cat", external_id="c-1", locale="ko", timezone="Asia/Seoul", attributes=ex.NESTED
    )
    saved = replace(
        person,
        external_id=None,
        attributes={"tier": "gold"},
        paused_until=ex.at(1),
        opted_out_at=ex.at(2),
        erased_at=ex.at(3),
    )

    await store.write(lambda unit: unit.people.add(person))
    assert await store.read(lambda unit: unit.people.get("cat")) == person

    await store.write(lambda unit: unit.people.save(saved))
    assert await store.read(lambda unit: unit.people.get("cat")) == saved


async def test_saving_a_taken_external_id_is_refused_and_the_transaction_stays_usable(
    world: Storage,
) -> None:
    def work(unit: UnitOfWork) -> None:
        unit.people.save(ex.person("ann", external_id="7"))
        with pytest.raises(AlreadyStored):
            unit.people.save(ex.person("ben", external_id="7"))
        unit.notes.set("after", "kept")

    await world.write(work)

    assert await world.read(lambda unit: unit.people.get("ben")) == ex.person("ben")
    assert await world.read(lambda unit: unit.notes.get("after")) == "kept"


async def test_a_freed_external_id_may_be_taken_again(world: Storage) -> None:
    def work(unit: UnitOfWork) -> None:
        unit.people.save(ex.person("ann", external_id="7"))
        unit.people.save(ex.person("ann", external_id=None))
        unit.people.save(ex.person("ben", external_id="7"))

    await world.write(work)

    assert await world.read(lambda unit: unit.people.get("ben")) == ex.person(
        "ben", external_id="7"
    )


async def test_named_returns_distinct_people_in_the_order_of_the_identifiers(
    world: Storage,
) -> None:
    unknown = Identifier(namespace="email", value="nobody@example.org")

    def work(unit: UnitOfWork) -> None:
        unit.people.name("ann", SHOP)
        unit.people.name("ann", MAIL)
        unit.people.name("ben", DESK)

    await world.write(work)

    lookups = ([DESK, unknown, SHOP, MAIL], [MAIL, DESK, SHOP], [unknown])
    found = await world.read(lambda unit: [unit.people.named(given) for given in lookups])
    assert [[person.id for person in people] for people in found] == [
        ["ben", "ann"],
        ["ann", "ben"],
        [],
    ]


async def test_naming_again_does_nothing_and_naming_anothers_is_refused(world: Storage) -> None:
    def work(unit: UnitOfWork) -> None:
        unit.people.name("ann", SHOP)
        unit.people.name("ann", SHOP)
        with pytest.raises(AlreadyStored):
            unit.people.name("ben", SHOP)
        unit.people.name("ben", DESK)

    await world.write(work)

    assert await world.read(lambda unit: unit.people.names("ann")) == (SHOP,)
    assert await world.read(lambda unit: unit.people.names("ben")) == (DESK,)


async def test_names_are_sorted_by_namespace_then_value(world: Storage) -> None:
    ten, nine = (Identifier(namespace="shop:customer", value=value) for value in ("10", "9"))
    upper = Identifier(namespace="Zendesk", value="1")

    def work(unit: UnitOfWork) -> None:
        for identifier in (nine, SHOP, MAIL, upper, DESK, ten):
            unit.people.name("ann", identifier)

    await world.write(work)

    names = await world.read(lambda unit: unit.people.names("ann"))
    assert names == (upper, DESK, MAIL, ten, SHOP, nine)


async def test_adopting_moves_names_events_and_decisions_and_deletes_the_shadow(
    world: Storage,
) -> None:
    event = ex.stored_event("e1", person_id="shadow")
    decision = ex.decision("d1", event_id="e1", person_id="shadow")

    def work(unit: UnitOfWork) -> None:
        unit.people.add(ex.person("shadow", external_id="7"))
        unit.people.name("shadow", SHOP)
        unit.people.name("ann", MAIL)
        unit.events.add(event, reversing=False)
        unit.decisions.add(decision)
        unit.people.adopt("shadow", "ann")
        unit.people.save(ex.person("ann", external_id="7"))

    await world.write(work)

    assert await world.read(lambda unit: unit.people.get("shadow")) is None
    assert await world.read(lambda unit: unit.people.names("shadow")) == ()
    assert await world.read(lambda unit: unit.people.names("ann")) == (MAIL, SHOP)
    assert await world.read(lambda unit: unit.events.of_person("shadow")) == ()
    moved = await world.read(lambda unit: unit.events.of_person("ann"))
    assert moved == (replace(event, person_id="ann"),)
    assert await world.read(lambda unit: unit.events.of_occasions(["order-e1"])) == moved
    adopted = await world.read(lambda unit: unit.decisions.of_person("ann", 9))
    assert adopted == (replace(decision, person_id="ann"),)
