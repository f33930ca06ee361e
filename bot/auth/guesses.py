"""How often a password may be guessed, in this process's memory."""

import math
from collections.abc import Callable
from datetime import datetime

from bot.caps import Throttle

PER_ACCOUNT, PER_ACCOUNT_SECONDS = 5, 30
PER_ADDRESS, PER_ADDRESS_SECONDS = 30, 5
NOTED, NOTED_SECONDS = 20, 60
"""Rows of the audit trail about failed logins: so many at once, then one in so many seconds."""


class Guesses:
    """Counts tries by account, whether there is one or not, and by the address they come from."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._accounts = Throttle(now, per_second=1 / PER_ACCOUNT_SECONDS, burst=PER_ACCOUNT)
        self._addresses = Throttle(now, per_second=1 / PER_ADDRESS_SECONDS, burst=PER_ADDRESS)
        self._notes = Throttle(now, per_second=1 / NOTED_SECONDS, burst=NOTED)

    def wait(self, account: str, address: str) -> int:
        """Count a try and return 0, or return how many seconds it must wait."""
        seconds = self._addresses.take(address) or self._accounts.take(account)
        return math.ceil(seconds)

    def is_noted(self) -> bool:
        """Say whether one more failure is written down; a flood of them would bury all else."""
        return self._notes.take("") == 0
