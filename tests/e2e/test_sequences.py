"""After a low score and a resolved case: is it sorted now? On every channel, in both languages, tapped and typed."""

from datetime import timedelta

import pytest

from surveys.language.texts import say
from surveys.model import Identifier
from surveys.ports import UnitOfWork
from surveys.service.recovering import recovered
from tests.e2e.chats import Chat, Shown, seen, tap, waited
from tests.e2e.deployment import Deployment, deployed, until
from tests.e2e.platforms import ALL, platform

ASKED = {
    "ko": "말씀해 주신 문제가 해결되셨나요?",
    "en": "Is the problem you told us about sorted now?",
}
NOT_YET = {"ko": "아직이요", "en": "not yet"}


async def complain(deployment: Deployment, chat: Chat) -> None:
    """Rate a solved support case 2 of 7; then staff see to it and say so."""
    await deployment.signed(deployment.event("c1"))
    await deployment.come_to_the_present()
    (question,) = await seen(chat, 1)
    await tap(chat, question, "2")
    await seen(chat, 2)
    told = (deployment.clock.now() - timedelta(hours=1)).isoformat()
    resolved = deployment.event("c1", id="e2", type="case.resolved", time=told)
    assert (await deployment.signed(resolved)).status == 202


async def asked_again(chat: Chat, language: str) -> Shown:
    shown = await waited(chat, lambda all_: any(ASKED[language] in each.text for each in all_))
    return next(each for each in shown if ASKED[language] in each.text)


async def told(deployment: Deployment) -> str | None:
    """Return what the closed loop reads about the answer that complained."""

    def look(tx: UnitOfWork) -> str | None:
        (person,) = tx.people.named([Identifier(namespace="id", value="c1")])
        (answered,) = tx.invitations.of_survey(person.id, "support-ces")
        return recovered(tx, answered.id)

    return await deployment.app.storage.read(look)


async def delivered(deployment: Deployment) -> bool:
    (recovery,) = (await deployment.get("/v1/results?by=stage")).body["recoveries"]
    return bool(recovery["delivered"])


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("name", ALL)
async def test_whether_a_complaint_is_sorted_is_answered_in_one_tap(
    name: str, language: str, database_url: str
) -> None:
    async with (
        platform(name) as chats,
        deployed(database_url, chats.environ, prepare=chats.meet) as deployment,
    ):
        await chats.ready()
        chat = await chats.join(deployment, "c1", language)
        await complain(deployment, chat)

        question = await asked_again(chat, language)
        await tap(chat, question, "3")

        word = say(language, "instrument.resolved.score.3")
        assert (question.buttons or {})["3"] == word
        assert question.scores == ["3", "2", "1"]
        await waited(chat, lambda shown: any(f"✓ {word}" in each.text for each in shown))
        assert await told(deployment) == "yes"


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("name", ALL)
async def test_whether_a_complaint_is_sorted_may_be_typed(
    name: str, language: str, database_url: str
) -> None:
    async with (
        platform(name) as chats,
        deployed(database_url, chats.environ, prepare=chats.meet) as deployment,
    ):
        await chats.ready()
        chat = await chats.join(deployment, "c1", language)
        await complain(deployment, chat)
        await asked_again(chat, language)
        await until(
            lambda: delivered(deployment)
        )  # nobody types before the platform has answered us

        await chat.type(NOT_YET[language])

        assert await until(lambda: told(deployment)) == "no"
        body = (await deployment.get("/v1/results?by=stage")).body
        (recovery,) = body["recoveries"]
        assert (recovery["stage"], recovery["delivered"], recovery["n"]) == ("retention", 1, None)
        assert all(row["instrument"] != "resolved" for row in body["rows"])
