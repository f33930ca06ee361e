"""Refusals over HTTP: the edge that turns them into answers, and problem details (RFC 9457)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

Handler = Callable[[Request], Awaitable[Response]]
RefusalT = TypeVar("RefusalT", bound=Exception)

_GONE = 400  # whoever hung up hears no answer


class HttpProblem(Exception):
    """A request is refused; ``detail`` tells the caller what to change."""

    def __init__(
        self, status: int, title: str, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{status} {title}: {detail}")
        self.status = status
        self.title = title
        self.detail = detail
        self.headers = dict(headers or {})


def problem_response(problem: HttpProblem) -> JSONResponse:
    """Return the problem as a response."""
    body = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
    }
    return JSONResponse(
        body,
        status_code=problem.status,
        headers=problem.headers,
        media_type="application/problem+json",
    )


def answering(
    handler: Handler,
    refusals: tuple[type[RefusalT], ...],
    answer: Callable[[Request, RefusalT], Response],
) -> Handler:
    """Return the handler with each of its refusals turned into an answer; bugs pass through."""

    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except refusals as refusal:
            return answer(request, refusal)
        except ClientDisconnect:
            return Response(status_code=_GONE)

    return answered
