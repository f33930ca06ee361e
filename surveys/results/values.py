"""What a row says beside its score: its change, its weeks, its reasons, its bounds, how it came about."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

from surveys.journey import Texts
from surveys.model import Channel

Json = Any
Verdict = Literal["better", "worse", "same"]
Among = Literal["stage", "place"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A row beside another side: the same place in another window, or all other stages in this one.

    Nothing but ``refused`` is set where the two may not be compared; every number is None then.

    Attributes:
        against: the other side: ``2026-10``, ``2026-08-01..2026-10-31``, or ``others``.
        value, n: the other side's plain score and how many it rests on.
        difference, low, high: this minus the other, in the score's display unit, with its 95% interval.
        p: of no difference; None where no test may be made.
        p_holm: ``p`` corrected for all rows of the family that were tested (surveys.results.judging).
        verdict: set only where a rule allows a word: closed periods, ten or more on each side.
        look: whether the row is on the list of those worth a look (Benjamini-Hochberg, 10%).
        refused: why the two are not compared, as codes of surveys.results.comparable.
        notes: what else differs between the two, as codes of surveys.results.comparable.
    """

    against: str
    value: float | None = None
    n: int | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    method: str | None = None
    p: float | None = None
    p_holm: float | None = None
    verdict: Verdict | None = None
    look: bool = False
    refused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """Return the change as the API gives it."""
        return {**asdict(self), "refused": list(self.refused), "notes": list(self.notes)}


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekPoint:
    """One week of a sparkline, named by its Monday; None is hidden, and ``n`` 0 is nobody."""

    week: date
    value: float | None
    n: int | None

    def to_json(self) -> dict[str, Json]:
        """Return the point as the API gives it."""
        return {"week": self.week.isoformat(), "value": self.value, "n": self.n}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pain:
    """What customers of the low band named most often, and how many of them."""

    id: str
    label: Texts
    count: int

    def to_json(self) -> dict[str, Json]:
        """Return the pain as the API gives it."""
        return {"id": self.id, "label": dict(self.label), "count": self.count}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Where the score of everybody delivered to lies, whatever those who said nothing think."""

    low: float
    high: float

    def to_json(self) -> dict[str, Json]:
        """Return the bounds as the API gives them."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighted:
    """The score as if every channel had answered alike; shown beside the plain one, never in its place.

    ``effective`` is Kish's number of answers; ``collapsed`` the channels of few answers weighted as one.
    """

    value: float
    low: float
    high: float
    method: str
    effective: float
    collapsed: tuple[str, ...] = ()
    trimmed: bool = False

    def to_json(self) -> dict[str, Json]:
        """Return the score as the API gives it."""
        return {**asdict(self), "collapsed": list(self.collapsed)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A row that was compared together with others; ``p`` is None where it was not tested.

    ``among`` says which others: the stages, or the places that the table's rows are. Each is a family of its own.
    """

    filters: Mapping[str, str]
    series: str
    p: float | None
    among: Among = "stage"

    def to_json(self) -> dict[str, Json]:
        """Return the member as the API gives it."""
        named = {"series": self.series, "p": self.p, "among": self.among}
        return {"filters": dict(self.filters), **named}


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelCell:
    """How far the invitations of one stage and channel came; None is hidden."""

    stage: str
    channel: str
    invited: int | None
    delivered: int | None
    started: int | None
    answered: int | None
    completed: int | None

    @property
    def opened(self) -> int | None:
        """How many were seen; None on channels that do not tell. A browser fetches what it shows."""
        return self.delivered if self.channel == Channel.WEBCHAT else None

    def to_json(self) -> dict[str, Json]:
        """Return the cell as the API gives it."""
        return {**asdict(self), "opened": self.opened}


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The cohort of all rows together; None where it is hidden, for a hidden row could be told from it."""

    invited: int | None
    delivered: int | None
    started: int | None
    answered: int | None
    completed: int | None

    @property
    def response_rate(self) -> float | None:
        """Answered of delivered, 0..1; None while nothing is delivered or answered is hidden."""
        if self.answered is None or not self.delivered:
            return None
        return self.answered / self.delivered

    def to_json(self) -> dict[str, Json]:
        """Return the totals as the API gives them."""
        return {**asdict(self), "response_rate": self.response_rate}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How one row came about, enough to count it again from the raw answers (tests/recompute.py).

    Attributes:
        filters: what was asked for and what the row itself stands for, by name.
        since, until: the days, both inclusive; ``rule`` and ``period`` say which answers of them count.
        program: the program version it was read with; ``changes`` the versions that began in the window.
        hash: SHA-256 over what was counted (surveys.results.recipes); None where the row is hidden.
    """

    filters: Mapping[str, str]
    since: date
    until: date
    rule: str
    period: str
    series: str
    program: str
    changes: tuple[str, ...] = ()
    hash: str | None = None

    def to_json(self) -> dict[str, Json]:
        """Return the recipe as the API gives it."""
        return {
            "filters": dict(self.filters),
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "rule": self.rule,
            "period": self.period or None,
            "series": self.series,
            "program": self.program,
            "changes": list(self.changes),
            "hash": self.hash,
        }
