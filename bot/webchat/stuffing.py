"""How many scans may come from one place, and of one code: whoever stands in a shop is one of a few."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from bot.caps import Throttle

FROM_ONE_PLACE: Final = 20
PLACE_SECONDS: Final = 15.0
"""A shop's guests share one address on the internet, so this much is let through at once, then one each so often."""

OF_ONE_CODE: Final = 120
CODE_PER_SECOND: Final = 1.0


class ScanCap:
    """Token buckets in this process's memory; the contact rules hold each customer besides."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._places = Throttle(now, per_second=1 / PLACE_SECONDS, burst=FROM_ONE_PLACE)
        self._codes = Throttle(now, per_second=CODE_PER_SECOND, burst=OF_ONE_CODE)

    def wait(self, place: str, code: str) -> float:
        """Count a scan and return 0, or return in how many seconds to try again."""
        return self._places.take(place) or self._codes.take(code)
