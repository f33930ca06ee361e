"""Answers in memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter

from storage.memory.table import Table, UndoLog
from surveys.errors import NotFound
from surveys.model import Answer, NewestKey
from surveys.reports import IMPORTED
from surveys.timing import days_of_period


@dataclass(frozen=True, slots=True)
class _Version:
    answer: Answer
    at: datetime


@dataclass(frozen=True, slots=True)
class _Told:
    """An answer as readers of changes know it."""

    answer: Answer
    number: int


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
        self._told: Table[_Told] = Table("told answer", log, key=("answer.id",))

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

    def newest(self, key: NewestKey, *, besides: str = "") -> Answer | None:
        """Return the newest score of the rule key in the window."""
        mine = self._answers.of("subject_id", key.subject_id)
        rivals = (a for a in mine if a.score is not None and a.id != besides and _has(a, key))
        return max(rivals, key=attrgetter("day", "answered_at", "id"), default=None)

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

    def imported(self, import_id: str, after: str, limit: int) -> tuple[str, ...]:
        """Return the invitations of the next scores of an import."""
        found = (
            answer.invitation_id
            for answer in self._answers
            if (answer.given, answer.rule) == (IMPORTED, import_id) and answer.score is not None
        )
        return tuple(sorted(each for each in found if each > after)[:limit])

    def remove(self, invitation_id: str) -> None:
        """Remove the invitation's answers with their histories."""
        for answer in self.of_invitation(invitation_id):
            for version in range(1, answer.version + 1):
                self._history.remove((answer.id, version))
            if self._told.get(answer.id) is not None:
                self._told.remove(answer.id)
            self._answers.remove(answer.id)

    def changes(self, after: int, limit: int) -> list[tuple[int, Answer]]:
        """Number answers that are not as readers know them; return those above a number, the last of each invitation's."""
        known = {told.answer.id: told for told in self._told}
        last = max((told.number for told in known.values()), default=0)
        fresh = [a for a in self._answers if a.id not in known or known[a.id].answer != a]
        oldest = sorted(fresh, key=attrgetter("answered_at", "id"))
        for number, answer in enumerate(_with_theirs(oldest, limit), last + 1):
            self._told.put(_Told(answer, number))
        newest: dict[str, _Told] = {}
        for told in sorted(self._told, key=attrgetter("number")):
            newest[told.answer.invitation_id] = told
        behind = [(told.number, told.answer) for told in newest.values() if told.number > after]
        return sorted(behind, key=lambda told: told[0])[:limit]


def _with_theirs(oldest: Sequence[Answer], limit: int) -> Sequence[Answer]:
    """Return the first answers, each with all that its customer said beside it where there are more than the limit."""
    if len(oldest) < limit:
        return oldest
    invitations = dict.fromkeys(answer.invitation_id for answer in oldest[:limit])
    return [
        answer
        for each in invitations
        for answer in sorted(oldest, key=attrgetter("id"))
        if answer.invitation_id == each
    ]


def _has(answer: Answer, key: NewestKey) -> bool:
    named = (answer.dimensions.stage, answer.dimensions.series) == (key.stage, key.series)
    since, until = days_of_period(key.period) if key.period else (answer.day, answer.day)
    return named and since <= answer.day <= until
