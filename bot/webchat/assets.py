"""The page and the files it loads, read once and served from memory."""

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import Response

from surveys.language.texts import DEFAULT, languages

MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, plain and compressed."""

    media_type: str
    plain: bytes
    packed: bytes
    etag: str


def load() -> dict[str, Asset]:
    """Return the shipped files by name."""
    folder = files("bot.webchat") / "static"
    return {
        entry.name: _asset(entry.name, entry.read_bytes())
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.rpartition(".")[2] in MEDIA_TYPES
    }


def version_of(assets: dict[str, Asset]) -> str:
    """Return a name for exactly these files; it stands in their addresses."""
    return hashlib.sha256("".join(asset.etag for asset in assets.values()).encode()).hexdigest()[
        :12
    ]


def serve(request: Request, asset: Asset, *, current: bool) -> Response:
    """Answer with the file, or 304; ``current`` says that the address names this very version."""
    headers = {
        "Cache-Control": FOREVER if current else "no-cache",
        "ETag": asset.etag,
        "Vary": "Accept-Encoding",
    }
    if asset.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(asset.plain, media_type=asset.media_type, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(asset.packed, media_type=asset.media_type, headers=headers)


def page_writer(company: Callable[[str], str], version: str, *, demo: bool) -> Callable[[str], str]:
    """Return a function that writes the page in a language."""
    source = (files("bot.webchat") / "static" / "chat.html").read_text("utf-8")
    template = Environment(autoescape=True).from_string(source)

    def write(language: str) -> str:
        names = {code: company(code) for code in languages()}
        return template.render(language=language, names=names, version=version, demo=demo)

    return write


def preferred_language(accept_language: str) -> str:
    """Return the first of our languages that the browser lists, else Korean."""
    for offer in accept_language.lower().split(","):
        code = offer.strip()[:2]
        if code in languages():
            return code
    return DEFAULT


def _asset(name: str, plain: bytes) -> Asset:
    digest = hashlib.sha256(plain).hexdigest()[:24]
    packed = gzip.compress(plain, mtime=0)
    return Asset(MEDIA_TYPES[name.rpartition(".")[2]], plain, packed, f'"{digest}"')
