"""The application stops between any two steps of a conversation and takes it up again."""

import pytest

from tests.e2e.chats import seen, tap
from tests.e2e.deployment import deployed
from tests.e2e.platforms import platform
from tests.e2e.talk import COMMENTS, SCALE


@pytest.mark.parametrize(
    "name", ["telegram-polling", "telegram-webhook", "slack-socket", "webchat"]
)
async def test_a_conversation_survives_a_restart_at_every_step(
    name: str, database_url: str
) -> None:
    async with (
        platform(name) as chats,
        deployed(database_url, chats.environ, prepare=chats.meet) as deployment,
    ):
        await chats.ready()
        chat = await chats.join(deployment, "c1", "ko")
        event = deployment.event("c1")
        assert (await deployment.signed(event)).status == 202

        await deployment.restart()
        await chats.ready()
        await deployment.come_to_the_present()
        (question,) = await seen(chat, 1)
        assert question.scores == SCALE

        await deployment.restart()
        await chats.ready()
        await tap(chat, question, "6")
        _, reason = await seen(chat, 2)

        await deployment.restart()
        await chats.ready()
        await tap(chat, reason, "c.manner")
        await seen(chat, 3)

        await deployment.restart()
        await chats.ready()
        await chat.type(COMMENTS["ko"])
        await seen(chat, 4)

        repeated = await deployment.signed(event)
        assert len(await chat.see()) == 4
        (row,) = [r for r in await deployment.results() if r["invited"]]
        assert (row["invited"], row["delivered"]) == (1, 1)
        assert repeated.body["results"][0]["status"] == "duplicate"
