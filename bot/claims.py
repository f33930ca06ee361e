"""Takes what may be sent: each claim is one commit, and one row's trouble is no other's."""

from collections.abc import Sequence

import structlog

from bot.unreadable import around_unreadable
from surveys.errors import StorageBusy
from surveys.model import Channel
from surveys.ports import SENDING_LEASE, Storage, UnitOfWork
from surveys.service import lookups, sending
from surveys.service.context import Context
from surveys.service.sending import Claimed, NotClaimed

_log = structlog.get_logger(__name__)


class Claims:
    """Claims deliveries for one dispatcher.

    A claim is in doubt while the answer to its commit is lost. Nothing was sent on it, and only we know that: found
    to stand, it is sent; for anybody else it would be a lost request.
    """

    def __init__(self, storage: Storage, ctx: Context) -> None:
        self._storage = storage
        self._ctx = ctx
        self._in_doubt: dict[str, Claimed] = {}

    async def candidates(self, channel: Channel, limit: int) -> tuple[str, ...]:
        """Return what may be claimed; what can't be read is parked."""

        async def look() -> tuple[str, ...]:
            return await self._storage.read(
                lambda tx: sending.candidates(tx, self._ctx, (channel,), limit)
            )

        return await around_unreadable(self._storage, self._ctx, look)

    async def take(self, delivery_id: str) -> Claimed | NotClaimed:
        """Commit the intent; a delivery that can't be claimed is put off and blocks no other."""
        made: list[Claimed | NotClaimed] = []

        def work(tx: UnitOfWork) -> Claimed | NotClaimed:
            made[:] = [sending.claim(tx, self._ctx, delivery_id)]
            return made[0]

        try:
            claim = await self._storage.write(work)
        except StorageBusy:
            # Raised on, it would leave the batch's other claims committed and never sent; so would any error.
            _log.warning("not claimed, the storage is busy", delivery=delivery_id)
            for each in made:
                if isinstance(each, Claimed):
                    self._in_doubt[delivery_id] = each
            return NotClaimed.NOT_NOW
        except Exception:  # noqa: BLE001 the job's edge: logged, put off, given up in the end
            _log.exception("a claim failed; it is put off", delivery=delivery_id)
            return await self._put_off(delivery_id)
        self._in_doubt.pop(delivery_id, None)
        return claim

    async def found_standing(self) -> Sequence[Claimed]:
        """Return the claims that were in doubt and turn out to be ours, each once."""
        if not self._in_doubt:
            return ()
        doubts = tuple(self._in_doubt.values())
        standing, open_ = await self._storage.read(
            lambda tx: (
                [claim for claim in doubts if sending.stands(tx, claim)],
                [claim for claim in doubts if sending.may_still_stand(tx, claim)],
            )
        )
        oldest = self._ctx.now() - SENDING_LEASE
        kept = {
            claim.delivery.id for claim in open_ if (claim.delivery.started_at or oldest) > oldest
        }
        self._in_doubt = {key: claim for key, claim in self._in_doubt.items() if key in kept}
        return standing

    async def _put_off(self, delivery_id: str) -> NotClaimed:
        try:
            await self._storage.write(lambda tx: sending.put_off(tx, self._ctx, delivery_id))
        except StorageBusy:
            _log.warning("not put off, the storage is busy", delivery=delivery_id)
            return NotClaimed.NOT_NOW
        except Exception:  # noqa: BLE001 the job's edge: what can't even be put off is parked
            _log.exception("a delivery could not be put off; it is parked", delivery=delivery_id)
            return await self._set_aside(delivery_id)
        return NotClaimed.CHANGED

    async def _set_aside(self, delivery_id: str) -> NotClaimed:
        try:
            await self._storage.write(lambda tx: lookups.set_aside(tx, self._ctx, delivery_id))
        except Exception:  # noqa: BLE001 the job's edge: it stays due; the batch's other claims are sent
            _log.exception("a delivery could not be parked", delivery=delivery_id)
            return NotClaimed.NOT_NOW
        return NotClaimed.CHANGED
