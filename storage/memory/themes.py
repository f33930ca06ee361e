"""The tags of answers, and their counts, in memory."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date
from operator import attrgetter

from storage.memory.answers import MemoryAnswers
from storage.memory.table import Table, UndoLog
from surveys.model import Answer, Dimensions, Side
from surveys.themes.tags import Named, Tag, ThemeChange, ThemeCount

_AGE = attrgetter("day", "answered_at", "id")
_SCORES = 11
_Key = tuple[Dimensions, str]


@dataclass(frozen=True, slots=True)
class _Tagged:
    answer_id: str
    day: date
    tag: Tag


@dataclass(frozen=True, slots=True)
class _Bucket:
    side: Side | None
    day: date
    dimensions: Dimensions
    theme: str
    score: int
    count: int = 0


class MemoryThemes:
    """See surveys.themes.tags.Themes. Counts with channels and languages apart are those of no side."""

    def __init__(self, log: UndoLog, answers: MemoryAnswers) -> None:
        self._answers = answers
        self._tags: Table[_Tagged] = Table(
            "answer theme", log, key=("answer_id", "tag.theme"), groups=("answer_id",)
        )
        self._buckets: Table[_Bucket] = Table(
            "theme", log, key=("side", "day", "dimensions", "theme", "score")
        )

    def of(self, answer_id: str) -> tuple[Tag, ...]:
        """Return the answer's tags."""
        found = (tagged.tag for tagged in self._tags.of("answer_id", answer_id))
        return tuple(sorted(found, key=lambda tag: tag.theme))

    def put(self, answer_id: str, day: date, tags: Sequence[Tag]) -> None:
        """Replace the answer's tags."""
        for tag in self.of(answer_id):
            self._tags.remove((answer_id, tag.theme))
        for tag in tags:
            self._tags.add(_Tagged(answer_id, day, tag))

    def add(self, changes: Sequence[ThemeChange]) -> None:
        """Add to the counts."""
        for each in changes:
            self._count(None, each, each.dimensions)
            for side in (Side("", ""), *each.sides):
                self._count(side, each, replace(each.dimensions, channel="", language=""))

    def counts(self, since: date, until: date, side: Side | None = None) -> tuple[ThemeCount, ...]:
        """Return the counts over channels and languages."""
        return self._summed(side or Side("", ""), since, until)

    def counts_apart(self, since: date, until: date) -> tuple[ThemeCount, ...]:
        """Return the counts with channels and languages apart."""
        return self._summed(None, since, until)

    def named(self, since: date, until: date) -> tuple[Named, ...]:
        """Return who named what."""
        found = [each for each in self._meant() if since <= each[0].day <= until]
        return tuple(
            Named(
                customer=answer.subject_id,
                theme=theme,
                dimensions=answer.dimensions,
                score=answer.score or 0,
                sides=answer.sides,
            )
            for answer, theme in sorted(found, key=lambda each: _AGE(each[0]))
        )

    def recount(self, since: date, until: date) -> tuple[ThemeCount, ...]:
        """Return the counts counted anew."""
        return _theme_counts(
            ((answer.dimensions, theme), answer.score or 0, 1)
            for answer, theme in self._meant()
            if since <= answer.day <= until
        )

    def days(self) -> tuple[date, ...]:
        """Return the days with tags or counts."""
        return tuple(sorted({each.day for rows in (self._tags, self._buckets) for each in rows}))

    def rebuild(self, day: date) -> None:
        """Replace the counts of a day."""
        for bucket in [each for each in self._buckets if each.day == day]:
            self._buckets.remove(self._buckets.key_of(bucket))
        self.add([_change(answer, theme) for answer, theme in self._meant() if answer.day == day])

    def how_many_said(self) -> int:
        """Count them."""
        return len(self._said())

    def said(self, after: str, limit: int) -> tuple[str, ...]:
        """Return the next invitations with a reason or a comment."""
        return tuple(sorted(each for each in self._said() if each > after)[:limit])

    def _said(self) -> set[str]:
        return {a.invitation_id for a in self._answers.all() if a.question != "score"}

    def _count(self, side: Side | None, change: ThemeChange, dimensions: Dimensions) -> None:
        key = (side, change.day, dimensions, change.theme, change.score)
        bucket = self._buckets.get(key) or _Bucket(*key)
        self._buckets.put(replace(bucket, count=bucket.count + change.by))

    def _summed(self, side: Side | None, since: date, until: date) -> tuple[ThemeCount, ...]:
        return _theme_counts(
            ((bucket.dimensions, bucket.theme), bucket.score, bucket.count)
            for bucket in self._buckets
            if bucket.side == side and since <= bucket.day <= until
        )

    def _meant(self) -> Iterator[tuple[Answer, str]]:
        """Yield each scored answer with each of its themes."""
        for tagged in self._tags:
            answer = self._answers.by_id(tagged.answer_id)
            if tagged.tag.meant and answer is not None and answer.score is not None:
                yield answer, tagged.tag.theme


def _change(answer: Answer, theme: str) -> ThemeChange:
    return ThemeChange(
        theme=theme,
        day=answer.day,
        dimensions=answer.dimensions,
        score=answer.score or 0,
        by=1,
        sides=answer.sides,
    )


def _theme_counts(counted: Iterable[tuple[_Key, int, int]]) -> tuple[ThemeCount, ...]:
    sums: defaultdict[_Key, Counter[int]] = defaultdict(Counter)
    for key, score, count in counted:
        sums[key][score] += count
    return tuple(
        ThemeCount(
            dimensions=key[0], theme=key[1], counts=tuple(sums[key][s] for s in range(_SCORES))
        )
        for key in sorted(sums, key=lambda key: (astuple(key[0]), key[1]))
        if any(sums[key].values())
    )
