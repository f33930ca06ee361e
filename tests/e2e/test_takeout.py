"""What a customer may have as a file, and what staff and other systems may have and delete."""

import re
from typing import Any

from bot.doors import ADMIN_HEADER
from surveys.service.retention import KINDS
from tests.e2e.chats import seen
from tests.e2e.deployment import Deployment, deployed
from tests.e2e.platforms import platform

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def fetch(deployment: Deployment, token: str) -> tuple[int, Any]:
    data = {"token": token}
    async with deployment.http.post(f"{deployment.url}/mydata", data=data) as reply:
        held = reply.content_type == "application/json"
        return reply.status, await reply.json() if held else await reply.text()


async def test_the_link_of_a_message_hands_the_file_over_once(sqlite_url: str) -> None:
    async with (
        platform("telegram-webhook") as chats,
        deployed(sqlite_url, chats.environ, prepare=chats.meet) as deployment,
    ):
        chat = await chats.join(deployment, "c1", "en")
        await chat.type("/mydata")
        (shown,) = await seen(chat, 1)
        found = re.search(r"(http\S+)/mydata#t=(\S+)", shown.text)
        assert found is not None
        assert found[1] == deployment.url
        async with deployment.http.get(f"{deployment.url}/mydata") as page:
            assert (page.status, "<form" in await page.text()) == (200, True)

        status, held = await fetch(deployment, found[2])
        assert (status, held["customer"]["id"]) == (200, "c1")
        assert held["addresses"][0]["channel"] == "telegram"
        assert [c["text_version"] for c in held["consents"]] == ["1"]
        for token in (found[2], "unknown", ""):
            assert (await fetch(deployment, token))[0] == 404


async def test_an_old_link_is_as_good_as_none(sqlite_url: str) -> None:
    async with (
        platform("telegram-webhook") as chats,
        deployed(sqlite_url, chats.environ, prepare=chats.meet) as deployment,
    ):
        chat = await chats.join(deployment, "c1", "ko")
        await chat.type("내 정보")
        (shown,) = await seen(chat, 1)
        await deployment.come_to_the_present()

        assert (await fetch(deployment, shown.text.rpartition("#t=")[2]))[0] == 404


async def test_a_running_server_applies_retention_for_the_command_line(sqlite_url: str) -> None:
    async with deployed(sqlite_url, {}) as deployment:
        refused = await deployment.post("/admin/retention", {})
        admin = {ADMIN_HEADER: deployment.app.admin_token}
        done = await deployment.post("/admin/retention", {}, **admin)

    assert (refused.status, done.status) == (403, 201)
    assert set(done.body["counts"]) == set(KINDS)
    assert set(done.body["counts"].values()) == {0}


async def test_the_api_shows_and_erases_a_customer(sqlite_url: str) -> None:
    async with deployed(sqlite_url, {}) as deployment:
        await deployment.customer("c1", attributes={"tier": "gold"})
        held = await deployment.get("/v1/customers/c1")
        assert (held.status, held.body["customer"]["attributes"]) == (200, {"tier": "gold"})

        auth = {"Authorization": f"Bearer {deployment.key}"}
        statuses = []
        for _ in range(2):
            async with deployment.http.delete(
                f"{deployment.url}/v1/customers/c1", headers=auth
            ) as reply:
                statuses.append(reply.status)
        async with deployment.http.delete(f"{deployment.url}/v1/customers/c1") as reply:
            statuses.append(reply.status)

        assert statuses == [204, 404, 401]
        assert (await deployment.get("/v1/customers/c1")).status == 404
        deeds = await deployment.app.storage.read(lambda tx: tx.audit.newest(9))
        assert [(d.act, d.subject) for d in deeds] == [("erase", ""), ("export", "")]
