"""The platforms' buckets in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.memory.table import Table, UndoLog
from surveys.pacing import Bucket


@dataclass(frozen=True, slots=True)
class _Pace:
    scope: str
    free_at: datetime


class MemoryPaces:
    """See surveys.ports.Paces."""

    def __init__(self, log: UndoLog) -> None:
        self._paces: Table[_Pace] = Table("pace", log, key=("scope",))

    def room(self, bucket: Bucket, now: datetime) -> int:
        """Return how many messages would pass now."""
        return bucket.room(self.free_at(bucket.scope), now)

    def take(self, buckets: Sequence[Bucket], now: datetime) -> bool:
        """Take one from every bucket, or from none."""
        if not all(self.room(bucket, now) for bucket in buckets):
            return False
        for bucket in buckets:
            self.rest(bucket, bucket.after_one(self.free_at(bucket.scope), now))
        return True

    def rest(self, bucket: Bucket, until: datetime) -> None:
        """Let nothing pass before ``until``."""
        free_at = self.free_at(bucket.scope)
        if free_at is None or free_at < until or free_at >= until + bucket.longest:
            self._paces.put(_Pace(bucket.scope, until))

    def free_at(self, scope: str) -> datetime | None:
        """Return from when on the bucket lets one more pass."""
        pace = self._paces.get(scope)
        return pace.free_at if pace else None
