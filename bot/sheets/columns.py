"""Columns of a table, and what they hold."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Kind(Enum):
    """What a column holds, so that each format writes it as its own."""

    TEXT = "text"
    ID = "id"
    """An id of ours: text that no spreadsheet can run, whatever it begins with."""
    WHOLE = "whole"
    NUMBER = "number"
    YES = "yes"
    DAY = "day"
    INSTANT = "instant"
    WORDS = "words"
    """Several words; in one cell they are parted by ``|``."""
    PAIRS = "pairs"
    """Values by name; in one cell JSON."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, what it holds, and where that comes from; None is unknown."""

    name: str
    kind: Kind
    read: Callable[[Any], Any]
