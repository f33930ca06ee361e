"""Reads from a page's address what is asked for."""

from collections.abc import Mapping, Sequence

from starlette.requests import Request

from bot.http_errors import HttpProblem
from surveys.errors import InvalidInput
from surveys.instruments import INSTRUMENTS
from surveys.results import Query, parse_query

LOOK = ("lang", "theme")
RATING = "rating"
BANDS = ("low", "mid", "high")
_RATINGS = (*BANDS, *map(str, range(max(kind.high for kind in INSTRUMENTS.values()) + 1)))
_WHEN = "when"
_WINDOW = ("since", "period", "from", "to")


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


def query_of(parameters: Mapping[str, str]) -> Query:
    """Return the query; HttpProblem names the parameter that is wrong."""
    try:
        return parse_query(parameters)
    except InvalidInput as exc:
        raise bad_query(exc) from exc


def rating_of(parameters: Mapping[str, str]) -> str:
    """Return the band (``low``) or the score (``3``) whose answers alone are looked at, or ""."""
    rating = parameters.get(RATING, "")
    if rating:
        check(RATING, rating, _RATINGS)
    return rating


def check(name: str, value: str, allowed: Sequence[str]) -> None:
    """Raise HttpProblem unless the value is allowed."""
    if value not in allowed:
        raise bad_query(InvalidInput(name, f"must be one of {', '.join(allowed)}"))


def bad_query(problem: InvalidInput) -> HttpProblem:
    """Return the problem as it is told."""
    return HttpProblem(400, "Bad query", str(problem))
