"""Whoever is joined and split in whatever order: counts are what the answers say, and each join can be undone."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.memory import MemoryStorage
from storage.opening import open_inline, open_storage
from surveys.model import Address, Answer, CountRule, Identifier, Json, Person
from surveys.ports import Storage, UnitOfWork
from surveys.service import joining, webchat
from tests.programs import standard, varied
from tests.property.stories import CUSTOMERS, Deed, Story
from tests.sqlite import migrated

PROGRAM = varied(
    rules={"quiet_hours": None, "cap": {"asks": 100, "days": 1}, "cooldown_days": 0},
    triggers={t.id: {"after": "0s", "occurrence": None} for t in standard().triggers},
)
BY = "cli:min"
WINDOWS: dict[CountRule, Callable[[date], str]] = {
    CountRule.ALL: lambda _: "",
    CountRule.NEWEST: lambda _: "",
    CountRule.MONTH: lambda day: f"{day:%Y-%m}",
    CountRule.QUARTER: lambda day: f"{day.year}-Q{(day.month + 2) // 3}",
}
some = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
few = settings(some, max_examples=8)

who = st.sampled_from(CUSTOMERS)


def _answered(customer: str, event: str, occasion: int, score: str) -> list[Deed]:
    """Return an event that is asked about at once, and its answer."""
    return [
        Deed("event", customer, event, occasion),
        Deed("pull", customer),
        Deed("tap", customer, score),
    ]


_occasions = st.integers(0, 3)
answers = st.builds(
    _answered,
    who,
    st.sampled_from(("order.paid", "support.solved")),
    _occasions,
    st.sampled_from("1245"),
)
alone = st.one_of(
    st.builds(Deed, kind=st.sampled_from(("join", "split")), who=who),
    st.builds(Deed, kind=st.just("time"), number=st.sampled_from((1, 1440, 30000))),
    st.builds(Deed, kind=st.just("tap"), who=who, value=st.sampled_from(("1", "5", "change"))),
    st.builds(Deed, kind=st.just("event"), who=who, value=st.just("order.paid"), number=_occasions),
    st.builds(Deed, kind=st.just("link"), who=who),
).map(lambda deed: [deed])
OPENING = [deed for name in CUSTOMERS for deed in _answered(name, "order.paid", 0, "4")]
"""Both have answered the same question, or most stories would have nothing to recount."""

deeds_of_one_or_two = st.lists(st.one_of(answers, alone), max_size=12).map(
    lambda parts: [*OPENING, *(deed for part in parts for deed in part)]
)


class Identities(Story):
    """A story in which staff join the two customers, and split off what one of them chats in."""

    program = PROGRAM

    def __init__(self, storage: Storage) -> None:
        super().__init__(storage, self.program)
        self.subjects: set[str] = set()

    async def goes_on(self, deed: Deed) -> None:
        """Tell one deed, and look whether the counts are what the answers say."""
        if deed.kind == "join":
            await self.world.write(lambda tx: self.joins(tx, deed.who))
        elif deed.kind == "split":
            await self.world.write(lambda tx: self.splits(tx, deed.who))
        else:
            await super().goes_on(deed)

    def joins(self, tx: UnitOfWork, kept: str) -> None:
        (other,) = set(CUSTOMERS) - {kept}
        first, second = (self.known(tx, name) for name in (kept, other))
        if first.id != second.id:
            joining.join_people(tx, self.world.ctx, first, second, how="staff", by=BY)

    def splits(self, tx: UnitOfWork, who: str) -> None:
        joining.split(tx, self.world.ctx, self.chat(tx, who), by=BY)

    def chat(self, tx: UnitOfWork, who: str) -> Address:
        address = webchat.address_of(tx, self.world.ctx, self.sessions[who])
        assert address is not None
        return address

    def known(self, tx: UnitOfWork, name: str) -> Person:
        (person,) = tx.people.named([Identifier(namespace="id", value=name)])
        return person

    def everybody(self, tx: UnitOfWork) -> set[str]:
        """Return the subjects of all who were ever met here."""
        holders = [self.chat(tx, name).person_id for name in CUSTOMERS]
        people = [*(self.known(tx, name) for name in CUSTOMERS), *map(tx.people.get, holders)]
        self.subjects |= {person.subject_id for person in people if person}
        return self.subjects

    async def agrees(self) -> None:
        """See that every window holds the newest score of each person, stage and series, and no other."""
        subjects = await self.world.storage.read(self.everybody)
        found = await self.world.storage.read(
            lambda tx: [a for subject in subjects for a in tx.answers.of_subject(subject)]
        )
        scores = sorted((a for a in found if a.score is not None), key=age)
        for rule, period_of in WINDOWS.items():
            for period, counted in rebuilt(scores, rule, period_of).items():
                assert await self.kept(rule, period) == counted


def age(answer: Answer) -> Json:
    return answer.answered_at, answer.id


def rebuilt(
    scores: list[Answer], rule: CountRule, period_of: Callable[[date], str]
) -> dict[str, Counter[Json]]:
    """Count from the answers alone, by period; ``scores`` come oldest first."""
    newest = {
        (
            period_of(a.day),
            a.id if rule is CountRule.ALL else "",
            a.subject_id,
            a.dimensions.stage,
            a.dimensions.series,
        ): a
        for a in scores
    }
    counted: dict[str, Counter[Json]] = {"": Counter()} if period_of(date.min) == "" else {}
    for (period, *_), answer in newest.items():
        counted.setdefault(period, Counter())[answer.dimensions, answer.score] += 1
    return counted


async def live_through(storage: Storage, deeds: list[Deed]) -> None:
    story = Identities(storage)
    await story.begins()
    for deed in deeds:
        await story.goes_on(deed)
        await story.agrees()


@some
@given(deeds_of_one_or_two)
def test_counts_are_what_theanswers_say_in_memory(deeds: list[Deed]) -> None:
    asyncio.run(live_through(MemoryStorage(), deeds))


@few
@given(deeds_of_one_or_two)
def test_counts_are_what_theanswers_say_on_sqlite(deeds: list[Deed]) -> None:
    async def live() -> None:
        with TemporaryDirectory() as home:
            async with open_inline(migrated(Path(home) / "story.sqlite3")) as storage:
                await live_through(storage, deeds)

    asyncio.run(live())


@pytest.mark.postgres
def test_counts_are_what_theanswers_say_on_postgresql(
    postgres_url_factory: Callable[[], str],
) -> None:
    @few
    @given(deeds_of_one_or_two)
    def check(deeds: list[Deed]) -> None:
        async def live() -> None:
            async with open_storage(postgres_url_factory()) as storage:
                await live_through(storage, deeds)

        asyncio.run(live())

    check()


def all_of(story: Identities, tx: UnitOfWork) -> Json:
    """Return all that two customers have."""
    people = [story.known(tx, name) for name in CUSTOMERS]
    return [
        (
            person,
            {k: sorted(v) for k, v in tx.belongings.of(person.id).items()},
            tx.answers.of_subject(person.subject_id),
            tx.clocks.lock(person.id),
        )
        for person in people
    ]


@some
@given(deeds_of_one_or_two)
def test_a_join_that_is_split_at_once_leaves_everybody_as_before(deeds: list[Deed]) -> None:
    async def live() -> None:
        story = Identities(MemoryStorage())
        await story.begins()
        for deed in deeds:
            if deed.kind not in ("join", "split"):
                await story.goes_on(deed)
        before = await story.world.storage.read(lambda tx: _settled(all_of(story, tx)))
        await story.goes_on(Deed("join", "kim"))
        await story.goes_on(Deed("split", "lee"))

        assert await story.world.storage.read(lambda tx: _settled(all_of(story, tx))) == before
        await story.agrees()

    asyncio.run(live())


def _settled(found: Json) -> Json:
    """Leave out what begins anew: questions in the outbox, and the places they hold."""
    waiting = ("delivery", "slot")
    return [
        (person, {k: v for k, v in rows.items() if k not in waiting}, answers)
        for person, rows, answers, _ in found
    ]
