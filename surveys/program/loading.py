"""Loads a program file, or says everything that is wrong with it at once."""

import json
from collections.abc import Iterator
from difflib import get_close_matches
from importlib.resources import files
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from surveys.conditions import Comparison, Every, Negation, Some
from surveys.errors import ProgramFault
from surveys.journey import SLUG, Frozen
from surveys.program import sequences
from surveys.program.advice import advice
from surveys.program.alerting import Alerting
from surveys.program.checks import problems
from surveys.program.consents import Advertising, ConsentText
from surveys.program.contact import Budget, Cap, ContactRules
from surveys.program.document import Document, Fault, Key, Place, read
from surveys.program.schema import (
    Chip,
    Company,
    Follows,
    Program,
    Reason,
    Survey,
    Trigger,
    Variant,
)
from surveys.program.segmenting import Segment
from surveys.program.worth import Bulk, WorthAsking
from surveys.themes import Theme
from surveys.timing import CLOCK_TIME, QuietHours

Json = Any

_MODELS: Final[tuple[type[Frozen], ...]] = (
    Program,
    Company,
    Survey,
    Variant,
    Reason,
    Chip,
    Trigger,
    Follows,
    ContactRules,
    Cap,
    QuietHours,
    Advertising,
    WorthAsking,
    Bulk,
    Budget,
    ConsentText,
    Segment,
    Alerting,
    Theme,
    Every,
    Some,
    Negation,
    Comparison,
)
_KEYS: Final = sorted(
    {field.alias or name for model in _MODELS for name, field in model.model_fields.items()}
)
_SENTENCES: Final = {
    "missing": "is missing",
    "string_type": "must be a text; put it in quotes",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "dict_type": "must be keys with values",
    "mapping_type": "must be keys with values",
    "model_type": "must be keys with values",
    "model_attributes_type": "must be keys with values",
    "string_pattern_mismatch": "must match {pattern}",
    "string_too_long": "has more than {max_length} characters",
    "string_too_short": "is empty",
    "too_long": "has {actual_length} entries; at most {max_length} are allowed",
    "too_short": "needs at least {min_length} entry",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
}
_PATTERNS: Final = {
    SLUG: "must be small letters, digits and hyphens, e.g. after-sales",
    CLOCK_TIME: "must be a time of day such as 21:00",
}


def load_program(text: str, where: str) -> Program:
    """Return the program; ``where`` names the file. Raises ProgramFault with every fault."""
    document = read(text)
    program, faults = _inspect(document, where)
    if program is None or faults:
        raise ProgramFault(where, tuple(str(fault) for fault in faults))
    return program


def lint(text: str, where: str) -> tuple[Fault, ...]:
    """Return every fault of a program file, in the order of its lines; empty when it is sound."""
    return _inspect(read(text), where)[1]


def warnings(text: str, where: str) -> tuple[Fault, ...]:
    """Return what reads badly in a program file but keeps it from nothing, in the order of its lines."""
    document = read(text)
    if any(key == () for _, key, _ in document.problems):
        return ()
    found = {_fault(where, document.nearest(k)[1], k, p) for k, p in advice(document.value)}
    return tuple(sorted(found))


def default_program_text() -> str:
    """Return the commented YAML of the program that ships with Aftertouch."""
    return files("surveys").joinpath("default_program.yaml").read_text(encoding="utf-8")


def default_program() -> Program:
    """Return the program that ships with Aftertouch."""
    return load_program(default_program_text(), "default_program.yaml")


def json_schema() -> dict[str, Json]:
    """Return the JSON Schema of a program file, for editors."""
    schema = Program.model_json_schema(by_alias=True, mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _inspect(document: Document, where: str) -> tuple[Program | None, tuple[Fault, ...]]:
    found = set[Fault]()
    for place, key, problem in document.problems:
        found.add(_fault(where, place, key, problem))
    program: Program | None = None
    if not any(key == () for _, key, _ in document.problems):
        for key, problem in (*problems(document.value), *sequences.problems(document.value)):
            found.add(_fault(where, document.nearest(key)[1], key, problem))
        try:
            program = Program.model_validate_json(json.dumps(document.value))
        except ValidationError as exc:
            found.update(_schema_faults(exc.errors(), document, where))
    return program, tuple(sorted(found))


def _fault(where: str, place: Place, key: Key, problem: str) -> Fault:
    dotted = ".".join(str(part) for part in key)
    return Fault(where=where, line=place.line, column=place.column, key=dotted, problem=problem)


def _schema_faults(errors: list[ErrorDetails], document: Document, where: str) -> Iterator[Fault]:
    keys = [_key(error, document) for error in errors]
    for error, key in zip(errors, keys, strict=True):
        inner = any(other[: len(key)] == key != other for other in keys)
        if not (error["type"] == "too_short" and inner):  # pydantic counts only the valid items
            yield _fault(where, document.nearest(key)[1], key, _sentence(error))


def _key(error: ErrorDetails, document: Document) -> Key:
    """Return where the error lies in the file: its location without the names of union members."""
    key: Key = ()
    *_, last = error["loc"] or ("",)
    for part in error["loc"]:
        if (*key, part) in document.places:
            key = (*key, part)
    return (*key, last) if error["type"] == "missing" else key


def _sentence(error: ErrorDetails) -> str:
    kind = error["type"]
    if kind == "extra_forbidden":
        return _unknown_key(str(error["loc"][-1]))
    context = error.get("ctx", {})
    if context.get("pattern") in _PATTERNS:
        return _PATTERNS[context["pattern"]]
    if kind in _SENTENCES:
        return _SENTENCES[kind].format_map(context)
    return error["msg"].removeprefix("Value error, ")


def _unknown_key(name: str) -> str:
    near = get_close_matches(name, (key for key in _KEYS if key != name), n=1)
    return f"is not a known key{f'; did you mean {near[0]!r}?' if near else ''}"
