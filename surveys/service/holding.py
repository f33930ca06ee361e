"""The kill switch: while sending is held nothing but receipts goes out, and only an operator releases it."""

import json
from dataclasses import dataclass
from datetime import datetime

from surveys.model import DeliveryClass
from surveys.ports import UnitOfWork

OLDER_COPY = "older_copy"
"""The reason of a hold that nobody of the staff gave: this database looks like an older copy."""

_NOTE = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why nothing is sent. ``reason`` is the operator's own words, or OLDER_COPY."""

    reason: str
    by: str
    since: datetime


def standing_hold(tx: UnitOfWork) -> Hold | None:
    """Return the hold that stands, if any."""
    written = tx.notes.get(_NOTE)
    if not written:
        return None
    said = json.loads(written)
    since = datetime.fromisoformat(said["since"])
    return Hold(reason=said["reason"], by=said["by"], since=since)


def is_held(tx: UnitOfWork) -> bool:
    """Say whether sending is held; asked in the transaction that sets ``sending``."""
    return bool(tx.notes.get(_NOTE))


def goes_out(tx: UnitOfWork) -> DeliveryClass | None:
    """Return the one class of deliveries that may go out now; None where all of them may."""
    return DeliveryClass.RECEIPT if is_held(tx) else None


def put_on_hold(tx: UnitOfWork, hold: Hold) -> Hold:
    """Hold sending from now on, and return the hold that stands: a later one keeps the start of the first."""
    earlier = standing_hold(tx)
    since = earlier.since if earlier else hold.since
    said = {"reason": hold.reason, "by": hold.by, "since": since.isoformat()}
    tx.notes.set(_NOTE, json.dumps(said))
    return Hold(reason=hold.reason, by=hold.by, since=since)


def end_hold(tx: UnitOfWork) -> bool:
    """Let everything go out again; False where nothing was held."""
    held = is_held(tx)
    tx.notes.set(_NOTE, "")
    return held
