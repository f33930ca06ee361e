"""A dialogue goes on as a customer expects, whatever came between: a stop, a day, a bot that was down."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from surveys.language.texts import say
from surveys.model import Answer, Invitation, InvitationState
from surveys.ports import UnitOfWork
from tests.e2e.chats import Chat, Shown, seen, tap, waited
from tests.e2e.deployment import Deployment, deployed, until
from tests.e2e.platforms import CHANNELS, platform
from tests.e2e.telegram_chat import telegram

each_channel = pytest.mark.parametrize("name", CHANNELS)
both_languages = pytest.mark.parametrize("language", ["ko", "en"])
Talk = tuple[Deployment, Chat, Shown]


@asynccontextmanager
async def asked(name: str, database_url: str, language: str) -> AsyncIterator[Talk]:
    """Ask a customer about her support case and give her chat and the question."""
    async with (
        platform(name) as chats,
        deployed(database_url, chats.environ, prepare=chats.meet) as deployment,
    ):
        await chats.ready()
        chat = await chats.join(deployment, "c1", language)
        assert (await deployment.signed(deployment.event("c1"))).status == 202
        await deployment.come_to_the_present()
        (question,) = await seen(chat, 1)
        yield deployment, chat, question


def invitation(tx: UnitOfWork) -> Invitation:
    """Return what she was asked about her case."""
    (event,) = tx.events.of_occasions(["ticket-1"])
    (found,) = tx.invitations.of_event(event.id)
    return found


async def answers(deployment: Deployment) -> Mapping[str, Answer]:
    """Return the answers about her case, by what they answer."""

    def look(tx: UnitOfWork) -> Mapping[str, Answer]:
        return {each.question: each for each in tx.answers.of_invitation(invitation(tx).id)}

    return await deployment.app.storage.read(look)


async def pressed(chat: Chat, place: int, value: str) -> None:
    """Press a button as soon as the message shows it."""
    shown = await waited(chat, lambda s: len(s) > place and value in s[place].values)
    await tap(chat, shown[place], value)


@both_languages
@each_channel
async def test_a_stop_closes_the_open_reason_question_too(
    name: str, language: str, sqlite_url: str
) -> None:
    async with asked(name, sqlite_url, language) as (deployment, chat, question):
        await tap(chat, question, "2")
        await seen(chat, 2)

        await pressed(chat, 0, "change")
        await pressed(chat, 0, "stop")
        await pressed(chat, 0, "stop.survey")

        shown = await waited(chat, lambda s: s[0].values == ["undo"] and not s[1].values)
        assert say(language, "stopped.survey") in shown[0].text
        await chat.type("그래서요" if language == "ko" else "so what")
        helped = (await seen(chat, 3))[2]
        assert "/resume" in helped.text
        assert set(await answers(deployment)) == {"score"}


@both_languages
@each_channel
async def test_a_stop_word_closes_the_open_reason_question_too(
    name: str, language: str, sqlite_url: str
) -> None:
    async with asked(name, sqlite_url, language) as (_, chat, question):
        await tap(chat, question, "2")
        await seen(chat, 2)

        await chat.type("그만" if language == "ko" else "stop")

        await waited(chat, lambda s: len(s) == 3 and not s[1].values)


@both_languages
@each_channel
async def test_a_late_tap_is_told_so_and_the_question_shows_it(
    name: str, language: str, sqlite_url: str
) -> None:
    async with asked(name, sqlite_url, language) as (deployment, chat, question):
        await deployment.pass_time(hours=25)

        async def over() -> bool:
            stands = await deployment.app.storage.read(invitation)
            return stands.state is InvitationState.CLOSED

        await until(over)
        await chat.press(question, question.token, "5")

        async def told() -> bool:
            return say(language, "toast.closed") in chat.toasts()

        await until(told)
        (closed,) = await waited(chat, lambda s: not s[0].values)
        assert say(language, "closed") in closed.text
        assert await answers(deployment) == {}


@pytest.mark.parametrize("token", ["A" * 22, "-" * 22])
@both_languages
@each_channel
async def test_a_button_of_nothing_of_ours_is_answered_politely(
    name: str, language: str, token: str, sqlite_url: str
) -> None:
    async with asked(name, sqlite_url, language) as (deployment, chat, question):
        await chat.press(question, token, "5")

        async def told() -> bool:
            return say(language, "toast.foreign") in chat.toasts()

        await until(told)
        assert await answers(deployment) == {}
        assert await chat.see() == [question]


@both_languages
async def test_after_an_outage_that_lost_a_tap_the_same_buttons_work(
    language: str, database_url: str
) -> None:
    """Telegram forgets presses that nobody fetched for 150 s and keeps messages (Bot API, getUpdates)."""
    async with (
        telegram("polling") as chats,
        deployed(database_url, chats.environ, prepare=chats.meet) as deployment,
    ):
        chat = await chats.join(deployment, "c1", language)
        await deployment.signed(deployment.event("c1"))
        await deployment.come_to_the_present()
        (question,) = await seen(chat, 1)

        await deployment.stop()
        await tap(chat, question, "2")
        updates = chats.telegram.updates
        updates.waiting = [each for each in updates.waiting if "callback_query" not in each]
        chats.telegram.queries.expire()
        deployment.clock.behind = -timedelta(minutes=10)
        await deployment.start()
        assert await answers(deployment) == {}
        await tap(chat, question, "2")
        _, reason = await seen(chat, 2)

        await deployment.stop()
        await chat.type("오래 걸렸어요")
        await deployment.start()

        shown = await waited(chat, lambda s: len(s) == 3 and not s[1].values)
        stored = await answers(deployment)
        assert shown[1].id == reason.id
        assert (stored["score"].score, stored["comment"].text) == (2, "오래 걸렸어요")
