"""surveys.analyses.columns and surveys.analyses.reading: what a run reads, and whose row comes before whose."""

from datetime import timedelta
from functools import partial
from itertools import pairwise
from random import Random

import numpy as np

from storage.memory import MemoryStorage
from surveys.analyses.columns import (
    DAY,
    EVENT,
    Column,
    Names,
    first,
    following,
    hashed,
    micros,
    moment_of,
    newest,
    preceding,
    within,
)
from surveys.analyses.reading import REST, Gathering, Pile
from surveys.model import OTHER, Answer, StoredEvent
from surveys.ports import UnitOfWork
from surveys.program import Program, default_program, load_program
from surveys.program.loading import default_program_text
from tests.contract import examples as ex
from tests.frames import NOW, TODAY


def rows(*pairs: tuple[int, int]) -> Column:
    """Rows of customers at instants, oldest first."""
    ordered = sorted(pairs, key=lambda pair: pair[1])
    return np.array([(subject, 0, at, 0, 0, 0) for subject, at in ordered], dtype=EVENT)


def plain(column: Column) -> list[tuple[int, int]]:
    return [(int(row["subject"]), int(row["at"])) for row in column]


def by_hand(mine: Column, others: Column, *, later: bool) -> list[int]:
    found = []
    for row in mine:
        apart = [
            (abs(int(o["at"]) - int(row["at"])), -place if not later else place)
            for place, o in enumerate(others)
            if o["subject"] == row["subject"]
            and ((o["at"] > row["at"]) if later else (o["at"] < row["at"]))
        ]
        found.append(abs(min(apart)[1]) if apart else -1)
    return found


def test_neighbours_are_those_that_looking_through_all_rows_finds() -> None:
    chance = Random(7)  # noqa: S311 rows to try
    for _ in range(60):
        mine, others = (
            rows(*((chance.randrange(4), chance.randrange(9)) for _ in range(chance.randrange(12))))
            for _ in range(2)
        )
        seen = [plain(others)[place] if place >= 0 else None for place in preceding(mine, others)]
        hand = [
            plain(others)[place] if place >= 0 else None
            for place in by_hand(mine, others, later=False)
        ]
        assert seen == hand
        seen = [plain(others)[place] if place >= 0 else None for place in following(mine, others)]
        hand = [
            plain(others)[place] if place >= 0 else None
            for place in by_hand(mine, others, later=True)
        ]
        assert seen == hand


def test_a_customers_first_and_newest_row() -> None:
    some = rows((1, 5), (2, 6), (1, 7), (2, 1))

    assert sorted(plain(first(some))) == [(1, 5), (2, 1)]
    assert sorted(plain(newest(some))) == [(1, 7), (2, 6)]
    assert plain(newest(rows())) == []


def test_within_counts_whole_days_from_the_row_on() -> None:
    mine = rows((1, 0), (2, 0), (3, 0), (4, 0))
    others = rows((1, DAY), (2, DAY + 1), (3, 0))

    assert within(mine, others, 1).tolist() == [True, False, False, False]
    assert within(mine, rows(), 1).tolist() == [False] * 4


def test_instants_come_back_as_they_were() -> None:
    assert moment_of(micros(NOW + timedelta(microseconds=7))) == NOW + timedelta(microseconds=7)
    assert hashed("a") != hashed("b")
    names: Names[str] = Names()
    assert [names.number(name) for name in ("x", "y", "x")] == [0, 1, 0]
    assert names.all == ("x", "y")


def test_a_pile_gives_up_its_oldest_pages() -> None:
    pile = Pile(most=3)
    for at in (1, 2, 3):
        pile.add(rows((1, at), (2, at)))

    assert pile.dropped
    assert plain(pile.whole(EVENT, "at", "subject")) == [(1, 3), (2, 3)]


# --- reading --------------------------------------------------------------------------------------


async def gathered(
    store: MemoryStorage, program: Program, most: int = 99, axes: tuple[str, ...] = ()
) -> Gathering:
    gathering = Gathering(program, NOW, TODAY, page=99, most=most, axes=axes)
    for read, keep, cursor in gathering.reads():
        keep(await store.read(lambda unit, turn=read, after=cursor: turn(unit, after)))  # type: ignore[misc]  # bound defaults
    return gathering


def answers(*days: float, **parts: object) -> list[Answer]:
    """Answers of so many days ago."""
    found = []
    for place, ago in enumerate(days):
        at = NOW - timedelta(days=ago)
        fields = {"answered_at": at, "day": (at + timedelta(hours=9)).date(), "score": 9, **parts}
        found.append(ex.answer(f"a{place}", invitation_id=f"invitation-{place + 1}", **fields))
    return found


async def test_answers_are_packed_with_their_reasons_in_order_of_time() -> None:
    store = MemoryStorage()
    await store.write(ex.populate)

    def work(unit: UnitOfWork) -> None:
        for answer in answers(1, 400, 3):
            unit.answers.add(answer)
        chip = ex.answer(
            "chip", invitation_id="invitation-1", question="reason", choice="late", score=None
        )
        unit.answers.add(chip)

    await store.write(work)

    frame = (await gathered(store, default_program())).frame()

    assert [(int(row["at"]), int(row["score"])) for row in frame.answers] == [
        (micros(NOW - timedelta(days=days)), 9) for days in (3, 1)
    ]
    assert [frame.reasons[row["reasons"]] for row in frame.answers] == [(), ("late",)]
    assert {spot.stage for spot in frame.spots} == {ex.dimensions().stage}
    assert (frame.since, frame.until) == (TODAY - timedelta(days=365), TODAY)
    assert len(frame.digest) == 64


async def test_the_digest_tells_one_reading_from_another() -> None:
    digests = []
    for score in (9, 9, 8):
        store = MemoryStorage()
        await store.write(ex.populate)
        (answer,) = answers(1, score=score)
        await store.write(lambda unit, said=answer: unit.answers.add(said))  # type: ignore[misc]  # a bound default
        digests.append((await gathered(store, default_program())).frame().digest)

    assert digests[0] == digests[1] != digests[2]


async def test_of_too_many_answers_the_oldest_days_go_whole() -> None:
    gathering = Gathering(default_program(), NOW, TODAY, page=99, most=2)
    store = MemoryStorage()
    await store.write(ex.populate)
    await ex.store_all(store, lambda unit: unit.answers.add, *answers(9, 2, 2))
    read, keep, _ = gathering.reads()[0]
    page = await store.read(lambda unit: read(unit, None))

    for row in (page.rows[:1], page.rows[1:2], page.rows[2:]):
        keep(type(page)(rows=row, after=None))
    frame = gathering.frame()

    assert frame.since == TODAY - timedelta(days=1)
    assert (len(frame.answers), frame.spots) == (0, ())


PREMIUM = default_program_text().replace(
    "    on: order.paid\n", "    on: order.paid\n    where: {path: [amount], gte: 100}\n", 1
)


async def test_events_are_packed_with_the_triggers_they_meet() -> None:
    store = MemoryStorage()
    await store.write(ex.populate)
    program = load_program(PREMIUM, "p.yaml")

    def happened(name: str, kind: str, hours: float, **data: object) -> StoredEvent:
        at = NOW - timedelta(hours=hours)
        return ex.stored_event(name, type=kind, time=at, data=data, person_id="ann")

    await ex.store_all(
        store,
        lambda unit: partial(unit.events.add, reversing=False),
        happened("small", "order.paid", 3, amount=99),
        happened("large", "order.paid", 2, amount=100),
        happened("other", "newsletter.read", 1),
        happened("future", "order.paid", -1, amount=100),
    )

    frame = (await gathered(store, program)).frame()

    told = [(frame.types[row["type"]], frame.held[row["held"]]) for row in frame.events]
    assert told == [("order.paid", ()), ("order.paid", ("checkout",)), ("newsletter.read", ())]
    assert all(a["at"] <= b["at"] for a, b in pairwise(frame.events))


TOLD_APART = (
    default_program_text()
    + """
segments:
  - {id: country, label: {ko: 국가, en: Country}, from: data.shipping.country}
  - {id: plan, label: {ko: 요금제, en: Plan}, from: customer.plan}
"""
)


async def test_events_are_told_apart_by_what_they_hold_themselves() -> None:
    """The 51st country counts as another; a plan is the customer's, and may be another's by now."""
    store = MemoryStorage()
    await store.write(ex.populate)

    def named(unit: UnitOfWork) -> None:
        for value in (OTHER, "kr"):
            unit.counts.segment("country", value)

    def happened(name: str, country: str | None, handler: str | None = None) -> StoredEvent:
        data = {"shipping": {"country": country}, "plan": "gold"}
        return ex.stored_event(name, data=data, person_id="ann", handler=handler)

    await store.write(named)
    await ex.store_all(
        store,
        lambda unit: partial(unit.events.add, reversing=False),
        happened("a", "kr", handler="mina"),
        happened("b", "jp"),
        happened("c", None),
    )
    axes = ("channel", "handler", "segment.country", "segment.plan")

    frame = (await gathered(store, load_program(TOLD_APART, "p.yaml"), axes=axes)).frame()

    told = {int(row["occasion"]): frame.groups[row["group"]] for row in frame.events}
    assert [told[hashed(f"order-{name}")] for name in ("a", "b", "c")] == [
        (REST, "mina", "kr", REST),
        (REST, REST, OTHER, REST),
        (REST, REST, "", REST),
    ]


async def test_asks_are_packed_by_stage() -> None:
    store = MemoryStorage()
    await store.write(ex.populate)
    sent = ex.invitation("sent", sent_at=NOW, subject_id="s1", stage="purchase")
    await store.write(lambda unit: unit.invitations.add(sent))

    frame = (await gathered(store, default_program())).frame()

    assert plain(frame.asked("purchase")) == [(hashed("s1"), micros(NOW))]
    assert plain(frame.asked("retention")) == []
