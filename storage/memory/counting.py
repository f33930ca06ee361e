"""Answers and counts in memory."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import astuple, dataclass, replace
from datetime import date, datetime
from operator import attrgetter

from storage.memory.table import Table, UndoLog
from surveys.errors import NotFound
from surveys.model import (
    Answer,
    CountRule,
    Dimensions,
    FunnelCount,
    FunnelStep,
    NewestKey,
    ScoreCount,
)


@dataclass(frozen=True, slots=True)
class _Version:
    answer: Answer
    at: datetime


@dataclass(frozen=True, slots=True)
class _Newest:
    key: NewestKey
    answer_id: str


class MemoryAnswers:
    """See surveys.ports.Answers."""

    def __init__(self, log: UndoLog) -> None:
        self._answers: Table[Answer] = Table(
            "answer",
            log,
            unique=("invitation_id", "question"),
            groups=("invitation_id", "subject_id"),
        )
        self._history: Table[_Version] = Table(
            "answer version", log, key=("answer.id", "answer.version")
        )
        self._newest: Table[_Newest] = Table("newest answer", log, key=("key",))

    def get(self, invitation_id: str, question: str) -> Answer | None:
        """Return the current version."""
        return self._answers.find((invitation_id, question))

    def all(self) -> Iterable[Answer]:
        """Return the current versions."""
        return self._answers

    def by_id(self, answer_id: str) -> Answer | None:
        """Return the current version."""
        return self._answers.get(answer_id)

    def add(self, answer: Answer) -> None:
        """Insert version 1."""
        self._answers.add(answer)
        self._history.add(_Version(answer, answer.answered_at))

    def revise(self, answer: Answer, at: datetime) -> None:
        """Replace the current version, numbered one higher."""
        current = self._answers.get(answer.id)
        if current is None:
            raise NotFound("answer", answer.id)
        revised = replace(answer, version=current.version + 1)
        self._answers.save(revised)
        self._history.add(_Version(revised, at))

    def of_invitation(self, invitation_id: str) -> tuple[Answer, ...]:
        """Return the invitation's answers."""
        found = self._answers.of("invitation_id", invitation_id)
        return tuple(sorted(found, key=attrgetter("question")))

    def newest(self, key: NewestKey) -> str | None:
        """Return the newest answer of the rule key in the window."""
        pointer = self._newest.get(key)
        return pointer.answer_id if pointer else None

    def set_newest(self, key: NewestKey, answer_id: str) -> None:
        """Point the rule key's window at an answer."""
        self._newest.put(_Newest(key, answer_id))

    def forget_newest(self, key: NewestKey) -> None:
        """Point the rule key's window at nothing."""
        self._newest.remove(key)

    def of_subject(self, subject_id: str) -> tuple[Answer, ...]:
        """Return the subject's answers."""
        found = self._answers.of("subject_id", subject_id)
        return tuple(sorted(found, key=attrgetter("answered_at", "id")))

    def give(self, answer_id: str, subject_id: str) -> None:
        """Make an answer another subject's."""
        answer = self._answers.get(answer_id)
        if answer is None:
            raise NotFound("answer", answer_id)
        self._answers.save(replace(answer, subject_id=subject_id))


@dataclass(frozen=True, slots=True)
class ScoreBucket:
    """How many answers of one day had one score."""

    rule: CountRule
    period: str
    day: date
    dimensions: Dimensions
    score: int
    count: int = 0


@dataclass(frozen=True, slots=True)
class FunnelBucket:
    """How many invitations sent on one day came as far as one step."""

    step: FunnelStep
    day: date
    dimensions: Dimensions
    count: int = 0


@dataclass(frozen=True, slots=True)
class Buckets:
    """What is counted, for MemoryCounts to write and MemoryReports to read."""

    scores: Table[ScoreBucket]
    funnel: Table[FunnelBucket]

    @classmethod
    def empty(cls, log: UndoLog) -> "Buckets":
        """Return buckets without any count."""
        return cls(
            Table("score", log, key=("rule", "period", "day", "dimensions", "score")),
            Table("cohort", log, key=("step", "day", "dimensions")),
        )


@dataclass(frozen=True, slots=True)
class MemoryCounts:
    """See surveys.ports.Counts."""

    buckets: Buckets

    def add_score(
        self, rule: CountRule, period: str, day: date, dimensions: Dimensions, score: int, by: int
    ) -> None:
        """Add to the bucket of the score."""
        key = (rule, period, day, dimensions, score)
        bucket = self.buckets.scores.get(key) or ScoreBucket(*key)
        self.buckets.scores.put(replace(bucket, count=bucket.count + by))

    def add_funnel(self, step: FunnelStep, day: date, dimensions: Dimensions, by: int) -> None:
        """Add to the cohort count of the step."""
        key = (step, day, dimensions)
        bucket = self.buckets.funnel.get(key) or FunnelBucket(*key)
        self.buckets.funnel.put(replace(bucket, count=bucket.count + by))


@dataclass(frozen=True, slots=True)
class MemoryReports:
    """See surveys.ports.Reports."""

    buckets: Buckets
    answers: MemoryAnswers

    def scores(
        self, rule: CountRule, since: date, until: date, period: str = ""
    ) -> tuple[ScoreCount, ...]:
        """Return the histograms."""
        wanted = (
            (bucket.dimensions, bucket.score, bucket.count)
            for bucket in self.buckets.scores
            if (bucket.rule, bucket.period) == (rule, period) and since <= bucket.day <= until
        )
        return tuple(_score_count(dimensions, counts) for dimensions, counts in _summed(wanted))

    def funnel(self, since: date, until: date) -> tuple[FunnelCount, ...]:
        """Return the cohort counts."""
        wanted = (
            (bucket.dimensions, bucket.step, bucket.count)
            for bucket in self.buckets.funnel
            if since <= bucket.day <= until
        )
        return tuple(_funnel_count(dimensions, counts) for dimensions, counts in _summed(wanted))

    def recount(self, since: date, until: date) -> tuple[ScoreCount, ...]:
        """Return the histograms counted anew."""
        wanted = (
            (answer.dimensions, answer.score, 1)
            for answer in self.answers.all()
            if answer.score is not None and since <= answer.day <= until
        )
        return tuple(_score_count(dimensions, counts) for dimensions, counts in _summed(wanted))


def _score_count(dimensions: Dimensions, c: Counter[Hashable]) -> ScoreCount:
    counts = (c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9], c[10])
    return ScoreCount(dimensions=dimensions, counts=counts)


def _funnel_count(dimensions: Dimensions, counts: Counter[Hashable]) -> FunnelCount:
    return FunnelCount(
        dimensions=dimensions,
        invited=counts[FunnelStep.INVITED],
        delivered=counts[FunnelStep.DELIVERED],
        answered=counts[FunnelStep.ANSWERED],
    )


def _summed(
    counted: Iterable[tuple[Dimensions, Hashable, int]],
) -> Iterator[tuple[Dimensions, Counter[Hashable]]]:
    """Yield what was counted per dimensions, sorted, without the ones where nothing is left."""
    sums: defaultdict[Dimensions, Counter[Hashable]] = defaultdict(Counter)
    for dimensions, column, count in counted:
        sums[dimensions][column] += count
    for dimensions in sorted(sums, key=astuple):
        if any(sums[dimensions].values()):
            yield dimensions, sums[dimensions]
