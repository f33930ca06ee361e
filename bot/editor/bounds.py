"""How small and how great each number of the editor may be, as the program's schema has it: for faults that say so."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from pydantic import AfterValidator, BaseModel

from bot.editor.texts import say
from surveys.program import Budget, Trigger
from surveys.program.contact import Cap, ContactRules
from surveys.program.durations import LONGEST, positive
from surveys.program.schema import Variant
from surveys.program.worth import Bulk

Json = Any

_NUMBERS: Final[Mapping[str, tuple[type[BaseModel], str]]] = {
    "trigger.share": (Trigger, "share"),
    "trigger.occurrence": (Trigger, "occurrence"),
    "trigger.worth_asking.bulk.cases": (Bulk, "cases"),
    "rules.cap.asks": (Cap, "asks"),
    "rules.cap.days": (Cap, "days"),
    "rules.cooldown_days": (ContactRules, "cooldown_days"),
    "budget.rows.*.target": (Budget, "target"),
    "survey.variants.*.share": (Variant, "share"),
}
_SPANS: Final[Mapping[str, tuple[type[BaseModel], str]]] = {
    "trigger.after.amount": (Trigger, "after"),
    "trigger.max_wait.amount": (Trigger, "max_wait"),
    "trigger.worth_asking.bulk.within.amount": (Bulk, "within"),
}
_PLACE: Final = re.compile(r"\.[0-9]+(?=\.|$)")
_OF_NUMBERS: Final = re.compile(
    r"must be (a|a whole) number|must be (at most|at least|more than) .+"
)
_OF_SPANS: Final = re.compile(r"is not a duration.*|is longer than .+|must be longer than nothing")
_FULL: Final = 100


def bounded(language: str, name: str, problem: str) -> str | None:
    """Return which numbers an input takes; None where the problem is another one, or the input has none."""
    place = _PLACE.sub(".*", name)
    if place in _NUMBERS and _OF_NUMBERS.fullmatch(problem):
        return _of_number(language, *_NUMBERS[place])
    if place in _SPANS and _OF_SPANS.fullmatch(problem):
        least = "1" if _is_positive(*_SPANS[place]) else "0"
        return say(language, "bounds.span", least=least, days=str(LONGEST.days))
    return None


def _of_number(language: str, model: type[BaseModel], field: str) -> str:
    said = _schema(model, field)
    if field == "share":
        above, most = (said[name] * _FULL for name in ("exclusiveMinimum", "maximum"))
        return say(language, "bounds.share", above=f"{above:g}", most=f"{most:g}")
    kind = "whole" if said["type"] == "integer" else "number"
    limits = {"least": f"{said['minimum']:g}", "most": f"{said['maximum']:g}"}
    return say(language, f"bounds.{kind}", **limits)


@cache
def _schema(model: type[BaseModel], field: str) -> Mapping[str, Json]:
    """Return a number's JSON schema; of one that may be left out, without its null."""
    said: Mapping[str, Json] = model.model_json_schema()["properties"][field]
    return said["anyOf"][0] if "anyOf" in said else said


def _is_positive(model: type[BaseModel], field: str) -> bool:
    return AfterValidator(positive) in model.model_fields[field].metadata
