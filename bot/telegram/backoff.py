"""How long to stay away after failures: full jitter over a doubling span."""

from typing import Protocol


class Dice(Protocol):
    """Randomness; ``random.Random`` is one."""

    def uniform(self, a: float, b: float) -> float:
        """Return a number between ``a`` and ``b``."""


def backoff(failures: int, dice: Dice, *, cap: float = 60.0) -> float:
    """Return seconds to wait after that many failures in a row, at least a half, at most ``cap``."""
    return dice.uniform(0.5, min(cap, 2.0 ** min(failures, 10)))
