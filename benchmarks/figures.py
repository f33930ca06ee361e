"""What a bench says, and how its figures are taken: side by side, in turn, medians of rounds."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from statistics import median

DIGITS = 4
"""Significant digits of a printed figure; the last of them is noise already."""

Measure = Callable[[int], Awaitable[float]]
"""Takes one figure; is told the number of the round, so that no round repeats another's requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of output: ours, beside a peer (a simpler way) and a limit (what nobody can beat).

    Where ``unit`` is a rate more is better, else less. A ratio is ours over theirs, the median of the
    rounds' own ratios; None where there is nothing to compare with.
    """

    name: str
    db: str | None
    n: int
    ours: float
    peer: float | None = None
    peer_name: str | None = None
    limit: float | None = None
    limit_name: str | None = None
    unit: str
    ratio_peer: float | None = None
    ratio_limit: float | None = None

    def line(self) -> str:
        """Return the figure as one line of JSON."""
        return json.dumps({name: _short(value) for name, value in asdict(self).items()})


@dataclass(frozen=True, slots=True)
class Rounds:
    """What was measured: by contender, one figure a round."""

    taken: Mapping[str, tuple[float, ...]]

    def middle(self, name: str) -> float:
        """Return the contender's median."""
        return median(self.taken[name])

    def ratio(self, ours: str, other: str, times: float = 1.0) -> float | None:
        """Return the median over the rounds of ours to the other's figure ``times`` so many."""
        pairs = zip(self.taken[ours], self.taken[other], strict=True)
        ratios = [mine / (theirs * times) for mine, theirs in pairs if theirs]
        return median(ratios) if ratios else None

    def figure(
        self,
        name: str,
        *,
        db: str | None,
        n: int,
        unit: str,
        ours: str = "ours",
        peer: str | None = None,
        limit: str | None = None,
    ) -> Figure:
        """Return the line about ``ours`` beside two other contenders, each named by its key."""
        return Figure(
            name=name,
            db=db,
            n=n,
            unit=unit,
            ours=self.middle(ours),
            peer=self.middle(peer) if peer else None,
            peer_name=peer,
            limit=self.middle(limit) if limit else None,
            limit_name=limit,
            ratio_peer=self.ratio(ours, peer) if peer else None,
            ratio_limit=self.ratio(ours, limit) if limit else None,
        )


async def in_turn(rounds: int, contenders: Mapping[str, Measure]) -> Rounds:
    """Measure every contender once a round, beginning with another one each time.

    Round 0 warms up and is thrown away, unless it is the only one.
    """
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds):
        names = list(contenders)
        first = number % len(names)
        for name in names[first:] + names[:first]:
            figure = await contenders[name](number)
            if number or rounds == 1:
                taken[name].append(figure)
    return Rounds({name: tuple(figures) for name, figures in taken.items()})


def _short(value: object) -> object:
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
