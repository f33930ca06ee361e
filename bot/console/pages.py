"""Renders the console's pages."""

from collections.abc import Callable, Mapping
from functools import cache, partial
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.console.backlog import SETTLEMENTS, BacklogPage, Staff
from bot.console.filters import FilterBar
from bot.console.journey_map import JourneyMap
from bot.console.look import SPANS, THEMES, Look
from bot.console.matrix import Matrix
from bot.console.people_texts import say as of_people
from bot.console.places import PlacePage
from bot.console.sent import Sent
from bot.console.texts import event_in_words, say
from surveys.journey import say as choose
from surveys.model import Channel
from surveys.program import Program
from surveys.results import Query

_HERE = Path(__file__).parent
ASSETS: Mapping[str, str] = {
    "app.css": "text/css",
    "copy.js": "text/javascript",
    "editor.css": "text/css",
    "editor.js": "text/javascript",
    "icon.svg": "image/svg+xml",
    "keys.js": "text/javascript",
    "refresh.js": "text/javascript",
}

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


@cache
def asset(name: str) -> bytes:
    """Return a static file of the console."""
    return (_HERE / "static" / name).read_bytes()


def journey_page(
    content: JourneyMap, query: Query, look: Look, bar: FilterBar, staff: Staff | None = None
) -> str:
    """Return the journey map as HTML."""
    more = {"map": content, **_choices(query, bar)}
    title = say(look.language, "title")
    return render("journey.html", title, content.company, look, staff, **more)


def place_html(
    content: PlacePage, query: Query, look: Look, bar: FilterBar, staff: Staff | None = None
) -> str:
    """Return the page of a stage or touchpoint as HTML."""
    more = {"page": content, **_choices(query, bar)}
    return render("place.html", content.place.label, content.company, look, staff, **more)


def matrix_page(
    content: Matrix, query: Query, look: Look, bar: FilterBar, staff: Staff | None = None
) -> str:
    """Return the table of stages and channels as HTML."""
    title = say(look.language, "matrix")
    more = {"matrix": content, "query": query, "bar": bar}
    return render("matrix.html", title, content.company, look, staff, **more)


def _choices(query: Query, bar: FilterBar) -> dict[str, object]:
    return {"query": query, "bar": bar, "spans": SPANS, "channels": tuple(map(str, Channel))}


def deliveries_page(
    content: BacklogPage, sent: Sent, look: Look, staff: Staff, program: Program, note: str
) -> str:
    """Return the operators' page as HTML; ``note`` is the key of a sentence about the last act, or ""."""
    company = choose(program.company.name, look.language, program.company.language)
    s = partial(of_people, look.language)
    more = {"backlog": content, "sent": sent, "settlements": SETTLEMENTS, "note": note, "s": s}
    title = say(look.language, "deliveries")
    return render("deliveries.html", title, company, look, staff, **more)


def problem_page(title: str, told: str, look: Look, program: Program) -> str:
    """Return a page that says why there is nothing to see, and leads back to the map."""
    company = choose(program.company.name, look.language, program.company.language)
    return render("problem.html", title, company, look, None, told=told)


def render(
    template: str, title: str, company: str, look: Look, staff: Staff | None, **more: object
) -> str:
    """Return a page as HTML, in the frame that all have; ``more`` is what its template takes."""
    t = partial(say, look.language)
    page = {"title": title, "company": company, "look": look, "staff": staff, "t": t}
    page["event_called"] = partial(event_in_words, look.language)
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
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _versioned() -> Callable[[str], str]:
    """Name each asset with its content's hash, so that browsers may keep it."""
    versions = {name: sha256(asset(name)).hexdigest()[:10] for name in ASSETS}
    return lambda name: f"/console/{name}?v={versions[name]}"
