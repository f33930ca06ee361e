"""Reads the YAML of a program into plain values, remembering the line and column of each.

Only what JSON can say is read: no tags, anchors, aliases or second documents, no key twice. Scalars
follow YAML 1.2, so ``on``, ``yes`` and ``21:00`` are texts.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

SIZE: Final = 1024 * 1024
NODES: Final = 20_000
DEPTH: Final = 32

Json = Any
Key = tuple[str | int, ...]

_WORDS: Final = MappingProxyType({"": None, "~": None, "null": None, "true": True, "false": False})
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,18}", re.ASCII)
_FLOAT: Final = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)(e[-+]?[0-9]+)?", re.ASCII | re.IGNORECASE
)
_UNSTORABLE: Final = re.compile(r"[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line and a column, both counted from 1."""

    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Fault:
    """One thing wrong in a program file. ``key`` is dotted, e.g. ``triggers.0.survey``."""

    where: str
    line: int
    column: int
    key: str
    problem: str

    def __str__(self) -> str:
        """Return ``file:line: key: problem``."""
        return f"{self.where}:{self.line}: {f'{self.key}: ' if self.key else ''}{self.problem}"


@dataclass(frozen=True, slots=True)
class Document:
    """The values of a file, the place of each, and what could not be read."""

    value: Json
    places: Mapping[Key, Place]
    problems: tuple[tuple[Place, Key, str], ...]

    def nearest(self, key: Key) -> tuple[Key, Place]:
        """Return the longest part of ``key`` that stands in the file, and where."""
        while key and key not in self.places:
            key = key[:-1]
        return key, self.places.get(key, Place())


@dataclass(slots=True)
class _Container:
    """A list or mapping being read; ``name`` is the mapping key waiting for its value."""

    key: Key
    value: list[Json] | dict[str, Json]
    name: str | None = None


class _Unreadable(Exception):
    """Reading cannot go on from here."""

    def __init__(self, place: Place, problem: str) -> None:
        super().__init__(problem)
        self.place = place
        self.problem = problem


@dataclass(slots=True)
class _Reader:
    """Turns parse events into values, without recursion."""

    value: Json = None
    places: dict[Key, Place] = field(default_factory=dict)
    problems: list[tuple[Place, Key, str]] = field(default_factory=list)
    stack: list[_Container] = field(default_factory=list)
    documents: int = 0

    def read(self, event: Event) -> None:
        """Take one parse event."""
        if isinstance(event, DocumentStartEvent):
            self._document(_place(event.start_mark))
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self.stack.pop()
        elif isinstance(event, NodeEvent):
            self._node(event, _place(event.start_mark))

    def _document(self, place: Place) -> None:
        self.documents += 1
        if self.documents > 1:
            raise _Unreadable(place, "a program is one document; remove the '---' before this")

    def _node(self, event: NodeEvent, place: Place) -> None:
        if self._expects_key():
            self._name(event, place)
            return
        key = self._key()
        self.places.setdefault(key, place)
        self._check(event, key, place)
        value = _value(event)
        self._put(value)
        if isinstance(value, list | dict):
            self.stack.append(_Container(key, value))

    def _check(self, event: NodeEvent, key: Key, place: Place) -> None:
        if len(self.places) > NODES:
            raise _Unreadable(place, f"has more than {NODES} values")
        if len(self.stack) >= DEPTH:
            raise _Unreadable(place, f"is nested more than {DEPTH} deep")
        if problem := _unwanted(event):
            self.problems.append((place, key, problem))

    def _expects_key(self) -> bool:
        top = self.stack[-1] if self.stack else None
        return top is not None and isinstance(top.value, dict) and top.name is None

    def _name(self, event: NodeEvent, place: Place) -> None:
        if not isinstance(event, ScalarEvent):
            raise _Unreadable(place, "a key must be a plain word")
        top, name = self.stack[-1], _storable(event.value)
        key = (*top.key, name)
        if problem := _unwanted(event):
            self.problems.append((place, key, problem))
        if key in self.places:
            first = self.places[key].line
            self.problems.append((place, key, f"stands here twice; the first is in line {first}"))
        self.places.setdefault(key, place)
        top.name = name

    def _key(self) -> Key:
        if not self.stack:
            return ()
        top = self.stack[-1]
        part = len(top.value) if isinstance(top.value, list) else top.name
        return (*top.key, part) if part is not None else top.key

    def _put(self, value: Json) -> None:
        if not self.stack:
            self.value = value
            return
        top = self.stack[-1]
        if isinstance(top.value, list):
            top.value.append(value)
        else:
            top.value[str(top.name)] = value
            top.name = None


def _place(mark: StringMark) -> Place:
    return Place(mark.line + 1, mark.column + 1)


def _value(event: NodeEvent) -> Json:
    if isinstance(event, MappingStartEvent):
        return {}
    if isinstance(event, SequenceStartEvent):
        return []
    if isinstance(event, ScalarEvent):
        text = _storable(event.value)
        return plain(text) if event.implicit[0] else text
    return None


def _storable(text: str) -> str:
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def plain(text: str) -> Json:
    """Resolve an unquoted scalar; numbers that JSON could not carry stay texts."""
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text


def _unwanted(event: NodeEvent) -> str | None:
    if isinstance(event, AliasEvent):
        return f"aliases (*{event.anchor}) are not read; write the value out"
    if event.anchor:
        return f"anchors (&{event.anchor}) are not read; write the value out where it is needed"
    if tag := getattr(event, "tag", None):
        return f"tags ({tag}) are not read; remove it"
    if isinstance(event, ScalarEvent) and _UNSTORABLE.search(event.value):
        return "holds a character that cannot be stored (NUL or half of a surrogate pair)"
    return None


def _events(text: str) -> Iterator[Event]:
    if len(text.encode("utf-8", "surrogatepass")) > SIZE:
        raise _Unreadable(Place(), f"is larger than {SIZE} bytes")
    yield from YAML(typ="safe", pure=True).parse(text)


def _syntax(exc: MarkedYAMLError) -> tuple[Place, Key, str]:
    mark = exc.problem_mark or exc.context_mark
    problem = ", ".join(part for part in (exc.problem, exc.context) if part)
    return (_place(mark) if mark else Place()), (), f"is not YAML: {problem}"


@lru_cache(maxsize=8)
def read(text: str) -> Document:
    """Read a program file; never raises. What could not be read is in ``problems``.

    Reading takes 50 ms, and whoever plans a change reads the same few texts again and again: what is returned is
    shared, so nobody changes it.
    """
    reader = _Reader()
    try:
        for event in _events(text):
            reader.read(event)
    except _Unreadable as exc:
        reader.problems.append((exc.place, (), exc.problem))
    except ReaderError as exc:
        line = text.count("\n", 0, exc.position) + 1
        problem = f"holds the character U+{exc.character:04X}, which YAML does not allow"
        reader.problems.append((Place(line), (), problem))
    except MarkedYAMLError as exc:
        reader.problems.append(_syntax(exc))
    except (YAMLError, ValueError, OverflowError, AssertionError) as exc:
        # ruamel.yaml 0.19 lets these out for escapes above \U0010FFFF and for %YAML 1.92.
        place = max(reader.places.values(), default=Place())
        reader.problems.append((place, (), f"is not YAML: {exc} (just after here)"))
    return Document(reader.value, reader.places, tuple(reader.problems))
