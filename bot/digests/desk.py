"""Makes digests when they are due: results are read, put into words, and the messages and the next time are one commit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.digests.content import content_of
from bot.digests.plan import Digest, one_of
from bot.digests.rendering import render
from surveys.errors import StorageBusy
from surveys.model import Deed
from surveys.ports import Storage, UnitOfWork
from surveys.program import Program
from surveys.recurring import Recurrence
from surveys.results import run
from surveys.service.context import Context
from surveys.service.holding import is_held
from surveys.service.staff_messages import tell
from surveys.staff_messages import StaffBody

KIND = "digest"
LATE = timedelta(minutes=15)
"""From here on a digest says when it should have come."""

RETRY = timedelta(minutes=10)
"""After which one that could not be made is tried again."""

BATCH = 10
_PREFIX = f"{KIND}:"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Made:
    """A digest that is due, and what is to become of it; nothing to tell where it could not be made."""

    recurrence: Recurrence
    digest: Digest
    body: StaffBody | None


class DigestDesk:
    """The digests of one deployment; ``wake`` rings the drain loop."""

    def __init__(
        self,
        *,
        storage: Storage,
        ctx: Context,
        digests: Mapping[str, Digest],
        wake: Callable[[], None],
    ) -> None:
        self._storage = storage
        self._ctx = ctx
        self._digests = digests
        self._wake = wake

    async def declare(self) -> None:
        """Make the stored schedule that of the config; writes only where they differ."""
        if await self._storage.read(self._differ):
            await self._storage.write(self._declare)

    async def make(self) -> int:
        """Make what is due, as one of the drain loop's chores; return how many digests that were."""
        due = await self._storage.read(self._due)
        if not due:
            return 0
        made = [await self._made(recurrence) for recurrence in due]
        count = await self._storage.write(lambda tx: sum(self._keep(tx, each) for each in made))
        if count:
            self._wake()
        return count

    async def send(self, digest_id: str, by: str) -> tuple[str, ...]:
        """Send one now, by hand; return where to. Raises NotFound."""
        digest = one_of(self._digests, digest_id)
        now = self._ctx.now()
        body = await body_of(self._storage, digest, self._ctx.program, now, link=self._link)
        stem = f"{digest.name}:{self._ctx.new_id()}"

        def work(tx: UnitOfWork) -> None:
            _tell(tx, self._ctx, digest, now, stem, body)
            tx.audit.add(Deed(at=now, by=by, act="digest", subject=digest.id))

        await self._storage.write(work)
        self._wake()
        return digest.destinations(now)

    # --- parts ---

    @property
    def _link(self) -> str:
        return f"{self._ctx.base}/console" if self._ctx.base else ""

    def _differ(self, tx: UnitOfWork) -> bool:
        stored = {each.name: each.rule for each in tx.recurrences.all() if _is_ours(each)}
        return stored != {digest.name: digest.schedule for digest in self._digests.values()}

    def _declare(self, tx: UnitOfWork) -> None:
        now = self._ctx.now()
        stored = {each.name: each for each in tx.recurrences.all() if _is_ours(each)}
        for digest in self._digests.values():
            known = stored.pop(digest.name, None)
            due_at = digest.rule.after(now)
            if known is None:
                tx.recurrences.add(
                    Recurrence(name=digest.name, rule=digest.schedule, due_at=due_at)
                )
            elif known.rule != digest.schedule:
                tx.recurrences.save(replace(known, rule=digest.schedule, due_at=due_at))
        for name in stored:
            tx.recurrences.remove(name)

    def _due(self, tx: UnitOfWork) -> tuple[Recurrence, ...]:
        """Return what is due and ours; while sending is held nothing is, and comes late afterwards, once."""
        if is_held(tx):
            return ()
        names = {digest.name for digest in self._digests.values()}
        due = tx.recurrences.due(self._ctx.now(), BATCH)
        return tuple(each for each in due if each.name in names)

    async def _made(self, recurrence: Recurrence) -> _Made:
        digest = self._digests[recurrence.name.removeprefix(_PREFIX)]
        now, due_at = self._ctx.now(), recurrence.due_at or self._ctx.now()
        late = due_at if now - due_at > LATE else None
        try:
            body = await body_of(
                self._storage, digest, self._ctx.program, now, late=late, link=self._link
            )
        except StorageBusy:
            raise
        except Exception:  # noqa: BLE001 the job's edge: logged, tried again later
            _log.exception("a digest could not be made; it is tried again", digest=digest.id)
            body = None
        return _Made(recurrence, digest, body)

    def _keep(self, tx: UnitOfWork, made: _Made) -> bool:
        """Add the messages and move on to the next time, unless another worker has."""
        now, due_at = self._ctx.now(), made.recurrence.due_at
        if due_at is None or tx.recurrences.get(made.recurrence.name) != made.recurrence:
            return False
        if made.body is None:
            tx.recurrences.save(replace(made.recurrence, due_at=now + RETRY))
            return False
        _tell(
            tx,
            self._ctx,
            made.digest,
            due_at,
            f"{made.digest.name}:{due_at:%Y%m%dT%H%MZ}",
            made.body,
        )
        moved = replace(made.recurrence, due_at=made.digest.rule.after(now), last_at=due_at)
        tx.recurrences.save(moved)
        return True


async def body_of(
    storage: Storage,
    digest: Digest,
    program: Program,
    now: datetime,
    *,
    late: datetime | None = None,
    link: str = "",
) -> StaffBody:
    """Return what the digest would say now, in all its forms."""
    query = digest.query(late or now)
    table = await storage.read(lambda tx: run(tx, program, query, now))
    return render(content_of(digest, table, program, late=late, link=link))


def _tell(
    tx: UnitOfWork, ctx: Context, digest: Digest, at: datetime, stem: str, body: StaffBody
) -> None:
    for number, place in enumerate(digest.destinations(at), 1):
        tell(tx, ctx, f"{stem}:{number}", KIND, place, body)


def _is_ours(recurrence: Recurrence) -> bool:
    return recurrence.name.startswith(_PREFIX)
