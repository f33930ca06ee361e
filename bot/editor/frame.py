"""What the pages of surveys and triggers have in common: how one is shown, which forms it reads, where it leads."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.auth.callers import caller_of
from bot.auth.guard import Guard
from bot.auth.needs import Need
from bot.console.actors import actor_in_words
from bot.console.backlog import Staff
from bot.console.look import Look
from bot.console.pages import HEADERS, render
from bot.editor.naming import part_in_words
from bot.editor.texts import in_words, say
from bot.http_bodies import BodyTooLarge, EncodingRefused, read_body
from bot.http_errors import HttpProblem
from bot.orders import Order
from surveys.journey import say as choose
from surveys.model import Channel
from surveys.ports import Storage, UnitOfWork
from surveys.program import Program
from surveys.service.context import Context
from surveys.staffing import Role
from surveys.timing import zone_of

PATH: Final = "/console/surveys"
EDIT: Final = f"{PATH}/edit/"
NEW: Final = f"{PATH}/new"
VERSIONS: Final = f"{PATH}/versions"
FORM_BYTES: Final = 512 * 1024
"""The longest form: a page of Korean texts takes nine bytes a character, also where they are too long by far."""
OPERATOR: Final = Need(role=Role.OPERATOR, scope="admin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Editing:
    """What the application does for the pages.

    Attributes:
        obey: carries an operator's order out, as pausing is one.
        ordered: does what staff ask for in one commit, and wakes whoever sends.
        links: how a customer is led into each channel by a one-time token.
        rehearse: says that a rehearsal was ordered.
    """

    storage: Storage
    ctx: Context
    guard: Guard
    obey: Callable[[Order, str], Awaitable[str]]
    ordered: Callable[[Callable[[UnitOfWork], str | None]], Awaitable[str | None]]
    links: Callable[[], Mapping[Channel, Callable[[str], str | None]]]
    rehearse: Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Shows the pages; ``staff`` is what each of them says to whoever is logged in."""

    editing: Editing
    look: Callable[[Request], Look]
    staff: Callable[[Request, str], Awaitable[Staff | None]]

    @property
    def program(self) -> Program:
        """The program in force."""
        return self.editing.ctx.program

    async def show(
        self,
        request: Request,
        template: str,
        title: str,
        *,
        status: int = HTTPStatus.OK,
        **more: Any,
    ) -> Response:
        """Return the page; ``title`` is as it is read."""
        look = self.look(request)
        company = choose(self.program.company.name, look.language, self.program.company.language)
        staff, caller = await self.staff(request, look.language), caller_of(request)
        shared = {
            "s": partial(say, look.language),
            "label": partial(self._label, look.language),
            "measure": partial(in_words, look.language, "measure"),
            "part": partial(part_in_words, look.language),
            "token": self.editing.guard.token(caller.session),
            "may_edit": caller.may(OPERATOR),
            "path": PATH,
            "stopped": request.query_params.get("note") == "paused_other",
            "who": partial(actor_in_words, look.language),
        }
        html = render(f"editor/{template}", title, company, look, staff, **shared, **more)
        told = {"Content-Language": look.language, "Vary": "Accept-Language"}
        return HTMLResponse(html, status_code=status, headers={**HEADERS, **told})

    def say(self, request: Request, key: str, **values: str) -> str:
        """Return a sentence in the reader's language."""
        return say(self.look(request).language, key, **values)

    def lead(self, request: Request, path: str, **more: str) -> Response:
        """Return what leads on to another page that looks the same."""
        return RedirectResponse(self.look(request).page(path, **more), HTTPStatus.SEE_OTHER)

    def at(self, moment: datetime) -> str:
        """Return an instant as staff read it, in the company's zone."""
        zone, _ = zone_of(self.program.company.zone, "UTC")
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"

    def _label(self, language: str, texts: Mapping[str, str]) -> str:
        return choose(texts, language, self.program.company.language)


async def form_of(request: Request) -> dict[str, str]:
    """Return what a form sends, its line breaks as ours; raises HttpProblem for what no form of ours sends."""
    try:
        body = await read_body(request, FORM_BYTES)
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)
    except (BodyTooLarge, EncodingRefused, ValueError) as exc:
        raise HttpProblem(400, "Bad form", str(exc)) from exc
    return {name: text.replace("\r\n", "\n") for name, text in pairs}
