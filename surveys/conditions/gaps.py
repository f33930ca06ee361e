"""Fields of a condition that events lack: a comparison on one does not hold, whatever the event said when it came."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = Any
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A field that events lack.

    Attributes:
        path: dotted.
        of: how many events were looked at.
        without: how many of them lack it.
        unknown: how many of those came when the field was not stored, so that nobody knows what they said.
    """

    path: str
    of: int
    without: int
    unknown: int


@dataclass(slots=True)
class Gaps:
    """Counts what a condition's events lack, event by event."""

    of: int = 0
    without: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)

    def look(
        self, fields: Sequence[Path], seen: Mapping[str, Json], was_stored: Callable[[Path], bool]
    ) -> None:
        """Count an event by what a condition saw in its fields; ``was_stored`` says whether one was, when it came."""
        self.of += 1
        for path in fields:
            name = ".".join(path)
            if seen[name] is None:
                self.without[name] += 1
                self.unknown[name] += not was_stored(path)

    def told(self) -> tuple[Gap, ...]:
        """Return what must be known to read a count: fields that events lack, and of how many nobody knows them."""
        return tuple(
            Gap(path=path, of=self.of, without=count, unknown=self.unknown[path])
            for path, count in self.without.items()
        )
