"""Which results a link to the console shows: the journey map, one stage, one touchpoint."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from surveys.errors import InvalidInput
from surveys.journey import SLUG
from surveys.results import Query, parse_query

_PAGE: Final = "/console"
_LOOK: Final = ("lang", "theme", "view", "print")
"""Parameters that say how a page looks, and not what it shows."""

_RATING: Final = "rating"
"""With a filter by score a page shows no score, so neither does a preview of its link."""

_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a page shows: the whole journey where ``place`` is None."""

    place: Literal["stage", "touchpoint"] | None
    query: Query


def shown_by(url: str, base: str) -> Shown | None:
    """Return what a link shows; None for another page, a query that is none, or days that not everybody may ask for."""
    given = _within(url.replace("&amp;", "&"), base)
    if given is None:
        return None
    path, text = given
    try:
        asked = dict(parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text)))
        if _RATING in asked:
            return None
        query = parse_query(_chosen(asked))
    except (InvalidInput, ValueError):
        return None
    return None if query.picks_days else _placed(path, query)


def _chosen(asked: Mapping[str, str]) -> dict[str, str]:
    """Return what a page's form asks for: fields left open say nothing, ``when`` is a window or a period."""
    given = {name: value for name, value in asked.items() if value and name not in _LOOK}
    when = given.pop("when", "")
    if when:
        given["since" if when.endswith("d") else "period"] = when
    return given


def console_link(base: str, place: str = "", name: str = "", **query: str) -> str:
    """Return the address of a page; "" where the console has no address that others can reach."""
    if not base:
        return ""
    path = f"{base}{_PAGE}/{place}s/{name}" if place else f"{base}{_PAGE}"
    return f"{path}?{urlencode(query)}" if query else path


def _within(url: str, base: str) -> tuple[str, str] | None:
    """Return path and query below our own address; None for any other."""
    try:
        given, ours = urlsplit(url), urlsplit(base)
        same = _origin(given.scheme, given.hostname, given.port) == _origin(
            ours.scheme, ours.hostname, ours.port
        )
    except ValueError:  # a port that is no number
        return None
    if not base or not same or not given.path.startswith(ours.path):
        return None
    return given.path.removeprefix(ours.path), given.query


def _origin(scheme: str, host: str | None, port: int | None) -> tuple[str, str | None, int | None]:
    return scheme, host, port or _PORTS.get(scheme)


def _placed(path: str, query: Query) -> Shown | None:
    match [part for part in path.split("/") if part]:
        case ["console"]:
            return Shown(place=None, query=replace(query, by="stage"))
        case ["console", "stages", name] if _is_id(name):
            return Shown(place="stage", query=replace(query, by="stage", stage=name))
        case ["console", "touchpoints", name] if _is_id(name):
            return Shown(place="touchpoint", query=replace(query, by="touchpoint", touchpoint=name))
        case _:
            return None


def _is_id(name: str) -> bool:
    return re.fullmatch(SLUG, name) is not None
