"""What Telegram refuses, in its own words: built-in limits, HTML entities, and the machine-readable API."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

from surveys.model import Json


@dataclass(slots=True)
class Refusal(Exception):
    """An answer with ``ok: false``."""

    code: int
    description: str
    parameters: Mapping[str, Json] = field(default_factory=dict)

    def body(self) -> dict[str, Json]:
        said = {"ok": False, "error_code": self.code, "description": self.description}
        return {**said, "parameters": dict(self.parameters)} if self.parameters else said


def bad_request(problem: str) -> Refusal:
    return Refusal(400, f"Bad Request: {problem}")


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


# --- entities ---------------------------------------------------------------------------------------

_TAGS = frozenset({"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "a"})
_MARKUP = re.compile(r"<(/?)([a-zA-Z][\w-]*)?([^<>]*)>|<")


def visible(text: str, parse_mode: str | None) -> str:
    """Return what the customer reads; raise Refusal for HTML that Telegram can't parse."""
    if parse_mode is None:
        return text
    if parse_mode != "HTML":
        raise bad_request("unsupported parse_mode")
    open_tags: list[str] = []
    for match in _MARKUP.finditer(text):
        _tag(match, open_tags, len(text[: match.start()].encode()))
    if open_tags:
        raise _unparsable(f'Can\'t find end tag corresponding to start tag "{open_tags[-1]}"')
    return unescape(_MARKUP.sub("", text))


def _tag(match: re.Match[str], open_tags: list[str], offset: int) -> None:
    closing, name = match[1], (match[2] or "").lower()
    if name not in _TAGS:
        raise _unparsable(f'Unsupported start tag "{name}" at byte offset {offset}')
    if not closing:
        open_tags.append(name)
    elif not open_tags:
        raise _unparsable(f"Unexpected end tag at byte offset {offset}")
    elif open_tags.pop() != name:
        raise _unparsable(f"Unmatched end tag at byte offset {offset}")


def _unparsable(problem: str) -> Refusal:
    return bad_request(f"can't parse entities: {problem}")


# --- limits -----------------------------------------------------------------------------------------


def check_text(text: Json, parse_mode: str | None) -> str:
    if not isinstance(text, str):
        raise bad_request("message text is empty")
    shown = visible(text, parse_mode)
    if not shown.strip():
        raise bad_request("message text is empty")
    if utf16(shown) > 4096:
        raise bad_request("message is too long")
    return shown


def check_keyboard(markup: Json) -> list[list[dict[str, Json]]]:
    """Return the rows of an inline keyboard."""
    if markup is None:
        return []
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request("object expected as reply markup")
    if sum(map(len, rows)) > 100 or any(len(row) > 8 for row in rows):
        raise bad_request("reply markup is too long")
    for button in (each for row in rows for each in row):
        _check_button(button)
    return [row for row in rows if row]


def _check_button(button: Json) -> None:
    if not isinstance(button, dict) or not str(button.get("text", "")).strip():
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed")
    data = button.get("callback_data")
    if "callback_data" in button and not 1 <= len(str(data).encode()) <= 64:
        raise bad_request("BUTTON_DATA_INVALID")


def check_commands(commands: Json) -> None:
    for each in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", str(each.get("command"))):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(str(each.get("description", ""))) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")


# --- the machine-readable Bot API ---------------------------------------------------------------------


class Spec:
    """Types and methods of one Bot API version; absent data checks nothing."""

    def __init__(self, path: Path | None) -> None:
        said = json.loads(path.read_text()) if path else {"methods": {}, "types": {}}
        self._methods: dict[str, Json] = {
            name.lower(): method for name, method in said["methods"].items()
        }
        self._types: dict[str, Json] = said["types"]

    def check_call(self, method: str, arguments: Mapping[str, Json]) -> None:
        """Raise Refusal for an unknown method, unknown or missing arguments, and wrong types."""
        if not self._methods:
            return
        if method.lower() not in self._methods:
            raise Refusal(404, "Not Found: method not found")
        fields = self._methods[method.lower()].get("fields", [])
        for fault in self._object_faults(arguments, fields, method):
            raise bad_request(fault)

    def faults(self, value: Json, name: str) -> tuple[str, ...]:
        """Say in what ``value`` is no object of the named type."""
        return tuple(self._faults(value, name, name)) if self._types else ()

    def _object_faults(
        self, value: Mapping[str, Json], fields: Sequence[Mapping[str, Any]], where: str
    ) -> Iterator[str]:
        known = {each["name"]: each for each in fields}
        yield from (f"{where}.{name} is unknown" for name in value if name not in known)
        for name, each in known.items():
            if name not in value:
                if each["required"]:
                    yield f"{where}.{name} is missing"
            elif not any(
                not tuple(self._faults(value[name], kind, f"{where}.{name}"))
                for kind in each["types"]
            ):
                yield f"{where}.{name} is not of {each['types']}"

    def _faults(self, value: Json, name: str, where: str) -> Iterator[str]:
        simple = {"Integer": int, "String": str, "Boolean": bool, "True": bool, "Float": float}
        if name.startswith("Array of "):
            if not isinstance(value, list):
                yield f"{where} is no list"
                return
            for index, each in enumerate(value):
                yield from self._faults(each, name.removeprefix("Array of "), f"{where}[{index}]")
        elif name in simple:
            if type(value) is not simple[name]:
                yield f"{where} is no {name}"
        elif "subtypes" in self._types[name]:
            kinds = self._types[name]["subtypes"]
            if all(tuple(self._faults(value, kind, where)) for kind in kinds):
                yield f"{where} is none of {kinds}"
        elif isinstance(value, dict):
            yield from self._object_faults(value, self._types[name].get("fields", []), where)
        else:
            yield f"{where} is no {name}"
