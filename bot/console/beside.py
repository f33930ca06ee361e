"""What a page shows beside its results, read in one go: stored analyses, the values of sides, customers' words."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from operator import attrgetter

from bot.console.panels.stamp import Found
from surveys.model import HANDLER
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.reports import AnswerRow
from surveys.verbatims import Wanted as Words

OF_JOURNEY = ("paths", "conversion", "drivers", "quadrant")
OF_STAGE = ("trend", "reasons", "repeat", "surge")
SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a page needs: the analyses of the journey and of a stage, and words where the reader may see any."""

    stage: str | None = None
    words: tuple[Words, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What was found. ``words`` is None where none were wanted."""

    analyses: Found = field(default_factory=dict)
    sides: Mapping[str, Sequence[str]] = field(default_factory=dict)
    words: tuple[AnswerRow, ...] | None = None


ReadBeside = Callable[[Wanted], Awaitable[Beside]]


def beside(tx: UnitOfWork, program: Program, wanted: Wanted) -> Beside:
    """Read what is wanted; an analysis that was never made is left out."""
    keys = [(kind, "") for kind in OF_JOURNEY]
    keys += [(kind, wanted.stage) for kind in OF_STAGE if wanted.stage]
    found = {key: tx.analyses.get(*key) for key in keys}
    attributes = (*(segment.id for segment in program.segments), HANDLER)
    return Beside(
        analyses={key: analysis for key, analysis in found.items() if analysis is not None},
        sides={name: tx.reports.side_values(name) for name in attributes},
        words=None if wanted.words is None else _newest(tx, wanted.words),
    )


def _newest(tx: UnitOfWork, wanted: tuple[Words, ...]) -> tuple[AnswerRow, ...]:
    found = (row for words in wanted for row in tx.verbatims.newest(words, SHOWN))
    return tuple(nlargest(SHOWN, found, key=attrgetter("answered_at", "id")))


async def nothing(_: Wanted) -> Beside:
    """Find nothing: results stand alone."""
    return Beside()
