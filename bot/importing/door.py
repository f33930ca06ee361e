"""The admin call that takes in a chunk of another tool's answers."""

from collections.abc import Callable
from dataclasses import asdict
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.http_bodies import read_body
from bot.intake.problems import answering
from bot.strict_json import parse_object
from surveys.errors import InvalidInput
from surveys.importing import ImportedRow
from surveys.model import Json
from surveys.ports import Storage, UnitOfWork
from surveys.service.context import Context
from surveys.service.importing import CHUNK, note_import, row_from_json, store_rows

MOST_BYTES: Final = 8 * 1024 * 1024
"""A chunk of the longest comments, each letter of them escaped."""


def import_routes(
    storage: Storage, ctx: Context, is_admin: Callable[[Request], bool]
) -> list[Route]:
    """Return the route of the command line, for whoever ``is_admin``."""

    async def take_in(request: Request) -> Response:
        if not is_admin(request):
            return JSONResponse({"detail": "not allowed"}, HTTPStatus.FORBIDDEN)
        body = parse_object(await read_body(request, MOST_BYTES))
        rows, begins = _rows(body.get("rows")), body.get("begins")

        def work(tx: UnitOfWork) -> dict[str, int]:
            if isinstance(begins, dict):
                note_import(tx, ctx, str(body.get("by", "")), begins)
            return asdict(store_rows(tx, ctx, rows))

        return JSONResponse({"stored": await storage.write(work)}, HTTPStatus.CREATED)

    return [Route("/admin/import", answering(take_in), methods=["POST"])]


def _rows(given: Json) -> list[ImportedRow]:
    try:
        rows = [row_from_json(row) for row in given]
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        raise InvalidInput("rows", "must be rows as aftertouch import csv reads them") from exc
    if len(rows) > CHUNK:
        raise InvalidInput("rows", f"must be at most {CHUNK}")
    return rows
