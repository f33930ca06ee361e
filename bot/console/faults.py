"""Says in the page's language why its address cannot be answered: from what is wrong, not from the API's sentence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from starlette.requests import Request

from bot.console.asking import OF_PAGE, BadQuery, TooOften
from bot.console.texts import named, say
from bot.http_errors import HttpProblem
from surveys.errors import InvalidInput
from surveys.model import SEGMENT
from surveys.results.query import PARAMETERS, NotOneOf

_LONGEST = 40
_MOST = 20
_WINDOWS = ("since", "period", "from")
_HINTS = frozenset({"since", "period", "from", "to", "compare"})
_TITLES = {
    HTTPStatus.NOT_FOUND: "problem.missing",
    HTTPStatus.FORBIDDEN: "problem.denied",
    HTTPStatus.SERVICE_UNAVAILABLE: "problem.busy",
}


def title_of(request: Request, problem: HttpProblem, language: str) -> str:
    """Return what a problem's page is called."""
    bad = "problem.bad" if request.method == "GET" else "problem.form"
    return say(language, _TITLES.get(HTTPStatus(problem.status), bad))


def sentence_of(request: Request, problem: HttpProblem, language: str) -> str:
    """Return what is wrong, and what would be right where that is known."""
    if isinstance(problem, BadQuery):
        return _Fault(problem.fault, request.query_params.multi_items(), language).told()
    if isinstance(problem, TooOften):
        return say(language, "narrow.often", most=str(problem.most))
    if problem.status == HTTPStatus.NOT_FOUND:
        place = request.path_params.get("place")
        key = "problem.nowhere" if place else "problem.no_page"
        return say(language, key, value=_short(place or request.url.path))
    if problem.status == HTTPStatus.FORBIDDEN:
        return say(language, "problem.rights" if request.method == "GET" else "problem.stale")
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return say(language, "problem.again")
    return say(language, "problem.heavy" if request.method == "GET" else "problem.fields")


@dataclass(frozen=True, slots=True)
class _Fault:
    """One parameter that cannot be taken, and all that were given."""

    fault: InvalidInput
    given: Sequence[tuple[str, str]]
    language: str

    def told(self) -> str:
        where = self.fault.where
        names = [name for name, _ in self.given]
        rules: tuple[tuple[bool, Callable[[], str]], ...] = (
            (names.count(where) > 1, lambda: self._say("problem.twice")),
            (not self._is_known(), lambda: self._say("problem.unknown")),
            (
                where in _WINDOWS and len({*names} & {*_WINDOWS}) > 1,
                lambda: self._say("problem.windows"),
            ),
            (
                where in ("from", "to") and ("from" in names) != ("to" in names),
                lambda: self._say("problem.pair"),
            ),
        )
        return next((tell() for applies, tell in rules if applies), "") or self._value()

    def _is_known(self) -> bool:
        """Say whether the page takes such a parameter; where only some values may stand, it does."""
        where = self.fault.where
        taken = where in PARAMETERS or where in OF_PAGE or where.startswith(SEGMENT)
        return taken or isinstance(self.fault, NotOneOf)

    def _value(self) -> str:
        where, values = self.fault.where, dict(self.given)
        told = self._say("problem.value", value=_short(values.get(where, "")))
        if isinstance(self.fault, NotOneOf):
            more = ", …" if len(self.fault.allowed) > _MOST else ""
            allowed = ", ".join(self.fault.allowed[:_MOST]) + more
            return f"{told} {self._say('problem.allowed', allowed=allowed)}"
        hint = f"problem.hint.{where}"
        return f"{told} {self._say(hint)}" if where in _HINTS else told

    def _say(self, key: str, **values: str) -> str:
        name = named(self.language, "filter", self.fault.where)
        label = name if name == self.fault.where else f"{name} ({self.fault.where})"
        return say(self.language, key, name=_short(label), **values)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
