"""The results API and the journey map over HTTP."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.console.journey_map import journey_map
from bot.console.operators import PATH, Operating, OperatorsDoor
from bot.console.pages import ASSETS, HEADERS, THEMES, Look, Theme, asset, journey_page
from bot.console.texts import preferred
from bot.http_errors import Handler, HttpProblem, answering, problem_response
from surveys.errors import InvalidInput
from surveys.language.texts import DEFAULT, languages
from surveys.program import Program
from surveys.results import Query, ResultTable, parse_query

ReadResults = Callable[[Query], Awaitable[ResultTable]]
Require = Callable[[Request, str], Awaitable[None]]

_LOOK = ("lang", "theme")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Console:
    read_results: ReadResults
    require: Require
    admit: Require
    program: Callable[[], Program]
    demo: bool
    operating: Operating | None

    async def results(self, request: Request) -> Response:
        await self.require(request, "results:read")
        query = _query(request, without=())
        table = await self._read(query)
        return JSONResponse(table.to_json(), headers={"Cache-Control": "no-store"})

    async def page(self, request: Request) -> Response:
        await self.admit(request, "results:read")
        look = self._look(request)
        by_stage = replace(_query(request, without=_LOOK), by="stage")
        stages = await self._read(by_stage)
        touchpoints = await self._read(replace(by_stage, by="touchpoint"))
        content = journey_map(self.program(), stages, touchpoints, look.language)
        headers = {**HEADERS, "Content-Language": look.language, "Vary": "Accept-Language"}
        staff = await self.door.staff(request, look.language) if self.door else None
        return HTMLResponse(journey_page(content, by_stage, look, staff), headers=headers)

    @property
    def door(self) -> OperatorsDoor | None:
        """The operators' page, where there is an application to operate."""
        if self.operating is None:
            return None
        return OperatorsDoor(
            operating=self.operating, admit=self.admit, program=self.program, look=self._look
        )

    async def asset(self, request: Request) -> Response:
        name = request.url.path.rsplit("/", 1)[-1]
        headers = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
        return Response(asset(name), media_type=ASSETS[name], headers=headers)

    async def _read(self, query: Query) -> ResultTable:
        try:
            return await self.read_results(query)
        except InvalidInput as exc:
            raise _bad_query(exc) from exc

    def _look(self, request: Request) -> Look:
        parameters = dict(request.query_params)
        language = parameters.get("lang") or preferred(request.headers.get("accept-language", ""))
        theme = parameters.get("theme", "auto")
        _check("lang", language or DEFAULT, languages())
        _check("theme", theme, THEMES)
        return Look(
            language=language or self.program().company.language,
            theme=cast("Theme", theme),
            parameters=parameters,
            demo=self.demo,
            origin=str(request.base_url).rstrip("/"),
            path=request.url.path,
        )


def routes(
    *,
    read_results: ReadResults,
    require: Require,
    admit: Require,
    program: Callable[[], Program],
    demo: bool = False,
    operating: Operating | None = None,
) -> list[BaseRoute]:
    """Return ``GET /v1/results``, the console's pages and their assets.

    ``require`` guards the API and ``admit`` the pages; each is told the scope and raises HttpProblem
    to refuse. ``demo`` puts the banner that says the data are samples. Without ``operating`` there is
    the journey map alone.
    """
    console = _Console(
        read_results=read_results,
        require=require,
        admit=admit,
        program=program,
        demo=demo,
        operating=operating,
    )
    door = console.door
    operators = (
        [
            Route(PATH, _answering(door.page), methods=["GET"]),
            Route(PATH, _answering(door.act), methods=["POST"]),
        ]
        if door
        else []
    )
    return [
        *operators,
        Route("/v1/results", _answering(console.results), methods=["GET"]),
        Route("/console", _answering(console.page), methods=["GET"]),
        *(Route(f"/console/{name}", console.asset, methods=["GET"]) for name in ASSETS),
    ]


def _answering(handler: Handler) -> Handler:
    return answering(handler, (HttpProblem,), lambda _, problem: problem_response(problem))


def _query(request: Request, without: Sequence[str]) -> Query:
    given = request.query_params.multi_items()
    names = [name for name, _ in given]
    for name in names:
        if names.count(name) > 1:
            raise _bad_query(InvalidInput(name, "is given more than once"))
    try:
        return parse_query({name: value for name, value in given if name not in without})
    except InvalidInput as exc:
        raise _bad_query(exc) from exc


def _check(name: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise _bad_query(InvalidInput(name, f"must be one of {', '.join(allowed)}"))


def _bad_query(problem: InvalidInput) -> HttpProblem:
    return HttpProblem(400, "Bad query", str(problem))
