"""Storing answers of another tool, on each storage (surveys.service.importing)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from surveys.importing import ImportedRow
from surveys.model import Answer, CountRule, Identifier
from surveys.ports import Storage, UnitOfWork
from surveys.reports import IMPORTED
from surveys.service import erasing
from surveys.service.exporting import export, in_words
from surveys.service.importing import (
    Stored,
    TakenBack,
    how_many_there,
    row_from_json,
    row_to_json,
    store_rows,
    take_back,
    would_take_back,
)
from surveys.service.joining import join_people, split
from tests.contract import examples as ex
from tests.world import World

EVER = (date(2000, 1, 1), date(2100, 1, 1))
OLD = replace(
    ex.dimensions(),
    trigger="import",
    survey="import",
    channel="import",
    instrument="nps",
    scale="0-10",
    wording="old-nps",
)
FIRST = "20261122-120000-abcdef"
AT = datetime(2025, 3, 1, 3, tzinfo=UTC)


def row(key: str, score: int, **parts: object) -> ImportedRow:
    filled = {"line": 2, "at": AT, "dimensions": OLD, "key": f"row/{key}", "score": score}
    return ImportedRow(**(filled | parts))  # type: ignore[arg-type]  # each test names its own parts


@pytest.fixture
def world(store: Storage) -> World:
    return World(store)


async def take(world: World, *rows: ImportedRow) -> Stored:
    return await world.write(lambda tx: store_rows(tx, world.ctx, rows, FIRST))


async def answers(world: World, customer: str) -> tuple[Answer, ...]:
    def look(tx: UnitOfWork) -> tuple[Answer, ...]:
        (person,) = tx.people.named([Identifier(namespace="id", value=customer)])
        return tx.answers.of_subject(person.subject_id)

    return await world.storage.read(look)


async def counted(world: World) -> dict[str, list[int]]:
    """Return the scores by wording; what is kept equals what is counted anew."""

    def look(tx: UnitOfWork) -> dict[str, list[int]]:
        kept = tx.reports.scores(CountRule.ALL, *EVER)
        assert kept == tx.reports.recount(*EVER)
        assert tx.themes.counts_apart(*EVER) == tx.themes.recount(*EVER)
        return {
            each.dimensions.wording: [s for s, n in enumerate(each.counts) for _ in range(n)]
            for each in kept
        }

    return await world.storage.read(look)


async def test_rows_are_stored_with_their_counts_and_themes_and_once(world: World) -> None:
    rows = (
        row("a", 9),
        row("b", 2, comment="배송이 늦었어요"),
        row("c", 2, at=AT + timedelta(days=1)),
    )

    first, second = await take(world, *rows), await take(world, *rows)

    assert (first, second) == (Stored(added=3), Stored(there=3))
    assert await counted(world) == {"old-nps": [2, 2, 9]}
    assert await world.storage.read(lambda tx: how_many_there(tx, ["row/a", "row/b", "row/x"])) == 2
    (late,) = await world.storage.read(lambda tx: tx.themes.counts(*EVER))
    assert (late.theme, late.counts[2]) == ("delivery-delay", 1)


async def test_a_chunk_that_was_cut_off_is_taken_up_again(world: World) -> None:
    await take(world, row("a", 9))

    assert await take(world, row("a", 9), row("b", 3)) == Stored(added=1, there=1)
    assert await counted(world) == {"old-nps": [3, 9]}


async def test_a_known_customers_newest_answer_counts_and_a_strangers_has_a_subject_of_its_own(
    world: World,
) -> None:
    await world.customer("kim", email="kim@example.com", email_verified=True)
    rows = (
        row("a", 9, customer="kim"),
        row("b", 1, email="kim@example.com", at=AT + timedelta(days=3)),
        row("c", 5, customer="nobody"),
        row("d", 6, customer="nobody", at=AT + timedelta(days=1)),
        row("e", 7),
    )

    assert (await take(world, *rows)).known == 2

    mine = await answers(world, "kim")
    assert [(a.score, a.given, a.handler) for a in mine] == [
        (9, IMPORTED, None),
        (1, IMPORTED, None),
    ]
    (newest,) = await world.storage.read(lambda tx: tx.reports.scores(CountRule.NEWEST, *EVER))
    assert [s for s, n in enumerate(newest.counts) if n] == [1, 6, 7]


async def test_nothing_is_asked_sent_told_or_kept_of_a_stranger(world: World) -> None:
    person = await world.customer("kim")
    await take(
        world, row("a", 1, customer="kim", comment="늦어요"), row("b", 1, email="l@example.com")
    )
    await world.later(days=10)

    def look(tx: UnitOfWork) -> list[object]:
        held = tx.belongings.of(person)
        asked = [held.get(kind, ()) for kind in ("invitation", "delivery", "slot", "webhook")]
        return [*asked, tx.reports.funnel(*EVER), tx.inbox.undone(9)]

    assert not any(await world.storage.read(look))
    assert (
        await world.storage.read(
            lambda tx: tx.people.named([Identifier(namespace="email", value="l@example.com")])
        )
        == ()
    )


async def test_a_customer_is_shown_what_was_imported_of_her(world: World) -> None:
    person = await world.customer("kim")
    rows = (row("a", 1, customer="kim", comment="포장이 별로예요"), row("b", 9, customer="lee"))
    await take(world, *rows)

    now, program = world.clock.now(), world.program
    data = await world.storage.read(lambda tx: export(tx, person, program=program, now=now))
    words = in_words(data, program, "en")

    (given,) = data["imported"]
    assert (given["wording"], [a["question"] for a in given["answers"]]) == (
        "old-nps",
        ["score", "comment"],
    )
    assert "Answer from another tool (old-nps)" in words
    assert "포장이 별로예요" in words


async def test_an_erased_customers_answers_lose_their_words_and_no_new_ones_come(
    world: World,
) -> None:
    person = await world.customer("kim")
    await take(world, row("a", 1, customer="kim", comment="포장이 별로예요"))
    await world.write(lambda tx: erasing.erase(tx, world.ctx, person, by="cli:minji"))

    assert await take(world, row("b", 2, customer="kim")) == Stored(erased=1)
    assert await counted(world) == {"old-nps": [1]}
    said = await world.storage.read(lambda tx: tx.answers.get("import/row/a", "comment"))
    assert said is not None
    assert said.text is None


async def test_imported_answers_and_ours_are_never_one_series(world: World) -> None:
    def work(tx: UnitOfWork) -> None:
        ours = ex.answer("ours", dimensions=replace(OLD, wording="std1"), score=9)
        tx.answers.add(ours)
        ex.add_score(tx, ours.day, ours.dimensions, 9)

    await world.write(work)
    await take(world, row("a", 1))

    assert await counted(world) == {"old-nps": [1], "std1": [9]}


async def test_an_import_is_taken_back_with_its_words_themes_and_counts_and_no_other(
    world: World,
) -> None:
    later = row("c", 7, customer="kim", at=AT + timedelta(days=3))
    await take(world, row("a", 9, customer="kim"), row("b", 2, comment="배송이 늦었어요"))
    await world.write(lambda tx: store_rows(tx, world.ctx, (later,), "second"))

    would = await world.storage.read(lambda tx: would_take_back(tx, FIRST))
    assert await counted(world) == {"old-nps": [2, 7, 9]}
    gone = await world.write(lambda tx: take_back(tx, FIRST))

    assert would == gone == TakenBack(answers=2)
    assert await counted(world) == {"old-nps": [7]}
    assert await world.storage.read(lambda tx: tx.themes.counts_apart(*EVER)) == ()
    assert await world.write(lambda tx: take_back(tx, FIRST)) == TakenBack()
    assert await take(world, row("a", 9, customer="kim")) == Stored(added=1)
    assert await counted(world) == {"old-nps": [7, 9]}


async def test_where_the_newest_answer_is_taken_back_the_one_before_counts_again(
    world: World,
) -> None:
    await take(world, row("a", 9, customer="kim"))
    newer = row("b", 3, customer="kim", at=AT + timedelta(days=1))
    await world.write(lambda tx: store_rows(tx, world.ctx, (newer,), "second"))

    await world.write(lambda tx: take_back(tx, "second"))

    def newest(tx: UnitOfWork) -> list[tuple[int, ...]]:
        return [each.counts for each in tx.reports.scores(CountRule.NEWEST, *EVER)]

    (counts,) = await world.storage.read(newest)
    assert (counts[9], sum(counts)) == (1, 1)


async def test_imported_answers_follow_a_join_and_go_back_with_the_split(world: World) -> None:
    kept, given = ex.person("a"), ex.person("b")
    chat = ex.address("chat", person_id="b")

    def two(tx: UnitOfWork) -> None:
        for person in (kept, given):
            tx.people.add(person)
            tx.people.name(person.id, Identifier(namespace="id", value=person.id))
        tx.addresses.add(chat)

    def newest(tx: UnitOfWork) -> tuple[list[int], int]:
        found = tx.reports.scores(CountRule.NEWEST, *EVER)
        scores = [score for each in found for score, n in enumerate(each.counts) for _ in range(n)]
        return scores, len(tx.answers.of_subject("subject-a"))

    await world.write(two)
    newer = AT + timedelta(days=1)
    await take(world, row("a", 9, customer="a"), row("b", 2, customer="b", at=newer))
    assert await world.storage.read(newest) == ([2, 9], 1)

    await world.write(lambda tx: join_people(tx, world.ctx, kept, given, how="staff", by="cli:kim"))
    assert await world.storage.read(newest) == ([2], 2)

    await world.write(lambda tx: split(tx, world.ctx, replace(chat, person_id="a"), by="cli:kim"))
    assert await world.storage.read(newest) == ([2, 9], 1)
    await counted(world)


def test_a_row_is_handed_to_a_server_and_read_back_whole() -> None:
    sent = row("a", 9, comment="좋아요", customer="kim", email="k@example.com")

    assert row_from_json(row_to_json(sent)) == sent
    assert row_from_json(row_to_json(row("b", 1))) == row("b", 1)
