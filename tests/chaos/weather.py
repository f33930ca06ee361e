"""What goes wrong at the platforms, and how often: they dawdle, lie, forget to answer and ask for patience."""

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

from tests.fakes.slack import Failure, FakeSlack
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_faults import (
    BAD_GATEWAY_AFTER,
    DROP_AFTER,
    DROP_BEFORE,
    SERVER_ERROR,
    TRUNCATED,
    Fault,
    flood,
    late,
    slow,
)

F = TypeVar("F")
Forecast = Sequence[tuple[int, Callable[[Random], F]]]

AHEAD = 200  # calls of each method whose fate is sealed

# Per hundred calls. Most are slow, so that most kills fall between the intent and the outcome.
_TELEGRAM: Forecast[Fault] = (
    (50, lambda rng: slow(rng.uniform(0.05, 0.8))),
    (26, lambda _: slow(0)),
    (6, lambda _: DROP_AFTER),
    (4, lambda _: DROP_BEFORE),
    (4, lambda _: BAD_GATEWAY_AFTER),
    (3, lambda _: SERVER_ERROR),
    (2, lambda _: flood(1)),
    (2, lambda _: TRUNCATED),
    (3, lambda rng: late(rng.uniform(0.5, 4))),
)
_SLACK: Forecast[Failure] = (
    (50, lambda rng: Failure.hang(rng.uniform(0.05, 0.8))),
    (26, lambda _: Failure.hang(0)),
    (6, lambda _: Failure.drop_after()),
    (4, lambda _: Failure.drop_before()),
    (4, lambda _: Failure.status(502, acts=True)),
    (3, lambda _: Failure.error("internal_error")),
    (2, lambda _: Failure.rate_limited()),
    (2, lambda _: Failure.error("fatal_error", acts=True)),
    (3, lambda rng: Failure.delayed(rng.uniform(0.5, 4))),
)
_TELEGRAM_CALLS = ("sendMessage", "editMessageText")
_SLACK_CALLS = ("chat.postMessage", "chat.update")


def drawn(forecast: Forecast[F], rng: Random, count: int) -> list[F]:
    """Draw so many fates."""
    weights = [weight for weight, _ in forecast]
    return [make(rng) for _, make in rng.choices(forecast, weights, k=count)]


class Weather:
    """Keeps both platforms' queues of faults filled while it is bad."""

    def __init__(self, telegram: FakeTelegram, slack: FakeSlack, rng: Random) -> None:
        self._telegram, self._slack, self._rng = telegram, slack, rng

    def worsen(self) -> None:
        """Fill up what has been used."""
        for method in _TELEGRAM_CALLS:
            used = AHEAD - len(self._telegram._faults[method.lower()])
            self._telegram.fail(method, *drawn(_TELEGRAM, self._rng, used))
        for call in _SLACK_CALLS:
            used = AHEAD - len(self._slack._failures[call])
            self._slack.fail(call, *drawn(_SLACK, self._rng, used))

    def clear(self) -> None:
        """Let everything go well from now on."""
        self._telegram._faults.clear()
        self._slack._failures.clear()
