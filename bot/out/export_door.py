"""``GET /v1/exports/answers``: the answers of some days as one file."""

from collections.abc import AsyncIterator
from tempfile import TemporaryFile
from typing import BinaryIO, Final
from zoneinfo import ZoneInfo

import structlog
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bot.intake.post_events import Authenticate, require_scope
from bot.intake.problems import answering
from bot.out.answers_door import SCOPE
from bot.out.files import write_answers
from bot.sheets.forms import Form, headers_of, wanted
from surveys.errors import InvalidInput
from surveys.ports import Storage
from surveys.results import Window, parse_query
from surveys.service.context import Context
from surveys.service.handing_out import note_export

CHUNK: Final = 1 << 16
_KNOWN: Final = ("format", "bom", "since", "period", "from", "to")
_OF_FILE: Final = ("format", "bom")
_log = structlog.get_logger(__name__)


class ExportDoor:
    """Hands files out to keys with the scope ``answers:read``; each leaves an audit entry before it is read."""

    def __init__(self, storage: Storage, authenticate: Authenticate, ctx: Context) -> None:
        self._storage = storage
        self._authenticate = authenticate
        self._ctx = ctx

    def routes(self) -> list[Route]:
        """Return the route."""
        return [Route("/v1/exports/answers", answering(self.get), methods=["GET"])]

    async def get(self, request: Request) -> Response:
        """Answer with the file. It is written to the disk first, so that no more than a page is in memory."""
        key = await require_scope(self._authenticate, request, SCOPE)
        form, bom, window = self._asked(request)
        by, what = f"key:{key.key_id}", f"{form.value} {window.name}"
        await self._storage.write(lambda tx: note_export(tx, self._ctx, what, by))
        file: BinaryIO = TemporaryFile()  # noqa: SIM115 closed once it has been sent
        try:
            rows = await write_answers(self._storage, window, file, form, bom=bom)
        except BaseException:
            file.close()
            raise
        _log.info("answers were exported", by=by, what=what, rows=rows)
        file.seek(0)
        headers = headers_of(form, f"answers-{window.name}")
        return StreamingResponse(
            _chunks(file), headers=headers, background=BackgroundTask(file.close)
        )

    def _asked(self, request: Request) -> tuple[Form, bool, Window]:
        given = dict(request.query_params)
        for name in given:
            if name not in _KNOWN:
                raise InvalidInput(name[:40], f"is unknown; known are {', '.join(_KNOWN)}")
        form, bom = wanted(request.headers.get("accept", ""), given)
        if form is None and "format" in given:
            raise InvalidInput("format", f"must be one of {', '.join(Form)}")
        zone = ZoneInfo(self._ctx.program.company.zone)
        query = parse_query({n: value for n, value in given.items() if n not in _OF_FILE})
        return form or Form.CSV, bom, query.window(self._ctx.now().astimezone(zone).date())


async def _chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    while chunk := await run_in_threadpool(file.read, CHUNK):
        yield chunk
