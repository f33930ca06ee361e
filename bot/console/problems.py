"""What an address of the console that shows nothing is answered with: a page to people, problem details to programs."""

from collections.abc import Callable
from http import HTTPStatus
from typing import cast
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.console.faults import sentence_of, title_of
from bot.console.look import THEMES, Look, Theme
from bot.console.pages import HEADERS, problem_page
from bot.console.staffing.frame import LOGIN
from bot.console.texts import preferred
from bot.http_errors import HttpProblem, problem_response
from surveys.language.texts import languages
from surveys.program import Program


def told(
    request: Request, problem: HttpProblem, *, program: Callable[[], Program], demo: bool
) -> Response:
    """Return the problem as whoever asks can read it; who is not logged in is led to the login."""
    if "text/html" not in request.headers.get("accept", ""):
        return problem_response(problem)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        return _to_login(request)
    look = _look(request, program().company.language, demo=demo)
    headers = {**HEADERS, "Content-Language": look.language, "Vary": "Accept, Accept-Language"}
    title = title_of(request, problem, look.language)
    html = problem_page(title, sentence_of(request, problem, look.language), look, program())
    return HTMLResponse(html, status_code=problem.status, headers={**problem.headers, **headers})


def _to_login(request: Request) -> Response:
    """Lead to the login, and from there back to a page that was only to be read."""
    url = request.url
    after = {"next": f"{url.path}?{url.query}" if url.query else url.path}
    kept = after if request.method == "GET" else {}
    return RedirectResponse(f"{LOGIN}?{urlencode(kept)}" if kept else LOGIN, HTTPStatus.SEE_OTHER)


def _look(request: Request, default: str, *, demo: bool) -> Look:
    """Return how the page is wanted, leaving out whatever of it cannot be had."""
    allowed = {"lang": languages(), "theme": THEMES}
    given = {
        name: value
        for name, value in request.query_params.items()
        if name not in allowed or value in allowed[name]
    }
    wished = preferred(request.headers.get("accept-language", ""))
    return Look(
        language=given.get("lang") or wished or default,
        theme=cast("Theme", given.get("theme", "auto")),
        parameters=given,
        demo=demo,
        origin=str(request.base_url).rstrip("/"),
        path=request.url.path,
    )
