"""What staff type about who is who: show, join, split, and one-time links with their QR codes."""

import asyncio
import json
from pathlib import Path

import pytest

from bot.doors import ADMIN_HEADER
from storage.opening import open_storage
from surveys.errors import InvalidInput, NotFound
from surveys.model import Channel
from surveys.ports import UnitOfWork
from surveys.service.people import CustomerUpsert, attach, upsert
from tests.commands import Run, refuse, running_on, told
from tests.e2e.process import serving
from tests.sqlite import migrated
from tests.world import NOON, World

EVENT_KEY = ("key", "create", "--scope", "customers:write")


@pytest.fixture
def database(tmp_path: Path) -> str:
    url = migrated(tmp_path / "a.sqlite3")
    asyncio.run(_fill(url))
    return url


async def _fill(url: str) -> None:
    world = World()

    def work(tx: UnitOfWork) -> None:
        for number, name in enumerate(("kim", "lee")):
            given = CustomerUpsert(id=name, email=f"{name}@example.com", email_verified=True)
            person = upsert(tx, given, now=NOON, new_id=world.ctx.new_id)
            attach(
                tx, person.id, Channel.TELEGRAM, account="7001", user=str(31 + number), chat="c",
                locale=None, now=NOON, new_id=world.ctx.new_id,
            )  # fmt: skip

    async with open_storage(url) as storage:
        await storage.write(work)


@pytest.fixture
def run(database: str) -> Run:
    return running_on(database)


def chats(run: Run, customer: str) -> list[str]:
    return [chat["chat"] for chat in json.loads(run("people", "show", customer))["chats"]]


def test_two_customers_are_made_one_and_a_chat_is_given_back(run: Run) -> None:
    assert run("people", "join", "kim", "lee@example.com", "--lang", "en") == (
        "They are one person now.\n"
    )
    assert sorted(chats(run, "lee")) == ["telegram:7001:31", "telegram:7001:32"]
    told = json.loads(run("people", "show", "lee"))
    assert (told["id"], [each["how"] for each in told["joined"]]) == ("kim", ["staff"])

    assert run("people", "split", "telegram:7001:32") == "대화를 분리했습니다.\n"
    assert (chats(run, "kim"), chats(run, "id=lee")) == (["telegram:7001:31"], ["telegram:7001:32"])


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (("people", "show", "nobody"), NotFound),
        (("people", "join", "kim", "nobody"), NotFound),
        (("people", "join", "kim", "kim"), InvalidInput),
        (("people", "split", "telegram:7001:99"), NotFound),
        (("people", "split", "pigeon:1:2"), NotFound),
        (("link", "kim"), InvalidInput),
    ],
)
def test_what_makes_no_sense_is_refused(
    database: str, words: tuple[str, ...], refusal: type[Exception]
) -> None:
    assert isinstance(refuse(database, *words), refusal)


async def test_a_running_server_gives_out_links_and_draws_them(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:

        async def say(*words: str) -> tuple[int, str, str]:
            return await told(*words, environ=server.environ)

        _, key, _ = await say(*EVENT_KEY)
        bearer = {"Authorization": f"Bearer {key.strip()}"}
        customers = f"{server.url}/v1/customers"
        async with server.http.post(customers, json={"id": "kim"}, headers=bearer) as made:
            assert made.status == 200
        drawn = await say("link", "kim", "--channel", "webchat", "--qr", str(tmp_path / "card.svg"))
        unknown = await say("link", "nobody")
        elsewhere = await say("link", "kim", "--channel", "pigeon")
        odd = await say("link", "kim", "--channel", "webchat", "--qr", str(tmp_path / "card.gif"))
        both = await say("link", "kim")
        async with server.http.post(
            f"{server.url}/admin/links", json={"customer": "kim"}, headers={ADMIN_HEADER: "x"}
        ) as stranger:
            refused = stranger.status
        _, url, _ = drawn
        token = url.strip().partition("#t=")[2]
        async with server.http.post(f"{server.url}/chat/api/open", json={"token": token}) as opened:
            opens = opened.status

    assert drawn[0] == 0
    assert (tmp_path / "card.svg").read_text("utf-8").startswith("<?xml")
    assert (unknown[0], elsewhere[0], odd[0], refused) == (1, 1, 1, 403)
    assert both[1].startswith("webchat  http://127.0.0.1")
    assert opens in (200, 201)
