"""Each row beside another: the same row of another window, or all others of its series in the same window."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import hypot
from typing import cast

from surveys.instruments import Instrument
from surveys.reports import Cluster
from surveys.results.comparable import Refusal, refusals
from surveys.results.counted import customers_of
from surveys.results.query import OTHERS
from surveys.results.repeated import bands_of, score_dependence
from surveys.results.seeing import Key, Seen
from surveys.results.values import Change, Verdict
from surveys.statistics.comparing import Comparison, compare_nps, compare_shares
from surveys.statistics.distributions import critical_t
from surveys.statistics.intervals import Span, adjusted_nps_moments, wilson
from surveys.statistics.multiplicity import (
    LOOK_HERE_LEVEL,
    VERDICT_LEVEL,
    benjamini_hochberg,
    holm,
)

Notes = Callable[[Seen, Seen], tuple[str, ...]]
_CONFIDENCE = 0.95
_FEW = (Refusal.FEW.value,)


@dataclass(frozen=True, slots=True)
class _Group:
    """Answers per score of one side, and who gave how many where that is known to matter."""

    counts: tuple[int, ...]
    clusters: tuple[Cluster, ...] | None = None

    @property
    def people(self) -> int:
        return sum(self.counts) if self.clusters is None else customers_of(self.clusters)


def beside_window(
    rows: Mapping[Key, Seen], other: Mapping[Key, Seen], name: str, notes: Notes, *, tested: bool
) -> dict[Key, Change]:
    """Compare every row with itself in another window; ``tested`` asks for p-values."""
    found = {}
    for key, mine in rows.items():
        theirs = other.get(key)
        if mine.counts is None or theirs is None or theirs.counts is None:
            found[key] = Change(against=name, refused=_refused(key, mine, theirs, other))
            continue
        change = _change(key, _group(mine), _group(theirs), name, tested=tested)
        found[key] = replace(change, notes=notes(mine, theirs))
    return found


def beside_others(rows: Mapping[Key, Seen], *, tested: bool) -> dict[Key, Change]:
    """Compare every row with all others of its series that are shown: none of their answers is its own."""
    shown = {key: seen for key, seen in rows.items() if seen.counts is not None}
    found = {}
    for key, mine in rows.items():
        rest = [_group(seen) for k, seen in shown.items() if k != key and k.series == key.series]
        if mine.counts is None or not rest:
            others = [k.series for k in shown if k != key] if mine.counts else []
            found[key] = Change(against=OTHERS, refused=refusals(key.series, others))
            continue
        found[key] = _change(key, _group(mine), _together(rest), OTHERS, tested=tested)
    return found


def judged(changes: Mapping[Key, Change]) -> dict[Key, Change]:
    """Add the words that tested rows allow: Holm at 5% for a verdict, at most 10% found wrong for a look."""
    p_values = [change.p for change in changes.values()]
    looks = benjamini_hochberg(p_values)
    return {
        key: replace(
            change,
            p_holm=p,
            verdict=None if p is None else _word(change, p),
            look=look is not None and look < LOOK_HERE_LEVEL,
        )
        for (key, change), p, look in zip(changes.items(), holm(p_values), looks, strict=True)
    }


def _word(change: Change, p: float) -> Verdict:
    if p >= VERDICT_LEVEL:
        return "same"
    return "better" if (change.difference or 0) > 0 else "worse"


def _refused(
    key: Key, mine: Seen, theirs: Seen | None, other: Mapping[Key, Seen]
) -> tuple[str, ...]:
    """Return why a row has nothing to be compared with: it is hidden, or was asked otherwise."""
    if mine.counts is None or theirs is not None:
        return _FEW
    return refusals(key.series, [k.series for k, seen in other.items() if _alike(k, key, seen)])


def _alike(other: Key, key: Key, seen: Seen) -> bool:
    return (other.place, other.within) == (key.place, key.within) and seen.counts is not None


def _group(seen: Seen) -> _Group:
    return _Group(seen.counts or (), seen.clusters)


def _together(groups: Sequence[_Group]) -> _Group:
    counts = tuple(map(sum, zip(*(group.counts for group in groups), strict=True)))
    clusters = [group.clusters for group in groups if group.clusters is not None]
    return _Group(counts, tuple(c for each in clusters for c in each) if clusters else None)


def _change(key: Key, mine: _Group, theirs: _Group, against: str, *, tested: bool) -> Change:
    found = _compared(key.kind, mine, theirs)
    low, mid, high = bands_of(key.kind, theirs.counts)
    value = 100 * (high - low if key.instrument == "nps" else high) / (low + mid + high)
    return Change(
        against=against,
        value=value,
        n=sum(theirs.counts),
        difference=found.difference,
        low=found.low,
        high=found.high,
        method=found.method,
        p=found.p if tested and found.speaks else None,
    )


def _compared(kind: Instrument, mine: _Group, theirs: _Group) -> Comparison:
    if mine.clusters is not None or theirs.clusters is not None:
        return _clustered(kind, mine, theirs)
    a, b = bands_of(kind, mine.counts), bands_of(kind, theirs.counts)
    if kind.id == "nps":
        found = compare_nps(a, b)
    else:
        found = compare_shares((a[2], b[2]), (sum(a), sum(b)))
    return cast("Comparison", found)  # both sides are shown: neither is empty


def _clustered(kind: Instrument, mine: _Group, theirs: _Group) -> Comparison:
    """Return difference and interval where customers of a side answered more than once; no test is made of it.

    Each side counts as many answers as are effective, and t has the degrees of freedom of both.
    """
    a, b = bands_of(kind, mine.counts), bands_of(kind, theirs.counts)
    deff = [
        1.0 if group.clusters is None else score_dependence(kind, group.clusters).deff
        for group in (mine, theirs)
    ]
    t = critical_t(_CONFIDENCE, mine.people + theirs.people - 2)
    if kind.id == "nps":
        difference = (a[2] - a[0]) / sum(a) - (b[2] - b[0]) / sum(b)
        first = adjusted_nps_moments(*(count / deff[0] for count in a))
        second = adjusted_nps_moments(*(count / deff[1] for count in b))
        half, centre = t * hypot(first.se, second.se), first.mean - second.mean
        span = Span(centre - half, centre + half).clipped(-2.0, 2.0)
    else:
        difference = a[2] / sum(a) - b[2] / sum(b)
        span = _newcombe(a, b, deff, t)
    return Comparison(
        difference=100 * difference,
        low=100 * span.low,
        high=100 * span.high,
        p=None,
        method="adjusted_wald_3_clustered" if kind.id == "nps" else "newcombe_clustered",
        test="none",
        n=(mine.people, theirs.people),
    )


def _newcombe(a: Sequence[int], b: Sequence[int], deff: Sequence[float], t: float) -> Span:
    """Return the interval of two shares' difference from their Wilson intervals (Newcombe 1998)."""
    first, second = a[2] / sum(a), b[2] / sum(b)
    one = wilson(a[2] / deff[0], sum(a) / deff[0], t)
    two = wilson(b[2] / deff[1], sum(b) / deff[1], t)
    return Span(
        first - second - hypot(first - one.low, two.high - second),
        first - second + hypot(one.high - first, second - two.low),
    )
