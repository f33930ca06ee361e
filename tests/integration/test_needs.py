"""Every route says what it needs, and lets nobody through who has less: asked one by one, as everybody."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from bot.auth.gate import FORM, Gate
from bot.auth.needs import Door, Need, needs
from bot.auth.table import Undeclared, needed, of_methods
from bot.console.pages import ASSETS
from bot.doors import create_key
from surveys.errors import StorageBusy
from surveys.service import members
from surveys.service.logging_in import open_session
from surveys.service.people import hash_token
from surveys.staffing import Member, Role
from tests.e2e.deployment import Deployment, deployed

READING = ("GET", "HEAD")
REFUSED = (401, 403)


@dataclass
class Staff:
    """A deployment with one member of each role, and their cookies."""

    deployment: Deployment
    cookies: dict[Role, str] = field(default_factory=dict)
    members: dict[Role, Member] = field(default_factory=dict)

    @property
    def gate(self) -> Gate:
        """The gate as the application made it."""
        return self.deployment.app.gate

    async def hire(self) -> None:
        app = self.deployment.app
        for role in Role:
            email = f"{role}@example.com"
            member = await app.storage.write(
                lambda tx, email=email, role=role: members.add(  # type: ignore[misc]  # bound as it is now
                    tx, app.ctx, email=email, name=role, role=role, by="cli:test"
                )
            )
            self.members[role] = member
            self.cookies[role] = await app.storage.write(
                lambda tx, member=member: open_session(tx, app.ctx, member, "link", "")  # type: ignore[misc]  # as above
            )

    def cookie(self, role: Role | None) -> dict[str, str]:
        return {"Cookie": f"aftertouch_console={self.cookies[role]}"} if role else {}

    def token(self, role: Role | None) -> str:
        """The token that this member's pages hold."""
        session = "" if role is None else hash_token(self.cookies[role])
        return self.gate.token(session)

    async def ask(
        self, method: str, path: str, headers: Mapping[str, str], token: str | None = None
    ) -> int:
        form = {} if token is None else {"token": token}
        own = {"Origin": self.deployment.url, "Sec-Fetch-Site": "same-origin", "Content-Type": FORM}
        async with self.deployment.http.request(
            method,
            self.deployment.url + path,
            headers=(own if method not in READING else {}) | dict(headers),
            data=None if method in READING else urlencode(form).encode(),
            allow_redirects=False,
        ) as answer:
            return answer.status


@pytest.fixture
async def staff(tmp_path: Path) -> AsyncIterator[Staff]:
    async with deployed(f"sqlite:///{tmp_path}/a.sqlite3", {}) as deployment:
        # A jar would add the cookies of earlier answers.
        jar = aiohttp.DummyCookieJar()
        async with aiohttp.ClientSession(cookie_jar=jar) as http:
            deployment.http = http
            found = Staff(deployment)
            await found.hire()
            yield found


def asked(staff: Staff) -> list[tuple[str, str, Need]]:
    """Return each method of each route with a path that it answers."""
    table = of_methods(staff.deployment.app.asgi.routes)
    return [
        (method, path.replace(":path", "").replace("{", "").replace("}", ""), need)
        for (method, path), need in table.items()
    ]


async def test_a_page_whose_database_is_busy_says_when_to_come_again(staff: Staff) -> None:
    async def page(_: Request) -> Response:
        raise StorageBusy("the database did not answer within 4 s")

    (door,) = staff.gate.enforce([*needs(Role.VIEWER, Route("/console/busy", page))])
    staff.deployment.app.asgi.router.routes.insert(0, door)
    asked = {**staff.cookie(Role.VIEWER), "Accept": "text/html"}
    path = f"{staff.deployment.url}/console/busy"
    async with staff.deployment.http.get(path, headers=asked) as answer:
        html = await answer.text()

    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert "<h1" in html


async def test_every_route_says_what_it_needs(staff: Staff) -> None:
    routes = staff.deployment.app.asgi.routes

    assert [route for route in routes if not isinstance(route, Door)] == []
    paths = [(method, path) for method, path, need in asked(staff) if need.role]
    assert ("POST", "/console/deliveries") in paths
    assert ("GET", "/console") in paths
    free = {path for _, path, need in asked(staff) if path.startswith("/console") and not need.role}
    files = {f"/console/{name}" for name in ASSETS}
    assert {path for path in free - files if not path.startswith("/console/log")} == set()


async def test_a_route_lets_its_role_through_and_nobody_below(staff: Staff) -> None:
    wrong = []
    for role in (None, *Role):
        for method, path, need in asked(staff):
            if need.role is None or path == "/console/logout":
                continue
            status = await staff.ask(method, path, staff.cookie(role), staff.token(role))
            passes = role is not None and role.covers(need.role)
            if (status not in REFUSED) is not passes:
                wrong.append((role, method, path, status))

    assert wrong == []


async def test_a_form_must_come_from_a_page_of_ours_in_this_session(staff: Staff) -> None:
    own, token = staff.cookie(Role.ADMIN), staff.token(Role.ADMIN)
    theirs = (None, "", "1.abc", staff.token(None), staff.token(Role.VIEWER))
    foreign = (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    )
    forms = [(m, p) for m, p, need in asked(staff) if need.role and m not in READING]

    tokens = [(form, each, await staff.ask(*form, own, each)) for form in forms for each in theirs]
    pages = [
        (form, each, await staff.ask(*form, own | each, token))
        for form in forms
        for each in foreign
    ]

    assert [told for told in (*tokens, *pages) if told[-1] != 403] == []


async def test_the_api_and_the_command_lines_calls_know_no_cookie(staff: Staff) -> None:
    app = staff.deployment.app
    few = {"Authorization": f"Bearer {await create_key(app.storage, app.ctx, ['events:write'])}"}
    wrong = []
    for method, path, need in asked(staff):
        if not need.scope or need.role or need.scope == "events:write":
            continue
        with_cookie = await staff.ask(method, path, staff.cookie(Role.ADMIN))
        with_less = await staff.ask(method, path, few)
        if (with_cookie, with_less) != (401, 403):
            wrong.append((method, path, with_cookie, with_less))

    assert wrong == []
    calls = [(m, p) for m, p, _ in asked(staff) if p.startswith("/admin/") and m not in READING]

    assert len(calls) > 5
    for method, path in calls:
        assert await staff.ask(method, path, staff.cookie(Role.ADMIN)) == 403


async def test_no_spelling_of_a_path_goes_around_the_gate(staff: Staff) -> None:
    spellings = ("/Console", "/console/", "//console", "/console/%2e%2e/console", "/console%2Fx")
    answers = {path: await staff.ask("GET", path, {}) for path in spellings}

    assert set(answers.values()) <= {307, 401, 404}, answers
    assert await staff.ask("OPTIONS", "/console", {}) == 405
    assert await staff.ask("HEAD", "/console", {}) == 401


async def _page(_: Request) -> Response:
    return Response()


def test_what_says_nothing_stops_the_application() -> None:
    with pytest.raises(Undeclared, match="GET /console/new"):
        needed(Route("/console/new", _page))
    with pytest.raises(Undeclared, match="PUT /v1/results"):
        needed(Route("/v1/results", _page, methods=["PUT"]))
    with pytest.raises(Undeclared):
        needed(Mount("/console", routes=[]))
    (door,) = needs(Role.ADMIN, Route("/console/new", _page))
    assert needed(door) is door
