"""Prints results in a terminal: as a table, as JSON, as CSV."""

import csv
import io
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import typer

from bot.console.texts import say
from surveys.instruments import RESOLVED, instrument
from surveys.results import Query, ResultTable, Row, Totals
from surveys.results import display as shown
from surveys.results.comparable import told
from surveys.results.query import OTHERS
from surveys.results.words import verdict_word, word

if TYPE_CHECKING:
    from rich.table import Table

CSV_FIELDS = (
    "stage",
    "touchpoint",
    "instrument",
    "series",
    "wording",
    "wordings_differ",
    "n",
    "customers",
    "score",
    "ci_low",
    "ci_high",
    "ci_method",
    "mean",
    "mean_ci_low",
    "mean_ci_high",
    "mean_ci_method",
    "invited",
    "delivered",
    "started",
    "answered",
    "completed",
    "response_rate",
    "distribution",
    "suppressed",
    "indicative",
    "imprecise",
    "change",
    "spark",
    "pain",
    "channel_mix",
    "bounds",
    "weighted",
    "recipe",
)
_ASKED = ("invited", "delivered", "answered")
_PIPED_WIDTH = 240
_CHANGE = ("change", "change.interval")
_DIFFERENCE = ("difference", "difference.interval")
_WEIGHTED = ("weighted", "weighted.interval")
_COLUMNS = (
    ("stage", "left"),
    ("touchpoint", "left"),
    ("instrument", "left"),
    ("score", "right"),
    ("interval", "right"),
    ("average", "right"),
    ("n", "right"),
    ("invited", "right"),
    ("delivered", "right"),
    ("answered", "right"),
    ("rate", "right"),
)


def print_results(table: ResultTable, form: str, language: str) -> None:
    """Print the table to standard output as ``table``, ``json`` or ``csv``."""
    if form == "json":
        typer.echo(json.dumps(table.to_json(), ensure_ascii=False, indent=2))
    elif form == "csv":
        typer.echo(as_csv(table), nl=False)
    else:
        _print_table(table, language)


def as_csv(table: ResultTable) -> str:
    """Return the rows as CSV; an unknown value is empty, one that holds several is JSON."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=CSV_FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_flat(row) for row in (*table.rows, *table.recoveries))
    return out.getvalue()


def _flat(row: Row) -> dict[str, Any]:
    flat = row.to_json()
    del flat["labels"]
    return {name: _cell(value) for name, value in flat.items()}


def _cell(value: Any) -> Any:
    if isinstance(value, (dict, list, bool)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return value


def _print_table(table: ResultTable, language: str) -> None:
    # Rich takes a tenth of a second to import, which the other commands need not pay.
    from rich.console import Console  # noqa: PLC0415 - see above

    console = Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH)
    console.print(_scores(table, language))
    for line in _footnotes(table, language):
        console.print(line, highlight=False)
    if any(row.invited for row in table.recoveries):
        console.print(_recoveries(table, language))


def _scores(table: ResultTable, language: str) -> "Table":
    from rich.table import Table  # noqa: PLC0415 - see above

    window, query = table.window, table.query
    against = word(language, "others") if query.compare == OTHERS else ""
    name = against if table.compared is None else table.compared.name
    beside = f" · {word(language, 'compared', name=name)}" if name else ""
    sheet = Table(title=f"{say(language, 'title')} · {window.since} – {window.until}{beside}")
    for column, side in _COLUMNS:
        sheet.add_column(say(language, column), justify="left" if side == "left" else "right")
    extra = _beside(query) + _WEIGHTED * bool(query.weights)
    for column in extra:
        sheet.add_column(word(language, column), justify="right")
    sheet.add_column(word(language, "weeks"), no_wrap=True)
    for row in table.rows:
        more = (_more(row, column, language) for column in extra)
        sheet.add_row(*_cells(row, language), *more, shown.spark_text(row.instrument, row.spark))
    if table.totals is not None:
        sheet.add_section()
        sheet.add_row(*_total_cells(table.totals, language))
    return sheet


def _beside(query: Query) -> tuple[str, ...]:
    """Return the columns of what rows are beside: other stages are another side, not another time."""
    if not query.compare:
        return ()
    return _DIFFERENCE if query.compare == OTHERS else _CHANGE


def _more(row: Row, column: str, language: str) -> str:
    change = row.change
    if column in ("change", "difference") and change is not None:
        verdict = verdict_word(change, language)
        look = word(language, "look") if change.look and change.verdict == "same" else ""
        said = ", ".join(filter(None, (verdict, look)))
        return shown.change_text(change) + (f" ({said})" if said else "")
    texts = {
        "change.interval": shown.change_interval_text(change),
        "difference.interval": shown.change_interval_text(change),
        "weighted": shown.weighted_text(row),
        "weighted.interval": shown.weighted_interval_text(row),
    }
    return texts.get(column, shown.UNKNOWN)


def _total_cells(totals: Totals, language: str) -> tuple[str, ...]:
    counts = (totals.invited, totals.delivered, totals.answered)
    told = (*map(shown.count_text, counts), shown.rate_text(totals.response_rate))
    blanks = len(_COLUMNS) - 1 - len(told)
    return word(language, "total"), *([""] * blanks), *told


def _footnotes(table: ResultTable, language: str) -> Iterator[str]:
    """Yield what troubles customers, and what to know of each comparison."""
    for row in table.rows:
        place = " · ".join((*_place(row, language), instrument(row.instrument).short))
        if row.pain is not None:
            pain = f"{row.pain.label[language]} {shown.count_text(row.pain.count)}"
            yield f"{place}: {word(language, 'pain')} – {pain}"
        if row.change is not None:
            for code in (*row.change.refused, *row.change.notes):
                yield f"{place}: {told(code, language)}"


def _recoveries(table: ResultTable, language: str) -> "Table":
    """Return what customers say became of their complaints: how many said each word."""
    from rich.table import Table  # noqa: PLC0415 - see above

    wording = RESOLVED.wording(language)
    sheet = Table(title=wording.name)
    for name in ("stage", "touchpoint"):
        sheet.add_column(say(language, name))
    for heading in (*reversed(wording.labels), *(say(language, name) for name in _ASKED)):
        sheet.add_column(heading, justify="right")
    for row in table.recoveries:
        counts = row.distribution or [None] * len(wording.labels)
        numbers = (*reversed(counts), row.invited, row.delivered, row.answered)
        sheet.add_row(*_place(row, language), *map(shown.count_text, numbers))
    return sheet


def _place(row: Row, language: str) -> tuple[str, str]:
    point = row.labels.touchpoint
    everywhere = say(language, "touchpoint.all")
    return row.labels.stage[language], everywhere if point is None else point[language]


def _cells(row: Row, language: str) -> tuple[str, ...]:
    notes = {
        "few": row.suppressed and (bool(row.invited) or row.answered != 0),
        "hint": row.indicative,
        "wide": row.imprecise,
    }
    note = next((f" ({say(language, key)})" for key, applies in notes.items() if applies), "")
    return (
        *_place(row, language),
        instrument(row.instrument).short + (f" · {row.wording}" if row.wordings_differ else ""),
        shown.score_text(row) + note,
        shown.interval_text(row),
        shown.average_text(row),
        shown.count_text(row.n),
        shown.count_text(row.invited),
        shown.count_text(row.delivered),
        shown.count_text(row.answered),
        shown.rate_text(row.response_rate),
    )
