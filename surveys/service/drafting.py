"""Drafts: what somebody is about to change about a part, kept until it is published or given up.

There is one draft of a part. Whoever saves says which draft was on the screen; where another one stands by then, nothing
is overwritten and the second is told who was first.
"""

from collections.abc import Mapping
from datetime import datetime

from surveys.errors import BaseMoved, NotOwned
from surveys.model import Json
from surveys.ports import UnitOfWork
from surveys.service.context import Context
from surveys.service.one_at_a_time import one_at_a_time
from surveys.service.publishing import TURN, in_force, version_of
from surveys.stored_programs import Owner, ProgramDraft


def save_draft(
    tx: UnitOfWork,
    ctx: Context,
    part: str,
    content: Mapping[str, Json],
    *,
    base: int,
    author: str,
    seen: datetime | None = None,
) -> ProgramDraft:
    """Keep what was typed about a part; ``seen`` is when the draft on the screen was saved, None for none.

    ``content`` is the form's own: it may have faults. Raises NotOwned for a part of git, NotFound for an unknown base,
    and BaseMoved where somebody else saved a draft meanwhile.
    """
    one_at_a_time(tx, TURN)
    if in_force(tx).owners.get(part) == Owner.GIT:
        problem = f"the program file in git owns {part}: download the patch and apply it there"
        raise NotOwned((part,), Owner.GIT.value, problem)
    version_of(tx, base)
    _unchanged(tx, part, seen)
    draft = ProgramDraft(part=part, base=base, content=content, author=author, saved_at=ctx.now())
    tx.program_drafts.put(draft)
    return draft


def drop_draft(tx: UnitOfWork, part: str, seen: datetime | None) -> None:
    """Give a draft up; raises BaseMoved where it is not the one that was on the screen."""
    one_at_a_time(tx, TURN)
    _unchanged(tx, part, seen)
    tx.program_drafts.remove(part)


def _unchanged(tx: UnitOfWork, part: str, seen: datetime | None) -> None:
    draft = tx.program_drafts.get(part)
    if draft is not None and draft.saved_at != seen:
        at = draft.saved_at.isoformat(timespec="minutes")
        problem = f"{draft.author} saved a draft of {part} meanwhile ({at}): look at it first"
        raise BaseMoved((part,), draft.base, draft.author, problem)
