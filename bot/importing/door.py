"""The admin calls that take in a chunk of another tool's answers, and back."""

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
from surveys.service.importing import (
    CHUNK,
    note_import,
    note_undo,
    row_from_json,
    store_rows,
    take_back,
)

MOST_BYTES: Final = 8 * 1024 * 1024
"""A chunk of the longest comments, each letter of them escaped."""

LONGEST_ID: Final = 64


def import_routes(
    storage: Storage, ctx: Context, is_admin: Callable[[Request], bool]
) -> list[Route]:
    """Return the route of the command line, for whoever ``is_admin``."""

    async def take_in(request: Request) -> Response:
        if not is_admin(request):
            return JSONResponse({"detail": "not allowed"}, HTTPStatus.FORBIDDEN)
        body = parse_object(await read_body(request, MOST_BYTES))
        rows, begins = _rows(body.get("rows")), body.get("begins")
        import_id = _id(body.get("import"))

        def work(tx: UnitOfWork) -> dict[str, int]:
            if isinstance(begins, dict):
                note_import(tx, ctx, str(body.get("by", "")), begins)
            return asdict(store_rows(tx, ctx, rows, import_id))

        return JSONResponse({"stored": await storage.write(work)}, HTTPStatus.CREATED)

    async def undo(request: Request) -> Response:
        if not is_admin(request):
            return JSONResponse({"detail": "not allowed"}, HTTPStatus.FORBIDDEN)
        body = parse_object(await read_body(request, MOST_BYTES))
        import_id, after = _id(body.get("import")), str(body.get("after", ""))

        def work(tx: UnitOfWork) -> dict[str, Json]:
            if not after:
                note_undo(tx, ctx, str(body.get("by", "")), import_id)
            return asdict(take_back(tx, import_id, after))

        return JSONResponse({"taken": await storage.write(work)}, HTTPStatus.CREATED)

    return [
        Route("/admin/import", answering(take_in), methods=["POST"]),
        Route("/admin/import/undo", answering(undo), methods=["POST"]),
    ]


def _id(given: Json) -> str:
    if not isinstance(given, str) or not 1 <= len(given) <= LONGEST_ID:
        raise InvalidInput(
            "import", f"must be the id of an import, at most {LONGEST_ID} characters"
        )
    return given


def _rows(given: Json) -> list[ImportedRow]:
    try:
        rows = [row_from_json(row) for row in given]
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        raise InvalidInput("rows", "must be rows as aftertouch import csv reads them") from exc
    if len(rows) > CHUNK:
        raise InvalidInput("rows", f"must be at most {CHUNK}")
    return rows
