"""Themes over HTTP: counts, customers' words about them, the tags of one answer, and the command line's calls."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.api_keys import ANSWERS, RESULTS, scopes_of
from bot.http_bodies import read_body
from bot.intake.post_events import Authenticate, require_scope
from bot.intake.problems import answering
from bot.strict_json import parse_object
from surveys.errors import InvalidInput
from surveys.model import Deed, Json
from surveys.ports import Storage, UnitOfWork
from surveys.reports import AnswerRow
from surveys.results import parse_query
from surveys.results.themes import theme_examples, theme_table
from surveys.service import theming
from surveys.service.context import Context
from surveys.themes.tags import Tag

MOST_BYTES: Final = 4096
COUNTS, WORDS, CHANGES = RESULTS, ANSWERS, "admin"
_OF_EXAMPLES: Final = ("theme", "band", "limit")
_FRESH: Final = {"Cache-Control": "no-store"}


class ThemesDoor:
    """Counts need ``results:read``, words and tags ``answers:read``, changing tags ``admin``; reading words is audited."""

    def __init__(
        self,
        storage: Storage,
        authenticate: Authenticate,
        ctx: Context,
        is_admin: Callable[[Request], bool],
    ) -> None:
        self._storage = storage
        self._authenticate = authenticate
        self._ctx = ctx
        self._is_admin = is_admin

    def routes(self) -> list[Route]:
        """Return the routes of the API."""
        tags = "/v1/answers/{answer}/themes"
        return [
            Route("/v1/themes", answering(self._counts), methods=["GET"]),
            Route("/v1/themes/examples", answering(self._examples), methods=["GET"]),
            Route(tags, answering(self._tags), methods=["GET"]),
            Route(tags, answering(self._tag), methods=["POST"]),
        ]

    def admin_routes(self) -> list[Route]:
        """Return the routes of the command line."""
        return [
            Route("/admin/themes/tag", answering(self._tag_here), methods=["POST"]),
            Route("/admin/themes/page", answering(self._page), methods=["POST"]),
        ]

    async def _counts(self, request: Request) -> Response:
        await require_scope(self._authenticate, request, COUNTS)
        query = parse_query(request.query_params)
        for scope in scopes_of(query):
            await require_scope(self._authenticate, request, scope)
        ctx = self._ctx
        table = await self._storage.read(
            lambda tx: theme_table(tx, ctx.program, ctx.themes, query, ctx.now())
        )
        return JSONResponse(table.to_json(), headers=_FRESH)

    async def _examples(self, request: Request) -> Response:
        key = await require_scope(self._authenticate, request, WORDS)
        given = dict(request.query_params)
        own = {name: given.pop(name, "") for name in _OF_EXAMPLES}
        query, limit = parse_query(given), _limit(own["limit"])
        ctx = self._ctx

        def work(tx: UnitOfWork) -> list[Json]:
            theme, band = own["theme"], own["band"]
            rows = theme_examples(
                tx, ctx.program, query, ctx.now(), theme=theme, band=band, limit=limit
            )
            details = {**query.filters, "theme": theme, "answers": len(rows)}
            tx.audit.add(
                Deed(at=ctx.now(), by=f"key:{key.key_id}", act="examples", details=details)
            )
            return [_told(row, tx.themes.of(row.id)) for row in rows]

        return JSONResponse({"examples": await self._storage.write(work)}, headers=_FRESH)

    async def _tags(self, request: Request) -> Response:
        await require_scope(self._authenticate, request, WORDS)
        answer = request.path_params["answer"]
        tags = await self._storage.read(lambda tx: theming.tags_of(tx, answer))
        return JSONResponse({"themes": tags_to_json(tags)}, headers=_FRESH)

    async def _tag(self, request: Request) -> Response:
        key = await require_scope(self._authenticate, request, CHANGES)
        body = parse_object(await read_body(request, MOST_BYTES))
        answer = request.path_params["answer"]
        return JSONResponse({"themes": await self._change(answer, body, f"key:{key.key_id}")})

    async def _tag_here(self, request: Request) -> Response:
        if not self._is_admin(request):
            return JSONResponse({"detail": "not allowed"}, HTTPStatus.FORBIDDEN)
        body = dict(parse_object(await read_body(request, MOST_BYTES)))
        answer, by = str(body.pop("answer", "")), str(body.pop("by", ""))
        themes = await self._change(answer, body, by)
        return JSONResponse({"themes": themes}, HTTPStatus.CREATED)

    async def _change(self, answer: str, body: Mapping[str, Json], by: str) -> list[Json]:
        add, remove = (_names(body, name) for name in ("add", "remove"))
        tags = await self._storage.write(
            lambda tx: theming.tag_by_hand(tx, self._ctx, answer, add=add, remove=remove, by=by)
        )
        return tags_to_json(tags)

    async def _page(self, request: Request) -> Response:
        if not self._is_admin(request):
            return JSONResponse({"detail": "not allowed"}, HTTPStatus.FORBIDDEN)
        after = str(parse_object(await read_body(request, MOST_BYTES)).get("after", ""))
        page = await self._storage.write(lambda tx: theming.retag_page(tx, self._ctx, after))
        return JSONResponse({"page": page}, HTTPStatus.CREATED)


def tags_to_json(tags: tuple[Tag, ...]) -> list[Json]:
    """Return tags as the API gives them: which theme, who says so, and whether it is meant."""
    return [{"theme": tag.theme, "by": tag.by.value, "meant": tag.meant} for tag in tags]


def _told(row: AnswerRow, tags: tuple[Tag, ...]) -> dict[str, Any]:
    place = row.dimensions
    return {
        "answer_id": row.id,
        "answered_at": row.answered_at.isoformat(),
        "stage": place.stage,
        "touchpoint": place.touchpoint,
        "instrument": place.instrument,
        "score": row.score,
        "comment": row.comment,
        "imported": row.imported,
        "themes": tags_to_json(tags),
    }


def _limit(given: str) -> int:
    if given and not (given.isascii() and given.isdecimal()):
        raise InvalidInput("limit", "must be a whole number")
    return int(given[:9]) if given else 20


def _names(body: Mapping[str, Json], name: str) -> tuple[str, ...]:
    unknown = sorted(body.keys() - {"add", "remove"})
    if unknown:
        raise InvalidInput(unknown[0], "is unknown; known are add, remove")
    given = body.get(name, [])
    if not isinstance(given, list) or not all(isinstance(theme, str) for theme in given):
        raise InvalidInput(name, "must be a list of themes")
    return tuple(dict.fromkeys(given))
