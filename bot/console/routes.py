"""The results API and the journey map over HTTP."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import cast

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.console.asking import (
    LOOK,
    RATING,
    bad_query,
    check,
    chosen,
    query_of,
    rating_of,
    single,
)
from bot.console.backlog import Staff
from bot.console.filters import filter_bar
from bot.console.journey_map import journey_map
from bot.console.look import THEMES, Look, Theme
from bot.console.moment import today_of
from bot.console.operators import PATH, Operating, OperatorsDoor
from bot.console.pages import ASSETS, HEADERS, asset, journey_page, place_html
from bot.console.places import place_page
from bot.console.texts import preferred
from bot.console.words import Kind, Words
from bot.http_errors import Handler, HttpProblem, answering, problem_response
from surveys.errors import InvalidInput
from surveys.language.texts import DEFAULT, languages
from surveys.program import Program
from surveys.results import Query, ResultTable

ReadResults = Callable[[Query], Awaitable[ResultTable]]
Require = Callable[[Request, str], Awaitable[None]]


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
        table = await self._read(query_of(single(request)))
        return JSONResponse(table.to_json(), headers={"Cache-Control": "no-store"})

    async def map(self, request: Request) -> Response:
        await self.admit(request, "results:read")
        look = self._look(request)
        query = _page_query(look)
        stages, points = await self._tables(query)
        content = journey_map(self.program(), stages, points, look.language)
        bar = filter_bar(self.program(), look, query, today_of(stages), {})
        staff = await self._staff(request, look)
        return _page(journey_page(content, query, look, bar, staff), look)

    async def stage(self, request: Request) -> Response:
        return await self._place(request, "stage")

    async def touchpoint(self, request: Request) -> Response:
        return await self._place(request, "touchpoint")

    async def _place(self, request: Request, kind: Kind) -> Response:
        await self.admit(request, "results:read")
        look = self._look(request)
        rating = rating_of(look.parameters)
        place_id: str = request.path_params["place"]
        query = _page_query(look, **{kind: place_id})
        stages, points = await self._tables(query)
        place = Words(self.program(), look.language).place(kind, place_id)
        content = place_page(self.program(), place, stages, points, rating, look.language)
        bar = filter_bar(self.program(), look, query, today_of(stages), {})
        staff = await self._staff(request, look)
        return _page(place_html(content, query, look, bar, staff), look)

    async def _tables(self, query: Query) -> tuple[ResultTable, ResultTable]:
        by_stage = await self._read(replace(query, by="stage"))
        return by_stage, await self._read(replace(query, by="touchpoint"))

    async def _staff(self, request: Request, look: Look) -> Staff | None:
        return await self.door.staff(request, look.language) if self.door else None

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
            raise bad_query(exc) from exc

    def _look(self, request: Request) -> Look:
        parameters = chosen(request)
        language = parameters.get("lang") or preferred(request.headers.get("accept-language", ""))
        theme = parameters.get("theme", "auto")
        check("lang", language or DEFAULT, languages())
        check("theme", theme, THEMES)
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
        Route("/console", _answering(console.map), methods=["GET"]),
        Route("/console/stages/{place}", _answering(console.stage), methods=["GET"]),
        Route("/console/touchpoints/{place}", _answering(console.touchpoint), methods=["GET"]),
        *(Route(f"/console/{name}", console.asset, methods=["GET"]) for name in ASSETS),
    ]


def _answering(handler: Handler) -> Handler:
    return answering(handler, (HttpProblem,), lambda _, problem: problem_response(problem))


def _page_query(look: Look, **place: str) -> Query:
    """Return the query of a page's address; what its path names, a parameter cannot."""
    given = {name: value for name, value in look.parameters.items() if name not in (*LOOK, RATING)}
    for name in place.keys() & given.keys():
        raise bad_query(InvalidInput(name, "is in the path already"))
    return query_of({**given, **place})


def _page(html: str, look: Look) -> Response:
    headers = {**HEADERS, "Content-Language": look.language, "Vary": "Accept-Language"}
    return HTMLResponse(html, headers=headers)
