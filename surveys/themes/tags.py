"""Which themes an answer has, who says so, and what is counted of them.

One answer's walk: a score is stored, and has no theme. A reason is tapped or a comment written: the dictionary is asked,
the themes become the answer's tags, and each is counted under the answer's first day and its score, in the same commit.
The score changes: each count moves. Staff add or take away a theme: theirs stays whatever the dictionary says later.
The words are erased: the tags stay, for they name nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from surveys.model import Dimensions, Side


class By(StrEnum):
    """Who says that an answer has a theme."""

    CHIP = "chip"
    DICTIONARY = "dictionary"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Tag:
    """A theme of an answer. ``meant`` is False where staff say that it is not meant, whatever else says so."""

    theme: str
    by: By
    meant: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeChange:
    """Add ``by`` (+1 or -1) to the answers of this day, tags and score that have the theme, and to each side's."""

    theme: str
    day: date
    dimensions: Dimensions
    score: int
    by: int
    sides: tuple[Side, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeCount:
    """How many answers have a theme: ``counts[s]`` of them with score s (0..10)."""

    dimensions: Dimensions
    theme: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An answer that has a theme, and whose it is: for deciding what is shown, and never to be shown."""

    customer: str
    theme: str
    dimensions: Dimensions
    score: int
    sides: tuple[Side, ...] = ()


class Themes(Protocol):
    """The tags of answers, and their counts. An answer is named by the id of its score."""

    def of(self, answer_id: str) -> tuple[Tag, ...]:
        """Return the answer's tags, sorted by theme."""

    def put(self, answer_id: str, day: date, tags: Sequence[Tag]) -> None:
        """Let these be all the tags of the answer, whose first day is ``day``."""

    def add(self, changes: Sequence[ThemeChange]) -> None:
        """Add to the counts."""

    def counts(self, since: date, until: date, side: Side | None = None) -> tuple[ThemeCount, ...]:
        """Return the counts of these days, both inclusive, summed over channels and languages.

        Their dimensions name neither. Sorted by dimensions, then theme; what counts nothing is left out.
        """

    def counts_apart(self, since: date, until: date) -> tuple[ThemeCount, ...]:
        """Return the same with channels and languages apart, of everybody."""

    def named(self, since: date, until: date) -> tuple[Named, ...]:
        """Return what is counted of these days, one by one, the oldest answer first: where they are known to be few."""

    def recount(self, since: date, until: date) -> tuple[ThemeCount, ...]:
        """Return what ``counts_apart`` must be, counted from the tags and the scores themselves."""

    def days(self) -> tuple[date, ...]:
        """Return the days on which something is tagged or counted, sorted."""

    def rebuild(self, day: date) -> None:
        """Replace all counts of a day by what the tags and the scores say."""

    def how_many_said(self) -> int:
        """Count the invitations that ``said`` returns, page by page."""

    def said(self, after: str, limit: int) -> tuple[str, ...]:
        """Return the next invitations by id, after one of them, that have a reason or a comment."""
