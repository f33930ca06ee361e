"""Evaluates a condition: total, linear, and telling what it saw."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Any, Final

from surveys.conditions.tree import Comparison, Condition, Every, Negation, pattern

SHOWN: Final = 120
"""Characters of a value that a decision shows."""

Json = Any
Test = Callable[[Any, Any], bool | None]
"""Judges a value by an operand; None means that its type cannot be judged."""

_ALIASES: Final = {"one_of": "in"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Whether a condition holds, and on what.

    Attributes:
        seen: what was found at each dotted path; None where there was nothing, long values shortened.
        warnings: comparisons that failed because the value has another type.
    """

    holds: bool
    seen: Mapping[str, Json]
    warnings: tuple[str, ...] = ()


def evaluate(condition: Condition, data: Mapping[str, Json]) -> Evaluation:
    """Say whether the condition holds for an event's data. Never raises; linear in their sizes."""
    seen: dict[str, Json] = {}
    warnings: dict[str, None] = {}
    holds = _holds(condition, data, seen, warnings)
    return Evaluation(holds=holds, seen=seen, warnings=tuple(warnings))


def _holds(
    node: Condition, data: Mapping[str, Json], seen: dict[str, Json], warnings: dict[str, None]
) -> bool:
    """Evaluate every branch, so that ``seen`` and ``warnings`` are complete."""
    if isinstance(node, Comparison):
        return _compare(node, data, seen, warnings)
    verdicts = [_holds(child, data, seen, warnings) for child in node.children()]
    if isinstance(node, Negation):
        return not verdicts[0]
    return all(verdicts) if isinstance(node, Every) else any(verdicts)


def _compare(
    node: Comparison, data: Mapping[str, Json], seen: dict[str, Json], warnings: dict[str, None]
) -> bool:
    value, place = _value(node.path, data), ".".join(node.path)
    seen[place] = _shown(value)
    operator, operand = node.operation
    if operator == "exists":
        return (value is not None) is operand
    if value is None:
        return False
    verdict = _TESTS[operator](value, operand)
    if verdict is None:
        warnings[
            f"{place} is {_type(value)}; {_ALIASES.get(operator, operator)} cannot judge it"
        ] = None
    return bool(verdict)


def _value(path: tuple[str, ...], data: Json) -> Json:
    for name in path:
        data = data.get(name) if isinstance(data, Mapping) else None
    return data


def _shown(value: Json) -> Json:
    if isinstance(value, str) and len(value) > SHOWN:
        return f"{value[: SHOWN - 1]}…"
    if isinstance(value, Mapping | list | tuple):
        return f"{_type(value)} of {len(value)}"
    return value


def _type(value: Json) -> str:
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "an object" if isinstance(value, Mapping) else "a list"


def _alike(left: Json, right: Json) -> bool:
    return _type(left) == _type(right) and isinstance(left, bool | int | float | str)


def _ordering(test: Callable[[Json, Json], bool]) -> Test:
    """Let ``test`` judge only two texts or two numbers."""

    def judge(value: Json, operand: Json) -> bool | None:
        comparable = _alike(value, operand) and not isinstance(value, bool)
        return test(value, operand) if comparable else None

    return judge


def _equal(value: Json, operand: Json) -> bool | None:
    return value == operand if _alike(value, operand) else None


def _unequal(value: Json, operand: Json) -> bool | None:
    return value != operand if _alike(value, operand) else None


def _one_of(value: Json, operand: tuple[Json, ...]) -> bool | None:
    verdicts = {_equal(value, choice) for choice in operand}
    return None if verdicts == {None} else True in verdicts


def _contains(value: Json, operand: Json) -> bool | None:
    if isinstance(value, list | tuple):
        return any(_equal(item, operand) for item in value)
    return operand in value if isinstance(value, str) and isinstance(operand, str) else None


def _starts_with(value: Json, operand: str) -> bool | None:
    return value.startswith(operand) if isinstance(value, str) else None


def _matches(value: Json, operand: str) -> bool | None:
    if not isinstance(value, str):
        return None
    text = value.encode("utf-8", "replace")
    return pattern(operand).search(text) is not None


_TESTS: Final[Mapping[str, Test]] = {
    "eq": _equal,
    "ne": _unequal,
    "lt": _ordering(lt),
    "lte": _ordering(le),
    "gt": _ordering(gt),
    "gte": _ordering(ge),
    "one_of": _one_of,
    "contains": _contains,
    "starts_with": _starts_with,
    "matches": _matches,
}
