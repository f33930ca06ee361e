"""What every stage scores in every channel: a table of both, decided before any markup."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.console.figures import Figure, FigureState, figure
from bot.console.moment import Moment, moment
from bot.console.split import Parts
from bot.console.words import Place, Words
from surveys.results import ResultTable

PATH = "/console/channels"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One channel and its figures by stage; ``value`` is "" for all channels together."""

    value: str
    label: str
    cells: Mapping[str, tuple[Figure, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """The page's content: stages side by side, below each other all channels together and every one alone."""

    company: str
    stages: tuple[Place, ...]
    lines: tuple[Line, ...]
    moment: Moment


def matrix(whole: ResultTable, parts: Parts, everything: str, words: Words) -> Matrix:
    """Return the table of a journey's results and the same by channel; ``everything`` is what all of them are called.

    A stage and a channel in which nobody was asked have an empty cell. What is hidden is decided where results are
    (surveys.results.hiding): with each channel, beside all others that could be asked for.
    """
    planned = [stage.id for stage in words.program.stages]
    stages = dict.fromkeys((*planned, *(row.stage for row in whole.rows)))
    tables = (("", everything, whole), *_named(parts, words))
    return Matrix(
        company=words.company,
        stages=tuple(words.place("stage", stage) for stage in stages),
        lines=tuple(
            Line(value=value, label=label, cells=_cells(table, words.language))
            for value, label, table in tables
        ),
        moment=moment(whole),
    )


def _named(parts: Parts, words: Words) -> list[tuple[str, str, ResultTable]]:
    return [(value, words.value(parts.axis, value), table) for value, table in parts.tables]


def _cells(table: ResultTable, language: str) -> dict[str, tuple[Figure, ...]]:
    cells: dict[str, tuple[Figure, ...]] = {}
    for row in table.rows:
        if (told := figure(row, language)).state is not FigureState.WAITING:
            cells[row.stage] = (*cells.get(row.stage, ()), told)
    return cells
