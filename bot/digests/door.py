"""The admin call that sends a digest now."""

from collections.abc import Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.digests.desk import DigestDesk
from bot.http_bodies import read_body
from bot.intake.problems import answering
from bot.strict_json import parse_object
from surveys.errors import InvalidInput

MOST_BYTES = 4096


def digest_routes(desk: DigestDesk, is_admin: Callable[[Request], bool]) -> list[Route]:
    """Return the route, for whoever ``is_admin``."""

    async def send(request: Request) -> Response:
        if not is_admin(request):
            return JSONResponse({"detail": "not allowed"}, HTTPStatus.FORBIDDEN)
        body = parse_object(await read_body(request, MOST_BYTES))
        digest_id, by = body.get("id"), body.get("by")
        if not isinstance(digest_id, str) or not isinstance(by, str) or not by.startswith("cli:"):
            raise InvalidInput("id", "must name a digest, and by who sends it: cli:<user>")
        return JSONResponse({"to": await desk.send(digest_id, by)}, HTTPStatus.CREATED)

    return [Route("/admin/digests", answering(send), methods=["POST"])]
