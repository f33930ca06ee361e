"""How far the invitations came: of all rows together, and by stage and channel."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from surveys.instruments import instrument
from surveys.model import FunnelStep
from surveys.results.counted import Counted, Part, summed
from surveys.results.hiding import axes_of, covered
from surveys.results.query import Query
from surveys.results.seeing import Key, Seen, Sight, admitted
from surveys.results.values import FunnelCell, Totals

Cohort = Mapping[FunnelStep, int | None]


def totals(query: Query, stages: Mapping[Key, Seen]) -> Totals:
    """Return the sums over stages; hidden where a hidden stage could be told from one.

    Beside a filter nothing may be hidden: its own total and everybody's would tell the rest.
    """
    sums = {step: _sum(query, step, stages) for step in FunnelStep}
    return Totals(
        invited=sums[FunnelStep.INVITED] or 0,
        delivered=sums[FunnelStep.DELIVERED] or 0,
        started=sums[FunnelStep.STARTED],
        answered=sums[FunnelStep.ANSWERED],
        completed=sums[FunnelStep.COMPLETED],
    )


def _sum(query: Query, step: FunnelStep, stages: Mapping[Key, Seen]) -> int | None:
    told = [seen.steps[step] for seen in stages.values()]
    true = [sum(part.step(step) for part in seen.parts) for seen in stages.values()]
    safe = None not in told if query.filters else covered(told, true)
    return sum(true) if safe else None


def by_channel(query: Query, counted: Counted) -> tuple[FunnelCell, ...]:
    """Return a cell for each stage and channel with invitations; a sum over series shows what they all show."""
    query = replace(query, by="stage")
    cells: defaultdict[tuple[str, str], list[Part]] = defaultdict(list)
    for part in admitted(query, counted):
        if part.steps[0] and not instrument(part.dimensions.instrument).words:
            cells[part.dimensions.stage, part.dimensions.channel].append(part)
    sight = Sight.of(query, counted, axes=axes_of(query, "channel"))
    return tuple(
        _cell(stage, channel, sight.cohort(parts, summed(parts)[1]))
        for (stage, channel), parts in sorted(cells.items())
    )


def _cell(stage: str, channel: str, cohort: Cohort) -> FunnelCell:
    return FunnelCell(
        stage=stage,
        channel=channel,
        invited=cohort[FunnelStep.INVITED] or 0,
        delivered=cohort[FunnelStep.DELIVERED] or 0,
        started=cohort[FunnelStep.STARTED],
        answered=cohort[FunnelStep.ANSWERED],
        completed=cohort[FunnelStep.COMPLETED],
    )
