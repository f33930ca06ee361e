"""Renders the console's pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.console.journey_map import JourneyMap
from bot.console.texts import say
from surveys.model import Channel
from surveys.results import Query

Theme = Literal["auto", "light", "dark"]
THEMES: tuple[Theme, ...] = get_args(Theme)
SPANS = (30, 90, 365)

_HERE = Path(__file__).parent
ASSETS: Mapping[str, str] = {"app.css": "text/css", "icon.svg": "image/svg+xml"}

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How the reader wants the page, and the parameters that a link must carry on."""

    language: str
    theme: Theme
    parameters: Mapping[str, str]
    demo: bool
    origin: str

    def link(self, **changes: str) -> str:
        """Return the address of this page with some parameters changed; "" drops one."""
        kept = {name: value for name, value in {**self.parameters, **changes}.items() if value}
        return f"/console?{urlencode(kept)}" if kept else "/console"


@cache
def asset(name: str) -> bytes:
    """Return a static file of the console."""
    return (_HERE / "static" / name).read_bytes()


def journey_page(content: JourneyMap, query: Query, look: Look) -> str:
    """Return the journey map as HTML."""
    return (
        _environment()
        .get_template("journey.html")
        .render(
            map=content,
            query=query,
            look=look,
            t=partial(say, look.language),
            address=_versioned(),
            spans=SPANS,
            channels=tuple(channel.value for channel in Channel),
            themes=THEMES,
        )
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _versioned() -> Callable[[str], str]:
    """Name each asset with its content's hash, so that browsers may keep it."""
    versions = {name: sha256(asset(name)).hexdigest()[:10] for name in ASSETS}
    return lambda name: f"/console/{name}?v={versions[name]}"
