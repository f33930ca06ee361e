"""What customers wrote, to be read: single texts, no aggregate, for those who may read answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from surveys.model import Side
from surveys.reports import AnswerRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which texts to show.

    Attributes:
        since, until: the days of the texts, both inclusive.
        tags: values of Dimensions by field; what is not named may be any.
        low, high: the scores of the answers they were written to, both inclusive.
        theme: a theme that is meant, or "" for any and none.
        sides: what all of them have.
    """

    since: date
    until: date
    tags: Mapping[str, str] = field(default_factory=dict)
    low: int = 0
    high: int = 10
    theme: str = ""
    sides: tuple[Side, ...] = ()


class Verbatims(Protocol):
    """Answers with a comment."""

    def newest(self, wanted: Wanted, limit: int) -> tuple[AnswerRow, ...]:
        """Return answers with a comment, the newest comment first.

        Where sides are wanted, only the newest five hundred of each combination of tags are looked at.
        """
