"""Reads counts and answers back, in memory."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from operator import add, attrgetter

from storage.memory.answers import MemoryAnswers
from storage.memory.counting import Buckets
from surveys.model import (
    Answer,
    CountRule,
    DayScores,
    Dimensions,
    FunnelCount,
    FunnelStep,
    ScoreCount,
    Side,
)
from surveys.reports import (
    AnswerRow,
    Apart,
    Changed,
    Cluster,
    Given,
    Months,
    Place,
    Repeated,
    Spread,
    WeekScores,
)

Histogram = tuple[int, int, int, int, int, int, int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class MemoryReports:
    """See surveys.reports.Reports."""

    buckets: Buckets
    answers: MemoryAnswers

    def scores(
        self,
        rule: CountRule,
        since: date,
        until: date,
        period: str = "",
        side: Side | None = None,
    ) -> tuple[ScoreCount, ...]:
        """Return the histograms."""
        return _score_counts(
            (each.dimensions, score, count)
            for each in self.daily(rule, since, until, period, side)
            for score, count in enumerate(each.counts)
        )

    def daily(
        self,
        rule: CountRule,
        since: date,
        until: date,
        period: str = "",
        side: Side | None = None,
    ) -> tuple[DayScores, ...]:
        """Return the histograms of each day."""
        days: defaultdict[date, list[tuple[Dimensions, Hashable, int]]] = defaultdict(list)
        wanted = (rule, period, side)
        for bucket in self.buckets.scores:
            if (bucket.rule, bucket.period, bucket.side) == wanted and since <= bucket.day <= until:
                days[bucket.day].append((bucket.dimensions, bucket.score, bucket.count))
        return tuple(
            DayScores(day=day, dimensions=dimensions, counts=_histogram(counts))
            for day in sorted(days)
            for dimensions, counts in _summed(days[day])
        )

    def weekly(self, rule: CountRule, since: date, until: date) -> tuple[WeekScores, ...]:
        """Return the histograms of each week."""
        found: defaultdict[Dimensions, dict[date, tuple[int, ...]]] = defaultdict(dict)
        for each in self.daily(rule, since, until):
            monday = each.day - timedelta(days=each.day.weekday())
            before = found[each.dimensions].get(monday, (0,) * len(each.counts))
            found[each.dimensions][monday] = tuple(map(add, before, each.counts))
        return tuple(WeekScores(tags, found[tags]) for tags in sorted(found, key=astuple))

    def funnel(self, since: date, until: date, side: Side | None = None) -> tuple[FunnelCount, ...]:
        """Return the cohort counts."""
        wanted = (
            (bucket.dimensions, bucket.step, bucket.count)
            for bucket in self.buckets.funnel
            if bucket.side == side and since <= bucket.day <= until
        )
        return tuple(
            FunnelCount(dimensions=dimensions, **{step.value: counts[step] for step in FunnelStep})
            for dimensions, counts in _summed(wanted)
        )

    def answers_apart(
        self, attribute: str | None, rule: CountRule, since: date, until: date, period: str = ""
    ) -> tuple[Apart, ...]:
        """Return how many answers each of the attribute's values has; everybody's have none where it is None."""
        return _apart(
            (value, each.dimensions, (sum(each.counts),))
            for value, side in self._sides(attribute)
            for each in self.scores(rule, since, until, period, side)
        )

    def steps_apart(self, attribute: str | None, since: date, until: date) -> tuple[Apart, ...]:
        """Return how many invitations of each of the attribute's values came how far, likewise."""
        return _apart(
            (value, each.dimensions, tuple(getattr(each, step.value) for step in FunnelStep))
            for value, side in self._sides(attribute)
            for each in self.funnel(since, until, side)
        )

    def _sides(self, attribute: str | None) -> list[tuple[str, Side | None]]:
        if attribute is None:
            return [("", None)]
        return [(value, Side(attribute, value)) for value in self.side_values(attribute)]

    def answers_spread(
        self, attribute: str | None, rule: CountRule, months: Months
    ) -> tuple[Spread, ...]:
        """Return what months tell of the answers."""
        one, all_of_them = _days(months)
        return _spread(
            self.answers_apart(attribute, rule, *one),
            self.answers_apart(attribute, rule, *all_of_them),
            months.enough,
        )

    def steps_spread(self, attribute: str | None, months: Months) -> tuple[Spread, ...]:
        """Return what months tell of the invitations."""
        one, all_of_them = _days(months)
        found = self.steps_apart(attribute, *one), self.steps_apart(attribute, *all_of_them)
        return _spread(*found, months.enough)

    def side_values(self, attribute: str) -> tuple[str, ...]:
        """Return the attribute's values."""
        return tuple(sorted(side.value for side in self.buckets.sides.of("attribute", attribute)))

    def recount(self, since: date, until: date) -> tuple[ScoreCount, ...]:
        """Return the histograms counted anew."""
        return _score_counts(
            (answer.dimensions, answer.score, 1) for answer in self._scored(since, until)
        )

    def scan(
        self, rule: CountRule, since: date, until: date, sides: Sequence[Side]
    ) -> tuple[ScoreCount, ...]:
        """Return the histograms, read from the answers."""
        chosen = self._scored(since, until)
        if rule is not CountRule.ALL:
            by_age = sorted(chosen, key=attrgetter("day", "answered_at", "id"))
            newest = {(a.subject_id, a.dimensions.stage, a.dimensions.series): a for a in by_age}
            chosen = list(newest.values())
        return _score_counts(
            (answer.dimensions, answer.score, 1) for answer in chosen if _has(answer, sides)
        )

    def clusters(
        self,
        since: date,
        until: date,
        by: Sequence[str],
        where: Mapping[str, str],
        sides: Sequence[Side] = (),
    ) -> tuple[Cluster, ...]:
        """Return how many customers gave which answers."""
        customers: defaultdict[Hashable, Counter[Hashable]] = defaultdict(Counter)
        keys: dict[Hashable, tuple[str, ...]] = {}
        for answer in self._scored(since, until):
            tags = answer.dimensions
            if _has(answer, sides) and all(getattr(tags, n) == v for n, v in where.items()):
                key = tuple(getattr(tags, name) for name in by)
                keys[answer.subject_id, key] = key
                customers[answer.subject_id, key][answer.score] += 1
        alike = Counter((keys[who], _histogram(given)) for who, given in customers.items())
        return tuple(
            Cluster(key=key, counts=counts, customers=count)
            for (key, counts), count in sorted(alike.items())
        )

    def given(self, since: date, until: date, sides: Sequence[Side] = ()) -> Given:
        """Return who gave which answers."""
        chosen = [answer for answer in self._scored(since, until) if _has(answer, sides)]
        numbers = {answer.dimensions: number for number, answer in enumerate(chosen)}
        rows = [(each.subject_id, numbers[each.dimensions], each.score) for each in chosen]
        return Given.of({number: tags for tags, number in numbers.items()}, rows)

    def repeated(self, since: date, until: date) -> tuple[Repeated, ...]:
        """Return who answered more than once in a week."""
        scored = self._scored(since, until)
        weeks = [each.day - timedelta(days=each.day.weekday()) for each in scored]
        times = Counter(zip((each.subject_id for each in scored), weeks, strict=True))
        found = Counter(
            (each.dimensions, monday, each.subject_id)
            for each, monday in zip(scored, weeks, strict=True)
            if times[each.subject_id, monday] > 1
        )
        return tuple(Repeated(*what, answers) for what, answers in found.items())

    def answer_rows(
        self, since: date, until: date, after: Place | None, limit: int
    ) -> tuple[AnswerRow, ...]:
        """Return one page of answers by time."""
        rows = (self._row(answer) for answer in self._scored(since, until))
        return tuple([row for row in rows if after is None or row.place > after][:limit])

    def changes(self, after: int, limit: int) -> tuple[Changed, ...]:
        """Return one page of answers by change."""
        newest: dict[str, int] = {}
        for number, answer in self.answers.changes(after, limit):
            newest[answer.invitation_id] = number
        scores = ((self.answers.get(name, "score"), number) for name, number in newest.items())
        told = [Changed(number=n, answer=self._row(score)) for score, n in scores if score]
        return tuple(sorted(told, key=attrgetter("number")))

    def _scored(self, since: date, until: date) -> list[Answer]:
        """Return the scores of these days, the oldest first."""
        found = (a for a in self.answers.all() if a.score is not None and since <= a.day <= until)
        return sorted(found, key=attrgetter("answered_at", "id"))

    def _row(self, answer: Answer) -> AnswerRow:
        assert answer.score is not None  # noqa: S101 chosen by it
        reason = self.answers.get(answer.invitation_id, "reason")
        comment = self.answers.get(answer.invitation_id, "comment")
        same = ("id", "subject_id", "invitation_id", "dimensions", "survey_version", "day")
        said = ("answered_at", "version", "choice", "handler", "given", "confidence")
        return AnswerRow(
            **{name: getattr(answer, name) for name in (*same, *said)},
            score=answer.score,
            reasons=(reason.choice,) if reason and reason.choice else (),
            comment=comment.text if comment else None,
            segments={side.attribute: side.value for side in answer.segments or ()},
        )


def _apart(counted: Iterable[tuple[str, Dimensions, tuple[int, ...]]]) -> tuple[Apart, ...]:
    found: defaultdict[Dimensions, dict[str, tuple[int, ...]]] = defaultdict(dict)
    for value, dimensions, amounts in counted:
        found[dimensions][value] = amounts
    return tuple(Apart(dimensions, found[dimensions]) for dimensions in sorted(found, key=astuple))


def _days(months: Months) -> tuple[tuple[date, date], tuple[date, date]]:
    return (months.one, _last(months.one)), (months.since, _last(months.until))


def _last(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _spread(one: Sequence[Apart], several: Iterable[Apart], enough: int) -> tuple[Spread, ...]:
    first = {each.dimensions: each.values for each in one}
    return tuple(
        _spread_of(each.dimensions, first.get(each.dimensions, {}), each.values, enough)
        for each in several
    )


def _spread_of(
    dimensions: Dimensions,
    one: Mapping[str, tuple[int, ...]],
    several: Mapping[str, tuple[int, ...]],
    enough: int,
) -> Spread:
    none = (0,) * len(next(iter(several.values())))
    pairs = [
        list(zip(one.get(value, none), amounts, strict=True)) for value, amounts in several.items()
    ]
    measures = list(zip(*pairs, strict=True))
    return Spread(
        dimensions,
        tuple(sum(least for least, _ in each) for each in measures),
        tuple(sum(most for _, most in each) for each in measures),
        tuple(sum(least < enough and most > 0 for least, most in each) for each in measures),
    )


def _has(answer: Answer, sides: Iterable[Side]) -> bool:
    return set(sides) <= set(answer.sides)


def _score_counts(
    counted: Iterable[tuple[Dimensions, Hashable, int]],
) -> tuple[ScoreCount, ...]:
    return tuple(
        ScoreCount(dimensions=dimensions, counts=_histogram(counts))
        for dimensions, counts in _summed(counted)
    )


def _histogram(c: Counter[Hashable]) -> Histogram:
    return (c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9], c[10])


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
