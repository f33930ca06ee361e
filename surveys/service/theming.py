"""Keeps the themes of answers and their counts, in the commit of what changes them.

An answer's themes are those of its tapped reason and of its words; staff's own stand above both. They are counted once
an answer, under its score, its first day and its sides (surveys.themes.tags).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from surveys.errors import InvalidInput, NotFound
from surveys.model import Answer, Deed
from surveys.ports import UnitOfWork
from surveys.service.context import Context
from surveys.themes.tags import By, Tag, ThemeChange

SCORE, REASON, COMMENT = "score", "reason", "comment"
PAGE: Final = 200
"""Answers that are read anew in one commit: some tens of milliseconds, and then others may write."""


def follow(tx: UnitOfWork, ctx: Context, answer: Answer, before: Answer | None) -> None:
    """Let the themes follow an answer that has been stored, or stored anew in place of ``before``."""
    if answer.question != SCORE:
        retag(tx, ctx, answer.invitation_id)
    elif before is not None and before.score != answer.score:
        themes = _meant(tx.themes.of(answer.id))
        tx.themes.add([*_changes(before, themes, -1), *_changes(answer, themes, +1)])


def retag(tx: UnitOfWork, ctx: Context, invitation_id: str) -> bool:
    """Ask the dictionary about an answer again; say whether that changed its themes."""
    said = {answer.question: answer for answer in tx.answers.of_invitation(invitation_id)}
    scored = said.get(SCORE)
    if scored is None or scored.score is None:
        return False
    stored = tx.themes.of(scored.id)
    return _put(tx, scored, stored, _tags(ctx, said, stored))


def tag_words(tx: UnitOfWork, ctx: Context, scored: Answer, text: str) -> Sequence[ThemeChange]:
    """Tag a score that has none yet by the words beside it; return what is to be counted of that."""
    tags = [Tag(found.theme, By.DICTIONARY) for found in ctx.themes.find(text)]
    if tags:
        tx.themes.put(scored.id, scored.day, tags)
    return list(_changes(scored, _meant(tags), +1))


def retag_page(tx: UnitOfWork, ctx: Context, after: str) -> tuple[str, int, int]:
    """Ask it about the next answers after an invitation; return the last one, how many there were and how many changed.

    The last is "" when there are no more.
    """
    page = tx.themes.said(after, PAGE)
    changed = sum(retag(tx, ctx, invitation_id) for invitation_id in page)
    return (page[-1] if len(page) == PAGE else ""), len(page), changed


def tag_by_hand(
    tx: UnitOfWork,
    ctx: Context,
    answer_id: str,
    *,
    add: Sequence[str],
    remove: Sequence[str],
    by: str,
) -> tuple[Tag, ...]:
    """Add and take away themes of an answer, for good; return its tags. The audit trail tells who did it.

    Raises NotFound, and InvalidInput for a theme that is none.
    """
    scored = _scored(tx, answer_id)
    stored = tx.themes.of(scored.id)
    _check((*known_themes(ctx), *(tag.theme for tag in stored)), add, remove)
    by_hand = {theme: Tag(theme, By.STAFF) for theme in add}
    by_hand |= {theme: Tag(theme, By.STAFF, meant=False) for theme in remove}
    _put(tx, scored, stored, _sorted({tag.theme: tag for tag in stored} | by_hand))
    details = {"add": sorted(add), "remove": sorted(remove)}
    tx.audit.add(Deed(at=ctx.now(), by=by, act="tag", subject=scored.id, details=details))
    return tx.themes.of(scored.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """An answer with what was said beside its score. ``comment`` is None where nothing was, or where it is erased."""

    scored: Answer
    reasons: tuple[str, ...]
    comment: str | None
    tags: tuple[Tag, ...]


def spoken(tx: UnitOfWork, answer_id: str) -> Spoken:
    """Return an answer to correct its themes by what was said; raises NotFound."""
    scored = _scored(tx, answer_id)
    said = {each.question: each for each in tx.answers.of_invitation(scored.invitation_id)}
    reason, comment = said.get(REASON), said.get(COMMENT)
    return Spoken(
        scored=scored,
        reasons=(reason.choice,) if reason and reason.choice else (),
        comment=comment.text if comment else None,
        tags=tx.themes.of(scored.id),
    )


def tags_of(tx: UnitOfWork, answer_id: str) -> tuple[Tag, ...]:
    """Return the tags of an answer, named by its score, its reason or its comment; raises NotFound."""
    return tx.themes.of(_scored(tx, answer_id).id)


def untag(tx: UnitOfWork, scored: Answer) -> Sequence[ThemeChange]:
    """Take all themes off an answer that is to be removed; return what is no longer to be counted."""
    themes = _meant(tx.themes.of(scored.id))
    tx.themes.put(scored.id, scored.day, ())
    return list(_changes(scored, themes, -1))


def known_themes(ctx: Context) -> tuple[str, ...]:
    """Return the themes that an answer can have: the dictionary's, then those that are only reasons."""
    program, words = ctx.program, ctx.themes
    tapped = (
        words.of_chip(survey.id, chip.id)
        for survey in program.surveys
        for reason in survey.reasons.values()
        for chip in reason.chips
    )
    return tuple(dict.fromkeys((*words.themes, *tapped)))


def _scored(tx: UnitOfWork, answer_id: str) -> Answer:
    """Return the score that this answer is, or that it is the reason or the comment of."""
    answer = tx.answers.by_id(answer_id)
    scored = tx.answers.get(answer.invitation_id, SCORE) if answer else None
    if scored is None or scored.score is None:
        raise NotFound("answer", answer_id)
    return scored


def _check(known: Sequence[str], add: Sequence[str], remove: Sequence[str]) -> None:
    for name, themes in {"add": add, "remove": remove}.items():
        for theme in themes:
            if theme not in known:
                raise InvalidInput(
                    name,
                    f"there is no theme {theme!r}; there are: {', '.join(dict.fromkeys(known))}",
                )
    if not (add or remove) or set(add) & set(remove):
        raise InvalidInput("add", "name themes to add or to remove, each once")


def _tags(ctx: Context, said: Mapping[str, Answer], stored: Sequence[Tag]) -> tuple[Tag, ...]:
    """Return what the answer is about; of words that are no longer there what they were about stays."""
    by_hand = {tag.theme: tag for tag in stored if tag.by is By.STAFF}
    return _sorted(
        {tag.theme: tag for tag in (*_of_words(ctx, said, stored), *_of_reason(ctx, said))}
        | by_hand
    )


def _of_words(ctx: Context, said: Mapping[str, Answer], stored: Sequence[Tag]) -> Iterator[Tag]:
    comment = said.get(COMMENT)
    if comment is not None and comment.text is None:
        yield from (tag for tag in stored if tag.by is By.DICTIONARY)
    elif comment is not None and comment.text:
        yield from (Tag(found.theme, By.DICTIONARY) for found in ctx.themes.find(comment.text))


def _of_reason(ctx: Context, said: Mapping[str, Answer]) -> Iterator[Tag]:
    reason = said.get(REASON)
    if reason is not None and reason.choice:
        yield Tag(ctx.themes.of_chip(reason.dimensions.survey, reason.choice), By.CHIP)


def _sorted(tags: Mapping[str, Tag]) -> tuple[Tag, ...]:
    return tuple(tags[theme] for theme in sorted(tags))


def _put(tx: UnitOfWork, scored: Answer, stored: Sequence[Tag], tags: Sequence[Tag]) -> bool:
    if tuple(stored) == tuple(tags):
        return False
    before, now = _meant(stored), _meant(tags)
    tx.themes.put(scored.id, scored.day, tags)
    tx.themes.add([*_changes(scored, before - now, -1), *_changes(scored, now - before, +1)])
    return True


def _meant(tags: Sequence[Tag]) -> frozenset[str]:
    return frozenset(tag.theme for tag in tags if tag.meant)


def _changes(scored: Answer, themes: Iterable[str], by: int) -> Iterator[ThemeChange]:
    for theme in sorted(themes):
        yield ThemeChange(
            theme=theme,
            day=scored.day,
            dimensions=scored.dimensions,
            score=scored.score or 0,
            by=by,
            sides=scored.sides,
        )
