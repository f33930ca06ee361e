"""The whole application with Slack as its channel: from the event to the stored answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import api_keys
from bot.app import App, Outside, build
from bot.config import load
from storage.opening import open_storage
from surveys.model import Answer, Channel
from surveys.ports import UnitOfWork
from surveys.program import default_program
from tests.fakes.slack import Failure, FakeSlack, Message
from tests.fakes.slack_customer import Customer
from tests.fakes.slack_rig import Wall, until
from tests.serving import serve

WORDS = {
    "ko": ("의견 쓰기", "두 번이나 설명했어요"),
    "en": ("Write", "I had to explain it twice"),
}


@dataclass(frozen=True)
class Rig:
    slack: FakeSlack
    app: App
    clock: Wall
    url: str
    key: str
    user: Customer

    async def post(self, path: str, body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.key}"}
        async with self.slack.http.post(self.url + path, json=body, headers=headers) as answer:
            assert answer.status in (200, 202), await answer.text()
            return await answer.json()

    async def solved(self, language: str) -> None:
        """A customer who agreed to be asked has had her case solved, two hours ago."""
        now = self.clock.now().isoformat()
        consent = {"purpose": "service_survey", "granted_at": now, "source": "web"}
        await self.post(
            "/v1/customers",
            {
                "id": "c1",
                "email": "minsu@example.com",
                "email_verified": True,
                "locale": language,
                "timezone": "Asia/Seoul",
                "consent": [{**consent, "text_version": "1"}],
            },
        )
        links = await self.post("/v1/customers/c1/links", None)
        assert links["slack"] == {"matched": True}
        event = {"specversion": "1.0", "id": "e1", "source": "desk", "type": "support.solved"}
        about = {"subject": "ticket-1", "time": now, "data": {"customer": {"id": "c1"}}}
        await self.post("/v1/events", event | about)
        self.clock.ahead += timedelta(hours=2)

    async def answers(self) -> dict[str, Answer]:
        def look(tx: UnitOfWork) -> tuple[Answer, ...]:
            address = tx.addresses.find(Channel.SLACK, self.slack.team, "U1")
            assert address is not None
            live = tx.invitations.live_of_person(address.person_id)
            return tuple(a for one in live for a in tx.answers.of_invitation(one.id))

        return {answer.question: answer for answer in await self.app.storage.read(look)}


@asynccontextmanager
async def journey(path: Path, *, socket: bool) -> AsyncIterator[Rig]:
    clock = Wall()
    noon_in_seoul = datetime.now(UTC).replace(hour=3, minute=0)
    clock.ahead = noon_in_seoul - datetime.now(UTC)
    async with FakeSlack(clock=lambda: clock.now().timestamp()) as slack:
        slack.person("U1", email="minsu@example.com")
        environ = {
            "AFTERTOUCH_DATABASE_URL": f"sqlite:///{path}/aftertouch.sqlite3",
            "AFTERTOUCH_SLACK_BOT_TOKEN": slack.token,
            "AFTERTOUCH_SLACK_SIGNING_SECRET": slack.secret,
            "AFTERTOUCH_SLACK_BASE_URL": slack.base_url,
        }
        if socket:
            environ["AFTERTOUCH_SLACK_APP_TOKEN"] = slack.app_token
        settings = load(environ, None)
        async with (
            open_storage(settings.database_url) as storage,
            build(
                settings,
                storage=storage,
                program=default_program(),
                outside=replace(Outside(), clock=clock),
            ) as app,
            serve(app.asgi) as url,
            asyncio.TaskGroup() as tasks,
        ):
            key, token = api_keys.create(
                ["admin"], now=clock.now(), new_id=lambda: "k1", new_secret=lambda: b"s" * 32
            )
            await storage.write(lambda tx: tx.keys.add(key))
            slack.events_url = f"{url}/slack/events"
            work = tasks.create_task(app.run())
            await until(lambda: not socket or slack.sockets)
            yield Rig(slack, app, clock, url, token, Customer(slack, "U1"))
            work.cancel()


@pytest.mark.parametrize("socket", [False, True], ids=["http", "socket"])
@pytest.mark.parametrize("language", ["ko", "en"])
async def test_a_solved_case_becomes_a_question_a_score_and_a_reason(
    tmp_path: Path, language: str, *, socket: bool
) -> None:
    write, words = WORDS[language]
    async with journey(tmp_path, socket=socket) as rig:
        await rig.solved(language)
        await until(lambda: rig.user.messages, 20)
        await rig.user.click(rig.user.messages[0], "2")
        await until(lambda: len(rig.user.messages) == 2)
        await rig.user.click(rig.user.messages[1], write)
        await until(lambda: rig.slack.views)
        await rig.user.submit(rig.slack.views[0], text=words)
        await until(lambda: len(rig.user.messages) == 3)
        answers = await rig.answers()

    assert (answers["score"].score, answers["comment"].text) == (2, words)
    assert answers["score"].dimensions.channel == "slack"
    assert answers["score"].dimensions.language == language
    assert len(rig.slack.calls("chat.postMessage")) == 3


async def test_a_question_whose_answer_was_lost_is_asked_once_and_its_tap_counts(
    tmp_path: Path,
) -> None:
    """F02, N03: a tap on an unknown delivery proves that it arrived."""
    async with journey(tmp_path, socket=False) as rig:
        rig.slack.fail("chat.postMessage", Failure.drop_after())
        await rig.solved("ko")
        await until(lambda: rig.user.messages, 20)
        await rig.user.click(rig.user.messages[0], "7")
        await until(lambda: len(rig.user.messages) == 2)
        answers = await rig.answers()

    assert answers["score"].score == 7
    assert [len(scale_of(message)) for message in rig.user.messages] == [7, 0]


def scale_of(message: Message) -> list[str]:
    """Return the score buttons a message was posted with."""
    rows = [block.get("elements", ()) for block in message.versions[0]]
    ids = [button.get("action_id", "") for row in rows for button in row]
    return [one for one in ids if one.startswith("score:")]
