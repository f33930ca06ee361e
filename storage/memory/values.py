"""Brings a value into the shape in which a database would return it."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

T = TypeVar("T")


def settled(value: T) -> T:
    """Return the value with every time in UTC and every JSON part copied.

    Raises ValueError for a naive datetime or a part that JSON cannot carry.
    """
    result: T = _settled(value)
    return result


def _settled(value: Any) -> Any:
    if isinstance(value, datetime):
        return _in_utc(value)
    if isinstance(value, Mapping | list):
        return json.loads(json.dumps(value, allow_nan=False))
    if isinstance(value, tuple):
        return tuple(_settled(part) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        return _rebuilt(value)
    return value


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        message = f"{moment.isoformat()} has no time zone"
        raise ValueError(message)
    return moment.astimezone(UTC)


def _rebuilt(value: Any) -> Any:
    parts = {part.name: getattr(value, part.name) for part in fields(value)}
    changed = {name: new for name, old in parts.items() if (new := _settled(old)) is not old}
    return replace(value, **changed) if changed else value
