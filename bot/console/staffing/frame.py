"""What all pages about staff have in common: how one is shown, which forms it reads, where it leads."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.auth.cookies import Cookies
from bot.auth.guard import Guard
from bot.auth.guesses import Guesses
from bot.auth.oidc import Provider
from bot.auth.passwords import Passwords
from bot.auth.seals import Seal
from bot.console.backlog import Staff
from bot.console.look import Look
from bot.console.pages import HEADERS, render
from bot.console.staffing.texts import say
from bot.http_bodies import BodyTooLarge, EncodingRefused, read_body
from bot.http_errors import HttpProblem
from surveys.journey import say as choose
from surveys.ports import Storage
from surveys.program import Program
from surveys.service.context import Context
from surveys.timing import zone_of

HOME, LOGIN, ME, AUDIT = "/console", "/console/login", "/console/me", "/console/audit"
MOST_BYTES = 4096
_WITHIN = re.compile(r"/console(?:[/?][\x21-\x5b\x5d-\x7e]*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffing:
    """What the application does for the pages about staff; without ``provider`` nobody logs in by OpenID Connect."""

    storage: Storage
    ctx: Context
    passwords: Passwords
    guesses: Guesses
    cookies: Cookies
    guard: Guard
    seal: Seal
    base: str
    provider: Provider | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Shows the pages; ``staff`` is what each of them says to whoever is logged in.

    ``folder`` has the templates, and ``words`` says their sentences.
    """

    program: Callable[[], Program]
    look: Callable[[Request], Look]
    staff: Callable[[Request, str], Awaitable[Staff | None]]
    folder: str = "staffing"
    words: Callable[..., str] = say

    async def show(
        self,
        request: Request,
        template: str,
        title: str,
        *,
        status: int = HTTPStatus.OK,
        headers: Mapping[str, str] | None = None,
        **more: object,
    ) -> Response:
        """Return the page; ``title`` is the key of its title."""
        look, program = _readable(self.look(request)), self.program()
        company = choose(program.company.name, look.language, program.company.language)
        staff = await self.staff(request, look.language)
        s = partial(self.words, look.language)
        html = render(f"{self.folder}/{template}", s(title), company, look, staff, s=s, **more)
        told = {"Content-Language": look.language, "Vary": "Accept-Language", **(headers or {})}
        return HTMLResponse(html, status_code=status, headers={**HEADERS, **told})

    def lead(self, request: Request, path: str, **more: str) -> Response:
        """Return what leads on to another page that looks the same."""
        return RedirectResponse(self.look(request).page(path, **more), HTTPStatus.SEE_OTHER)

    def at(self, moment: datetime) -> str:
        """Return an instant as staff read it, in the company's zone."""
        zone, _ = zone_of(self.program().company.zone, "UTC")
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _readable(look: Look) -> Look:
    """Return the look with links to a page that can be read: parts of a login that answer nobody twice lead to it."""
    if not look.path.startswith(f"{LOGIN}/"):
        return look
    kept = {name: value for name, value in look.parameters.items() if name in ("lang", "theme")}
    return replace(look, path=LOGIN, parameters=kept)


async def fields_of(request: Request) -> dict[str, str]:
    """Return what a form sends; raises HttpProblem for what no form of ours sends."""
    try:
        body = await read_body(request, MOST_BYTES)
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)
    except (BodyTooLarge, EncodingRefused, ValueError) as exc:
        raise HttpProblem(400, "Bad form", str(exc)) from exc
    return dict(pairs)


def within(address: str) -> str:
    """Return an address of the console to go on to, and the console itself for any other one."""
    is_ours = len(address) < MOST_BYTES and _WITHIN.fullmatch(address) is not None
    is_door = address.startswith((LOGIN, "/console/logout"))
    return address if is_ours and not is_door else HOME
