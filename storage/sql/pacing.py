"""The platforms' buckets."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, or_, select

from storage.sql.session import Session
from storage.sql.shapes import insert_into, table_of
from storage.sql.statements import Query, Statement
from storage.tables.outbox import PaceRow
from surveys.pacing import Bucket

_pace = table_of(PaceRow)
_FREE_AT: Query[datetime] = Query(
    select(_pace.c.free_at).where(_pace.c.scope == bindparam("scope")),
    lambda row: row[0],
    lock=_pace,
)
_PUT = insert_into(_pace, ("scope", "free_at", "address_id"))
_REST = Statement(
    _PUT.on_conflict_do_update(
        index_elements=["scope"],
        set_={"free_at": _PUT.excluded.free_at},
        where=or_(
            _pace.c.free_at < _PUT.excluded.free_at, _pace.c.free_at >= bindparam("impossible")
        ),
    )
)


class SqlPaces:
    """See surveys.ports.Paces."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def room(self, bucket: Bucket, now: datetime) -> int:
        """Return how many messages would pass now."""
        return bucket.room(self._session.one(_FREE_AT, scope=bucket.scope), now)

    def take(self, buckets: Sequence[Bucket], now: datetime) -> bool:
        """Take one from every bucket, or from none."""
        free = [self._session.one(_FREE_AT, scope=bucket.scope) for bucket in buckets]
        both = list(zip(buckets, free, strict=True))
        if not all(bucket.room(free_at, now) for bucket, free_at in both):
            return False
        for bucket, free_at in both:
            self.rest(bucket, bucket.after_one(free_at, now))
        return True

    def rest(self, bucket: Bucket, until: datetime) -> None:
        """Let nothing pass before ``until``."""
        values = {
            "scope": bucket.scope,
            "free_at": until,
            "address_id": bucket.address_id,
            "impossible": until + bucket.longest,
        }
        self._session.run(_REST, values)
