"""Packs all that is counted of a score in one whole number, which databases sort and group far faster than columns.

Such a number says, from its highest bits down: which side (none for everybody's), the day, the tags (side, day and tags
are the place), the score (4 bits), and by which rules it counts besides ``all`` (1: newest, 2: month, 4: quarter). All are far from 2^63 up to ten
thousand million combinations of sides and tags.
"""

from dataclasses import dataclass
from typing import Final

from storage.tables.cubes import SCORES
from surveys.model import CountRule

_DAYS: Final = 10_000 * 12 * 32
"""More than any ordinal of a day: 32 for each month, of ten thousand years."""

_BELOW_PLACE: Final = 7
_BELOW_SCORE: Final = 3
_COUNT: Final = 31
"""Bits of a count: two of them are added up in one number."""

RULES: Final = tuple(rule.value for rule in CountRule)


@dataclass(frozen=True, slots=True)
class Days:
    """How a database spells the ordinal of ``a.day``, which grows with it, and the day of an ordinal ``{0}``."""

    ordinal: str
    day: str


DAYS: Final = {
    "sqlite": Days(
        ordinal="(substr(a.day, 1, 4) * 12 + substr(a.day, 6, 2) - 1) * 32 + substr(a.day, 9, 2)",
        day="printf('%04d-%02d-%02d', {0} / 384, {0} / 32 % 12 + 1, {0} % 32)",
    ),
    "postgresql": Days(
        ordinal="CAST((date_part('year', a.day) * 12 + date_part('month', a.day) - 1) * 32"
        " + date_part('day', a.day) AS bigint)",
        day="make_date(CAST({0} / 384 AS integer), CAST({0} / 32 % 12 + 1 AS integer),"
        " CAST({0} % 32 AS integer))",
    ),
}


@dataclass(frozen=True, slots=True)
class Packing:
    """The SQL that packs and unpacks; ``tags``: more than any number of tags."""

    tags: int
    days: Days

    def packed(self) -> str:
        """Return the number of a score on ``ordinal``, which the next of its key follows on ``next_ordinal``."""
        place = f"(ordinal * {self.tags} + dimension_id)"
        counted = (
            "CASE WHEN next_ordinal IS NULL THEN 7 WHEN next_ordinal / 32 = ordinal / 32 THEN 0"
            " WHEN next_ordinal / 96 = ordinal / 96 THEN 2 ELSE 6 END"
        )
        return f"{place} * {1 << _BELOW_PLACE} + score * {1 << _BELOW_SCORE} + {counted}"

    def on_side(self, side: str) -> str:
        """Return the number of ``packed`` with its side."""
        return f"{side} * {_DAYS * self.tags << _BELOW_PLACE} + packed"

    @property
    def side(self) -> str:
        """The side of a ``place``."""
        return f"place / {_DAYS * self.tags}"

    @property
    def day(self) -> str:
        """The day of a ``place``."""
        return self.days.day.format(f"(place / {self.tags} % {_DAYS})")

    @property
    def dimension_id(self) -> str:
        """The tags of a ``place``."""
        return f"place % {self.tags}"


def pivoted(packed: str, source: str) -> str:
    """Return the query of a row for each place, in order, with two columns a score, which ``counts`` takes apart.

    Sums of two counts at once halve what a database has to add up; ``packed`` is read from the ``source``.
    """
    sums = ", ".join(
        f"CAST(sum({pair}) FILTER (WHERE score = {score}) AS bigint) AS {pair}{score}"
        for pair in ("early", "late")
        for score in range(len(SCORES))
    )
    every, newest, month, quarter = (
        "n",
        *(f"(({1 << bit} & packed) * n >> {bit})" for bit in range(3)),
    )
    return (
        f"SELECT place, {sums} FROM (SELECT packed >> {_BELOW_PLACE} AS place,"  # noqa: S608 constants
        f" (packed >> {_BELOW_SCORE}) & 15 AS score, {every} + ({newest} << {_COUNT}) AS early,"
        f" {month} + ({quarter} << {_COUNT}) AS late"
        f" FROM (SELECT {packed} AS packed, count(*) AS n FROM {source} GROUP BY 1) AS tally) AS told"
        " GROUP BY place ORDER BY place"
    )


def counts(rule: str) -> tuple[str, ...]:
    """Return what counts by a rule, score by score, in a row of ``pivoted``."""
    at = RULES.index(rule)
    pair, second = ("early", "late")[at // 2], at % 2
    sums = (f"coalesce({pair}{score}, 0)" for score in range(len(SCORES)))
    return tuple(
        f"({each} >> {_COUNT})" if second else f"({each} & {(1 << _COUNT) - 1})" for each in sums
    )
