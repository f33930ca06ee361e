"""surveys.ports.Decisions."""

from dataclasses import replace

from surveys.model import VerdictKind
from surveys.ports import Storage
from tests.contract import examples as ex


async def test_a_decision_comes_back_with_its_verdicts_in_order(world: Storage) -> None:
    held = ex.verdict(VerdictKind.HELD, rule="quiet_hours", values={}, at=ex.at(1))
    decision = ex.decision("d1", verdicts=(held, ex.verdict(at=ex.at(2))))

    await world.write(lambda unit: unit.decisions.add(decision))

    assert await world.read(lambda unit: unit.decisions.get("d1")) == decision


async def test_saving_replaces_person_and_verdicts(world: Storage) -> None:
    await world.write(lambda unit: unit.decisions.add(ex.decision("d1", person_id=None)))
    grown = replace(
        ex.decision("d1").then(ex.verdict(VerdictKind.WITHDRAWN, at=ex.at(9))), person_id="ben"
    )

    await world.write(lambda unit: unit.decisions.save(grown))

    assert await world.read(lambda unit: unit.decisions.get("d1")) == grown
    assert await world.read(lambda unit: unit.decisions.of_person("ben", 9)) == (grown,)


async def test_decisions_of_an_event_are_sorted_by_trigger(world: Storage) -> None:
    rows = [ex.decision(name, event_id="event-2") for name in ("b", "C", "a")]

    await ex.store_all(world, lambda unit: unit.decisions.add, *rows, ex.decision("x"))

    found = await world.read(lambda unit: unit.decisions.of_event("event-2"))
    assert [decision.id for decision in found] == ["C", "a", "b"]


async def test_decisions_of_a_person_are_sorted_by_their_first_verdict_newest_first(
    world: Storage,
) -> None:
    old = ex.decision("old").then(ex.verdict(VerdictKind.EXPIRED, at=ex.at(99)))
    middle, new = (
        ex.decision(n, verdicts=(ex.verdict(at=ex.at(m)),)) for n, m in (("m", 1), ("n", 2))
    )

    await ex.store_all(
        world, lambda unit: unit.decisions.add, middle, new, old, ex.decision("b", person_id="ben")
    )

    assert await world.read(lambda unit: unit.decisions.of_person("ann", 9)) == (new, middle, old)
    assert await world.read(lambda unit: unit.decisions.of_person("ann", 2)) == (new, middle)
