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
    no request begins. A clock that is set back past the answer ends the silence.
    """

    health: Health
    clock: Clock
    _told: tuple[datetime, timedelta] | None = None

    def silence(self) -> Outcome | None:
        """Return the outcome of a message that must not be sent yet; None where it may."""
        if self._told is None:
            return None
        told_at, wait = self._told
        past = self.clock.now() - told_at
        if not timedelta() <= past < wait:
            return None
        left = (wait - past).total_seconds()
        return Outcome(kind=OutcomeKind.PAUSED, reason="flood", retry_after=left, scope="account")

    def heard(self, outcome: Outcome) -> Outcome:
        """Draw the conclusions of an outcome; return it."""
        if outcome.account_down:
            self.health.refused()
        elif outcome.kind is OutcomeKind.ACCEPTED:
            self.health.sent()
        if outcome.kind is OutcomeKind.PAUSED and outcome.retry_after is not None:
            self._told = self.clock.now(), timedelta(seconds=outcome.retry_after)
        return outcome
