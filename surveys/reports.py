"""Counts, and answers to be read: what is kept in the commit of each answer, and how it is read back.

One answer's way: its score is added to the histograms of its day, by all four rules, to the same histograms of each
of its sides, and its invitation to the cohorts of its send day; all in the commit that stores it. Results sum these
counts. Whatever no count answers (several sides at once, customers who answered often, single answers) is read from
the answers themselves.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from struct import Struct
from typing import Any, Final, Protocol

from surveys.model import (
    CountRule,
    DayScores,
    Dimensions,
    FunnelCount,
    FunnelStep,
    ScoreCount,
    Side,
)

IMPORTED: Final = "imported"
"""How an answer was given (``Answer.given``) that came from another system."""

READING_SECONDS: Final = 2.0
"""How long ``scan``, ``clusters``, ``given`` and ``repeated`` may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreChange:
    """``by`` more answers in one histogram; ``period`` is ``2026-11`` or ``2026-Q4``, else ""."""

    rule: CountRule
    period: str
    day: date
    dimensions: Dimensions
    score: int
    by: int
    sides: tuple[Side, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepChange:
    """``by`` more invitations of a send day at one step."""

    step: FunnelStep
    day: date
    dimensions: Dimensions
    by: int
    sides: tuple[Side, ...] = ()


class Counts(Protocol):
    """Histograms and cohort counts, kept in the commit of what they count."""

    def add_scores(self, changes: Sequence[ScoreChange]) -> None:
        """Add each change to its histogram, and to that of each of its sides."""

    def add_steps(self, changes: Sequence[StepChange]) -> None:
        """Add each change to its cohort, and to that of each of its sides."""

    def segment(self, attribute: str, value: str) -> Side:
        """Return under which value a segment's value counts: its own among the attribute's first fifty, else OTHER.

        "" (unknown) always keeps its name. Rivals agree on which are the first.
        """


Place = tuple[datetime, str]
"""Where a reading of answers has come to: ``answered_at`` and id of the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow:
    """A stored score with everything that was said beside it, to be analysed or handed out. No aggregate: not suppressed.

    Attributes:
        id: of the score; ``version`` counts its edits from 1.
        day: the first answer's day in the company's zone; an edit keeps it, as it does ``answered_at``.
        choice: the word, on a scale of words.
        reasons: the chosen chips. comment: what she wrote; None also once it has been erased or aged out.
        handler: who handled the case. segments: attribute to value; {} on answers from before they were kept.
        given: tapped, typed, confirmed or IMPORTED; None on answers from before this was kept.
    """

    id: str
    subject_id: str
    invitation_id: str
    dimensions: Dimensions
    survey_version: int
    day: date
    answered_at: datetime
    version: int
    score: int
    choice: str | None = None
    reasons: tuple[str, ...] = ()
    comment: str | None = None
    handler: str | None = None
    segments: Mapping[str, str]
    given: str | None = None
    confidence: float | None = None

    @property
    def imported(self) -> bool:
        """Whether it came from another system."""
        return self.given == IMPORTED

    @property
    def place(self) -> Place:
        """Where a reading goes on behind it."""
        return self.answered_at, self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """An answer as it now stands, and the number of its newest change."""

    number: int
    answer: AnswerRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """How many customers gave exactly these answers: ``counts[s]`` times score s (0..10).

    ``key`` are the values of the Dimensions by which it was asked. Sums over customers of any function of their
    answers are sums over clusters, which are few.
    """

    key: tuple[str, ...]
    counts: tuple[int, int, int, int, int, int, int, int, int, int, int]
    customers: int


Key = tuple[str, ...]
_HISTOGRAM: Final = Struct("<11I")
_ONE_OF: Final = tuple(1 << 32 * score for score in range(11))
"""One answer of each score, as the histogram's number: 32 bits a score, so that histograms are added as numbers are."""


@dataclass(frozen=True, slots=True)
class Given:
    """The scores of some days and who gave each, read once to be counted in several ways: of few, a tenth of the work.

    Attributes:
        tags: combinations of tags by a number of the storage's own; perhaps others, too.
        once: how many customers gave one answer and no other, by the number of its tags and its score.
        often: customer, number of the tags, and score of each answer of all others.
    """

    tags: Mapping[int, Dimensions]
    once: Mapping[tuple[int, int], int]
    often: Sequence[Sequence[Any]]

    @classmethod
    def of(cls, tags: Mapping[int, Dimensions], rows: Sequence[Sequence[Any]]) -> "Given":
        """Return what rows of customer, number of the tags, and score tell, one an answer, in no order."""
        times = Counter([row[0] for row in rows])
        once = Counter([(tag, score) for who, tag, score in rows if times[who] == 1])
        return cls(tags, once, [row for row in rows if times[row[0]] > 1])

    def clusters(self, by: Sequence[str], where: Mapping[str, str]) -> tuple[Cluster, ...]:
        """Return what ``Reports.clusters`` does of the same days and sides."""
        keys = {
            number: tuple([getattr(tags, name) for name in by])
            for number, tags in self.tags.items()
            if all(getattr(tags, name) == value for name, value in where.items())
        }
        customers: dict[Key, dict[str, int]] = {key: {} for key in keys.values()}
        of_tags = {number: customers[key] for number, key in keys.items()}
        for customer, number, score in self.often:
            if (given := of_tags.get(number)) is not None:
                given[customer] = given.get(customer, 0) + _ONE_OF[score]
        alike = {key: Counter(given.values()) for key, given in customers.items()}
        for (number, score), count in self.once.items():
            if number in keys:
                alike[keys[number]][_ONE_OF[score]] += count
        return _in_order(alike)


def _in_order(alike: Mapping[Key, Mapping[int, int]]) -> tuple[Cluster, ...]:
    found = [
        Cluster(key=key, counts=_histogram(number), customers=customers)
        for key, numbers in alike.items()
        for number, customers in numbers.items()
    ]
    return tuple(sorted(found, key=attrgetter("key", "counts")))


def _histogram(number: int) -> tuple[int, int, int, int, int, int, int, int, int, int, int]:
    return _HISTOGRAM.unpack(number.to_bytes(_HISTOGRAM.size, "little"))


@dataclass(frozen=True, slots=True)
class WeekScores:
    """Histograms of some tags by week, named by its Monday: ``weeks[monday][s]`` answers with score s (0..10)."""

    dimensions: Dimensions
    weeks: Mapping[date, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Repeated:
    """How many answers with some tags a customer gave in a week, named by its Monday, of which she gave more than one.

    Her answers with other tags in the same week are told beside.
    """

    dimensions: Dimensions
    monday: date
    customer: str
    answers: int


@dataclass(frozen=True, slots=True)
class Apart:
    """What some tags count for each value of an attribute: how many answers, or how many invitations by step.

    No scores: it is what deciding on what is hidden takes, and a tenth of the work of reading all histograms.
    """

    dimensions: Dimensions
    values: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Spread:
    """What whole months tell of the values of an attribute under some tags: one number each, or one a step.

    Attributes:
        least: what all values have in one month.
        most: what all values have in all of the months.
        doubtful: how many values have anything in the months, and less than enough in the one.
    """

    dimensions: Dimensions
    least: tuple[int, ...]
    most: tuple[int, ...]
    doubtful: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Months:
    """Months by their first days: ``one`` among those ``since`` to ``until``; ``enough`` is what is asked of it."""

    one: date
    since: date
    until: date
    enough: int


class Reports(Protocol):
    """Reads counts back, summed over days ``since`` to ``until``, both inclusive.

    Rows come sorted by the fields of their Dimensions in declaration order; all-zero rows are left out. With a
    ``side`` only what has that value is counted.
    """

    def scores(
        self,
        rule: CountRule,
        since: date,
        until: date,
        period: str = "",
        side: Side | None = None,
    ) -> tuple[ScoreCount, ...]:
        """Return the histograms of the rule (and, for month and quarter, of the period)."""

    def daily(
        self,
        rule: CountRule,
        since: date,
        until: date,
        period: str = "",
        side: Side | None = None,
    ) -> tuple[DayScores, ...]:
        """Return the same, day by day: sorted by day first."""

    def weekly(self, rule: CountRule, since: date, until: date) -> tuple[WeekScores, ...]:
        """Return everybody's histograms week by week."""

    def funnel(self, since: date, until: date, side: Side | None = None) -> tuple[FunnelCount, ...]:
        """Return the cohort counts."""

    def answers_apart(
        self, attribute: str, rule: CountRule, since: date, until: date, period: str = ""
    ) -> tuple[Apart, ...]:
        """Return how many answers each value of an attribute has, by tags, without those that have none."""

    def steps_apart(self, attribute: str, since: date, until: date) -> tuple[Apart, ...]:
        """Return how many invitations came as far as each step (FunnelStep's order), likewise."""

    def answers_spread(
        self, attribute: str | None, rule: CountRule, months: Months
    ) -> tuple[Spread, ...]:
        """Return what months tell of the answers of each value of an attribute, by tags.

        None stands for an attribute of which everybody has the same one value.
        """

    def steps_spread(self, attribute: str | None, months: Months) -> tuple[Spread, ...]:
        """Return what months tell of the invitations, likewise."""

    def side_values(self, attribute: str) -> tuple[str, ...]:
        """Return the values that anything was ever counted under, sorted."""

    def recount(self, since: date, until: date) -> tuple[ScoreCount, ...]:
        """Return what ``scores(ALL)`` must be, counted from the stored answers themselves."""

    def scan(
        self, rule: CountRule, since: date, until: date, sides: Sequence[Side]
    ) -> tuple[ScoreCount, ...]:
        """Return the histograms of the answers that have all these sides, read from the answers.

        With ALL every score counts, with any other rule the newest of each rule key within the days, by (day,
        answered_at, id): what ``scores`` gives for a window that ends today, or is the whole period. Raises TooMuch.
        """

    def clusters(
        self,
        since: date,
        until: date,
        by: Sequence[str],
        where: Mapping[str, str],
        sides: Sequence[Side] = (),
    ) -> tuple[Cluster, ...]:
        """Return how often customers answered what, by these Dimensions, of the answers that have all these values.

        ``by`` and ``where`` name fields of Dimensions. Sorted. Raises TooMuch.
        """

    def given(self, since: date, until: date, sides: Sequence[Side] = ()) -> Given:
        """Return all answers that have all these sides, where they are known to be few. Raises TooMuch."""

    def repeated(self, since: date, until: date) -> tuple[Repeated, ...]:
        """Return what customers answered who gave more than one answer in one week of these days, in any order.

        Reads every answer of the days. Raises TooMuch.
        """

    def answer_rows(
        self, since: date, until: date, after: Place | None, limit: int
    ) -> tuple[AnswerRow, ...]:
        """Return scores answered on these days, by (answered_at, id), behind ``after`` where given."""

    def changes(self, after: int, limit: int) -> tuple[Changed, ...]:
        """Return answers that are new or changed since a number, by number; 0 is the beginning.

        An edit, a reason, a comment, an erasure or another subject makes an answer come again, as it now stands,
        with a higher number. Whoever goes on behind the last number misses nothing, in whatever order the commits
        came. Has to be written: it numbers what it reads.
        """
