"""Answers broken down by one thing more: channel, language, who handled them, or a segment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.console.figures import Figure, figure
from bot.console.words import Words
from surveys.language.texts import languages
from surveys.model import HANDLER, SEGMENT, Channel
from surveys.program import Program
from surveys.results import Query, ResultTable

MOST = 12
"""How many values are shown; each of the others is one filter away."""
OF_TAGS = ("channel", "language")
"""What a table itself tells the values of."""
Sides = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The answers with one value: a figure for each series of the place."""

    value: str
    label: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """What else there is to break down by (``axes``: parameter and name), and the parts of the one chosen."""

    axis: str
    name: str
    axes: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    more: int


def splits_of(program: Program) -> tuple[str, ...]:
    """Return what answers can be broken down by."""
    return (*OF_TAGS, HANDLER, *(f"{SEGMENT}{each.id}" for each in program.segments))


def values_of(axis: str, sides: Sides, table: ResultTable) -> tuple[str, ...]:
    """Return the values to break down by: of the channels those in which somebody was asked or answered."""
    if axis == "channel":
        met = {cell.channel for cell in table.funnel}.union(
            *(row.channel_mix for row in table.rows)
        )
        ours = tuple(channel for channel in map(str, Channel) if channel in met)
        return (*ours, *sorted(met.difference(ours)))
    if axis == "language":
        return languages()
    return tuple(sides.get(axis.removeprefix(SEGMENT), ()))


def narrowed(query: Query, axis: str, value: str) -> Query:
    """Return the query with one more filter, in place of another value of the same."""
    if not axis.startswith(SEGMENT):
        return replace(query, **{axis: value})  # type: ignore[arg-type]  # the axes are fields of text
    others = (each for each in query.segments if each[0] != axis.removeprefix(SEGMENT))
    return replace(query, segments=tuple(sorted((*others, (axis.removeprefix(SEGMENT), value)))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The results with each value of an axis; ``found`` is how many values there are."""

    axis: str
    tables: tuple[tuple[str, ResultTable], ...]
    found: int


@dataclass(frozen=True, slots=True)
class Breaking:
    """How a table is broken down by an axis; ``sides`` are the values of those that no tag is of."""

    axis: str
    sides: Sides

    def queries(self, table: ResultTable) -> tuple[Query, ...]:
        """Return the query of each part, the first few of them.

        Each is suppressed as one of all that could be asked for beside it (surveys.results.hiding).
        """
        alone = replace(table.query, compare="")
        return tuple(narrowed(alone, self.axis, value) for value in self._values(table)[:MOST])

    def parts(self, table: ResultTable, tables: Sequence[ResultTable]) -> Parts:
        """Return the results of these queries."""
        values = self._values(table)
        return Parts(
            axis=self.axis,
            tables=tuple(zip(values[:MOST], tables, strict=True)),
            found=len(values),
        )

    def _values(self, table: ResultTable) -> tuple[str, ...]:
        return values_of(self.axis, self.sides, table)


def split(parts: Parts, words: Words) -> Split:
    """Return the parts in their order."""
    return Split(
        axis=parts.axis,
        name=words.name(parts.axis),
        axes=tuple((axis, words.name(axis)) for axis in splits_of(words.program)),
        parts=tuple(
            Part(
                value=value,
                label=words.value(parts.axis, value),
                figures=tuple(figure(row, words.language) for row in table.rows),
            )
            for value, table in parts.tables
        ),
        more=parts.found - len(parts.tables),
    )
