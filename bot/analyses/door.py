"""Stored analyses and alerts over HTTP, and the admin call that analyses now."""

from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot import http_errors
from bot.analyses.analyst import Analyst
from bot.analyses.reading import MOST_ALERTS, newest_alerts, overview, stored
from bot.http_bodies import read_body
from bot.http_errors import Handler, HttpProblem, problem_response
from bot.intake.problems import answering
from bot.strict_json import parse_object
from surveys.errors import InvalidInput
from surveys.model import Json
from surveys.ports import Storage
from surveys.service import narrowing
from surveys.service.narrowing import Where
from surveys.stored_analyses import KINDS

MOST_BYTES: Final = 4096
SCOPE: Final = "results:read"
LOCAL: Final = "console"
"""Who orders by the command line, which shows a token of this machine."""

Require = Callable[[Request, str], Awaitable[None]]


def analysis_routes(storage: Storage, require: Require) -> list[Route]:
    """Return the routes of the API; ``require`` raises HttpProblem for a request without the scope."""

    async def show_overview(request: Request) -> Response:
        await require(request, SCOPE)
        return _told(await storage.read(overview))

    async def show_kind(request: Request) -> Response:
        await require(request, SCOPE)
        kind, filters = request.path_params["kind"], _single(request)
        stage = filters.pop("stage", None)
        where = narrowing.named(filters)
        return _told(await storage.read(partial(stored, kind=kind, stage=stage, where=where)))

    async def show_alerts(request: Request) -> Response:
        await require(request, SCOPE)
        _only(request, "limit")
        limit = _limit(request.query_params.get("limit", str(MOST_ALERTS)))
        return _told(await storage.read(partial(newest_alerts, limit=limit)))

    return [
        Route("/v1/analyses", _answering(show_overview), methods=["GET"]),
        Route("/v1/analyses/{kind}", _answering(show_kind), methods=["GET"]),
        Route("/v1/alerts", _answering(show_alerts), methods=["GET"]),
    ]


def analyst_routes(analyst: Analyst, is_admin: Callable[[Request], bool]) -> list[Route]:
    """Return the route of the command line, for whoever ``is_admin``."""

    async def analyse(request: Request) -> Response:
        if not is_admin(request):
            return JSONResponse({"detail": "not allowed"}, HTTPStatus.FORBIDDEN)
        body = parse_object(await read_body(request, MOST_BYTES))
        kinds, where = parse_kinds(body.get("kinds")), parse_where(body.get("where"))
        work = analyst.narrow(where, LOCAL) if where else analyst.analyse(kinds)
        return JSONResponse({"counts": await work}, HTTPStatus.CREATED)

    return [Route("/admin/analyses", answering(analyse), methods=["POST"])]


def parse_kinds(given: Json) -> tuple[str, ...]:
    """Return kinds in their order, all of them for none; raises InvalidInput naming what is none."""
    wanted = given if isinstance(given, list) else [given]
    wrong = [str(kind) for kind in wanted if kind not in KINDS]
    if given and wrong:
        raise InvalidInput("kind", f"{wrong[0][:40]!r} is none of {', '.join(KINDS)}")
    return tuple(kind for kind in KINDS if not given or kind in wanted)


def parse_where(given: Json) -> Where:
    """Return filters as ``{"channel": "telegram"}`` names them, () for none; raises InvalidInput."""
    filters = given or {}
    if not isinstance(filters, dict) or not all(isinstance(v, str) for v in filters.values()):
        raise InvalidInput("where", "must be an object of filters and their values")
    where = narrowing.named(filters)
    if where:
        narrowing.check(where)
    return where


def _told(content: Json) -> Response:
    return JSONResponse(content, headers={"Cache-Control": "no-store"})


def _single(request: Request) -> dict[str, str]:
    given = request.query_params.multi_items()
    for name, _ in given:
        if len(request.query_params.getlist(name)) > 1:
            raise InvalidInput(name, "is given more than once")
    return dict(given)


def _only(request: Request, name: str) -> None:
    for given in request.query_params:
        if given != name:
            raise InvalidInput(given, f"is unknown; known is {name}")


def _limit(given: str) -> int:
    if not (given.isascii() and given.isdecimal()) or not 1 <= int(given[:9]) <= MOST_ALERTS:
        raise InvalidInput("limit", f"must be a whole number from 1 to {MOST_ALERTS}")
    return int(given)


def _answering(handler: Handler) -> Handler:
    return http_errors.answering(
        answering(handler), (HttpProblem,), lambda _, problem: problem_response(problem)
    )
