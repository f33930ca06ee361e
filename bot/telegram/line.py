"""What one answer of Telegram says about everything else we would send: be silent, or the token is refused."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.telegram.health import Health
from surveys.model import Outcome, OutcomeKind
from surveys.ports import Clock


@dataclass(slots=True)
class Line:
    """One bot's line to Telegram, shared by everything that it sends.

    A 429 is about the whole bot, also for what was claimed before it came: until its time is over,
    no request begins.
    """

    health: Health
    clock: Clock
    _silent_until: datetime | None = None

    def silence(self) -> Outcome | None:
        """Return the outcome of a message that must not be sent yet; None where it may."""
        now = self.clock.now()
        if self._silent_until is None or now >= self._silent_until:
            return None
        left = (self._silent_until - now).total_seconds()
        return Outcome(kind=OutcomeKind.PAUSED, reason="flood", retry_after=left, scope="account")

    def heard(self, outcome: Outcome) -> Outcome:
        """Draw the conclusions of an outcome; return it."""
        if outcome.account_down:
            self.health.refused()
        elif outcome.kind is OutcomeKind.ACCEPTED:
            self.health.sent()
        if outcome.kind is OutcomeKind.PAUSED and outcome.retry_after is not None:
            self._silent_until = self.clock.now() + timedelta(seconds=outcome.retry_after)
        return outcome
