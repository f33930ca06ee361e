"""What a customer may rely on in every channel: one suite, three chats."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import pytest_asyncio

from surveys.instruments import instrument
from surveys.language.texts import say
from surveys.model import Answer, Identifier, Person
from surveys.ports import UnitOfWork
from surveys.program import default_program
from surveys.rendering import Page, question_text
from tests.e2e.chats import Chat, Platform, Shown, seen, tap, waited
from tests.e2e.deployment import Deployment, deployed, until
from tests.e2e.platforms import CHANNELS, platform

pytestmark = pytest.mark.asyncio(loop_scope="module")

both_languages = pytest.mark.parametrize("language", ["ko", "en"])


@dataclass(slots=True)
class Asked:
    """A customer who has just been asked about her support case, 1 to 7."""

    name: str
    chat: Chat
    question: Shown
    deployment: Deployment
    language: str

    def say(self, key: str, **values: str) -> str:
        return say(self.language, key, **values)

    async def tap(self, value: str, place: int = 0) -> None:
        """Tap a button of the first, second, ... message as it stands."""
        shown = await waited(self.chat, lambda s: len(s) > place and value in s[place].values)
        await tap(self.chat, shown[place], value)

    async def shows(self, place: int, text: str) -> Sequence[Shown]:
        """Wait until a message holds a text; return all."""
        return await waited(self.chat, lambda s: len(s) > place and text in s[place].text)

    async def told(self, key: str) -> None:
        """Wait for the short line that comes with a tap."""

        async def here() -> bool:
            return self.say(key) in self.chat.toasts()

        await until(here)

    async def answers(self) -> Mapping[str, Answer]:
        def look(tx: UnitOfWork) -> Mapping[str, Answer]:
            (person,) = tx.people.named([Identifier(namespace="id", value=self.name)])
            live = tx.invitations.live_of_person(person.id)
            found = [a for one in live for a in tx.answers.of_invitation(one.id)]
            return {answer.question: answer for answer in found}

        return await self.deployment.app.storage.read(look)

    async def person(self) -> Person:
        own = Identifier(namespace="id", value=self.name)
        (person,) = await self.deployment.app.storage.read(lambda tx: tx.people.named([own]))
        return person


@dataclass(slots=True)
class Desk:
    """One running application on one platform."""

    platform: Platform
    deployment: Deployment
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    async def customer(self, language: str = "ko") -> tuple[str, Chat]:
        number = next(self.numbers)
        return f"c{number}", await self.platform.join(
            self.deployment, f"c{number}", language, number
        )

    async def happened(self, name: str, kind: str, **fields: Any) -> None:
        at = (
            self.deployment.clock.now() - timedelta(**fields.pop("ago", {"hours": 2}))
        ).isoformat()
        about = {"id": f"{name}-{fields.get('subject', 's')}", "type": kind, "subject": name}
        event = self.deployment.event(name, **{**about, "time": at, **fields})
        reply = await self.deployment.post("/v1/events", event)
        assert reply.body["results"][0]["status"] == "new"

    async def asks(self, language: str = "ko") -> Asked:
        name, chat = await self.customer(language)
        await self.happened(name, "support.solved")
        (question,) = await seen(chat, 1)
        return Asked(name, chat, question, self.deployment, language)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=CHANNELS)
async def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    url = f"sqlite:///{tmp_path_factory.mktemp('channels')}/aftertouch.sqlite3"
    async with (
        platform(request.param) as chats,
        deployed(url, chats.environ, prepare=chats.meet) as deployment,
    ):
        await chats.ready()
        await deployment.come_to_the_present()
        yield Desk(chats, deployment)


# --- the question ---------------------------------------------------------------------------------


@both_languages
async def test_the_whole_scale_is_shown_with_what_its_ends_mean(desk: Desk, language: str) -> None:
    asked = await desk.asks(language)

    program = default_program()
    page = Page(program=program, survey=program.survey("support-ces"), language=language)
    wording = instrument("ces2").wording(language)
    assert question_text(page) in asked.question.text
    assert f"1 = {wording.low}" in asked.question.text
    assert f"7 = {wording.high}" in asked.question.text
    assert asked.question.buttons == {
        **{str(score): str(score) for score in range(1, 8)},
        "skip": asked.say("ask.skip"),
        "stop": asked.say("ask.stop"),
    }


async def test_a_recommendation_is_asked_from_0_to_10(desk: Desk) -> None:
    name, chat = await desk.customer()
    await desk.happened(name, "order.delivered", subject=f"{name}-1", ago={"days": 16})
    await desk.happened(name, "order.delivered", subject=f"{name}-2", ago={"days": 15})

    (question,) = await seen(chat, 1)

    assert question.scores == [str(score) for score in range(11)]


# --- the score ------------------------------------------------------------------------------------


@both_languages
async def test_the_first_tap_is_stored_and_shown_in_place(desk: Desk, language: str) -> None:
    asked = await desk.asks(language)

    await asked.tap("2")

    stored = (await asked.answers())["score"]
    assert (stored.score, stored.version, stored.dimensions.language) == (2, 1, language)
    chosen = (await asked.shows(0, asked.say("chosen", score="2")))[0]
    assert chosen.id == asked.question.id
    assert chosen.buttons == {"change": asked.say("chosen.change")}


async def test_two_taps_at_once_and_a_repeated_delivery_store_one_answer(desk: Desk) -> None:
    asked = await desk.asks()

    await tap(asked.chat, asked.question, "3")
    await asked.chat.again()
    await tap(asked.chat, asked.question, "3")
    await asked.tap("finish", place=1)

    assert len(await seen(asked.chat, 3)) == 3
    assert (await asked.answers())["score"].version == 1


async def test_a_change_of_mind_replaces_the_score_in_the_same_message(desk: Desk) -> None:
    asked = await desk.asks()
    await asked.tap("2")
    low = (await seen(asked.chat, 2))[1]

    await asked.tap("change")
    await asked.tap("6")
    shown = await waited(asked.chat, lambda s: s[1].chips != low.chips)

    stored = (await asked.answers())["score"]
    assert (stored.score, stored.version) == (6, 2)
    assert [one.id for one in shown] == [asked.question.id, low.id]
    assert asked.say("chosen", score="6") in (await asked.chat.see())[0].text


async def test_a_typed_score_counts_like_a_tap(desk: Desk) -> None:
    asked = await desk.asks()

    await asked.chat.type("5점이요")

    await asked.shows(0, asked.say("chosen", score="5"))
    assert (await asked.answers())["score"].score == 5


async def test_words_instead_of_a_score_are_met_with_the_scale(desk: Desk) -> None:
    asked = await desk.asks()

    await asked.chat.type("음… 글쎄요")

    shown = await seen(asked.chat, 2)
    assert "1" in shown[1].text
    assert "7" in shown[1].text
    assert await asked.answers() == {}


# --- the reason -----------------------------------------------------------------------------------


@both_languages
async def test_the_reason_is_asked_in_a_new_message_with_chips(desk: Desk, language: str) -> None:
    asked = await desk.asks(language)

    await asked.tap("1")

    _, reason = await seen(asked.chat, 2)
    wanted = default_program().survey("support-ces").reasons["low"]
    assert wanted.question[language] in reason.text
    chips = {value: (reason.buttons or {})[value] for value in reason.chips}
    assert chips == {f"c.{chip.id}": chip.label[language] for chip in wanted.chips}


async def test_a_chip_is_stored_marked_in_place_and_thanked_for_once(desk: Desk) -> None:
    asked = await desk.asks()
    await asked.tap("2")

    await asked.tap("c.waiting", place=1)
    await seen(asked.chat, 3)
    await asked.tap("c.manner", place=1)
    shown = await waited(
        asked.chat, lambda s: (s[1].buttons or {}).get("c.manner", "").startswith("✓")
    )

    assert (await asked.answers())["reason"].choice == "manner"
    thanks = default_program().survey("support-ces").thanks
    assert thanks is not None
    assert [thanks["ko"] in one.text for one in shown] == [False, False, True]


@both_languages
async def test_a_typed_comment_is_stored_and_ends_the_question(desk: Desk, language: str) -> None:
    asked = await desk.asks(language)
    await asked.tap("2")
    _, reason = await seen(asked.chat, 2)

    await asked.chat.type('<b>두 번</b> & "again" 👍')

    shown = await waited(asked.chat, lambda s: len(s) == 3 and not s[1].values)
    assert (await asked.answers())["comment"].text == '<b>두 번</b> & "again" 👍'
    assert shown[1].id == reason.id


# --- not now, never, not mine ---------------------------------------------------------------------


async def test_a_skipped_question_can_be_answered_after_all(desk: Desk) -> None:
    asked = await desk.asks()

    await asked.tap("skip")
    skipped = (await asked.shows(0, asked.say("skipped")))[0]
    await asked.tap("change")
    await asked.tap("7")

    assert skipped.buttons == {"change": asked.say("skipped.answer")}
    assert (await asked.answers())["score"].score == 7


@both_languages
async def test_the_stop_menu_offers_three_scopes_and_a_way_back(desk: Desk, language: str) -> None:
    asked = await desk.asks(language)

    await asked.tap("stop")
    menu = (await asked.shows(0, asked.say("menu")))[0]
    await asked.tap("back")
    again = (await waited(asked.chat, lambda s: bool(s[0].scores)))[0]

    keys = {"stop.survey": "menu.survey", "stop.pause": "menu.pause", "stop.all": "menu.all"}
    scopes = {value: asked.say(key) for value, key in keys.items()}
    assert menu.buttons == scopes | {"back": asked.say("menu.back")}
    assert (menu.id, again) == (asked.question.id, asked.question)


async def test_a_pause_and_its_undo(desk: Desk) -> None:
    asked = await desk.asks()

    await asked.tap("stop")
    await asked.tap("stop.pause")
    await asked.shows(0, asked.say("stopped.pause"))
    paused = (await asked.person()).paused_until
    await asked.tap("undo")
    await waited(asked.chat, lambda s: bool(s[0].scores))

    assert paused is not None
    assert (await asked.person()).paused_until is None


async def test_stop_all_and_its_undo(desk: Desk) -> None:
    asked = await desk.asks()

    await asked.tap("stop")
    await asked.tap("stop.all")
    await asked.shows(0, asked.say("stopped.all"))
    stopped = (await asked.person()).opted_out_at
    await asked.tap("undo")
    await asked.tap("4")

    assert stopped is not None
    assert (await asked.person()).opted_out_at is None
    assert (await asked.answers())["score"].score == 4


@pytest.mark.parametrize(("language", "word"), [("ko", "그만"), ("ko", "수신거부"), ("en", "Stop")])
async def test_a_stop_word_stops_everything(desk: Desk, language: str, word: str) -> None:
    asked = await desk.asks(language)

    await asked.chat.type(word)

    shown = await seen(asked.chat, 2)
    assert shown[1].text == asked.say("notice.stopped")
    assert (await asked.person()).opted_out_at is not None


async def test_somebody_elses_button_answers_politely_and_changes_nothing(desk: Desk) -> None:
    mine, other = await desk.asks(), await desk.asks()

    await mine.chat.press(mine.question, other.question.token, "1")
    await mine.told("toast.foreign")

    assert (await mine.answers(), await other.answers()) == ({}, {})


@pytest.mark.parametrize("value", ["8", "0", "c.nothing", "99999999", "drop"])
async def test_a_value_that_was_never_offered_changes_nothing(desk: Desk, value: str) -> None:
    asked = await desk.asks()

    await asked.chat.press(asked.question, asked.question.token, value)
    await asked.told("toast.foreign")

    assert await asked.answers() == {}


@both_languages
async def test_words_out_of_the_blue_get_a_helpful_line(desk: Desk, language: str) -> None:
    _, chat = await desk.customer(language)

    await chat.type("hello?")

    (line,) = await seen(chat, 1)
    company = default_program().company.name[language]
    assert line.text == say(language, "notice.help", company=company)


async def test_a_voice_or_a_picture_is_asked_for_in_writing(desk: Desk) -> None:
    asked = await desk.asks()

    if await asked.chat.send_unreadable():
        shown = await seen(asked.chat, 2)
        assert shown[1].text == asked.say("notice.unsupported")
    assert await asked.answers() == {}
