"""How often analyses run by themselves: a setting."""

import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

_SPAN = re.compile(r"([1-9][0-9]{0,3})(h|d)")
_HOURS = {"h": 1, "d": 24}


class Pace(StrEnum):
    """When analyses run by themselves, where no span says it."""

    NIGHTLY = "nightly"
    NEVER = "never"


def _every(given: Any) -> Any:
    """Read ``nightly``, ``never``, or a span such as ``6h`` or ``7d``."""
    if given in tuple(Pace):
        return Pace(given)
    match = _SPAN.fullmatch(given) if isinstance(given, str) else None
    if match is None:
        raise PydanticCustomError("pace", "must be nightly, never, or like 6h or 7d")
    return timedelta(hours=int(match[1]) * _HOURS[match[2]])


Every = Annotated[Pace | timedelta, BeforeValidator(_every)]
