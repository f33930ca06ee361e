"""surveys.ports.Answers."""

from dataclasses import replace

import pytest

from surveys.errors import AlreadyStored
from surveys.model import CountRule, NewestKey
from surveys.ports import Storage, UnitOfWork
from tests.contract import examples as ex

KEY = NewestKey(
    rule=CountRule.MONTH,
    period="2026-11",
    subject_id="subject-ann",
    stage="purchase",
    series="csat:1-5:up:w1",
)


async def test_an_answer_is_found_by_its_question_and_its_id(world: Storage) -> None:
    score = ex.answer("a1", order=1731749400.000123, handler="agent-7")
    reason = ex.answer("a2", question="reason", score=None, choice="slow")
    comment = ex.answer("a3", question="comment", score=None, text="늦었어요 😢\n두 번째 줄")

    await ex.store_all(world, lambda unit: unit.answers.add, score, reason, comment)

    assert await world.read(lambda unit: unit.answers.get("invitation-1", "reason")) == reason
    assert await world.read(lambda unit: unit.answers.get("invitation-2", "reason")) is None
    assert await world.read(lambda unit: unit.answers.by_id("a3")) == comment
    found = await world.read(lambda unit: unit.answers.of_invitation("invitation-1"))
    assert found == (comment, reason, score)


async def test_a_revision_replaces_the_current_version_and_is_numbered_one_higher(
    world: Storage,
) -> None:
    first = ex.answer("a1")
    second = replace(first, score=2, order=2.5, answered_at=ex.at(1), version=2)

    def work(unit: UnitOfWork) -> None:
        unit.answers.add(first)
        unit.answers.revise(second, ex.at(1))
        unit.answers.revise(replace(second, score=5), ex.at(2))

    await world.write(work)

    current = replace(second, score=5, version=3)
    assert await world.read(lambda unit: unit.answers.by_id("a1")) == current
    assert await world.read(lambda unit: unit.answers.get("invitation-1", "score")) == current


async def test_a_revision_goes_by_what_is_stored_not_by_the_number_handed_in(
    world: Storage,
) -> None:
    def work(unit: UnitOfWork) -> None:
        unit.answers.add(ex.answer("a1"))
        unit.answers.revise(ex.answer("a1", score=1), ex.at(1))
        unit.answers.revise(ex.answer("a1", score=2), ex.at(2))

    await world.write(work)

    stored = await world.read(lambda unit: unit.answers.by_id("a1"))
    assert stored == ex.answer("a1", score=2, version=3)


async def test_answering_twice_is_refused_and_leaves_the_first_answer(world: Storage) -> None:
    def work(unit: UnitOfWork) -> None:
        unit.answers.add(ex.answer("a1"))
        with pytest.raises(AlreadyStored):
            unit.answers.add(ex.answer("a2", score=1))
        unit.answers.revise(ex.answer("a1", score=3), ex.at(1))

    await world.write(work)

    assert await world.read(lambda unit: unit.answers.by_id("a2")) is None
    found = await world.read(lambda unit: unit.answers.of_invitation("invitation-1"))
    assert found == (ex.answer("a1", score=3, version=2),)


async def test_the_newest_pointer_of_each_rule_key_and_window_stands_alone(world: Storage) -> None:
    others = (
        replace(KEY, rule=CountRule.NEWEST, period=""),
        replace(KEY, period="2026-12"),
        replace(KEY, subject_id="subject-ben"),
        replace(KEY, stage="retention"),
        replace(KEY, series="csat:1-5:up:w2"),
    )

    def work(unit: UnitOfWork) -> list[str | None]:
        unit.answers.add(ex.answer("a1"))
        unit.answers.add(ex.answer("a2", invitation_id="invitation-2"))
        unit.answers.set_newest(KEY, "a1")
        unit.answers.set_newest(KEY, "a2")
        return [unit.answers.newest(other) for other in others]

    assert await world.write(work) == [None] * 5
    assert await world.read(lambda unit: unit.answers.newest(KEY)) == "a2"
