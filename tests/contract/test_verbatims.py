"""surveys.verbatims.Verbatims."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from surveys.model import Side
from surveys.ports import Storage, UnitOfWork
from surveys.themes.tags import By, Tag
from surveys.verbatims import Wanted
from tests.contract import examples as ex

DAY = ex.answer("x").day
WEEK = Wanted(since=DAY - timedelta(days=3), until=DAY + timedelta(days=3))
"""The days around the examples'."""


def told(
    unit: UnitOfWork, name: str, minute: int, score: int, text: str | None, **more: Any
) -> None:
    """Store an answer of an invitation of its own, and what was written to it."""
    invitation = ex.invitation(f"i-{name}")
    unit.invitations.add(invitation)
    said = {"invitation_id": invitation.id, "answered_at": ex.at(minute), **more}
    unit.answers.add(ex.answer(name, **{**said, "question": "score", "score": score}))
    words = {"question": "comment", "score": None, "choice": None, "text": text}
    unit.answers.add(ex.answer(f"{name}-words", **{**said, **words}))


@pytest.fixture
async def written(world: Storage) -> Storage:
    """Four comments in three places, and an answer whose words are gone."""

    def work(unit: UnitOfWork) -> None:
        other = replace(ex.dimensions(), channel="slack")
        told(unit, "first", 1, 9, "좋아요", handler="kim")
        told(unit, "late", 5, 2, "<b>late</b>", segments=(Side("tier", "gold"),))
        told(unit, "slack", 3, 4, "slow", dimensions=other)
        told(unit, "erased", 4, 3, None)
        told(unit, "before", 2, 1, "long ago", day=DAY - timedelta(days=9))
        unit.themes.put(
            "late", DAY, [Tag("delivery", By.STAFF), Tag("price", By.STAFF, meant=False)]
        )

    await world.write(work)
    return world


async def ids(store: Storage, limit: int = 9, **wanted: Any) -> list[str]:
    rows = await store.read(lambda unit: unit.verbatims.newest(replace(WEEK, **wanted), limit))
    return [row.id for row in rows]


async def test_the_newest_words_come_first_and_no_more_than_wanted(written: Storage) -> None:
    assert await ids(written) == ["late", "slack", "first"]
    assert await ids(written, limit=2) == ["late", "slack"]


async def test_words_are_narrowed_by_tags_scores_themes_and_sides(written: Storage) -> None:
    assert await ids(written, tags={"channel": "slack"}) == ["slack"]
    assert await ids(written, tags={"channel": "fax"}) == []
    assert await ids(written, low=3, high=9) == ["slack", "first"]
    assert await ids(written, theme="delivery") == ["late"]
    assert await ids(written, theme="price") == []
    assert await ids(written, sides=(Side("handler", "kim"),)) == ["first"]
    assert await ids(written, sides=(Side("tier", "gold"),)) == ["late"]


async def test_a_text_comes_with_its_answer(written: Storage) -> None:
    (row, *_) = await written.read(lambda unit: unit.verbatims.newest(WEEK, 1))

    assert (row.score, row.comment) == (2, "<b>late</b>")
    assert row.segments == {"tier": "gold"}
