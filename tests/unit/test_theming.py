"""Themes of answers and their counts, kept in the commit of the answer."""

from datetime import date
from typing import Any

import pytest

from storage.memory import MemoryStorage
from surveys.errors import InvalidInput, NotFound
from surveys.model import CountRule, Typed
from surveys.ports import UnitOfWork
from surveys.service import erasing, theming
from surveys.service.recording import give_answers
from surveys.themes import Theme, dictionary
from surveys.themes.tags import By, Tag
from tests.phones import Phone
from tests.programs import varied
from tests.world import World

FAR = (date(2020, 1, 1), date(2030, 1, 1))
RULES = {"cap": {"asks": 100, "days": 1}, "cooldown_days": 0, "quiet_hours": None}


class Said:
    """A customer who was asked about her delivery, and what is known of her answer."""

    def __init__(self) -> None:
        program = varied(rules=RULES, triggers={"delivery": {"after": "0s"}})
        self.world = World(MemoryStorage(), program)
        self.phone = Phone(self.world)

    async def begins(self) -> "Said":
        self.person = await self.world.customer("kim")
        await self.phone.starts(self.person)
        await self.world.happens("order.delivered", "kim")
        await self.phone.reads()
        return self

    async def does(self, *acts: str) -> None:
        for act in acts:
            if " " in act:
                await self.phone.acts(Typed(text=act))
            elif act.isdigit():
                await self.phone.taps(act)
            else:
                await self.phone.taps(f"c.{act}", "reason")
            await self.phone.reads()

    async def answer_id(self) -> str:
        def look(tx: UnitOfWork) -> str:
            person = tx.people.get(self.person)
            assert person is not None
            answers = tx.answers.of_subject(person.subject_id)
            return next(a.id for a in answers if a.question == "score")

        return await self.world.storage.read(look)

    async def tags(self) -> dict[str, str]:
        answer_id = await self.answer_id()
        tags = await self.world.storage.read(lambda tx: tx.themes.of(answer_id))
        return {tag.theme: tag.by.value if tag.meant else "no" for tag in tags}

    async def counted(self) -> dict[str, list[int]]:
        """Return the scores under which each theme counts; what is kept equals what is counted anew."""

        def look(tx: UnitOfWork) -> dict[str, list[int]]:
            assert tx.themes.counts_apart(*FAR) == tx.themes.recount(*FAR)
            return {
                each.theme: [score for score, n in enumerate(each.counts) for _ in range(n)]
                for each in tx.themes.counts(*FAR)
            }

        return await self.world.storage.read(look)

    async def tagged(self, **how: Any) -> tuple[Tag, ...]:
        answer_id = await self.answer_id()
        add, remove = how.get("add", ()), how.get("remove", ())
        return await self.world.write(
            lambda tx: theming.tag_by_hand(
                tx, self.world.ctx, answer_id, add=add, remove=remove, by="cli:minji"
            )
        )

    async def asked_again(self, *own: Theme) -> int:
        """Ask a dictionary again that has a company's own themes; return how many answers it changed."""
        self.world.ctx.dictionaries[self.world.program.version] = dictionary(own)
        return (await self.world.write(lambda tx: theming.retag_page(tx, self.world.ctx, "")))[2]


@pytest.fixture
async def said() -> Said:
    return await Said().begins()


async def test_a_tapped_reason_and_the_words_beside_it_are_counted_once_each(said: Said) -> None:
    await said.does("2", "late", "배송이 너무 늦고 포장도 엉망이에요")

    assert await said.tags() == {"delivery-delay": "chip", "packaging": "dictionary"}
    assert await said.counted() == {"delivery-delay": [2], "packaging": [2]}


async def test_the_counts_follow_a_changed_score_and_a_reason_that_no_longer_fits(
    said: Said,
) -> None:
    await said.does("2", "late", "포장이 다 젖었어요")
    await said.phone.taps("change", "chosen")
    await said.phone.reads()
    await said.does("5")

    assert await said.counted() == {"packaging": [5]}


async def test_a_comment_that_grows_adds_its_themes(said: Said) -> None:
    await said.does("2", "기사님이 불친절했어요 정말", "그리고 포장이 다 찢어졌어요")

    assert set(await said.counted()) >= {"courier", "manner", "packaging", "damaged"}


async def test_what_staff_say_stands_above_the_dictionary_and_is_audited(said: Said) -> None:
    await said.does("2", "포장이 다 젖었어요")

    await said.tagged(add=["price"], remove=["packaging"])
    await said.asked_again()
    await said.does("포장이 정말 엉망이에요")

    assert await said.tags() == {"packaging": "no", "price": "staff"}
    assert await said.counted() == {"price": [2]}
    (deed,) = await said.world.storage.read(lambda tx: tx.audit.newest(1))
    assert (deed.by, deed.act, deed.subject) == ("cli:minji", "tag", await said.answer_id())
    assert deed.details == {"add": ["price"], "remove": ["packaging"]}


async def test_a_theme_that_is_none_is_refused_by_name(said: Said) -> None:
    await said.does("2")

    for how in ({"add": ["prise"]}, {"remove": ["x"]}, {}, {"add": ["price"], "remove": ["price"]}):
        with pytest.raises(InvalidInput):
            await said.tagged(**how)
    with pytest.raises(NotFound):
        await said.world.write(
            lambda tx: theming.tag_by_hand(
                tx, said.world.ctx, "nobody", add=["price"], remove=[], by="cli:minji"
            )
        )


async def test_a_changed_dictionary_is_asked_again_and_a_second_time_changes_nothing(
    said: Said,
) -> None:
    await said.does("2", "초록 리본이 예뻤어요 포장도요")
    ribbon = Theme(id="ribbon", label={"ko": "리본"}, words={"ko": ("리본",)})
    off = Theme(id="packaging", instead=True)

    assert await said.asked_again(ribbon, off) == 1
    assert await said.asked_again(ribbon, off) == 0

    assert await said.counted() == {"ribbon": [2]}


async def test_what_was_said_without_a_score_has_no_themes(said: Said) -> None:
    assert not await said.world.write(lambda tx: theming.retag(tx, said.world.ctx, "nobody"))


async def test_words_that_are_erased_leave_their_themes_counted(said: Said) -> None:
    await said.does("2", "포장이 다 젖었어요")
    before = await said.answer_id()

    await said.world.write(
        lambda tx: erasing.erase(tx, said.world.ctx, said.person, by="cli:minji")
    )
    await said.asked_again()

    tags = await said.world.storage.read(lambda tx: tx.themes.of(before))
    assert tags == (Tag("packaging", By.DICTIONARY),)
    assert await said.counted() == {"packaging": [2]}


async def test_an_answer_that_becomes_somebody_elses_keeps_its_themes(said: Said) -> None:
    await said.does("2", "포장이 다 젖었어요")
    answer_id = await said.answer_id()

    def give(tx: UnitOfWork) -> None:
        answer = tx.answers.by_id(answer_id)
        assert answer is not None
        give_answers(tx, tx.answers.of_subject(answer.subject_id), "somebody")

    await said.world.write(give)

    assert await said.counted() == {"packaging": [2]}
    (row,) = await said.world.storage.read(lambda tx: tx.reports.scores(CountRule.ALL, *FAR))
    assert sum(row.counts) == 1
