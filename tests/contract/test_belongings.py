"""surveys.ports.Belongings, surveys.ports.Joinings, and answers that change their subject."""

from dataclasses import replace

import pytest

from surveys.errors import NotFound
from surveys.model import Identifier, Joining
from surveys.ports import Rows, Storage, UnitOfWork
from tests.contract import examples as ex

MAIL = Identifier(namespace="email", value="kim@example.org")
KINDS = {"identifier", "address", "consent", "event", "decision", "invitation", "slot", "delivery"}


def lived(unit: UnitOfWork) -> None:
    """Let Ann have a row of every kind, most of them at her Telegram chat."""
    unit.people.name("ann", MAIL)
    unit.consents.add(replace(ex.consent(), person_id="ann", address_id="ann-tg"))
    unit.consents.add(replace(ex.consent(at=ex.at(1)), person_id="ann"))
    unit.events.add(ex.stored_event("e", person_id="ann"), reversing=False)
    unit.decisions.add(ex.decision("d", event_id="e", person_id="ann"))
    unit.invitations.add(
        ex.invitation("i", person_id="ann", event_id="e", decision_id="d", address_id="ann-tg")
    )
    unit.clocks.reserve(ex.slot("i", person_id="ann"))
    unit.deliveries.add(ex.delivery("m", person_id="ann", address_id="ann-tg"))
    unit.links.add(replace(ex.link("l"), person_id="ann"))


async def rows_of(store: Storage, person_id: str) -> Rows:
    return await store.read(lambda unit: unit.belongings.of(person_id))


async def test_everything_of_a_person_is_named_by_kind(world: Storage) -> None:
    await world.write(lived)

    rows = await rows_of(world, "ann")

    assert set(rows) >= {*KINDS, "link"}
    assert (rows["delivery"], rows["slot"], rows["link"]) == (
        ("m",),
        ("i",),
        (ex.link("l").token_hash,),
    )
    assert "kim@example.org" not in repr(rows)


async def test_what_happened_in_a_chat_goes_with_it(world: Storage) -> None:
    await world.write(lived)

    here = await world.read(lambda unit: unit.belongings.at("ann-tg"))

    assert (here["address"], here["invitation"], here["slot"]) == (("ann-tg",), ("i",), ("i",))
    assert (here["decision"], here["event"], here["delivery"]) == (("d",), ("e",), ("m",))
    assert len(here["consent"]) == 1


async def test_given_rows_are_the_heirs_and_invitations_stay(world: Storage) -> None:
    await world.write(lived)
    before = await rows_of(world, "ann")

    await world.write(lambda unit: unit.belongings.give(before, "ann", "ben"))

    assert set(await rows_of(world, "ann")) == {"invitation"}
    after = await rows_of(world, "ben")
    assert all(set(after[kind]) >= set(before[kind]) for kind in before if kind != "invitation")
    named = await world.read(lambda unit: unit.people.named([MAIL]))
    assert [person.id for person in named] == ["ben"]


async def test_rows_of_anybody_else_are_not_given(world: Storage) -> None:
    await world.write(lived)
    before = await rows_of(world, "ann")

    await world.write(lambda unit: unit.belongings.give(before, "ben", "cat"))

    assert await rows_of(world, "ann") == before
    assert await rows_of(world, "cat") == {}


def joining(name: str, **values: object) -> Joining:
    parts = {"giver_id": "ben", "heir_id": "ann", "rows": {"address": ["ben-tg"]}} | values
    return Joining(id=name, at=ex.at(0), by="cli:min", how="staff", **parts)  # type: ignore[arg-type]  # known names


async def test_joinings_come_newest_first_and_as_last_saved(world: Storage) -> None:
    undone = joining("j2", undone_at=ex.at(3), before={"locale": None})

    def work(unit: UnitOfWork) -> None:
        for each in (joining("j1"), joining("j2"), joining("j3", heir_id="cat")):
            unit.joinings.add(each)
        unit.joinings.save(undone)

    await world.write(work)

    assert await world.read(lambda unit: unit.joinings.of_heir("ann")) == (undone, joining("j1"))
    given = await world.read(lambda unit: unit.joinings.of_giver("ben"))
    assert [each.id for each in given] == ["j3", "j2", "j1"]


async def test_a_given_answer_is_another_subjects_and_no_new_version(world: Storage) -> None:
    answer = ex.answer("a", subject_id="s1")

    def work(unit: UnitOfWork) -> None:
        unit.answers.add(answer)
        unit.answers.give("a", "s2")
        with pytest.raises(NotFound):
            unit.answers.give("b", "s2")

    await world.write(work)

    assert await world.read(lambda unit: unit.answers.of_subject("s1")) == ()
    found = await world.read(lambda unit: unit.answers.of_subject("s2"))
    assert found == (replace(answer, subject_id="s2"),)
