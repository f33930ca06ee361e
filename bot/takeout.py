"""``/mydata``: a page with one button, and the file behind it.

The token stands in the link's fragment, which no request carries, so that neither a preview of the link nor a log
can take the file; the button posts it. A GET changes nothing.
"""

import base64
import hashlib
import json
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from bot.http_bodies import read_body
from bot.intake.problems import answering
from bot.webchat.assets import preferred_language
from surveys.language.texts import say
from surveys.ports import Storage
from surveys.service.context import Context
from surveys.service.handing_over import hand_over

MOST_BYTES: Final = 1024
_SCRIPT: Final = (
    "document.forms[0].token.value=location.hash.slice(3);"
    "history.replaceState(null,'',location.pathname)"
)
_STYLE: Final = (
    "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem}"
    "button{font:inherit;padding:.7rem 1.2rem;min-height:44px}"
    ":root{color-scheme:light dark;background:Canvas}"
)
_PAGE: Final = (
    '<!doctype html><html lang="{language}"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><title>{title}</title>'
    "<style>{style}</style><main><h1>{title}</h1><p>{text}</p>"
    '<form method="post"><input type="hidden" name="token"><button>{title}</button></form>'
    "<script>{script}</script></html>"
)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


_HEADERS: Final = {
    "Content-Security-Policy": (
        f"default-src 'none'; script-src {_hash(_SCRIPT)}; style-src {_hash(_STYLE)}; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Takeout:
    """Serves the page and hands the file over."""

    def __init__(self, storage: Storage, ctx: Context) -> None:
        self._storage = storage
        self._ctx = ctx

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            Route("/mydata", self._page, methods=["GET"]),
            Route("/mydata", answering(self._file), methods=["POST"]),
        ]

    async def _page(self, request: Request) -> Response:
        language = preferred_language(request.headers.get("accept-language", ""))
        page = _PAGE.format(
            language=language,
            title=say(language, "mydata.download"),
            text=say(language, "mydata.page"),
            style=_STYLE,
            script=_SCRIPT,
        )
        return HTMLResponse(page, headers=_HEADERS)

    async def _file(self, request: Request) -> Response:
        form = parse_qs((await read_body(request, MOST_BYTES)).decode("ascii", "replace"))
        token = form.get("token", [""])[0]
        held = await self._storage.write(lambda tx: hand_over(tx, self._ctx, token))
        if held is None:
            language = preferred_language(request.headers.get("accept-language", ""))
            text = say(language, "mydata.gone")
            return HTMLResponse(f"<p>{text}</p>", HTTPStatus.NOT_FOUND, headers=_HEADERS)
        name = {"Content-Disposition": 'attachment; filename="mydata.json"'}
        content = json.dumps(held, ensure_ascii=False, indent=2)
        return Response(content, media_type="application/json", headers=_HEADERS | name)
