"""One bot's silence after a 429: for as long as Telegram said, and no longer for a clock that was set back."""

from datetime import timedelta

from bot.telegram.health import Health
from bot.telegram.line import Line
from surveys.model import Outcome, OutcomeKind
from tests.world import SetClock

FLOOD = Outcome(kind=OutcomeKind.PAUSED, reason="flood", retry_after=30, scope="account")


def silenced() -> tuple[Line, SetClock]:
    clock = SetClock()
    line = Line(Health(clock), clock)
    line.heard(FLOOD)
    return line, clock


def test_nothing_begins_until_the_time_is_over() -> None:
    line, clock = silenced()

    clock.at += timedelta(seconds=29)
    waiting = line.silence()
    assert waiting is not None
    assert (waiting.kind, waiting.retry_after) == (OutcomeKind.PAUSED, 1)
    clock.at += timedelta(seconds=1)
    assert line.silence() is None


def test_a_clock_that_was_days_ahead_and_is_set_back_silences_nobody_for_days() -> None:
    line, clock = silenced()

    clock.at -= timedelta(days=3)
    assert line.silence() is None
    line.heard(FLOOD)
    assert line.silence() is not None
