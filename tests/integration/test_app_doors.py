"""Who may come in: the console from this machine, the API with a key, the admin call with its token."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio

from bot.doors import ADMIN_HEADER, create_key
from tests.e2e.deployment import Deployment, Reply, deployed

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    path: Path = tmp_path_factory.mktemp("doors")
    async with deployed(f"sqlite:///{path}/aftertouch.sqlite3", {}) as deployment:
        yield deployment


async def key(deployment: Deployment, *scopes: str) -> dict[str, str]:
    app = deployment.app
    token = await create_key(app.storage, app.ctx, list(scopes))
    return {"Authorization": f"Bearer {token}"}


async def status(deployment: Deployment, path: str, headers: Mapping[str, str]) -> int:
    async with deployment.http.get(deployment.url + path, headers=headers) as answer:
        await answer.read()
        return answer.status


# --- the console ----------------------------------------------------------------------------------


async def test_the_console_is_open_on_this_machine(deployment: Deployment) -> None:
    assert await status(deployment, "/console", {}) == 200
    assert await status(deployment, "/", {}) == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:8765"},
        {"Host": "127.0.0.1.evil.example"},
        {"X-Forwarded-For": "203.0.113.9"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=203.0.113.9"},
        {"X-Real-IP": "203.0.113.9"},
        {"Host": "[::1"},
        {"Host": "127.0.0.1:x"},
    ],
    ids=str,
)
async def test_the_console_is_closed_to_whoever_comes_from_elsewhere(
    deployment: Deployment, headers: dict[str, str]
) -> None:
    reader, writer = await key(deployment, "results:read"), await key(deployment, "events:write")

    assert await status(deployment, "/console", headers) == 401
    assert await status(deployment, "/console", headers | writer) == 403
    assert await status(deployment, "/console", headers | reader) == 200


async def test_who_lacks_a_right_reads_so_in_her_language(deployment: Deployment) -> None:
    elsewhere = {"X-Forwarded-For": "203.0.113.9", "Accept": "text/html"}
    reader = elsewhere | await key(deployment, "results:read")

    async with deployment.http.get(
        f"{deployment.url}/console/deliveries?lang=en", headers=reader
    ) as answer:
        assert answer.status == 403
        assert "This page wants more than you may do." in await answer.text()


async def test_an_address_that_is_none_is_told_on_a_page_to_who_is_let_in(
    deployment: Deployment,
) -> None:
    html = {"Accept": "text/html"}
    async with deployment.http.get(
        f"{deployment.url}/console/nowhere?lang=en", headers=html
    ) as answer:
        page = await answer.text()

    assert answer.status == 404
    assert "/console/nowhere: there is no such address." in page
    elsewhere = {"X-Forwarded-For": "203.0.113.9"}
    assert await status(deployment, "/console/nowhere", elsewhere) == 401
    assert await status(deployment, "/console", html) == 200


# --- the API --------------------------------------------------------------------------------------


async def test_results_need_a_key_even_on_this_machine(deployment: Deployment) -> None:
    bare = await status(deployment, "/v1/results", {})
    junk = await status(deployment, "/v1/results", {"Authorization": "Bearer sk_x"})
    other = await status(deployment, "/v1/results", await key(deployment, "events:write"))
    right = await status(deployment, "/v1/results", await key(deployment, "results:read"))

    assert (bare, junk, other, right) == (401, 401, 403, 200)


async def test_days_of_ones_own_choice_want_the_scope_of_single_answers(
    deployment: Deployment,
) -> None:
    elsewhere = {"X-Forwarded-For": "203.0.113.9"}
    results = elsewhere | await key(deployment, "results:read")
    both = elsewhere | await key(deployment, "results:read", "answers:read")
    free = [
        f"{path}?from=2026-08-10&to=2026-10-20"
        for path in ("/v1/results", "/v1/themes", "/console", "/console/results.csv")
    ] + ["/v1/results?compare=2026-08-10..2026-10-20"]

    assert [await status(deployment, path, results) for path in free] == [403] * 5
    assert [await status(deployment, path, both) for path in free] == [200] * 5
    assert await status(deployment, "/v1/results?period=2026-08&compare=previous", results) == 200


@pytest.mark.parametrize(
    ("path", "scope"),
    [("/v1/events", "events:write"), ("/v1/customers", "customers:write")],
)
async def test_each_door_wants_its_own_scope(deployment: Deployment, path: str, scope: str) -> None:
    right, other = await key(deployment, scope), await key(deployment, "results:read")

    refused = await deployment.post(path, {}, **other)
    read = await deployment.post(path, {}, **right)

    assert (refused.status, read.status) == (403, 400)


# --- the admin call -------------------------------------------------------------------------------


async def admin(deployment: Deployment, body: object, **headers: str) -> Reply:
    token = {ADMIN_HEADER: deployment.app.admin_token}
    return await deployment.post("/admin/keys", body, **{**token, **headers})


async def test_the_admin_call_makes_a_key_that_works(deployment: Deployment) -> None:
    made = await admin(deployment, {"scopes": ["results:read"], "by": "cli:ann"})
    stranger = await admin(deployment, {"scopes": ["results:read"], "by": "staff:ann"})
    (deed,) = await deployment.app.storage.read(lambda tx: tx.audit.newest(1))

    assert (made.status, stranger.status) == (201, 400)
    bearer = {"Authorization": f"Bearer {made.body['token']}"}
    assert await status(deployment, "/v1/results", bearer) == 200
    assert (deed.by, deed.act, deed.details) == (
        "cli:ann",
        "key_create",
        {"scopes": "results:read"},
    )


@pytest.mark.parametrize(
    "headers",
    [
        {ADMIN_HEADER: ""},
        {ADMIN_HEADER: "x" * 43},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Host": "evil.example"},
    ],
    ids=str,
)
async def test_the_admin_call_is_refused_without_its_token_or_from_elsewhere(
    deployment: Deployment, headers: dict[str, str]
) -> None:
    refused = await admin(deployment, {"scopes": ["admin"]}, **headers)

    assert (refused.status, refused.body) == (403, {"detail": "not allowed"})


@pytest.mark.parametrize("body", [{}, {"scopes": "admin"}, {"scopes": ["root"]}, {"scopes": []}])
async def test_the_admin_call_refuses_scopes_that_do_not_exist(
    deployment: Deployment, body: object
) -> None:
    assert (await admin(deployment, body)).status == 400


# --- logging in -----------------------------------------------------------------------------------


async def test_a_login_link_opens_the_console_once(deployment: Deployment) -> None:
    admin = {ADMIN_HEADER: deployment.app.admin_token}
    made = await deployment.send("/admin/logins", b"{}", admin)
    link = made.body["url"].removeprefix(deployment.url)
    away = {"Host": "ask.example.com"}

    async with deployment.http.get(
        deployment.url + link, headers=away, allow_redirects=False
    ) as answer:
        cookie = answer.headers["Set-Cookie"]
        assert (answer.status, answer.headers["Location"]) == (303, "/console")
    session = {"Cookie": cookie.partition(";")[0]}

    assert {"HttpOnly", "SameSite=lax"} <= set(cookie.split("; "))
    assert await status(deployment, "/console", away) == 401
    assert await status(deployment, "/console", away | session) == 200
    assert await status(deployment, link, away) == 404
    assert await status(deployment, "/console/login?once=guess", away) == 404


async def test_a_login_link_is_for_the_admin_of_this_machine(deployment: Deployment) -> None:
    admin = {ADMIN_HEADER: deployment.app.admin_token}

    assert (await deployment.send("/admin/logins", b"{}", {})).status == 403
    assert (await deployment.send("/admin/logins", b"{}", admin | {"Host": "a.b"})).status == 403


async def test_with_a_public_address_even_this_machine_must_log_in(tmp_path: Path) -> None:
    public = {"AFTERTOUCH_PUBLIC_URL": "https://ask.example.com"}
    async with deployed(f"sqlite:///{tmp_path}/public.sqlite3", public) as deployment:
        assert await status(deployment, "/console", {}) == 401
