"""Spans of time as a program file writes them: ``30m``, ``24h``, ``14d``."""

import re
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

Json = Any

_UNITS: Final = MappingProxyType({"d": 86_400, "h": 3_600, "m": 60, "s": 1})
_DURATION: Final = r"^[0-9]{1,9}[smhd]$"
LONGEST: Final = timedelta(days=366)


def duration(raw: Json) -> Json:
    """Return the span of a text such as ``30m``, and a span as it is; raises ValueError for anything else."""
    if isinstance(raw, timedelta):
        return raw
    if not isinstance(raw, str) or not re.fullmatch(_DURATION, raw, re.ASCII):
        raise ValueError("is not a duration such as 30m, 24h or 14d")
    span = timedelta(seconds=int(raw[:-1]) * _UNITS[raw[-1]])
    if span > LONGEST:
        raise ValueError(f"is longer than {LONGEST.days}d")
    return span


def duration_text(span: timedelta) -> str:
    """Write a duration in the greatest unit that leaves no rest, e.g. ``24h`` becomes ``1d``."""
    seconds = int(span.total_seconds())
    unit = next(unit for unit, size in _UNITS.items() if seconds % size == 0)
    return f"{seconds // _UNITS[unit]}{unit}" if seconds else "0s"


def positive(span: timedelta) -> timedelta:
    """Return the span; raises ValueError for none at all."""
    if not span:
        raise ValueError("must be longer than nothing")
    return span


Duration = Annotated[
    timedelta,
    BeforeValidator(duration),
    PlainSerializer(duration_text),
    WithJsonSchema({"type": "string", "pattern": _DURATION, "examples": ["30m", "24h", "14d"]}),
]
