"""Publishes what is due at a set time, and says when it could not."""

import structlog

from surveys.ports import Storage
from surveys.service.context import Context
from surveys.service.planned import LATE, carry_out
from surveys.stored_programs import PlannedPublish, PlanState

_log = structlog.get_logger(__name__)


class Punctual:
    """Every worker has one; a row is claimed by one of them, and its end and the version are one commit."""

    def __init__(self, *, storage: Storage, ctx: Context) -> None:
        self._storage = storage
        self._ctx = ctx

    async def chore(self) -> int:
        """Publish the first that is due, as one of the drain loop's chores; return whether there was one."""
        now = self._ctx.now()
        if not await self._storage.read(lambda tx: tx.planned_publishes.due(now, 1)):
            return 0
        ended = await self._storage.write(lambda tx: carry_out(tx, self._ctx))
        if ended is None:
            return 0
        _tell(ended)
        return 1


def _tell(ended: PlannedPublish) -> None:
    due = ended.due_at.isoformat(timespec="minutes")
    if ended.state == PlanState.REFUSED:
        _log.warning("a planned publish was not made", parts=ended.parts, due=due, why=ended.why)
    elif ended.late >= LATE:
        _log.warning("published late", version=ended.number, due=due, late=str(ended.late))
    else:
        _log.info("published as planned", version=ended.number, due=due)
