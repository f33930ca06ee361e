"""What customers named in some days: counts, and whose each is, where these are few enough to be read."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar

from surveys.results.once import Placed, Weights, weights
from surveys.themes.tags import Named, ThemeCount, Themes

G = TypeVar("G", bound=Hashable)
P = TypeVar("P", bound=Hashable)

MOST_NAMED: Final = 3_000
"""Themes of answers of which it is read whose they are: each is looked up, some milliseconds of a page in all."""


@dataclass(frozen=True, slots=True)
class Naming:
    """How often customers named what; ``answers`` tells who did, oldest first, None where nobody read that."""

    counts: tuple[ThemeCount, ...] = ()
    answers: tuple[Named, ...] | None = ()

    def weights(
        self,
        groups: Mapping[G, Mapping[P, int]],
        place: Callable[[Named], tuple[G, P] | None],
    ) -> Weights[G, P]:
        """Return what hiding weighs of groups of cells; ``place`` tells an answer's, None of one that lies in none."""
        return weights(groups, None if self.answers is None else _placed(self.answers, place))


NOTHING_NAMED: Final = Naming()


def naming(
    themes: Themes, since: date, until: date, *, apart: bool = False, most: int = MOST_NAMED
) -> Naming:
    """Read what was named, with channels and languages ``apart`` or not, and whose each is of at most so many."""
    counts = themes.counts_apart(since, until) if apart else themes.counts(since, until)
    few = sum(sum(each.counts) for each in counts) <= most
    return Naming(counts, themes.named(since, until) if few else None)


def _placed(
    answers: tuple[Named, ...], place: Callable[[Named], tuple[G, P] | None]
) -> Iterator[Placed[G, P]]:
    for each in answers:
        if (where := place(each)) is not None:
            yield Placed(each.customer, *where)
