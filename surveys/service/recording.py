"""Stores answers and keeps the histograms in the same commit.

A histogram under ``all`` holds every score on its first answer's day. ``newest``, ``month`` and ``quarter`` hold
one score per rule key (person, stage, series): when a newer answer comes, the older one's count is taken
back (SEMANTICS.md, Counting).
"""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, replace
from datetime import date, datetime
from typing import Any

from surveys.instruments import instrument
from surveys.interview import Given, How, Record
from surveys.model import Answer, CountRule, Invitation, NewestKey
from surveys.ports import UnitOfWork
from surveys.reports import ScoreChange
from surveys.service import announcing, theming
from surveys.service.cohorts import dimensions
from surveys.service.context import Context
from surveys.timing import month_named, quarter_named


def record(
    tx: UnitOfWork,
    ctx: Context,
    invitation: Invitation,
    what: Record,
    *,
    order: float,
    at: datetime,
) -> None:
    """Store an answer or its next version.

    A word of a scale without numbers is stored as the choice that it is, beside its place in the scale. A choice
    older than the stored one changes nothing; a comment is kept in whatever order it comes. What staff answer when
    they try a question out is no answer.
    """
    if invitation.is_trial:
        return
    if what.score is not None:
        what = replace(what, choice=instrument(invitation.instrument).word(what.score))
    stored = tx.answers.get(invitation.id, what.question)
    if stored is None:
        answer = _first(tx, ctx, invitation, what, order, at)
    elif order >= stored.order or what.text is not None:
        answer = _edit(tx, stored, what, max(order, stored.order), at)
    else:
        return
    theming.follow(tx, ctx, answer, stored)
    announcing.answered(tx, ctx, invitation, answer)


def take_in(tx: UnitOfWork, answer: Answer) -> Sequence[ScoreChange]:
    """Store an answer that was given elsewhere, and return what is to be counted of it.

    Nobody is told of it, nothing follows it, and no cohort knows it.
    """
    tx.answers.add(answer)
    return [] if answer.score is None else list(_newly_counted(tx, answer, answer.score))


def _first(
    tx: UnitOfWork, ctx: Context, invitation: Invitation, what: Record, order: float, at: datetime
) -> Answer:
    answer = Answer(
        id=ctx.new_id(),
        invitation_id=invitation.id,
        question=what.question,
        subject_id=invitation.subject_id,
        dimensions=dimensions(invitation, ctx.survey_of(tx, invitation)),
        survey_version=invitation.survey_version,
        answered_at=at,
        day=ctx.day(at),
        order=order,
        score=what.score,
        choice=what.choice,
        text=what.text,
        handler=invitation.handler,
        segments=invitation.segments,
        **_given(what),
    )
    tx.answers.add(answer)
    if answer.score is not None:
        tx.counts.add_scores(list(_newly_counted(tx, answer, answer.score)))
    return answer


def _edit(tx: UnitOfWork, stored: Answer, what: Record, order: float, at: datetime) -> Answer:
    edited = replace(
        stored,
        version=stored.version + 1,
        order=order,
        score=what.score,
        choice=what.choice,
        text=_text(stored.text, what),
        **_given(what),
    )
    tx.answers.revise(edited, at)
    if stored.score is not None and edited.score is not None:
        counted = [
            (rule, period)
            for rule, period in _windows(stored.day)
            if rule is CountRule.ALL or tx.answers.newest(_key(stored, rule, period)) == stored.id
        ]
        moves = ((stored.score, -1), (edited.score, +1))
        tx.counts.add_scores(
            [_change(*each, stored, score, by) for each in counted for score, by in moves]
        )
    return edited


def _given(what: Record) -> dict[str, Any]:
    """Return how a score was given, in an answer's own fields."""
    if what.score is None:
        return {}
    given = what.given or Given(how=How.TAPPED)
    return {"given": given.how.value, "confidence": given.confidence, "rule": given.rule}


def _text(stored: str | None, what: Record) -> str | None:
    """Return the comment with what is new below it, or in the place of the part that was edited."""
    if not stored or not what.text:
        return what.text or stored
    if what.instead_of is None:
        return f"{stored}\n{what.text}"
    length, after = what.instead_of
    end = len(stored) - after
    return stored[: end - length] + what.text + stored[end:]


def _newly_counted(tx: UnitOfWork, answer: Answer, score: int) -> Iterator[ScoreChange]:
    """Point each key at the answer, where it is its newest, and yield what that changes."""
    for rule, period in _windows(answer.day):
        if rule is not CountRule.ALL:
            key = _key(answer, rule, period)
            before = tx.answers.newest(key)
            older = tx.answers.by_id(before) if before else None
            if older is not None and older.score is not None:
                if _age(older) > _age(answer):
                    continue
                yield _change(rule, period, older, older.score, -1)
            tx.answers.set_newest(key, answer.id)
        yield _change(rule, period, answer, score, +1)


def give_answers(tx: UnitOfWork, answers: Sequence[Answer], subject_id: str) -> None:
    """Make answers another subject's; what is newest of each key they leave or come to is found anew."""
    scores = [answer for answer in answers if answer.score is not None]
    moved = [replace(answer, subject_id=subject_id) for answer in scores]
    keys = {
        _key(answer, rule, period)
        for answer in (*scores, *moved)
        for rule, period in _windows(answer.day)
        if rule is not CountRule.ALL
    }
    before = {key: tx.answers.newest(key) for key in sorted(keys, key=astuple)}
    for answer in answers:
        tx.answers.give(answer.id, subject_id)
    tx.counts.add_scores(
        [change for key, answer_id in before.items() for change in _found(tx, key, answer_id)]
    )


def _found(tx: UnitOfWork, key: NewestKey, before: str | None) -> Iterator[ScoreChange]:
    """Point the key at the newest of its subject's answers, and yield that it counts instead of ``before``."""
    mine = [a for a in tx.answers.of_subject(key.subject_id) if _counts_for(a, key)]
    newest = max(mine, key=_age, default=None)
    if before == (newest.id if newest else None):
        return
    older = tx.answers.by_id(before) if before else None
    if older is not None and older.score is not None:
        yield _change(key.rule, key.period, older, older.score, -1)
    if newest is None or newest.score is None:
        tx.answers.forget_newest(key)
    else:
        tx.answers.set_newest(key, newest.id)
        yield _change(key.rule, key.period, newest, newest.score, +1)


def _counts_for(answer: Answer, key: NewestKey) -> bool:
    return (
        answer.score is not None
        and (key.rule, key.period) in _windows(answer.day)
        and _key(answer, key.rule, key.period) == key
    )


def _age(answer: Answer) -> tuple[date, datetime, str]:
    """Sort by day and time; of two answers of one instant the same one is always the newer.

    Days come first, so that the newest of each month follows from one order even where the company's zone has changed.
    """
    return answer.day, answer.answered_at, answer.id


def _change(rule: CountRule, period: str, answer: Answer, score: int, by: int) -> ScoreChange:
    return ScoreChange(
        rule=rule,
        period=period,
        day=answer.day,
        dimensions=answer.dimensions,
        score=score,
        by=by,
        sides=answer.sides,
    )


def _key(answer: Answer, rule: CountRule, period: str) -> NewestKey:
    return NewestKey(
        rule=rule,
        period=period,
        subject_id=answer.subject_id,
        stage=answer.dimensions.stage,
        series=answer.dimensions.series,
    )


def _windows(day: date) -> tuple[tuple[CountRule, str], ...]:
    return (
        (CountRule.ALL, ""),
        (CountRule.NEWEST, ""),
        (CountRule.MONTH, month_named(day)),
        (CountRule.QUARTER, quarter_named(day)),
    )
