"""Parses JSON from strangers: everything that would hurt later is refused here, with its place."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from surveys.errors import InvalidInput
from surveys.model import Json

MAX_DEPTH: Final = 20

# The closing quote is optional so that an unterminated string is one token, not a rescan per quote.
_TOKENS: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
# 308 digits always fit a double; a longer run is looked at more closely.
_LONG_NUMBER: Final = re.compile(r"(?<!\d)\d{309}")
# NUL and surrogates, of pairs too; raw ones cannot pass UTF-8 and the scanner.
_ESCAPED: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


class _Flaw:
    """Stands where a value cannot be accepted, until the walk finds its path."""

    def __init__(self, problem: str) -> None:
        self.problem = problem


class _Repeated(_Flaw):
    def __init__(self, pairs: list[tuple[str, Json]]) -> None:
        super().__init__("appears twice in its object")
        self.key = Counter(key for key, _ in pairs).most_common(1)[0][0]
        self.value = dict(pairs)


class _Hooks:
    """Callbacks of one parse. The C scanner does the work; flaws are marked, not raised."""

    def __init__(self) -> None:
        self.marked = False

    def constant(self, name: str) -> Json:
        self.marked = True
        return _Flaw(f"{name} is not JSON")

    def floating(self, digits: str) -> Json:
        value = float(digits)
        if math.isinf(value):
            self.marked = True
            return _Flaw("the number is too large")
        return value

    def object(self, pairs: list[tuple[str, Json]]) -> Json:
        value = dict(pairs)
        if len(value) == len(pairs):
            return value
        self.marked = True
        return _Repeated(pairs)


def parse(body: bytes) -> Json:
    """Return the JSON value of ``body``.

    Raises:
        InvalidInput: it is not UTF-8 or not JSON, nests deeper than 20, or holds NaN, Infinity, a
            number no double can hold, a repeated key, NUL or a lone surrogate. ``where`` is a path
            like ``data.items[3].name`` or, where there is no path, a line and column.
    """
    text = decoded(body)
    _check_depth(text)
    hooks = _Hooks()
    decoder = json.JSONDecoder(
        object_pairs_hook=hooks.object,
        parse_constant=hooks.constant,
        parse_float=hooks.floating,
    )
    long_number = _LONG_NUMBER.search(text)
    try:
        value = decoder.decode(text)
    except json.JSONDecodeError as exc:
        raise InvalidInput(f"line {exc.lineno} column {exc.colno}", exc.msg) from exc
    except ValueError as exc:
        # int() refuses more than 4300 digits; it does not say where.
        place = _line_and_column(text, long_number.start() if long_number else 0)
        raise InvalidInput(place, "the number is too large") from exc
    if hooks.marked or long_number or _ESCAPED.search(text):
        _check_values(value)
    return value


def parse_object(body: bytes) -> dict[str, Json]:
    """Return the JSON object of ``body``; see ``parse``."""
    value = parse(body)
    if not isinstance(value, dict):
        raise InvalidInput("line 1 column 1", "must be a JSON object")
    return value


def check_text(text: str, where: str) -> str:
    """Return ``text``, which came from elsewhere than a JSON body, if every database can store it."""
    if _UNSTORABLE.search(text):
        raise InvalidInput(where, "holds NUL or a lone surrogate")
    return text


def decoded(body: bytes) -> str:
    """Return the text of ``body``; raises InvalidInput naming the line and column of the first bad byte."""
    try:
        return body.decode()
    except UnicodeDecodeError as exc:
        before = body[: exc.start]
        line, column = before.count(b"\n") + 1, exc.start - before.rfind(b"\n")
        raise InvalidInput(f"line {line} column {column}", "is not UTF-8") from exc


def _check_depth(text: str) -> None:
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return
    depth = 0
    for token in _TOKENS.finditer(text):
        character = token[0][0]
        if character in "[{":
            depth += 1
        elif character in "]}":
            depth -= 1
        if depth > MAX_DEPTH:
            place = _line_and_column(text, token.start())
            raise InvalidInput(place, f"is nested deeper than {MAX_DEPTH}")


def _line_and_column(text: str, index: int) -> str:
    line = text.count("\n", 0, index) + 1
    return f"line {line} column {index - text.rfind(chr(10), 0, index)}"


def _check_values(root: Json) -> None:
    for path, value in _walk("", root):
        if isinstance(value, _Flaw):
            raise InvalidInput(path, value.problem)
        if isinstance(value, str):
            check_text(value, path)
        elif type(value) is int and _exceeds_double(value):
            raise InvalidInput(path, "the number is too large")


def _exceeds_double(value: int) -> bool:
    try:
        float(value)
    except OverflowError:
        return True
    return False


def _walk(path: str, value: Json) -> Iterator[tuple[str, Json]]:
    """Yield every value with its path; recursion is bounded by the depth check before."""
    if isinstance(value, dict):
        for key, member in value.items():
            place = _member(path, key)
            yield place, key
            yield from _walk(place, member)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(f"{path}[{index}]", item)
    elif isinstance(value, _Repeated):
        yield from _walk(path, value.value)
        yield _member(path, value.key), value
    else:
        yield path, value


def _member(path: str, key: str) -> str:
    name = _UNSTORABLE.sub("?", key[:64])
    return f"{path}.{name}" if path else name
