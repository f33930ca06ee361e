"""How far the invitations came: of all rows together, and by stage and channel."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from surveys.instruments import instrument
from surveys.model import FunnelStep
from surveys.results.counted import Counted, Part
from surveys.results.crowds import group_of
from surveys.results.hiding import axes_of, covered
from surveys.results.query import Query
from surveys.results.seeing import OURS, Cohorts, Sight, admitted, answers_veil, by_row
from surveys.results.values import FunnelCell, Totals

Cohort = Mapping[FunnelStep, int | None]


def totals(query: Query, counted: Counted) -> Totals:
    """Return the sums over stages; hidden where a hidden stage could be told from one.

    Beside a filter nothing may be hidden: its own total and everybody's would tell the rest. A quarter's is the sum
    of its months', and shown where these are. Of several sides at once asks are not counted: none is no sum of them.
    """
    query = replace(query, by="stage")
    rows = by_row(query, counted)
    stages = [parts for key, parts in rows.items() if not key.kind.words]
    cohorts = Cohorts.of(counted, axes_of(query))
    told = [cohorts.told(parts) for parts in stages]
    closed = cohorts.closed | Sight.of(query, counted, scores_only=True).closed
    untold = closed or not counted.asked
    sums = {step: None if untold else _sum(query, step, stages, told) for step in FunnelStep}
    for month in counted.months:
        monthly = totals(query, month)
        sums = {step: sums[step] if getattr(monthly, step) is not None else None for step in sums}
    return Totals(
        invited=sums[FunnelStep.INVITED],
        delivered=sums[FunnelStep.DELIVERED],
        started=sums[FunnelStep.STARTED],
        answered=sums[FunnelStep.ANSWERED],
        completed=sums[FunnelStep.COMPLETED],
    )


def _sum(
    query: Query, step: FunnelStep, stages: Sequence[Sequence[Part]], told: Sequence[Cohort]
) -> int | None:
    shown = [cohort[step] for cohort in told]
    true = [sum(part.step(step) for part in parts) for parts in stages]
    if step in OURS:
        return sum(true)
    people = [min(n, _answers(parts)) for n, parts in zip(true, stages, strict=True)]
    safe = None not in shown if query.filters else covered(shown, true, people)
    return sum(true) if safe else None


def _answers(parts: Sequence[Part]) -> int:
    return sum(part.n for part in parts)


def by_channel(query: Query, counted: Counted) -> tuple[FunnelCell, ...]:
    """Return a cell for each stage and channel with invitations; a sum over series shows what they all show.

    Where not even an empty cell may be told, none is.
    """
    query = replace(query, by="stage")
    cells: defaultdict[tuple[str, str], list[Part]] = defaultdict(list)
    for part in admitted(query, counted):
        if part.steps[0] and not instrument(part.dimensions.instrument).words:
            cells[part.dimensions.stage, part.dimensions.channel].append(part)
    axes = axes_of(query, "channel")
    cohorts = Cohorts.of(counted, axes)
    closed = cohorts.closed | answers_veil(counted, axes).closed
    return tuple(
        _cell(stage, channel, cohorts.told(parts))
        for (stage, channel), parts in sorted(cells.items())
        if not any(group_of(part.dimensions) in closed for part in parts)
    )


def _cell(stage: str, channel: str, cohort: Cohort) -> FunnelCell:
    return FunnelCell(
        stage=stage,
        channel=channel,
        invited=cohort[FunnelStep.INVITED],
        delivered=cohort[FunnelStep.DELIVERED],
        started=cohort[FunnelStep.STARTED],
        answered=cohort[FunnelStep.ANSWERED],
        completed=cohort[FunnelStep.COMPLETED],
    )
