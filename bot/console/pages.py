"""Renders the console's pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.console.backlog import SETTLEMENTS, BacklogPage, Staff
from bot.console.journey_map import JourneyMap
from bot.console.texts import say
from surveys.journey import say as choose
from surveys.model import Channel
from surveys.program import Program
from surveys.results import Query

Theme = Literal["auto", "light", "dark"]
THEMES: tuple[Theme, ...] = get_args(Theme)
SPANS = (30, 90, 365)

_HERE = Path(__file__).parent
ASSETS: Mapping[str, str] = {
    "app.css": "text/css",
    "icon.svg": "image/svg+xml",
    "refresh.js": "text/javascript",
}
_EVERYWHERE = ("lang", "theme")

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    # Under no-referrer a browser hides the origin of our own forms as well.
    "Referrer-Policy": "same-origin",
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
    path: str = "/console"

    def link(self, **changes: str) -> str:
        """Return the address of this page with some parameters changed; "" drops one."""
        return _address(self.path, {**self.parameters, **changes})

    def page(self, path: str, **more: str) -> str:
        """Return the address of another page that looks the same."""
        kept = {name: self.parameters.get(name, "") for name in _EVERYWHERE}
        return _address(path, {**kept, **more})


def _address(path: str, parameters: Mapping[str, str]) -> str:
    kept = {name: value for name, value in parameters.items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path


@cache
def asset(name: str) -> bytes:
    """Return a static file of the console."""
    return (_HERE / "static" / name).read_bytes()


def journey_page(content: JourneyMap, query: Query, look: Look, staff: Staff | None = None) -> str:
    """Return the journey map as HTML."""
    more = {"map": content, "query": query, "spans": SPANS, "channels": tuple(map(str, Channel))}
    return _render("journey.html", "title", content.company, look, staff, **more)


def deliveries_page(
    content: BacklogPage, look: Look, staff: Staff, program: Program, note: str
) -> str:
    """Return the operators' page as HTML; ``note`` is the key of a sentence about the last act, or ""."""
    company = choose(program.company.name, look.language, program.company.language)
    more = {"backlog": content, "settlements": SETTLEMENTS, "note": note}
    return _render("deliveries.html", "deliveries", company, look, staff, **more)


def _render(
    template: str, title: str, company: str, look: Look, staff: Staff | None, **more: object
) -> str:
    t = partial(say, look.language)
    page = {"title": t(title), "company": company, "look": look, "staff": staff, "t": t}
    return (
        _environment()
        .get_template(template)
        .render(**page, **more, address=_versioned(), themes=THEMES)
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
