"""Refusals over HTTP, as problem details (RFC 9457)."""

from collections.abc import Mapping

from starlette.responses import JSONResponse


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
