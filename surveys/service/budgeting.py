"""How precise each stage's score is to be in a month, and whom that leaves to be asked (docs/decisions/0053).

Walk of one month: the first event of the month sets each budgeted stage's share from the month before, from its
answers, who replied and how many could have been asked; then it stands. Each event and each turn afterwards, four times
an hour at most, looks how wide the interval of this month's answers still is. Once it is narrow enough, the stage's
asks are skipped until the month is over. Both are kept, and the rules (surveys.decisions.shares) read only what is kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from surveys.decisions import Allotment
from surveys.instruments import Instrument, instrument
from surveys.model import CountRule, Json
from surveys.ports import UnitOfWork
from surveys.program import Budget, Program, Trigger
from surveys.results import headline
from surveys.service.context import Context
from surveys.statistics.intervals import PSEUDO_ANSWERS
from surveys.statistics.planning import (
    answers_for_half_width,
    share_to_ask,
    shares_variance,
    whole,
)
from surveys.statistics.tiers import INDICATIVE_BELOW
from surveys.stored_analyses import Analysis
from surveys.timing import days_of_period, instant, month_of, zone_of

KIND: Final = "budget"
"""The kind under which a stage's months are stored, by ``<month>/<stage>/<instrument>``."""
LOOK_EVERY: Final = timedelta(minutes=15)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The share of a month, with the figures of the month before that it follows from; None where it told none."""

    share: float
    needed: int | None = None
    rate: float | None = None
    eligible: float | None = None

    def to_json(self) -> dict[str, Json]:
        """Return it as it is stored."""
        figures = {"needed": self.needed, "rate": self.rate, "eligible": self.eligible}
        return {"share": self.share, **figures}


def keep_up(tx: UnitOfWork, ctx: Context) -> None:
    """Set what the month's shares are, where it has none, and look how precise it is where that was long ago."""
    for budget in ctx.program.budget:
        _keep_up(tx, ctx, budget)


def allotment(tx: UnitOfWork, ctx: Context, trigger: Trigger, at: datetime) -> Allotment | None:
    """Return what the budget of a trigger's stage allows about an event at ``at``; None where it has none."""
    budget = ctx.program.budget_of(trigger) if ctx.program.budget else None
    if budget is None:
        return None
    month = _month(ctx, at)
    now = tx.analyses.get(KIND, _key(budget, _month(ctx, ctx.now())))
    then = tx.analyses.get(KIND, _key(budget, month)) or now
    met = now.state["met_at"] if now else None
    return Allotment(
        stage=budget.stage,
        unit=budget.unit,
        target=budget.target,
        month=month,
        share=then.content["share"] if then else 1.0,
        half_width=now.state["half_width"] if now else None,
        met_at=datetime.fromisoformat(met) if met else None,
    )


def precision_of(
    tx: UnitOfWork, ctx: Context, stage: str, unit: str
) -> tuple[float | None, float] | None:
    """Return how wide a budgeted stage's interval is this month, and is to be; None of one without a budget."""
    place = stage, unit
    budget = next((each for each in ctx.program.budget if (each.stage, each.unit) == place), None)
    if budget is None:
        return None
    now = tx.analyses.get(KIND, _key(budget, _month(ctx, ctx.now())))
    return now.state["half_width"] if now else None, budget.target


def _keep_up(tx: UnitOfWork, ctx: Context, budget: Budget) -> None:
    now = ctx.now()
    month = _month(ctx, now)
    known = tx.analyses.get(KIND, _key(budget, month))
    if known is None or known.content["target"] != budget.target:
        planned = _plan(tx, ctx, budget, month)
        content = {**planned.to_json(), "target": budget.target}
        tx.analyses.save(_looked(tx, ctx, budget, month, content))
    elif known.state["met_at"] is None and now - known.as_of >= LOOK_EVERY:
        tx.analyses.save(_looked(tx, ctx, budget, month, known.content))


def _looked(tx: UnitOfWork, ctx: Context, budget: Budget, month: str, content: Json) -> Analysis:
    now = ctx.now()
    wide = _widest(budget, _counts(tx, ctx.program, budget, month))
    met = wide is not None and wide <= budget.target
    return Analysis(
        kind=KIND,
        key=_key(budget, month),
        as_of=now,
        content=content,
        state={"half_width": wide, "met_at": now.isoformat() if met else None},
    )


def _widest(budget: Budget, counts: dict[str, tuple[int, ...]]) -> float | None:
    """Return half the widest interval of the stage's wordings; None while one has too few answers to be shown."""
    scale = instrument(budget.unit)
    found = [
        headline(scale, each) if sum(each) >= INDICATIVE_BELOW else None for each in counts.values()
    ]
    widths = [each.half_width for each in found if each is not None]
    return max(widths) if widths and len(widths) == len(counts) else None


# --- the share of a month ---------------------------------------------------------------------------


def _plan(tx: UnitOfWork, ctx: Context, budget: Budget, month: str) -> Planned:
    """Plan a month by the closed one before it; where that tells too little, everybody is asked."""
    before = _before(month)
    counts = _counts(tx, ctx.program, budget, before)
    answered = sum(sum(each) for each in counts.values())
    invited, eligible = _asked(tx, ctx, budget, before)
    if answered < INDICATIVE_BELOW or not invited:
        return Planned(share=1.0)
    scale = instrument(budget.unit)
    needed = sum(_needed(scale, each, budget.target) for each in counts.values())
    rate = min(1.0, answered / invited)
    share = share_to_ask(needed, rate, eligible)
    return Planned(share=share, needed=needed, rate=round(rate, 4), eligible=round(eligible, 1))


def _needed(scale: Instrument, counts: tuple[int, ...], target: float) -> int:
    """Return how many answers of such a spread make the interval as narrow as the target, in points."""
    enough = whole(answers_for_half_width(_variance(scale, counts), target / 100))
    return max(INDICATIVE_BELOW, enough)


def _variance(scale: Instrument, counts: tuple[int, ...]) -> float:
    """Return the variance of one answer as the score counts it, with the pseudo-answers of its interval."""
    bands = {"low": PSEUDO_ANSWERS / 4, "mid": PSEUDO_ANSWERS / 2, "high": PSEUDO_ANSWERS / 4}
    for score, count in zip(scale.scores, counts, strict=True):
        bands[scale.band(score)] += count
    if scale.id == "nps":
        return shares_variance(bands["low"], bands["mid"], bands["high"])
    liked = bands["high"] / sum(bands.values())
    return liked * (1 - liked)


def _asked(tx: UnitOfWork, ctx: Context, budget: Budget, month: str) -> tuple[int, float]:
    """Return how many were asked in a month, and how many might have been had nobody been left out by a share."""
    first, last = days_of_period(month)
    known = tx.analyses.get(KIND, _key(budget, month))
    share = known.content["share"] if known else 1.0
    open_for = _open_part(ctx, month, known.state["met_at"] if known else None)
    invited, eligible = 0, 0.0
    for cohort in tx.reports.funnel(first, last):
        place = cohort.dimensions
        if (place.stage, place.instrument) == (budget.stage, budget.unit):
            own = next((t.share for t in ctx.program.triggers if t.id == place.trigger), 1.0)
            invited += cohort.invited
            eligible += cohort.invited / min(share, own) / open_for
    return invited, eligible


def _open_part(ctx: Context, month: str, met_at: str | None) -> float:
    """Return in which part of a month the stage was asked about: at least a day of it."""
    if met_at is None:
        return 1.0
    zone, _ = zone_of(ctx.program.company.zone, "UTC")
    first, last = days_of_period(month)
    begins = instant(datetime.combine(first, datetime.min.time()), zone)
    whole_month = (last - first) + _DAY
    return max(_DAY, datetime.fromisoformat(met_at) - begins) / whole_month


# --- reading ----------------------------------------------------------------------------------------


def _counts(
    tx: UnitOfWork, program: Program, budget: Budget, month: str
) -> dict[str, tuple[int, ...]]:
    """Return the month's newest answers by score, of each wording in which the stage is asked now."""
    first, last = days_of_period(month)
    scale = instrument(budget.unit)
    found = {wording: (0,) * len(scale.scores) for wording in _wordings(program, budget)}
    for row in tx.reports.scores(CountRule.MONTH, first, last, month):
        place = row.dimensions
        same = (place.stage, place.instrument) == (budget.stage, budget.unit)
        if same and place.wording in found:
            own = (row.counts[score] for score in scale.scores)
            sums = zip(found[place.wording], own, strict=True)
            found[place.wording] = tuple(a + b for a, b in sums)
    return found


def _wordings(program: Program, budget: Budget) -> Iterator[str]:
    for trigger in program.triggers:
        if program.budget_of(trigger) == budget:
            yield from program.survey(trigger.survey).wordings


def _month(ctx: Context, at: datetime) -> str:
    zone, _ = zone_of(ctx.program.company.zone, "UTC")
    return month_of(at, zone)


def _before(month: str) -> str:
    first, _ = days_of_period(month)
    last = date.fromordinal(first.toordinal() - 1)
    return f"{last:%Y-%m}"


def _key(budget: Budget, month: str) -> str:
    return f"{month}/{budget.stage}/{budget.unit}"
