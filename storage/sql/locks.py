"""Keeps rivals off something that has no row of its own, or not yet."""

from typing import Final

from sqlalchemy import bindparam, func, select, text

from storage.sql.session import Session
from storage.sql.statements import Statement

_HOLD: Final = Statement(
    select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("key"), 0))).where(
        text("true")
    )
)


def hold(session: Session, key: str) -> None:
    """Be the only one to hold the key until the end of the transaction; SQLite has one writer anyway."""
    if session.locking:
        session.rows(_HOLD, key=key)
