"""Conditions over event data: a closed tree of comparisons that can be stored, shown and never fails.

Written in the program file as ``{path: [amount], gte: 30000}``, ``{all: [...]}``, ``{any: [...]}`` and
``{not: ...}``. A path that leads nowhere, or to null, makes its comparison false; so does a value of
another type, which is also reported as a warning.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import ge, gt, le, lt
from typing import Annotated, Any, Final, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    SerializerFunctionWrapHandler,
    Tag,
    model_serializer,
    model_validator,
)

from surveys.journey import Frozen

NODES: Final = 64
DEPTH: Final = 8
SHOWN: Final = 120
"""Characters of a value that a decision shows."""

Json = Any
Test = Callable[[Any, Any], bool | None]
"""Judges a value by an operand; None means that its type cannot be judged."""


def _scalar(raw: Json) -> Json:
    if not isinstance(raw, bool | int | float | str):
        raise ValueError("must be a text, a number, true or false")  # noqa: TRY004  # pydantic's way
    return raw


def _orderable(raw: Json) -> Json:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise ValueError("must be a number or a text")  # noqa: TRY004  # as above
    return raw


Scalar = Annotated[bool | int | float | str, BeforeValidator(_scalar)]
Ordered = Annotated[int | float | str, BeforeValidator(_orderable)]


def _split(path: Json) -> Json:
    if isinstance(path, str):
        return tuple(path.split("."))
    return tuple(path) if isinstance(path, list) else path


Name = Annotated[str, Field(min_length=1, max_length=128)]
Path = Annotated[
    tuple[Name, ...],
    Field(min_length=1, max_length=16),
    BeforeValidator(_split, json_schema_input_type=list[Name] | Name),
]


class _Node(Frozen):
    """A node of the tree; it refuses to grow beyond ``NODES`` and ``DEPTH``."""

    def children(self) -> "tuple[Condition, ...]":
        return ()

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if (deep := _depth(self)) > DEPTH:
            raise ValueError(f"is nested {deep} deep; at most {DEPTH} are allowed")
        if (size := sum(1 for _ in _walk(self))) > NODES:
            raise ValueError(f"has {size} parts; at most {NODES} are allowed")
        return self


class Every(_Node):
    """Holds when all of its conditions hold; an empty list is refused."""

    all: Annotated[tuple["Condition", ...], Field(min_length=1)]

    def children(self) -> "tuple[Condition, ...]":
        """Return the conditions inside."""
        return self.all


class Some(_Node):
    """Holds when at least one of its conditions holds; an empty list is refused."""

    any: Annotated[tuple["Condition", ...], Field(min_length=1)]

    def children(self) -> "tuple[Condition, ...]":
        """Return the conditions inside."""
        return self.any


class Negation(_Node):
    """Holds when its condition does not, also because the value is missing."""

    negated: "Condition" = Field(alias="not")

    def children(self) -> "tuple[Condition, ...]":
        """Return the condition inside."""
        return (self.negated,)


@lru_cache(maxsize=256)
def _pattern(source: str) -> Any:
    """Compile with RE2, which is linear in the text; raises re2.error."""
    import re2  # noqa: PLC0415  # costs start-up time where no condition uses a pattern

    options = re2.Options()
    options.log_errors = False
    return re2.compile(source, options)


def _compiles(source: str) -> str:
    import re2  # noqa: PLC0415  # as above

    try:
        _pattern(source)
    except re2.error as exc:
        raise ValueError(f"is not a valid RE2 pattern: {exc.args[0].decode()}") from exc
    return source


class Comparison(_Node):
    """Compares the value at ``path`` by exactly one operator.

    ``lt`` to ``gte`` order numbers, or texts by code point (so ISO dates too). ``contains`` looks into a
    list or a text; ``matches`` finds an RE2 pattern anywhere in a text. A boolean is never a number.
    """

    path: Path
    eq: Scalar | None = None
    ne: Scalar | None = None
    lt: Ordered | None = None
    lte: Ordered | None = None
    gt: Ordered | None = None
    gte: Ordered | None = None
    one_of: Annotated[tuple[Scalar, ...], Field(min_length=1, max_length=64)] | None = Field(
        default=None, alias="in"
    )
    exists: bool | None = None
    contains: Scalar | None = None
    starts_with: str | None = None
    matches: Annotated[str, Field(max_length=512), AfterValidator(_compiles)] | None = None

    @property
    def operation(self) -> tuple[str, Json]:
        """The operator's name and its operand."""
        return next(self._given())

    def _given(self) -> Iterator[tuple[str, Json]]:
        for name in type(self).model_fields:
            if name != "path" and (operand := getattr(self, name)) is not None:
                yield name, operand

    @model_validator(mode="after")
    def _one_operator(self) -> Self:
        if (count := sum(1 for _ in self._given())) != 1:
            raise ValueError(f"needs exactly one of {', '.join(OPERATORS)}, not {count or 'none'}")
        return self

    @model_serializer(mode="wrap")
    def _compact(self, handler: SerializerFunctionWrapHandler) -> dict[str, Json]:
        return {key: value for key, value in handler(self).items() if value is not None}


OPERATORS: Final = tuple(
    field.alias or name for name, field in Comparison.model_fields.items() if name != "path"
)
_ALIASES: Final = {"one_of": "in"}
_KINDS: Final = {Every: "every", Some: "some", Negation: "negation", Comparison: "comparison"}


def _kind(raw: Json) -> str:
    if isinstance(raw, _Node):
        return _KINDS[type(raw)]
    keys = raw if isinstance(raw, Mapping) else ()
    marks = (("all", "every"), ("any", "some"), ("not", "negation"))
    return next((kind for key, kind in marks if key in keys), "comparison")


Condition = Annotated[
    Annotated[Every, Tag("every")]
    | Annotated[Some, Tag("some")]
    | Annotated[Negation, Tag("negation")]
    | Annotated[Comparison, Tag("comparison")],
    Discriminator(_kind),
]

for _model in (Every, Some, Negation):
    _model.model_rebuild()


def _walk(node: _Node) -> Iterator[_Node]:
    yield node
    for child in node.children():
        yield from _walk(child)


def _depth(node: _Node) -> int:
    return 1 + max((_depth(child) for child in node.children()), default=0)


def paths(condition: Condition) -> tuple[tuple[str, ...], ...]:
    """Return the paths that the condition looks at, each once, in reading order."""
    found = (node.path for node in _walk(condition) if isinstance(node, Comparison))
    return tuple(dict.fromkeys(found))


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
    return _pattern(operand).search(text) is not None


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
