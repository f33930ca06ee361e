"""What each reason costs or wins, at a stage and at each of its touchpoints.

A reason is a chip at a touchpoint: "speed" of two surveys may be slow pages here and fast delivery there, so a
stage never adds chips up that only share an id. And it is one wording of it: "manner" is what was good below a high
score and what made it hard below a low one, and praise is never added to a complaint.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from surveys.analyses.beside import NOBODY_BESIDE, Beside, tells_few
from surveys.analyses.columns import Column, Frame, Spot, newest
from surveys.analyses.labels import Reason, Wordings
from surveys.analyses.measuring import BANDS, band_places, blanked, estimate_json, measured, weighed
from surveys.analyses.spots import series_of
from surveys.model import Json
from surveys.program import Program
from surveys.statistics import HIDDEN_BELOW, Estimate
from surveys.statistics.reasons import Impact, impacts
from surveys.statistics.resampling import seeded
from surveys.statistics.suppression import enough, hide, hide_table, small

MOST_CASES = 20_000
"""Customers, the newest: see surveys.analyses.importance."""


@dataclass(frozen=True, slots=True)
class _Line:
    """All of a series at a stage, or one of its touchpoints: each customer's newest answer there, oldest first.

    ``named`` are the reasons of each answer. ``hidden`` are those of which nothing is told;
    ``is_hidden`` says that nothing at all is. ``only`` is the one touchpoint that all of the stage was answered at.
    """

    touchpoint: str | None
    spot: Spot
    rows: Column
    named: Sequence[tuple[Reason, ...]]
    hidden: frozenset[Reason] = frozenset()
    is_hidden: bool = False
    only: str | None = None

    def keys(self, reason: Reason) -> list[Column]:
        """Return the answers that name a reason, and those that don't."""
        names = np.array([reason in each for each in self.named], dtype=bool)
        return [self.rows["ident"][names], self.rows["ident"][~names]]

    @property
    def cited(self) -> Counter[Reason]:
        """How many customers chose each reason."""
        return Counter(reason for names in self.named for reason in names)


def reasons(
    frame: Frame,
    program: Program,
    stage: str,
    seed: Sequence[int],
    k: int = HIDDEN_BELOW,
    beside: Beside = NOBODY_BESIDE,
) -> dict[str, Json]:
    """Return the content of a stage: of each series, of all of it and of each touchpoint, newest answers only."""
    wordings = Wordings(program)
    shut = _shut(frame, wordings, stage, beside, k)
    found = {
        series: _beside(_lines(frame, wordings, spots, k), wordings, beside, k)
        for series, spots in series_of(frame, stage).items()
        if series not in shut
    }
    lines = [line for _, each in sorted((found | shut).items()) for line in each]
    return {"series": [_series(line, [*seed, place], k) for place, line in enumerate(lines)]}


def _shut(
    frame: Frame, wordings: Wordings, stage: str, beside: Beside, k: int
) -> dict[str, list[_Line]]:
    """Return a hidden line of each series of which two filters tell nothing, not even that nobody has both values.

    A stage is told where each of its touchpoints is: beside tables of one filter by touchpoint it would tell them.
    """
    every = (frame, *beside.frames)
    return {
        series: [replace(_line(frame, wordings, None, spots), is_hidden=True)]
        for whole in beside.wholes[: int(beside.crossed)]
        for series, spots in series_of(whole, stage).items()
        if any(
            small(len(newest(each.at(at))), k)
            for each in every
            for at in (spots, *((spot,) for spot in spots))
        )
    }


def _lines(frame: Frame, wordings: Wordings, spots: Sequence[Spot], k: int) -> list[_Line]:
    """Return a series of the whole stage, then of each of its touchpoints where it has several."""
    whole = _line(frame, wordings, None, spots)
    whole = replace(whole, is_hidden=small(len(whole.rows), k))
    if len(spots) == 1:
        return [replace(whole, only=spots[0].touchpoint)]
    parts = [_line(frame, wordings, spot.touchpoint, [spot]) for spot in spots]
    return _veiled(whole, parts, k)


def _line(frame: Frame, wordings: Wordings, touchpoint: str | None, spots: Sequence[Spot]) -> _Line:
    rows = newest(frame.at(spots))
    rows = rows[np.argsort(rows["at"], kind="stable")][-MOST_CASES:]
    places = band_places(spots[0].kind, rows["score"])
    chosen = zip(rows["spot"].tolist(), rows["reasons"].tolist(), places.tolist(), strict=True)
    named = [
        tuple(
            wordings.read(frame.spots[spot].touchpoint, chip, BANDS[band])
            for chip in frame.reasons[chips]
        )
        for spot, chips, band in chosen
    ]
    return _Line(touchpoint, spots[0], rows, named)


def _veiled(whole: _Line, parts: Sequence[_Line], k: int) -> list[_Line]:
    """Hide parts, and reasons in them, that the whole less the others would tell.

    Each reason makes a table: by touchpoint, who chose it and who did not. It may be told of more customers at its
    touchpoint than at the stage: some answered elsewhere since, and few of those are no more told than few others.
    """
    sizes, cited, total = [len(part.rows) for part in parts], [p.cited for p in parts], whole.cited
    gone = hide(sizes, k)
    tables = {
        reason: hide_table(
            [(each[reason], n - each[reason]) for each, n in zip(cited, sizes, strict=True)], k
        )
        for reason in total.keys() | set().union(*cited)
    }
    return [
        replace(whole, hidden=frozenset(r for r, table in tables.items() if 0 in table.columns)),
        *(
            replace(
                part,
                hidden=frozenset(
                    reason
                    for reason, table in tables.items()
                    if (place, 0) in table.cells
                    or small(abs(total[reason] - cited[place][reason]), k)
                ),
                is_hidden=place in gone or small(len(whole.rows) - sizes[place], k),
            )
            for place, part in enumerate(parts)
        ),
    ]


def _beside(lines: Sequence[_Line], wordings: Wordings, beside: Beside, k: int) -> list[_Line]:
    """Hide lines, and reasons in them, that everybody's less those of other values of a filter would tell."""
    mine, spot = _places(lines), lines[0].spot
    others = [_apart(frame, wordings, spot) for frame in beside.frames]
    crossed = len({name for each in (mine, *others) for name in each}) > 1
    gone = _crossing([_sizes(each) for each in (mine, *others)], beside, k)
    found = [
        _without(_beside_others(line, others, beside, k, crossed=crossed), gone) for line in lines
    ]
    return _beside_wholes(found, [_apart(frame, wordings, spot) for frame in beside.wholes], k)


def _beside_wholes(
    lines: Sequence[_Line], wholes: Sequence[Mapping[str | None, _Line]], k: int
) -> list[_Line]:
    """Hide what everybody's less these lines would tell: a reason at every line, touchpoints all together.

    One line of a stage less the others would be the one that is hidden.
    """
    pairs = [
        (line, each[place])
        for line in lines
        for each in wholes
        for place in {line.touchpoint, line.only or line.touchpoint}
        if place in each
    ]
    few = {a.touchpoint for a, b in pairs if tells_few(a.rows["ident"], b.rows["ident"], k)}
    named = frozenset(
        reason for own, whole in pairs for reason in own.cited if _tells_few(own, whole, reason, k)
    )
    return [
        replace(
            line,
            hidden=line.hidden | named,
            is_hidden=line.is_hidden or None in few or (line.touchpoint is not None and bool(few)),
        )
        for line in lines
    ]


def _tells_few(own: _Line, whole: _Line, reason: Reason, k: int) -> bool:
    both = zip(own.keys(reason), whole.keys(reason), strict=True)
    return any(tells_few(mine, all_of_them, k) for mine, all_of_them in both)


def _places(lines: Sequence[_Line]) -> dict[str | None, _Line]:
    return {line.touchpoint: line for line in lines}


def _sizes(lines: Mapping[str | None, _Line]) -> dict[str, int]:
    """Return how many customers answered at each touchpoint."""
    found = ((line.touchpoint or line.only, len(line.rows)) for line in lines.values())
    return {touchpoint: n for touchpoint, n in found if touchpoint}


def _crossing(tables: Sequence[Mapping[str, int]], beside: Beside, k: int) -> frozenset[str]:
    """Return the touchpoints at which the first value's customers must not be told, values beside touchpoints."""
    places = sorted({place for table in tables for place in table})
    if not places[1:]:
        return frozenset()
    counts = [[table.get(place, 0) for place in places] for table in tables]
    return frozenset(places[column] for column in beside.hidden_columns(counts, k))


def _without(line: _Line, gone: frozenset[str]) -> _Line:
    """Hide a line of one of these touchpoints; of a stage that was answered at it alone, that it was there, too."""
    if (line.touchpoint or line.only) in gone:
        return replace(line, is_hidden=True, only=None)
    return line


def _apart(frame: Frame, wordings: Wordings, spot: Spot) -> dict[str | None, _Line]:
    """Return a series of a stage by touchpoint, and all of it, as it is before anything is hidden."""
    spots = series_of(frame, spot.stage).get(spot.series, ())
    if not spots:
        return {}
    whole = _line(frame, wordings, None, spots)
    if len(spots) == 1:
        return _places([replace(whole, only=spots[0].touchpoint)])
    return _places([whole, *(_line(frame, wordings, each.touchpoint, [each]) for each in spots)])


def _beside_others(
    line: _Line,
    others: Sequence[dict[str | None, _Line]],
    beside: Beside,
    k: int,
    *,
    crossed: bool,
) -> _Line:
    same = [line, *(each[line.touchpoint] for each in others if line.touchpoint in each)]
    cited = [(each.cited, len(each.rows)) for each in same]
    hidden = {
        reason
        for reason in line.cited
        if beside.hides_part([(c[reason], n - c[reason]) for c, n in cited], k, crossed=crossed)
    }
    is_hidden = beside.hides([n for _, n in cited], k)
    return replace(line, hidden=line.hidden | hidden, is_hidden=line.is_hidden or is_hidden)


def _series(line: _Line, seed: Sequence[int], k: int) -> dict[str, Json]:
    return {
        "instrument": line.spot.instrument,
        "series": line.spot.series,
        "touchpoint": line.touchpoint,
        "only": line.only,
        "customers": None if line.is_hidden else len(line.rows),
        "score": None if line.is_hidden else measured(line.spot.kind, line.rows).to_json(),
        "suppressed": line.is_hidden,
        "reasons": [] if line.is_hidden else _told(line, seed, k),
    }


def _told(line: _Line, seed: Sequence[int], k: int) -> list[dict[str, Json]]:
    if not any(line.named):
        return []
    n, known = len(line.rows), {reason.key: reason for names in line.named for reason in names}
    values = (100 * weighed(line.spot.kind, line.rows["score"])).tolist()
    named = [tuple(reason.key for reason in names) for names in line.named]
    return [
        _row(known[each.reason], each, line, k)
        for each in impacts(range(n), values, named, seeded(seed), hidden_below=k)
    ]


def _row(reason: Reason, found: Impact, line: _Line, k: int) -> dict[str, Json]:
    n = len(line.rows)
    return blanked(
        {
            "id": reason.chip,
            "touchpoint": reason.touchpoint,
            "label": dict(reason.label),
            "bands": list(reason.bands) or None,
            "cited": found.cited,
            "share": 100 * found.cited / n,
            "impact": _impact(found),
        },
        hidden=reason in line.hidden or not enough(found.cited, n, k),
        keep=("id", "touchpoint", "label", "bands"),
    )


def _impact(found: Impact) -> Json:
    """Return the impact; None where too few named it, or everybody did."""
    if found.impact is None or found.low is None or found.high is None:
        return None
    return estimate_json(
        Estimate(value=found.impact, low=found.low, high=found.high, method="customer_bootstrap")
    )
