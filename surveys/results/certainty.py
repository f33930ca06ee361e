"""What whole months tell before any day is read: where no value of an attribute can be too few to be shown.

Counts only add up. A cell that holds enough in one whole month of a window holds enough in the window; one that holds
nobody in all months around it holds nobody. Where every cell of a stage and series is one or the other, at the finest
that tags tell apart, so is every sum of them, and nothing of it is hidden along whatever axes: deciding on the exact
counts comes to the same. Where any cell is neither, the exact counts are read.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from functools import cache, partial

from surveys.model import Dimensions
from surveys.reports import Months, Reports, Spread
from surveys.results.counted import Part
from surveys.results.crowds import ANSWERS, Group, group_of
from surveys.results.windows import Window
from surveys.statistics.tiers import HIDDEN_BELOW

_WORTH_ASKING = 10 * HIDDEN_BELOW
"""How many a cell must hold on average: of fewer, some hold too few for a month to tell."""
_DAY = timedelta(days=1)
Sure = Callable[[int], frozenset[Group]]
Told = tuple[Sequence[Spread], Sequence[Spread]]


def sure_of(
    reports: Reports, window: Window, attribute: str, everybody: Sequence[Part], values: int
) -> Sure:
    """Return which groups are sure in a measure; none where months alone cannot tell, or are all there is to read."""
    months = months_of(window)
    crowd = sum(part.n for part in everybody)
    if months is None or crowd < _WORTH_ASKING * len(everybody) * (values + 1):
        return lambda _: frozenset()
    groups = frozenset(group_of(part.dimensions) for part in everybody)
    kinds = cache(partial(_read, reports, window, attribute, months))

    def sure(measure: int) -> frozenset[Group]:
        told = kinds(of_answers=measure == ANSWERS)
        return groups - frozenset(map(group_of, _doubtful(*told, max(measure - 1, 0))))

    return cache(sure)


def _read(
    reports: Reports, window: Window, attribute: str, months: Months, *, of_answers: bool
) -> Told:
    """Return what months tell of an attribute's values, and of everybody."""
    if of_answers:
        spread = partial(reports.answers_spread, rule=window.rule, months=months)
    else:
        spread = partial(reports.steps_spread, months=months)
    return spread(attribute), spread(None)


def months_of(window: Window) -> Months | None:
    """Return the last whole month of a window among all it touches; None without one, or where all are whole."""
    since, until = window.since.replace(day=1), window.until.replace(day=1)
    behind = (window.until + _DAY).replace(day=1)
    one = (behind - _DAY).replace(day=1)
    if one < window.since or (since, behind) == (window.since, window.until + _DAY):
        return None
    return Months(one=one, since=since, until=until, enough=HIDDEN_BELOW)


def _doubtful(
    told: Iterable[Spread], everybody: Iterable[Spread], nth: int
) -> Iterator[Dimensions]:
    """Yield tags of which a value, or who has none, is neither surely nobody nor surely enough."""
    by_tags = {each.dimensions: each for each in told}
    for whole in everybody:
        spread = by_tags.pop(whole.dimensions, None)
        least, most = (spread.least[nth], spread.most[nth]) if spread else (0, 0)
        has_rest, rest = whole.most[nth] > most, whole.least[nth] - least
        if (spread and spread.doubtful[nth]) or (has_rest and rest < HIDDEN_BELOW):
            yield whole.dimensions
    yield from by_tags
