"""The results API and the console over HTTP."""

from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from io import BytesIO

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.api_keys import RESULTS, scopes_of
from bot.auth.callers import known_caller
from bot.auth.needs import Door, needs, open_to_all
from bot.console.asking import bad_query, look_of, query_of, single
from bot.console.backlog import Staff
from bot.console.beside import ReadBeside, nothing
from bot.console.browsing import Browsing
from bot.console.look import Look
from bot.console.matrix import PATH as MATRIX
from bot.console.operators import PATH, Operating, OperatorsDoor
from bot.console.ordering import PATH as ANALYSES
from bot.console.ordering import NarrowingDoor
from bot.console.pages import ASSETS, asset
from bot.console.people.routes import people_routes
from bot.console.people.settings import Installed
from bot.console.problems import told
from bot.console.reader import Reader, ReadResults, ReadTables, one_by_one
from bot.console.staffing.frame import Frame, Staffing
from bot.console.staffing.routes import staffing_routes
from bot.console.words import PATHS, SHEET
from bot.http_errors import Handler, HttpProblem, answering, problem_response
from bot.sheets.forms import Form, headers_of, wanted
from bot.sheets.results import write_results
from surveys.errors import InvalidInput
from surveys.program import Program
from surveys.results import ResultTable
from surveys.staffing import Role

Require = Callable[[Request, str], Awaitable[None]]
Answer = Callable[[Request, HttpProblem], Response]


LOST = "/console/{rest:path}"


def routes(
    *,
    read_results: ReadResults,
    require: Require,
    admit: Require,
    program: Callable[[], Program],
    demo: bool = False,
    operating: Operating | None = None,
    staffing: Staffing | None = None,
    installed: Installed | None = None,
    read_beside: ReadBeside = nothing,
    read_tables: ReadTables | None = None,
    ring: Callable[[], None] = lambda: None,
) -> list[BaseRoute]:
    """Return ``GET /v1/results``, the console's pages and their assets.

    ``require`` guards the API and ``admit`` the pages; each is told the scope and raises HttpProblem
    to refuse. Without ``staffing`` there is no login and no page about staff. ``demo`` puts the banner that says the data are samples. Without ``operating`` there is no
    operators' page, and without ``read_beside`` results stand alone: no analyses, no words. ``read_tables``
    reads several results as one, where that is quicker. ``ring`` says that analyses were ordered.
    """

    def look(request: Request) -> Look:
        return look_of(request, program().company.language, demo=demo)

    door = operating and OperatorsDoor(operating=operating, program=program, look=look)

    async def staff(request: Request, language: str) -> Staff | None:
        return await door.staff(request, language) if door and known_caller(request) else None

    reader = Reader(results=read_tables or one_by_one(read_results), beside=read_beside)
    pages = Browsing(reader=reader, admit=admit, program=program, look=look, staff=staff)
    page = partial(_page, partial(told, program=program, demo=demo))
    frame = Frame(program=program, look=look, staff=staff)
    telling = partial(_answering, answer=partial(told, program=program, demo=demo))
    return [
        *(staffing_routes(staffing, frame, telling) if staffing else ()),
        *(_narrowing(staffing, ring, telling) if staffing else ()),
        *(people_routes(staffing, frame, telling, installed) if staffing else ()),
        *(needs(Role.OPERATOR, page(PATH, door.page), _acting(door)) if door else ()),
        Route("/v1/results", _answering(partial(_results, reader, require)), methods=["GET"]),
        *needs(
            Role.VIEWER,
            page("/console", pages.map),
            page(MATRIX, pages.matrix),
            page(SHEET, pages.sheet),
            page(PATHS["stage"] + "{place}", pages.stage),
            page(PATHS["touchpoint"] + "{place}", pages.touchpoint),
        ),
        *open_to_all(
            "the same for everybody",
            *(Route(f"/console/{name}", _asset, methods=["GET"]) for name in ASSETS),
        ),
    ]


def lost(program: Callable[[], Program], *, demo: bool) -> list[Door]:
    """Return the route of all other addresses below the console's: to be the last, it says that there is no such page."""

    async def nowhere(request: Request) -> Response:
        raise HttpProblem(HTTPStatus.NOT_FOUND, "Not found", f"there is no {request.url.path}")

    return needs(Role.VIEWER, _page(partial(told, program=program, demo=demo), LOST, nowhere))


async def _results(reader: Reader, require: Require, request: Request) -> Response:
    await require(request, RESULTS)
    parameters = single(request)
    try:
        form, bom = wanted(request.headers.get("accept", ""), parameters)
    except InvalidInput as fault:
        raise bad_query(fault) from fault
    asked = {name: value for name, value in parameters.items() if name not in ("format", "bom")}
    query = query_of(asked)
    for scope in scopes_of(query):
        await require(request, scope)
    table = await reader.table(query)
    if form is None:
        return JSONResponse(table.to_json(), headers={"Cache-Control": "no-store"})
    return _file(table, form, bom=bom)


def _file(table: ResultTable, form: Form, *, bom: bool) -> Response:
    out = BytesIO()
    try:
        write_results(table, out, form, bom=bom)
    except InvalidInput as fault:
        raise bad_query(fault) from fault
    return Response(out.getvalue(), headers=headers_of(form, f"results-{table.window.name}"))


async def _asset(request: Request) -> Response:
    name = request.url.path.rsplit("/", 1)[-1]
    headers = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
    return Response(asset(name), media_type=ASSETS[name], headers=headers)


def _page(answer: Answer, path: str, handler: Handler) -> Route:
    return Route(path, answering(handler, (HttpProblem,), answer), methods=["GET"])


def _acting(door: OperatorsDoor) -> Route:
    return Route(PATH, _answering(door.act), methods=["POST"])


def _narrowing(
    staffing: Staffing, ring: Callable[[], None], answering_: Callable[[Handler], Handler]
) -> list[Door]:
    door = NarrowingDoor(storage=staffing.storage, ctx=staffing.ctx, ring=ring)
    return needs(Role.VIEWER, Route(ANALYSES, answering_(door.act), methods=["POST"]))


def _plainly(_: Request, problem: HttpProblem) -> Response:
    return problem_response(problem)


def _answering(handler: Handler, answer: Answer = _plainly) -> Handler:
    return answering(handler, (HttpProblem,), answer)
