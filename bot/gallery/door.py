"""The gallery over HTTP. Staff of any role may look."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from bot.auth.needs import needs
from bot.console.asking import bad_query, check, look_of, single
from bot.console.backlog import Staff
from bot.console.look import Look
from bot.console.operators import Operating, OperatorsDoor
from bot.console.pages import HEADERS, render
from bot.console.problems import told
from bot.console.staffing.menu import TEMPLATES as PATH
from bot.gallery.content import Choice, cards, detail, part_of
from bot.http_errors import Handler, HttpProblem, answering
from bot.setup_texts import say
from surveys.errors import InvalidInput
from surveys.journey import say as choose
from surveys.model import Channel
from surveys.program import Program
from surveys.staffing import Role
from surveys.templates import INDUSTRIES, STAGES, Template, find, library

_TAKES = ("industry", "stage", "channel", "speak", "lang", "theme")


def gallery_routes(
    *, program: Callable[[], Program], operating: Operating, demo: bool
) -> list[BaseRoute]:
    """Return the list, the page of each template, and its part of a program file."""

    def look(request: Request) -> Look:
        return look_of(request, program().company.language, demo=demo)

    operators = OperatorsDoor(operating=operating, program=program, look=look)
    door = GalleryDoor(program=program, look=look, staff=operators.staff)
    answer = partial(told, program=program, demo=demo)

    def page(path: str, handler: Handler) -> Route:
        return Route(path, answering(handler, (HttpProblem,), answer), methods=["GET"])

    return [
        *needs(
            Role.VIEWER,
            page(PATH, door.list),
            page(PATH + "/{place}.yaml", door.part),
            page(PATH + "/{place}", door.one),
        )
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryDoor:
    """Shows the templates as the program in force would ask them."""

    program: Callable[[], Program]
    look: Callable[[Request], Look]
    staff: Callable[[Request, str], Awaitable[Staff | None]]

    async def list(self, request: Request) -> Response:
        """Show all templates of an industry and a stage."""
        look, program = self.look(request), self.program()
        choice = _choice(request, program, look)
        shown = await asyncio.to_thread(cards, program, choice, look.language)
        return await self._page(
            request, "gallery.html", say(look.language, "gallery.title"), choice, cards=shown
        )

    async def one(self, request: Request) -> Response:
        """Show one template on all channels, with the command and the part that add it."""
        look, program = self.look(request), self.program()
        template, choice = _named(request), _choice(request, program, look)
        shown = await asyncio.to_thread(detail, program, template, choice, look.language)
        return await self._page(request, "template.html", shown.card.title, choice, shown=shown)

    async def part(self, request: Request) -> Response:
        """Hand out the part of a program file."""
        template = _named(request)
        part, _ = part_of(template, self.program(), self.program().company.language)
        headers = {
            "Content-Disposition": f'attachment; filename="{template.id}.yaml"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(part, media_type="application/yaml; charset=utf-8", headers=headers)

    async def _page(
        self, request: Request, template: str, title: str, choice: Choice, **more: object
    ) -> Response:
        look, program = self.look(request), self.program()
        company = choose(program.company.name, look.language, program.company.language)
        staff = await self.staff(request, look.language)
        shared = {
            "s": partial(say, look.language),
            "choice": choice,
            "industries": {each.id: each.label[look.language] for each in library()},
            "stages": STAGES,
            "channels": tuple(each.value for each in Channel),
            "spoken": program.languages,
            "path": PATH,
        }
        html = render(template, title, company, look, staff, **shared, **more)
        headers = {**HEADERS, "Content-Language": look.language, "Vary": "Accept-Language"}
        return HTMLResponse(html, headers=headers)


def _named(request: Request) -> Template:
    try:
        return find(request.path_params["place"])
    except InvalidInput as unknown:
        raise HttpProblem(404, "Not found", unknown.problem) from unknown


def _choice(request: Request, program: Program, look: Look) -> Choice:
    given = {name: value for name, value in single(request).items() if value}
    for name in given:
        if name not in _TAKES:
            raise bad_query(InvalidInput(name, "there is no such parameter"))
    default = look.language if look.language in program.languages else program.company.language
    return Choice(
        industry=_one_of(given, "industry", INDUSTRIES),
        stage=_one_of(given, "stage", STAGES),
        channel=Channel(_one_of(given, "channel", tuple(Channel)) or Channel.TELEGRAM),
        speak=_one_of(given, "speak", program.languages) or default,
    )


def _one_of(given: dict[str, str], name: str, known: tuple[str, ...]) -> str | None:
    value = given.get(name)
    if value is not None:
        check(name, value, tuple(map(str, known)))
    return value
