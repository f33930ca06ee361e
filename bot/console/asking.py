"""Reads from a page's address what is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal, cast, get_args

from starlette.requests import Request

from bot.auth.callers import known_caller
from bot.console.look import THEMES, Look, Theme
from bot.console.texts import preferred
from bot.http_errors import HttpProblem
from surveys.errors import InvalidInput
from surveys.instruments import INSTRUMENTS
from surveys.language.texts import DEFAULT, languages
from surveys.results import Query, parse_query
from surveys.results.query import NotOneOf

LOOK = ("lang", "theme")
RATING = "rating"
ABOUT = "about"
GRAIN = "grain"
SPLIT = "split"
OF_PAGE = (*LOOK, RATING, ABOUT, GRAIN, SPLIT)
"""What a page takes and a query does not know."""
Grain = Literal["weeks", "months"]
GRAINS: tuple[Grain, ...] = get_args(Grain)
BANDS = ("low", "mid", "high")
_RATINGS = (*BANDS, *map(str, range(max(kind.high for kind in INSTRUMENTS.values()) + 1)))
_WHEN = "when"
_WINDOW = ("since", "period", "from", "to")


def look_of(request: Request, default: str, *, demo: bool) -> Look:
    """Return how the page is wanted: by its address, else by the member, else by the browser, else in the default."""
    parameters, caller = chosen(request), known_caller(request)
    own = caller.member.language if caller and caller.member else None
    browsers = preferred(request.headers.get("accept-language", ""))
    language = parameters.get("lang") or own or browsers
    theme = parameters.get("theme", "auto")
    check("lang", language or DEFAULT, languages())
    check("theme", theme, THEMES)
    return Look(
        language=language or default,
        theme=cast("Theme", theme),
        parameters=parameters,
        demo=demo,
        origin=str(request.base_url).rstrip("/"),
        path=request.url.path,
    )


def single(request: Request) -> dict[str, str]:
    """Return the parameters of an address; HttpProblem where one is given twice."""
    given = request.query_params.multi_items()
    names = [name for name, _ in given]
    for name in names:
        if names.count(name) > 1:
            raise bad_query(InvalidInput(name, "is given more than once"))
    return dict(given)


def chosen(request: Request) -> dict[str, str]:
    """Return the parameters of a page, as a link would carry them.

    A form sends what was left open as well, and one field ``when`` for either a live window or a period.
    """
    given = {name: value for name, value in single(request).items() if value}
    when = given.pop(_WHEN, "")
    if not when:
        return given
    rest = {name: value for name, value in given.items() if name not in _WINDOW}
    return {"since" if when.endswith("d") else "period": when, **rest}


def is_form(request: Request) -> bool:
    """Say whether the address is as a form sends it; the page has a shorter one, with the same in it."""
    given = request.query_params.multi_items()
    return any(name == _WHEN or not value for name, value in given)


def query_of(parameters: Mapping[str, str]) -> Query:
    """Return the query; HttpProblem names the parameter that is wrong."""
    try:
        return parse_query(parameters)
    except InvalidInput as exc:
        raise bad_query(exc) from exc


def check(name: str, value: str, allowed: Sequence[str]) -> None:
    """Raise HttpProblem unless the value is allowed."""
    if value not in allowed:
        raise bad_query(NotOneOf(name, tuple(allowed)))


class BadQuery(HttpProblem):
    """An address asks for what cannot be had; ``fault`` names the parameter."""

    def __init__(self, fault: InvalidInput) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, "Bad query", str(fault))
        self.fault = fault


class TooOften(HttpProblem):
    """Somebody ordered more than one may within an hour."""

    def __init__(self, most: int) -> None:
        super().__init__(HTTPStatus.TOO_MANY_REQUESTS, "Too many orders", f"at most {most} an hour")
        self.most = most


def bad_query(problem: InvalidInput) -> BadQuery:
    """Return the problem as it is told."""
    return BadQuery(problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a page of a place shows, besides what its query says.

    Attributes:
        rating: the band (``low``) or the score (``3``) whose answers alone are looked at, or "".
        about: the theme of the words that are shown, or "".
        grain: weeks or months on the trend.
        split: what the answers are broken down by: ``channel``, ``handler``, ``segment.<id>``...
    """

    rating: str = ""
    about: str = ""
    grain: Grain = "weeks"
    split: str = "channel"


def choice_of(parameters: Mapping[str, str], splits: Sequence[str]) -> Choice:
    """Return the choice; HttpProblem names the parameter that is wrong."""
    allowed = {RATING: ("", *_RATINGS), GRAIN: GRAINS, SPLIT: splits}
    given = {RATING: "", GRAIN: GRAINS[0], SPLIT: splits[0]}
    given |= {name: value for name, value in parameters.items() if name in allowed}
    for name, value in given.items():
        check(name, value, allowed[name])
    return Choice(
        rating=given[RATING],
        about=parameters.get(ABOUT, ""),
        grain=cast("Grain", given[GRAIN]),
        split=given[SPLIT],
    )
