"""From the signed event to the result by stage, in every channel, language and database."""

import pytest

from tests.e2e.deployment import Deployment, deployed
from tests.e2e.platforms import ALL, platform
from tests.e2e.talk import answer_in_full


async def check_results(deployment: Deployment, channel: str) -> None:
    rows = await deployment.results(channel=channel)
    support = next(row for row in rows if row["stage"] == "retention" and row["invited"])
    told = {name: support[name] for name in ("instrument", "invited", "delivered", "suppressed")}
    assert told == {"instrument": "ces2", "invited": 1, "delivered": 1, "suppressed": True}
    assert await deployment.verdicts("c1") == [
        ("support", "held", "delay"),
        ("support", "released", "clear"),
        ("support", "asked", "clear"),
    ]


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("name", ALL)
async def test_an_event_becomes_a_question_an_answer_and_a_result(
    name: str, language: str, database_url: str
) -> None:
    async with (
        platform(name) as chats,
        deployed(database_url, chats.environ, prepare=chats.meet) as deployment,
    ):
        await chats.ready()
        chat = await chats.join(deployment, "c1", language)
        accepted = await deployment.signed(deployment.event("c1"))
        assert accepted.status == 202
        assert await chat.see() == []

        await deployment.come_to_the_present()
        await answer_in_full(chat, language, "2")

        await check_results(deployment, name.partition("-")[0])
