"""What a page shows beside its results, read in one go: stored analyses, the values of sides, customers' words."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import nlargest
from operator import attrgetter

from bot.console.panels.stamp import Found
from surveys.model import HANDLER
from surveys.ports import UnitOfWork
from surveys.reports import AnswerRow
from surveys.results import Query
from surveys.results.themes import ManyNamed, ThemeTable, theme_table
from surveys.service import narrowing
from surveys.service.context import Context
from surveys.service.narrowing import Order, Where
from surveys.verbatims import Wanted as Words

OF_JOURNEY = ("paths", "conversion", "drivers", "quadrant")
OF_STAGE = ("trend", "reasons", "repeat", "surge")
SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a page needs: the analyses of the journey and of a stage, its themes, words where the reader may see any.

    ``where`` are the filters that the analyses should carry.
    """

    stage: str | None = None
    where: Where = ()
    themes: Query | None = None
    words: tuple[Words, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What was found. ``words`` is None where none were wanted.

    Attributes:
        order: of analyses for the filters that are on.
        as_of: when they were worked out for the filters; None where all analyses are of everybody.
        own: the kinds that are of the filters; all others are of everybody.
    """

    order: Order | None = None
    as_of: datetime | None = None
    own: frozenset[str] = frozenset()
    analyses: Found = field(default_factory=dict)
    sides: Mapping[str, Sequence[str]] = field(default_factory=dict)
    themes: ThemeTable | None = None
    words: tuple[AnswerRow, ...] | None = None


ReadBeside = Callable[[Wanted], Awaitable[Beside]]


def beside(tx: UnitOfWork, ctx: Context, wanted: Wanted) -> Beside:
    """Read what is wanted; an analysis that was never made is left out."""
    keys = [(kind, "") for kind in OF_JOURNEY]
    keys += [(kind, wanted.stage) for kind in OF_STAGE if wanted.stage]
    found = {key: tx.analyses.get(*key) for key in keys}
    if not wanted.stage:
        found |= {("surge", each.key): each for each in tx.analyses.all("surge")}
    order = narrowing.ordered(tx, wanted.where) if wanted.where else None
    stages = (wanted.stage,) if wanted.stage else ()
    own = narrowing.narrowed(tx, wanted.where, stages) if order else None
    if own is not None:
        found |= {key: own.analysis(*key) for key in keys if key[0] in own.kinds}
    attributes = (*(segment.id for segment in ctx.program.segments), HANDLER)
    return Beside(
        order=order,
        as_of=own.as_of if own else None,
        own=own.kinds if own else frozenset(),
        analyses={key: analysis for key, analysis in found.items() if analysis is not None},
        sides={name: tx.reports.side_values(name) for name in attributes},
        themes=None if wanted.themes is None else _themes(tx, ctx, wanted.themes),
        words=None if wanted.words is None else _newest(tx, wanted.words),
    )


def _themes(tx: UnitOfWork, ctx: Context, query: Query) -> ThemeTable:
    """Return the themes; of whole places where they are too many to be told by a segment, as their query says."""
    try:
        return theme_table(tx, ctx.program, ctx.themes, query, ctx.now())
    except ManyNamed:
        whole = Query(
            by=query.by,
            since_days=query.since_days,
            period=query.period,
            days=query.days,
            stage=query.stage,
            touchpoint=query.touchpoint,
        )
        return theme_table(tx, ctx.program, ctx.themes, whole, ctx.now())


def _newest(tx: UnitOfWork, wanted: tuple[Words, ...]) -> tuple[AnswerRow, ...]:
    found = (row for words in wanted for row in tx.verbatims.newest(words, SHOWN))
    return tuple(nlargest(SHOWN, found, key=attrgetter("answered_at", "id")))


async def nothing(_: Wanted) -> Beside:
    """Find nothing: results stand alone."""
    return Beside()
