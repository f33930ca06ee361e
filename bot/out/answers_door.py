"""``GET /v1/answers``: every answer and every change of one, in the order in which they can be read again."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.intake.post_events import Authenticate, require_scope
from bot.intake.problems import answering
from bot.out.cursor import pack, unpack
from bot.out.flat import answer_json
from surveys.errors import InvalidInput
from surveys.model import Deed
from surveys.ports import Storage, UnitOfWork
from surveys.reports import Changed
from surveys.service.context import Context

SCOPE: Final = "answers:read"
USUAL, MOST = 200, 1000
_KNOWN: Final = ("cursor", "limit")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Page:
    found: tuple[Changed, ...]
    number: int
    more: bool


class AnswersDoor:
    """Hands out answers to keys with the scope ``answers:read``; each page that holds any leaves an audit entry."""

    def __init__(self, storage: Storage, authenticate: Authenticate, ctx: Context) -> None:
        self._storage = storage
        self._authenticate = authenticate
        self._ctx = ctx

    def routes(self) -> list[Route]:
        """Return the route."""
        return [Route("/v1/answers", answering(self.get), methods=["GET"])]

    async def get(self, request: Request) -> Response:
        """Answer with what has come or changed since the cursor, and with the next cursor."""
        key = await require_scope(self._authenticate, request, SCOPE)
        after, limit = self._asked(request)
        by = f"key:{key.key_id}"
        page = await self._storage.write(lambda tx: self._read(tx, after, limit, by))
        _log.info("answers were read", by=by, rows=len(page.found))
        content = {
            "answers": [answer_json(each.answer) for each in page.found],
            "cursor": pack(page.number, self._ctx.salt),
            "more": page.more,
        }
        return JSONResponse(content, HTTPStatus.OK, {"Cache-Control": "no-store"})

    def _asked(self, request: Request) -> tuple[int, int]:
        given = request.query_params
        for name in given:
            if name not in _KNOWN:
                raise InvalidInput(name[:40], f"is unknown; known are {', '.join(_KNOWN)}")
            if len(given.getlist(name)) > 1:
                raise InvalidInput(name, "is given twice")
        limit = given.get("limit", str(USUAL))
        if not (limit.isascii() and limit.isdecimal() and 1 <= int(limit[:9]) <= MOST):
            raise InvalidInput("limit", f"must be a whole number from 1 to {MOST}")
        return unpack(given.get("cursor", ""), self._ctx.salt), int(limit)

    def _read(self, tx: UnitOfWork, after: int, limit: int, by: str) -> _Page:
        found = tx.reports.changes(after, limit)
        number = found[-1].number if found else after
        if found:
            details = {"rows": len(found), "after": after, "until": number}
            tx.audit.add(Deed(at=self._ctx.now(), by=by, act="answers", details=details))
        return _Page(found, number, bool(tx.reports.changes(number, 1)))
