"""The tree of a condition: what may be written, and its limits."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
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

Json = Any


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


class Node(Frozen):
    """A node of the tree; it refuses to grow beyond ``NODES`` and ``DEPTH``."""

    def children(self) -> "tuple[Condition, ...]":
        """Return the conditions inside."""
        return ()

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if (deep := _depth(self)) > DEPTH:
            raise ValueError(f"is nested {deep} deep; at most {DEPTH} are allowed")
        if (size := sum(1 for _ in walk(self))) > NODES:
            raise ValueError(f"has {size} parts; at most {NODES} are allowed")
        return self


class Every(Node):
    """Holds when all of its conditions hold; an empty list is refused."""

    all: Annotated[tuple["Condition", ...], Field(min_length=1)]

    def children(self) -> "tuple[Condition, ...]":
        """Return the conditions inside."""
        return self.all


class Some(Node):
    """Holds when at least one of its conditions holds; an empty list is refused."""

    any: Annotated[tuple["Condition", ...], Field(min_length=1)]

    def children(self) -> "tuple[Condition, ...]":
        """Return the conditions inside."""
        return self.any


class Negation(Node):
    """Holds when its condition does not, also because the value is missing."""

    negated: "Condition" = Field(alias="not")

    def children(self) -> "tuple[Condition, ...]":
        """Return the condition inside."""
        return (self.negated,)


@lru_cache(maxsize=256)
def pattern(source: str) -> Any:
    """Compile with RE2, which is linear in the text; raises re2.error."""
    import re2  # noqa: PLC0415  # costs start-up time where no condition uses a pattern

    options = re2.Options()
    options.log_errors = False
    return re2.compile(source, options)


def _compiles(source: str) -> str:
    import re2  # noqa: PLC0415  # as above

    try:
        pattern(source)
    except re2.error as exc:
        raise ValueError(f"is not a valid RE2 pattern: {exc.args[0].decode()}") from exc
    return source


class Comparison(Node):
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
_KINDS: Final = {Every: "every", Some: "some", Negation: "negation", Comparison: "comparison"}


def _kind(raw: Json) -> str:
    if isinstance(raw, Node):
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


def walk(node: Node) -> Iterator[Node]:
    """Yield the node and everything below it, in reading order."""
    yield node
    for child in node.children():
        yield from walk(child)


def _depth(node: Node) -> int:
    return 1 + max((_depth(child) for child in node.children()), default=0)


def paths(condition: Condition) -> tuple[tuple[str, ...], ...]:
    """Return the paths that the condition looks at, each once, in reading order."""
    found = (node.path for node in walk(condition) if isinstance(node, Comparison))
    return tuple(dict.fromkeys(found))
