"""A browser of staff, without scripts: keeps cookies, follows what it is told to, fills forms in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin

import aiohttp

from surveys.service import members
from surveys.service.logging_in import make_link
from surveys.staffing import Member, Role
from tests.e2e.deployment import Deployment

FORM = "application/x-www-form-urlencoded"
COOKIE = "aftertouch_console"


@dataclass(frozen=True, slots=True)
class Seen:
    """What came back."""

    status: int
    html: str
    headers: Mapping[str, str]
    cookies: tuple[str, ...]

    @property
    def to(self) -> str:
        """Where it leads."""
        return self.headers.get("Location", "")


@dataclass
class Browser:
    """One person's browser; ``site`` is what it says of where a request begins."""

    deployment: Deployment
    agent: str = "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0"
    jar: dict[str, str] = field(default_factory=dict)

    async def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Seen:
        base = self.deployment.url
        held = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        own = {"Accept": "text/html", "User-Agent": self.agent} | ({"Cookie": held} if held else {})
        jar = aiohttp.DummyCookieJar()
        async with (
            aiohttp.ClientSession(cookie_jar=jar) as http,
            http.request(
                method,
                urljoin(base, path),
                data=body,
                headers=own | dict(headers or {}),
                allow_redirects=False,
            ) as answer,
        ):
            cookies = tuple(answer.headers.getall("Set-Cookie", ()))
            if urljoin(base, path).startswith(base):
                self._keep(cookies)
            return Seen(answer.status, await answer.text(), dict(answer.headers), cookies)

    async def get(self, path: str, **headers: str) -> Seen:
        return await self.ask("GET", path, headers=headers)

    async def post(
        self, path: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Seen:
        own = {
            "Origin": self.deployment.url,
            "Sec-Fetch-Site": "same-origin",
            "Content-Type": FORM,
        }
        return await self.ask("POST", path, urlencode(fields).encode(), own | dict(headers or {}))

    async def submit(self, page: str, path: str = "", **fields: str) -> Seen:
        """Load the page and send its form with its token."""
        token = token_of(await self.get(page))
        return await self.post(path or page, fields | {"token": token})

    async def mean(self, asked: Seen) -> Seen:
        """Press the button of a page that asks whether one means it."""
        section = _ASKED_BACK.search(asked.html)
        assert section is not None, (asked.status, asked.html)
        path = re.findall(r'action="([^"]+)"', section[0])[0]
        said = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', section[0])
        return await self.post(unescape(path), {name: unescape(text) for name, text in said})

    async def log_in(self, email: str, password: str, after: str = "") -> Seen:
        said = {"email": email, "password": password, "next": after}
        return await self.submit("/console/login", **said)

    def _keep(self, cookies: tuple[str, ...]) -> None:
        for header in cookies:
            for name, morsel in SimpleCookie(header).items():
                self.jar[name] = morsel.value
                if morsel["max-age"] == "0":
                    del self.jar[name]


_ASKED_BACK = re.compile(r'<section [^>]*aria-labelledby="sure">.*?</section>', re.DOTALL)


def token_of(seen: Seen) -> str:
    """Return the token in a page's forms."""
    found = re.search(r'name="token" value="([^"]+)"', seen.html)
    assert found is not None, (seen.status, seen.html[:500])
    return found[1]


async def hire(deployment: Deployment, email: str, role: Role) -> tuple[Member, str]:
    """Put somebody on the list; return her and the path of her link."""
    app = deployment.app
    member = await app.storage.write(
        lambda tx: members.add(tx, app.ctx, email=email, name="", role=role, by="cli:test")
    )
    return member, await link(deployment, member)


async def link(deployment: Deployment, member: Member) -> str:
    """Return the path of a new one-time link."""
    app = deployment.app
    token = await app.storage.write(lambda tx: make_link(tx, app.ctx, member, "cli:test"))
    return f"/console/login?once={token}"


async def enter(browser: Browser, path: str) -> Seen:
    """Open a link and press its button."""
    once = path.partition("once=")[2]
    return await browser.submit(path, "/console/login/link", once=once)
