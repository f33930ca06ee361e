"""Notices that the database is an older copy of itself, and stops sending before anything is sent twice."""

import hashlib
from dataclasses import dataclass, replace

from surveys.model import DeliveryState, Outcome, OutcomeKind
from surveys.ports import UnitOfWork
from surveys.service import operating
from surveys.service.context import Context
from surveys.service.holding import OLDER_COPY
from surveys.service.outcomes import settle
from surveys.service.planned import distrust_planned

OURSELVES = "aftertouch"
RESTORED = "restored"
_BEAT = "beat"
_PLACE = "place"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """How far a database had come: ``number`` only grows. ``database`` says which one it is."""

    database: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What to remember outside of the database, and whether it was found to be a copy just now."""

    beat: Beat
    is_copy: bool


def name_of(salt: str) -> str:
    """Return a database's name for its beat: told by the salt it drew once, telling nothing about it."""
    return hashlib.blake2b(b"beat:" + salt.encode(), digest_size=16).hexdigest()


def beat_on(tx: UnitOfWork, ctx: Context, remembered: Beat | None, *, beside: bool) -> Checked:
    """Count one beat further; where this database is a copy hold sending, and refuse what it was to publish.

    ``remembered`` is what was kept outside of the database; ``beside`` says that something is kept at all.
    """
    database = name_of(ctx.salt)
    inside = int(tx.notes.get(_BEAT) or 0)
    outside = remembered.number if remembered and remembered.database == database else None
    is_older = inside < outside if outside is not None else beside and inside > 0
    is_copy = is_older or _is_elsewhere(tx)
    if is_copy:
        distrust_planned(tx, ctx)
        operating.hold(tx, ctx, OLDER_COPY, OURSELVES)
    if place := tx.place():
        tx.notes.set(_PLACE, place)
    number = max(inside, outside or 0) + 1
    if beside:
        tx.notes.set(_BEAT, str(number))
    return Checked(beat=Beat(database=database, number=number), is_copy=is_copy)


def has_beaten(tx: UnitOfWork) -> bool:
    """Say, read-only, whether this database counted a beat before."""
    return bool(tx.notes.get(_BEAT))


def has_moved(tx: UnitOfWork) -> bool:
    """Say, read-only, whether the database lives elsewhere than when we last looked, or never looked."""
    return tx.notes.get(_PLACE) != tx.place()


def _is_elsewhere(tx: UnitOfWork) -> bool:
    known = tx.notes.get(_PLACE)
    return known is not None and known != tx.place()


def distrust(tx: UnitOfWork, ctx: Context, limit: int) -> int:
    """Call unknown what was being sent in a copy; return how many. Nobody here knows what became of it.

    What an interruption leaves is found lost when its lease is over (``surveys.service.outcomes.recover``).
    """
    now = ctx.now()
    sending = tx.deliveries.in_state(DeliveryState.SENDING, limit)
    for delivery in sending:
        lost = Outcome(kind=OutcomeKind.UNKNOWN, reason=RESTORED)
        settled = settle(tx, ctx, delivery.id, delivery.fence, lost)
        if settled is None or settled.state is not DeliveryState.UNKNOWN:
            unknown = replace(delivery, state=DeliveryState.UNKNOWN, reason=RESTORED, due_at=now)
            tx.deliveries.save(unknown)
    return len(sending)
