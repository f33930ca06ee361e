"""What staff can pause short of everything: the asks of one survey, or of one trigger."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

PauseOf = Literal["survey", "trigger"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Why the asks of a survey or a trigger wait: who paused it, and when."""

    of: PauseOf
    id: str
    by: str
    since: datetime

    def values(self) -> dict[str, Any]:
        """Return what explains it, to be stored with a verdict."""
        since = self.since.isoformat(timespec="seconds").replace("+00:00", "Z")
        return {self.of: self.id, "paused_by": self.by, "since": since}
