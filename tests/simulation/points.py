"""Crash points: where a process may die, counted and named in the order in which it comes by them."""

from dataclasses import dataclass, field


class Crash(BaseException):
    """The process has died here. Nothing catches it, as nothing catches a kill."""


@dataclass(slots=True)
class Points:
    """Every point of one run, in order. ``fatal`` is the number of the one to die at, from 1; None lives."""

    fatal: int | None = None
    names: list[str] = field(default_factory=list)

    def reach(self, name: str) -> bool:
        """Come by a point; say whether the process dies of it."""
        self.names.append(name)
        return len(self.names) == self.fatal
