"""Whether the channel works, in one word and one sentence; each change is one line in the log."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from surveys.ports import Clock

REFUSED = "Telegram refuses AFTERTOUCH_TELEGRAM_TOKEN; was it revoked?"
# A refused message is tried again within a minute, so by then its channel would have been refused again.
SETTLED = timedelta(minutes=2)

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Health:
    """``state`` is ``starting``, ``ok``, ``standby`` or ``red``; ``reason`` says why it is not ok.

    Receiving and sending fail each for itself: updates that come in do not prove that messages go out.
    """

    clock: Clock
    _receiving: tuple[str, str] = ("starting", "")
    _refused_at: datetime | None = None
    _told: tuple[str, str] = field(default=("starting", ""), init=False)

    @property
    def state(self) -> str:
        """Return the state in one word."""
        return self._now()[0]

    @property
    def reason(self) -> str:
        """Return why it is not ok."""
        return self._now()[1]

    def ok(self) -> None:
        """Receiving works, and so does the token, unless it was refused just now."""
        self._receiving = ("ok", "")
        if self._refused_at is not None and self.clock.now() - self._refused_at >= SETTLED:
            self._refused_at = None
        self._tell()

    def standby(self, reason: str) -> None:
        """We send; another process receives, and we take over when it can't."""
        self._receiving = ("standby", reason)
        self._tell()

    def red(self, reason: str) -> None:
        """Something needs attention; the reason names it."""
        self._receiving = ("red", reason)
        self._tell()

    def stop(self) -> None:
        """It was told to stop; that is no trouble."""
        self._receiving = self._told = ("red", "stopped")

    def refused(self) -> None:
        """A message was refused for the token's sake."""
        self._refused_at = self.clock.now()
        self._tell()

    def sent(self) -> None:
        """A message went out."""
        self._refused_at = None
        self._tell()

    def _now(self) -> tuple[str, str]:
        if self._refused_at is not None and self._receiving[0] != "red":
            return "red", REFUSED
        return self._receiving

    def _tell(self) -> None:
        now = self._now()
        if now == self._told:
            return
        before, self._told = self._told, now
        state, reason = now
        if state == "red":
            _log.warning("channel red", channel="telegram", problem=reason)
        elif before[0] == "red":
            _log.info("channel works again", channel="telegram")
