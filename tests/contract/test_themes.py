"""surveys.themes.tags.Themes."""

from dataclasses import replace
from datetime import date, timedelta

from surveys.model import HANDLER, Answer, Side
from surveys.ports import Storage, UnitOfWork
from surveys.themes.tags import By, Tag, ThemeChange, ThemeCount
from tests.contract import examples as ex

EVER = (date(2000, 1, 1), date(2100, 1, 1))
BOTH = replace(ex.dimensions(), channel="", language="")
LATE, PRICE = Tag("late", By.DICTIONARY), Tag("price", By.CHIP)
DENIED = Tag("late", By.STAFF, meant=False)
SLACK, PETE = Side("plan", "gold"), Side(HANDLER, "pete")


def counted(theme: str, score: int, count: int = 1) -> ThemeCount:
    return ThemeCount(
        dimensions=BOTH, theme=theme, counts=tuple(count * (s == score) for s in range(11))
    )


def rated(unit: UnitOfWork, name: str, score: int, **parts: object) -> Answer:
    answer = ex.answer(name, invitation_id=f"i-{name}", score=score, **parts)
    unit.answers.add(answer)
    return answer


def said(unit: UnitOfWork, name: str, text: str | None) -> None:
    parts = {"invitation_id": f"i-{name}", "question": "comment", "score": None, "text": text}
    unit.answers.add(ex.answer(f"{name}-comment", **parts))


def changes(answer: Answer, *themes: str, by: int = 1) -> list[ThemeChange]:
    return [
        ThemeChange(
            theme=theme,
            day=answer.day,
            dimensions=answer.dimensions,
            score=answer.score or 0,
            by=by,
            sides=answer.sides,
        )
        for theme in themes
    ]


async def test_an_answers_tags_are_what_was_put_last_sorted_by_theme(world: Storage) -> None:
    def work(unit: UnitOfWork) -> None:
        rated(unit, "a", 2)
        unit.themes.put("a", ex.DAY, [PRICE, LATE])
        unit.themes.put("a", ex.DAY, [PRICE, DENIED])

    await world.write(work)

    assert await world.read(lambda unit: unit.themes.of("a")) == (DENIED, PRICE)
    assert await world.read(lambda unit: unit.themes.of("b")) == ()


async def test_counts_are_read_together_apart_and_by_side(world: Storage) -> None:
    here = {"segments": (SLACK,), "handler": "pete"}

    def work(unit: UnitOfWork) -> None:
        first = rated(unit, "a", 2, **here)
        other = replace(ex.dimensions(), channel="slack")
        second = rated(unit, "b", 9, dimensions=other, day=ex.DAY + timedelta(days=1))
        for answer, tags in ((first, (LATE, PRICE)), (second, (LATE,))):
            unit.themes.put(answer.id, answer.day, tags)
            unit.themes.add(changes(answer, *(tag.theme for tag in tags)))

    await world.write(work)

    def look(unit: UnitOfWork) -> tuple[object, ...]:
        themes = unit.themes
        both = ThemeCount(dimensions=BOTH, theme="late", counts=(0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0))
        return (
            themes.counts(*EVER) == (both, counted("price", 2)),
            themes.counts(ex.DAY, ex.DAY) == (counted("late", 2), counted("price", 2)),
            themes.counts(*EVER, SLACK) == (counted("late", 2), counted("price", 2)),
            themes.counts(*EVER, PETE) == themes.counts(*EVER, SLACK),
            themes.counts(*EVER, Side("plan", "none")) == (),
            {each.dimensions.channel for each in themes.counts_apart(*EVER)}
            == {"telegram", "slack"},
            themes.counts_apart(*EVER) == themes.recount(*EVER),
            themes.days() == (ex.DAY, ex.DAY + timedelta(days=1)),
        )

    assert await world.read(look) == (True,) * 8


async def test_whose_a_theme_is_is_told_answer_by_answer_the_oldest_first(world: Storage) -> None:
    later = ex.DAY + timedelta(days=1)

    def work(unit: UnitOfWork) -> None:
        here = {"segments": (SLACK,), "handler": "pete"}
        first = rated(unit, "b", 9, subject_id="mina", **here)
        for name, score, who in (("a", 2, "jun"), ("c", 3, "mina")):
            rated(unit, name, score, subject_id=who, day=later)
            unit.themes.put(name, later, [LATE])
        unit.themes.put("b", first.day, [PRICE, DENIED])

    await world.write(work)

    def told(unit: UnitOfWork, *days: date) -> list[tuple[str, str, int]]:
        return [(each.customer, each.theme, each.score) for each in unit.themes.named(*days)]

    assert await world.read(lambda unit: told(unit, *EVER)) == [
        ("mina", "price", 9),
        ("jun", "late", 2),
        ("mina", "late", 3),
    ]
    assert await world.read(lambda unit: told(unit, later, later)) == [
        ("jun", "late", 2),
        ("mina", "late", 3),
    ]
    named = await world.read(lambda unit: unit.themes.named(*EVER))
    assert {each.dimensions for each in named} == {ex.dimensions()}
    assert [set(each.sides) for each in named] == [{SLACK, PETE}, set(), set()]


async def test_a_theme_that_staff_deny_counts_nowhere(world: Storage) -> None:
    def work(unit: UnitOfWork) -> None:
        answer = rated(unit, "a", 2)
        unit.themes.put("a", answer.day, [DENIED])
        unit.themes.add(changes(answer, "late"))
        unit.themes.add(changes(answer, "late", by=-1))

    await world.write(work)

    assert await world.read(lambda unit: unit.themes.counts(*EVER)) == ()
    assert await world.read(lambda unit: unit.themes.recount(*EVER)) == ()


async def test_a_rebuilt_day_counts_what_is_tagged_and_nothing_else(world: Storage) -> None:
    def work(unit: UnitOfWork) -> None:
        answer = rated(unit, "a", 2, segments=(SLACK,), handler="pete")
        unit.themes.put("a", answer.day, [LATE])
        unit.themes.add(changes(answer, "price", "price"))
        unit.themes.rebuild(ex.DAY)

    await world.write(work)

    def look(unit: UnitOfWork) -> list[object]:
        kept = [unit.themes.counts(*EVER, side) for side in (None, SLACK, PETE)]
        return [*kept, unit.themes.counts_apart(*EVER) == unit.themes.recount(*EVER)]

    assert await world.read(look) == [*[(counted("late", 2),)] * 3, True]


async def test_what_was_said_is_paged_by_invitation(world: Storage) -> None:
    def work(unit: UnitOfWork) -> None:
        for name in "cab":
            rated(unit, name, 3)
            said(unit, name, "늦었어요")
        rated(unit, "silent", 3)

    await world.write(work)

    pages = await world.read(
        lambda unit: [
            unit.themes.said("", 2),
            unit.themes.said("i-b", 2),
            unit.themes.said("i-c", 2),
        ]
    )
    assert pages == [("i-a", "i-b"), ("i-c",), ()]
    assert await world.read(lambda unit: unit.themes.how_many_said()) == 3
