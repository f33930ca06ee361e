"""Whether the channel works, in one word and one sentence."""

from dataclasses import dataclass


@dataclass(slots=True)
class Health:
    """``state`` is ``starting``, ``ok`` or ``red``; ``reason`` says why it is not ok."""

    state: str = "starting"
    reason: str = ""

    def ok(self) -> None:
        """Everything works."""
        self.state, self.reason = "ok", ""

    def red(self, reason: str) -> None:
        """Something needs attention; the reason names it."""
        self.state, self.reason = "red", reason
