"""Staff try a survey out, pause it, let it go on and ask for one, in front of the whole application."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.e2e.deployment import Deployment, deployed, until
from tests.e2e.slack_chat import SlackPlatform, slack
from tests.fakes.slack_customer import Answer
from tests.fakes.slack_member import Member


async def try_out(deployment: Deployment, operator: Member) -> None:
    """Send a survey to the operator, answer it, and find it in no figure."""
    await operator.types("test support-ces")

    async def asked() -> bool:
        return bool(operator.messages)

    async def changed() -> bool:
        return any(each["action_id"] == "do:change" for each in operator.messages[0].buttons)

    await until(asked)
    (question,) = operator.messages
    assert "[테스트]" in str(question.blocks[0])
    await operator.click(question, "2")
    await until(changed)
    rows = await deployment.results()
    assert [row["invited"] or row["answered"] for row in rows] == [0] * len(rows)


@pytest.mark.parametrize(
    ("socket", "database_url"),
    [(False, "sqlite"), pytest.param(True, "postgres", marks=pytest.mark.postgres)],
    ids=["http-sqlite", "socket-postgres"],
    indirect=["database_url"],
)
async def test_staff_test_pause_and_resume_a_survey(socket: bool, database_url: str) -> None:
    async with slack(socket=socket) as chats:
        environ = {**chats.environ, "AFTERTOUCH_SLACK_OPERATORS": "UOPER"}
        async with deployed(database_url, environ, prepare=chats.meet) as deployment:
            await chats.ready()
            await follow(deployment, chats)


async def follow(deployment: Deployment, chats: SlackPlatform) -> None:
    chat = await chats.join(deployment, "c1", "ko")
    chats.slack.person("UOPER")
    operator = Member(chats.slack, "UOPER")
    await try_out(deployment, operator)

    await operator.types("pause support-ce")
    assert "일시 중지" in operator.whispers[-1]["text"]
    await deployment.signed(deployment.event("c1"))
    await deployment.come_to_the_present()
    assert await deployment.verdicts("c1") == [("support", "held", "staff_pause")]
    assert await chat.see() == []

    await operator.types("resume support-ces")
    await until(chat.see)
    assert (await deployment.verdicts("c1"))[1:] == [
        ("support", "released", "clear"),
        ("support", "asked", "clear"),
    ]
    await operator.opens_home()

    async def filled() -> bool:
        return "n=" in str(operator.home) or "묻지 않음" in str(operator.home)

    await until(filled)
    await ask_for(deployment, chats, operator)


async def ask_for(deployment: Deployment, chats: SlackPlatform, operator: Member) -> None:
    """Ask for a survey to whoever wrote a message: one is asked once it may be, one was asked lately."""
    chat = await chats.join(deployment, "c2", "en", 2)
    for author, told in (("U2", "기다렸다가 묻습니다"), ("U1", "묻지 않습니다")):
        form = await opened(chats, operator, Member(chats.slack, author))
        assert told in await whispered(operator, operator.picks(form, "signup"))
    assert await deployment.verdicts("c2") == [("signup", "held", "delay")]

    await deployment.pass_time(minutes=11)
    await until(chat.see)
    assert "확인이 필요한 일" in await whispered(operator, operator.types("inbox"))
    form = await opened(chats, operator, Member(chats.slack, "U2"))
    assert "이미 요청했습니다" in await whispered(operator, operator.picks(form, "signup"))
    assert len(await chat.see()) == 1


async def opened(chats: SlackPlatform, operator: Member, author: Member) -> Any:
    """Use the shortcut while Slack's clock stands still: a busy machine takes longer than a trigger lives."""
    clock, at, count = chats.slack.clock, chats.slack.clock(), len(chats.slack.views)
    chats.slack.clock = lambda: at
    ts = f"1764000000.{author.user[1:]:>06}"
    assert (await operator.sends_survey(author, ts))[0] == 200
    await comes(lambda: len(chats.slack.views) > count)
    chats.slack.clock = clock
    return chats.slack.views[-1]


async def whispered(operator: Member, act: Awaitable[Answer]) -> str:
    """Act, and return what only the operator is shown then."""
    count = len(operator.whispers)
    assert (await act)[0] == 200
    await comes(lambda: len(operator.whispers) > count)
    return str(operator.whispers[-1]["text"])


async def comes(fact: Callable[[], bool]) -> None:
    async def asked() -> bool:
        return fact()

    await until(asked)
