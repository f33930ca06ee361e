"""surveys.ports.Answers."""

from dataclasses import replace
from datetime import timedelta

import pytest

from surveys.errors import AlreadyStored
from surveys.model import Answer, CountRule, NewestKey
from surveys.ports import Storage, UnitOfWork
from tests.contract import examples as ex

EVER = NewestKey(
    rule=CountRule.NEWEST,
    period="",
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


def line_of_answers() -> tuple[Answer, ...]:
    """Return answers of one rule key, from the oldest: by day, then time, then id by code points."""
    month_before, day_before, same_day = timedelta(days=-31), timedelta(days=-1), timedelta()
    early = ex.START - timedelta(hours=1)
    told = (
        ("z", month_before, ex.START),
        ("y", day_before, ex.START),
        ("x", same_day, early),
        ("B", same_day, ex.START),
        ("a", same_day, ex.START),
    )
    return tuple(
        ex.answer(name, invitation_id=name, day=ex.DAY + days, answered_at=at)
        for name, days, at in told
    )


async def test_the_newest_of_a_rule_key_is_the_last_by_day_time_and_id(world: Storage) -> None:
    line = line_of_answers()

    def work(unit: UnitOfWork) -> list[Answer | None]:
        unit.answers.add(ex.answer("said", invitation_id="?", score=None))
        found = [unit.answers.newest(EVER)]
        for answer in line:
            unit.answers.add(answer)
            found.append(unit.answers.newest(EVER))
        return found

    assert await world.write(work) == [None, *line]


async def test_an_answer_is_newest_only_of_its_own_key_and_window(world: Storage) -> None:
    line = line_of_answers()
    november = replace(EVER, rule=CountRule.MONTH, period="2026-11")
    empty = (
        replace(november, period="2026-12"),
        replace(november, rule=CountRule.QUARTER, period="2026-Q3"),
        replace(EVER, subject_id="subject-ben"),
        replace(EVER, stage="retention"),
        replace(EVER, series="csat:1-5:up:w2"),
    )

    def work(unit: UnitOfWork) -> list[Answer | None]:
        for answer in line:
            unit.answers.add(answer)
        found = [unit.answers.newest(key) for key in empty]
        return [*found, unit.answers.newest(replace(november, period="2026-10"))]

    assert await world.write(work) == [*[None] * 5, line[0]]
    found = await world.read(lambda unit: unit.answers.newest(november, besides=line[-1].id))
    assert found == line[-2]
