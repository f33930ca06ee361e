"""What customers write about at a place: each theme with how many low, middle and high scores it came with."""

from dataclasses import dataclass

from bot.console.words import Words
from surveys.journey import say
from surveys.results import Query
from surveys.results.display import count_text
from surveys.results.themes import ThemeRow, ThemeTable


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeLine:
    """One theme; ``bands`` are counts of low, middle and high scores, ``size`` 0..1 of the largest theme."""

    id: str
    label: str
    n: str
    bands: tuple[str, str, str]
    size: float | None
    hidden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemesPanel:
    """The themes of the page's days, those with most low scores first; ``whole`` where they lack some filter."""

    whole: bool
    lines: tuple[ThemeLine, ...]


def themes_panel(table: ThemeTable | None, query: Query, words: Words) -> ThemesPanel | None:
    """Return the themes; None where none were read."""
    if table is None:
        return None
    most = max((row.n or 0 for row in table.rows), default=0)
    whole = table.query.filters != query.filters
    return ThemesPanel(whole=whole, lines=tuple(_line(row, most, words) for row in table.rows))


def _line(row: ThemeRow, most: int, words: Words) -> ThemeLine:
    low, mid, high = row.bands
    return ThemeLine(
        id=row.theme,
        label=say(row.label, words.language, words.program.company.language) or row.theme,
        n=count_text(row.n),
        bands=(count_text(low), count_text(mid), count_text(high)),
        size=row.n / most if row.n and most else None,
        hidden=None in (row.n, *row.bands),
    )
