"""The page and the files it loads: put together once, at the start, and served from memory.

What is written for reading is many small modules with comments; what a phone loads is one script and one style
sheet without them, since each request and each byte costs it time.
"""

import gzip
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import Response

from bot.webchat.packing import pack_scripts, pack_styles
from bot.webchat.texts import all_sentences, launcher, sentences
from surveys.language.texts import DEFAULT, languages

MEDIA_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
}
FOREVER: Final = "public, max-age=31536000, immutable"
AN_HOUR: Final = "public, max-age=3600"
EMBED: Final = "embed.js"

_MODULES: Final = ("memory.js", "wire.js", "bubbles.js", "frame.js", "log.js")
_DOOR: Final = "door.js"
_CHAT: Final = "chat.js"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, plain and compressed."""

    media_type: str
    plain: bytes
    packed: bytes
    etag: str


def load(*, demo: bool = False) -> dict[str, Asset]:
    """Return the files that are served, by name; only the demo's script knows a door for visitors."""
    modules = (*_MODULES, _DOOR, _CHAT) if demo else (*_MODULES, _CHAT)
    words = {code: launcher(code) for code in languages()}
    texts = {
        _CHAT: pack_scripts([_source(module) for module in modules]),
        EMBED: _source(EMBED).replace("WORDS", json.dumps(words, ensure_ascii=False)),
        "chat.css": pack_styles(_source("chat.css")),
    }
    texts[EMBED] = pack_scripts([texts[EMBED]])
    return {name: _asset(name, text.encode()) for name, text in texts.items()}


def version_of(assets: Mapping[str, Asset]) -> str:
    """Return a name for exactly these files; it stands in their addresses."""
    return hashlib.sha256("".join(asset.etag for asset in assets.values()).encode()).hexdigest()[
        :12
    ]


def serve(request: Request, asset: Asset, *, caching: str) -> Response:
    """Answer with the file, or 304."""
    headers = {"Cache-Control": caching, "ETag": asset.etag, "Vary": "Accept-Encoding"}
    if asset.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(asset.plain, media_type=asset.media_type, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(asset.packed, media_type=asset.media_type, headers=headers)


def packed(request: Request, page: Response) -> Response:
    """Return the page, compressed for a browser that takes it so."""
    if "gzip" in request.headers.get("accept-encoding", ""):
        page.body = gzip.compress(bytes(page.body), mtime=0)
        page.headers["Content-Encoding"] = "gzip"
        page.headers["Content-Length"] = str(len(page.body))
    page.headers["Vary"] = "Accept-Encoding, Accept-Language"
    return page


def page_writer(
    company: Callable[[str], str], version: str, name: str = "chat.html"
) -> Callable[[str], str]:
    """Return a function that writes the page in a language."""
    template = Environment(autoescape=True).from_string(re.sub(r"\n\s*", "\n", _source(name)))

    def write(language: str) -> str:
        texts = sentences if name == "chat.html" else all_sentences
        say = texts(language, company(language))
        return template.render(say=say, version=version)

    return write


def preferred_language(accept_language: str) -> str:
    """Return the first of our languages that the browser lists, else Korean."""
    for offer in accept_language.lower().split(","):
        code = offer.strip()[:2]
        if code in languages():
            return code
    return DEFAULT


def _source(name: str) -> str:
    return (files("bot.webchat") / "static" / name).read_text("utf-8")


def _asset(name: str, plain: bytes) -> Asset:
    digest = hashlib.sha256(plain).hexdigest()[:24]
    packed = gzip.compress(plain, mtime=0)
    return Asset(MEDIA_TYPES[name.rpartition(".")[2]], plain, packed, f'"{digest}"')
