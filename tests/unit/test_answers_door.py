"""``GET /v1/answers``: incremental, pseudonymous, audited, and never past a change."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from starlette.applications import Starlette

from bot.api_keys import Authenticator
from bot.doors import create_key
from bot.out.answers_door import AnswersDoor
from bot.out.cursor import pack, unpack
from surveys.errors import InvalidInput
from surveys.model import Typed
from surveys.ports import Storage
from surveys.service.erasing import erase
from surveys.service.identities import find_person
from tests.phones import Phone
from tests.serving import serve
from tests.unit.test_talking import asked
from tests.world import World

SAID = "두 번이나 설명해야 했어요, 010-1234-5678"
Get = Callable[..., Awaitable[tuple[int, Any]]]


@asynccontextmanager
async def door(world: World, *scopes: str) -> AsyncIterator[Get]:
    token = await create_key(world.storage, world.ctx, list(scopes or ("answers:read",)))
    auth = Authenticator(world.storage, world.clock)
    routes = AnswersDoor(world.storage, auth.authenticate, world.ctx).routes()
    async with serve(Starlette(routes=routes)) as url, aiohttp.ClientSession() as http:

        async def get(query: str = "", *, auth: str = f"Bearer {token}") -> tuple[int, Any]:
            headers = {"Authorization": auth}
            async with http.get(f"{url}/v1/answers{query}", headers=headers) as answer:
                return answer.status, await answer.json(content_type=None)

        yield get


async def page(get: Get, cursor: str = "", limit: int = 200) -> Any:
    status, body = await get(f"?cursor={cursor}&limit={limit}")
    assert status == 200, body
    return body


async def test_an_answer_comes_flat_and_comes_again_with_every_change(storage: Storage) -> None:
    world, phone = await asked(storage)
    await phone.taps("1")
    async with door(world) as get:
        first = await page(get)
        (answer,) = first["answers"]
        assert (answer["score"], answer["band"], answer["version"]) == (1, "low", 1)
        assert (answer["stage"], answer["channel"], answer["imported"]) == (
            "purchase",
            "telegram",
            False,
        )
        assert not first["more"]
        assert await page(get, first["cursor"]) == {
            "answers": [], "cursor": first["cursor"], "more": False
        }  # fmt: skip

        await phone.reads()
        await phone.acts(Typed(text=SAID))
        second = await page(get, first["cursor"])
        assert [each["id"] for each in second["answers"]] == [answer["id"]]
        assert second["answers"][0]["comment"] == SAID

        person = await storage.read(lambda tx: find_person(tx, "kim"))
        await world.write(lambda tx: erase(tx, world.ctx, person.id, by="cli:x"))
        third = await page(get, second["cursor"])
        (erased,) = third["answers"]
        assert (erased["id"], erased["comment"], erased["score"]) == (answer["id"], None, 1)


async def test_nothing_in_it_names_the_customer(storage: Storage) -> None:
    world, phone = await asked(storage, email="kim@example.com")
    await phone.taps("5")
    async with door(world) as get:
        told = str(await page(get))
    person = await storage.read(lambda tx: find_person(tx, "kim"))
    for name in ("kim", person.id, phone.user, "o1"):
        assert name not in told.replace("score", "")


async def test_pages_follow_each_other_without_gap_or_repeat() -> None:
    world, phone = await asked(World().storage)
    await phone.taps("5")
    for number in range(2, 6):
        other = Phone(world, f"700{number}")
        await other.starts(await world.customer(f"c{number}"))
        await world.happens("order.paid", f"c{number}", f"o{number}")
        await other.reads()
        await other.taps("4")

    async with door(world) as get:
        seen: list[str] = []
        cursor, more = "", True
        while more:
            body = await page(get, cursor, limit=2)
            seen += [each["id"] for each in body["answers"]]
            cursor, more = body["cursor"], body["more"]
        whole = [each["id"] for each in (await page(get))["answers"]]

    assert seen == whole
    assert len(set(seen)) == len(seen) == 5


async def test_each_page_that_holds_answers_is_audited(storage: Storage) -> None:
    world, phone = await asked(storage)
    await phone.taps("5")
    async with door(world) as get:
        first = await page(get)
        await page(get, first["cursor"])

    deeds = [d for d in await storage.read(lambda tx: tx.audit.newest(9)) if d.act == "answers"]
    (key,) = await storage.read(lambda tx: tx.keys.all())
    assert [(deed.by, deed.details["rows"]) for deed in deeds] == [(f"key:{key.id}", 1)]


async def test_it_needs_the_scope() -> None:
    world, _ = await asked(World().storage)
    async with door(world, "results:read") as get:
        assert (await get())[0] == 403
        assert (await get(auth="Bearer sk_x"))[0] == 401


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("?limit=0", "limit"), ("?limit=1001", "limit"), ("?limit=ten", "limit"), ("?limit=٣", "limit"),
        ("?cursor=abc", "cursor"), ("?cursor=%00", "cursor"), ("?cursor=AQAAAAAAAAAAAAAAAAAAAAAA", "cursor"),
        ("?since=30d", "since"), ("?limit=1&limit=2", "limit"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_named(query: str, where: str) -> None:
    world, _ = await asked(World().storage)
    async with door(world) as get:
        status, body = await get(query)
    assert status == 400
    assert where in body["detail"]


def test_a_cursor_is_ours_or_none() -> None:
    assert unpack(pack(7, "salt"), "salt") == 7
    assert unpack("", "salt") == 0
    other = pack(7, "salt")
    for wrong in (pack(7, "other"), other[:-1], other + "A", other.swapcase(), "=" * 40, "é"):
        with pytest.raises(InvalidInput, match="cursor"):
            unpack(wrong, "salt")
