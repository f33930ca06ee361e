"""Stores answers and keeps the histograms in the same commit.

A histogram under ``all`` holds every score on its first answer's day. ``newest``, ``month`` and ``quarter`` hold
one score per rule key (person, stage, series), the last of their windows by day, time and id: when a newer answer comes,
the older one's count is taken back (SEMANTICS.md, Counting).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from operator import attrgetter
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

Window = tuple[CountRule, str]
"""A rule, and the period within which it counts the newest; "" where it has none."""

_in_line = attrgetter("subject_id", "stage", "series", "rule", "period")
"""The order in which all writers lock rule keys."""


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
    return [] if answer.score is None else list(_newly_counted(tx, answer))


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
        tx.counts.add_scores(list(_newly_counted(tx, answer)))
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
        counted = [window for window, rival in _contested(tx, stored) if _is_newer(stored, rival)]
        moves = ((stored, -1), (edited, +1))
        tx.counts.add_scores(
            [_change(window, answer, by) for window in counted for answer, by in moves]
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


def _newly_counted(tx: UnitOfWork, answer: Answer) -> Iterator[ScoreChange]:
    """Yield what counts now that the answer is stored, and what does no longer."""
    for window, rival in _contested(tx, answer):
        if _is_newer(answer, rival):
            if rival is not None:
                yield _change(window, rival, -1)
            yield _change(window, answer, +1)


def _contested(tx: UnitOfWork, answer: Answer) -> Iterator[tuple[Window, Answer | None]]:
    """Yield each window the answer is in, with the newest other answer of its key in it; where all count there is none.

    The newest of all is the newest in each window it is in; an answer that is newer still has no rival in its other windows.
    So most answers are compared by asking once.
    """
    open_to_all, *windows = _windows(answer.day)
    yield open_to_all, None
    last = tx.answers.newest(_key(answer, windows[0]), besides=answer.id)
    for window in windows:
        if last is None or window in _windows(last.day):
            yield window, last
        elif _is_newer(answer, last):
            yield window, None
        else:
            yield window, tx.answers.newest(_key(answer, window), besides=answer.id)


def give_answers(tx: UnitOfWork, answers: Sequence[Answer], subject_id: str) -> None:
    """Make answers another subject's; what is newest of each key they leave or come to is found anew."""
    scores = [answer for answer in answers if answer.score is not None]
    moved = [replace(answer, subject_id=subject_id) for answer in scores]
    keys = {
        _key(answer, window)
        for answer in (*scores, *moved)
        for window in _windows(answer.day)
        if window[0] is not CountRule.ALL
    }
    before = {key: tx.answers.newest(key) for key in sorted(keys, key=_in_line)}
    for answer in answers:
        tx.answers.give(answer.id, subject_id)
    tx.counts.add_scores(
        [change for key, older in before.items() for change in _found(tx, key, older)]
    )


def take_out(tx: UnitOfWork, answers: Sequence[Answer]) -> None:
    """Remove answers for good, with all that was counted of them; what is newest of their keys is found anew.

    All answers of an invitation go together, and carry no theme any more.
    """
    scores = [answer for answer in answers if answer.score is not None]
    keys = {
        _key(answer, window)
        for answer in scores
        for window in _windows(answer.day)
        if window[0] is not CountRule.ALL
    }
    before = {key: tx.answers.newest(key) for key in sorted(keys, key=_in_line)}
    for invitation_id in dict.fromkeys(answer.invitation_id for answer in answers):
        tx.answers.remove(invitation_id)
    changes = [_change((CountRule.ALL, ""), answer, -1) for answer in scores]
    tx.counts.add_scores(
        [*changes, *(each for key, older in before.items() for each in _found(tx, key, older))]
    )


def _found(tx: UnitOfWork, key: NewestKey, older: Answer | None) -> Iterator[ScoreChange]:
    """Yield that the newest of the key's answers counts, and the older one no longer."""
    newest = tx.answers.newest(key)
    if older == newest:
        return
    if older is not None:
        yield _change((key.rule, key.period), older, -1)
    if newest is not None:
        yield _change((key.rule, key.period), newest, +1)


def _is_newer(answer: Answer, rival: Answer | None) -> bool:
    return rival is None or _age(rival) < _age(answer)


def _age(answer: Answer) -> tuple[date, datetime, str]:
    """Sort by day and time; of two answers of one instant the same one is always the newer.

    Days come first, so that the newest of each month follows from one order even where the company's zone has changed.
    """
    return answer.day, answer.answered_at, answer.id


def _change(window: Window, answer: Answer, by: int) -> ScoreChange:
    assert answer.score is not None  # noqa: S101 only scores are counted
    rule, period = window
    return ScoreChange(
        rule=rule,
        period=period,
        day=answer.day,
        dimensions=answer.dimensions,
        score=answer.score,
        by=by,
        sides=answer.sides,
    )


def _key(answer: Answer, window: Window) -> NewestKey:
    rule, period = window
    return NewestKey(
        rule=rule,
        period=period,
        subject_id=answer.subject_id,
        stage=answer.dimensions.stage,
        series=answer.dimensions.series,
    )


def _windows(day: date) -> tuple[Window, ...]:
    return (
        (CountRule.ALL, ""),
        (CountRule.NEWEST, ""),
        (CountRule.MONTH, month_named(day)),
        (CountRule.QUARTER, quarter_named(day)),
    )
