"""Keeps the beat by which an older copy of the database gives itself away (surveys.service.copies)."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from surveys.errors import StorageBusy
from surveys.ports import Storage
from surveys.service.context import Context
from surveys.service.copies import Beat, beat_on, distrust, has_beaten, has_moved, name_of
from surveys.service.holding import standing_hold

EVERY = timedelta(minutes=1)
MOST = 200
_LINE = re.compile(r"([0-9a-f]{32}) ([0-9]{20})\n")
_log = structlog.get_logger(__name__)


class BeatFile:
    """The beat as it is kept beside a SQLite file, in one line that is overwritten in place.

    It needs no fsync: a line that power loss set back is behind the database, which is no alarm.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Beat | None:
        """Return the beat; None where there is none, or none that can be read."""
        try:
            line = _LINE.fullmatch(self._path.read_text("ascii"))
        except (OSError, UnicodeDecodeError):
            return None
        return Beat(database=line[1], number=int(line[2])) if line else None

    def write(self, beat: Beat) -> None:
        """Replace it; the line is always of the same length."""
        line = f"{beat.database} {beat.number:020d}\n"
        if not self._path.exists():
            self._path.touch(0o600)
        with self._path.open("r+", encoding="ascii", newline="") as file:
            file.write(line)
            file.truncate()


class Heart:
    """Beats at the start, before each batch that is sent, each minute, and at the stop."""

    def __init__(self, *, storage: Storage, ctx: Context, file: BeatFile | None) -> None:
        self._storage = storage
        self._ctx = ctx
        self._file = file
        self._last = file.read() if file else None
        self._beaten_at: datetime | None = None

    async def start(self) -> None:
        """Look at the database before anything is done with it; say so where sending is held."""
        await self._be_born()
        await self.beat()
        hold = await self._storage.read(standing_hold)
        if hold is not None:
            _log.warning("sending is held", reason=hold.reason, by=hold.by, since=str(hold.since))

    async def _be_born(self) -> None:
        """Remember a database that never beat before its first beat: a crash between the two makes it no copy."""
        if self._file is None or self._last is not None:
            return
        if await self._storage.read(has_beaten):
            return
        self._last = Beat(database=name_of(self._ctx.salt), number=0)
        self._remember(self._file, self._last)

    async def before_sending(self) -> None:
        """Count the batch that is about to be claimed, so that a copy from before it is known as older."""
        if self._file is not None or await self._storage.read(has_moved):
            await self.beat()

    async def chore(self) -> int:
        """Beat if it is time, as one of the drain loop's chores; finds nothing due."""
        now = self._ctx.now()
        if self._beaten_at is None or not self._beaten_at <= now < self._beaten_at + EVERY:
            await self.before_sending()
            self._beaten_at = now
        return 0

    async def stop(self) -> None:
        """Count what was done since the last beat."""
        try:
            await self.before_sending()
        except StorageBusy as busy:
            _log.warning("no last beat", problem=str(busy))

    async def beat(self) -> None:
        """Count one beat: first the database commits, then the file says so."""
        checked = await self._storage.write(
            lambda tx: beat_on(tx, self._ctx, self._last, beside=self._file is not None)
        )
        if checked.is_copy:
            _log.error(
                "this database looks like an older copy: nothing is sent until somebody has looked at "
                "`aftertouch deliveries` and says `aftertouch release`"
            )
            while await self._storage.write(lambda tx: distrust(tx, self._ctx, MOST)):
                pass
        self._last, self._beaten_at = checked.beat, self._ctx.now()
        if self._file is not None:
            self._remember(self._file, checked.beat)

    def _remember(self, file: BeatFile, beat: Beat) -> None:
        try:
            file.write(beat)
        except OSError as problem:
            _log.warning("the beat is not remembered", problem=str(problem))
