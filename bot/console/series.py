"""What stands beside a score: how far its asks came, who answered where, and how it compares."""

from dataclasses import dataclass

from bot.console.texts import say as sentence
from surveys.results import Row
from surveys.results.display import count_text

# No channel of ours tells when a message was read.
_UNKNOWN = {"opened": "funnel.unseen"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of the funnel; ``share`` 0..1 of the first one, None where it is not known and ``why`` says so."""

    name: str
    count: str
    share: float | None
    why: str


def funnel(row: Row, language: str) -> tuple[Step, ...]:
    """Return the steps from sent to completed."""
    counts = {
        "invited": row.invited,
        "delivered": row.delivered,
        "opened": None,
        "started": row.started,
        "answered": row.answered,
        "completed": row.completed,
    }
    return tuple(_step(name, count, row, language) for name, count in counts.items())


def _step(name: str, count: int | None, row: Row, language: str) -> Step:
    why = "" if count is not None else sentence(language, _UNKNOWN.get(name, "funnel.hidden"))
    share = count / row.invited if count is not None and row.invited else None
    return Step(name=name, count=count_text(count), share=share, why=why)
