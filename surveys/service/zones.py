"""Asks held by a local time follow that time when its zone is defined anew."""

from surveys.decisions import LOCAL_TIME
from surveys.ports import UnitOfWork
from surveys.service.context import Context

_NOTE = "zones"


def follow(tx: UnitOfWork, ctx: Context, definitions: str) -> int:
    """Make what local times hold due at once if zones were defined otherwise when it was held.

    Whoever wakes it re-checks every rule, and holds it again until the right instant. Return how many.
    """
    if tx.notes.get(_NOTE) == definitions:
        return 0
    tx.notes.set(_NOTE, definitions)
    return sum(tx.invitations.recall(rule, ctx.now()) for rule in LOCAL_TIME)
