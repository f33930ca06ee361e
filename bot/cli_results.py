"""The command ``aftertouch results``: the console's numbers in a terminal."""

import csv
import io
import json
import sys
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.console.texts import say
from surveys.errors import InvalidInput
from surveys.instruments import instrument
from surveys.results import Query, ResultTable, Row, parse_query
from surveys.results import display as shown

Load = Callable[[Query, Path | None], ResultTable]

CSV_FIELDS = (
    "stage",
    "touchpoint",
    "instrument",
    "series",
    "n",
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
    "answered",
    "response_rate",
    "distribution",
    "suppressed",
    "indicative",
)
_PIPED_WIDTH = 160
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


class Format(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class Language(StrEnum):
    """The language of headings and labels."""

    KO = "ko"
    EN = "en"


def results_command(load: Load) -> Callable[..., None]:
    """Return the typer command over a loader that answers a query from storage."""

    def results(
        by: Annotated[str, typer.Option(help="stage or touchpoint")] = "stage",
        since: Annotated[str | None, typer.Option(help="whole days ending today, e.g. 90d")] = None,
        period: Annotated[str | None, typer.Option(help="2026-11 or 2026-Q4")] = None,
        stage: Annotated[str | None, typer.Option(help="only this stage")] = None,
        touchpoint: Annotated[str | None, typer.Option(help="only this touchpoint")] = None,
        instrument: Annotated[str | None, typer.Option(help="nps, csat or ces2")] = None,
        channel: Annotated[str | None, typer.Option(help="telegram, slack or webchat")] = None,
        language: Annotated[str | None, typer.Option(help="asked in ko or en")] = None,
        trigger: Annotated[str | None, typer.Option(help="only this trigger")] = None,
        form: Annotated[Format, typer.Option("--format", help="how to print")] = Format.TABLE,
        lang: Annotated[Language, typer.Option(help="headings and labels")] = Language.KO,
        config: Annotated[Path | None, typer.Option(help="the config file")] = None,
    ) -> None:
        """Show scores, intervals and response rates by stage of the journey."""
        given = {
            "by": by,
            "since": since,
            "period": period,
            "stage": stage,
            "touchpoint": touchpoint,
            "instrument": instrument,
            "channel": channel,
            "language": language,
            "trigger": trigger,
        }
        wanted = {name: value for name, value in given.items() if value is not None}
        table = _answer(lambda query: load(query, config), wanted)
        print_results(table, form, lang.value)

    return results


def print_results(table: ResultTable, form: Format, language: str) -> None:
    """Print the table to standard output."""
    if form is Format.JSON:
        typer.echo(json.dumps(table.to_json(), ensure_ascii=False, indent=2))
    elif form is Format.CSV:
        typer.echo(as_csv(table), nl=False)
    else:
        _print_table(table, language)


def as_csv(table: ResultTable) -> str:
    """Return the rows as CSV; an unknown value is empty, the distribution is JSON."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=CSV_FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_flat(row) for row in table.rows)
    return out.getvalue()


def _answer(load: Callable[[Query], ResultTable], parameters: Mapping[str, str]) -> ResultTable:
    """Answer the query; a fault that is not one of its parameters is the caller's to report."""
    try:
        return load(parse_query(parameters))
    except InvalidInput as exc:
        if exc.where not in parameters:
            raise
        raise typer.BadParameter(exc.problem, param_hint=f"--{exc.where}") from exc


def _flat(row: Row) -> dict[str, Any]:
    flat = row.to_json()
    del flat["labels"]
    spread = flat["distribution"]
    flat["distribution"] = None if spread is None else json.dumps(spread, separators=(",", ":"))
    return flat


def _print_table(table: ResultTable, language: str) -> None:
    # Rich takes a tenth of a second to import, which the other commands need not pay.
    from rich.console import Console  # noqa: PLC0415 - see above
    from rich.table import Table  # noqa: PLC0415 - see above

    window = table.window
    sheet = Table(title=f"{say(language, 'title')} · {window.since} – {window.until}")
    for name, side in _COLUMNS:
        sheet.add_column(say(language, name), justify="left" if side == "left" else "right")
    for row in table.rows:
        sheet.add_row(*_cells(row, language))
    Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH).print(sheet)


def _cells(row: Row, language: str) -> tuple[str, ...]:
    point = row.labels.touchpoint
    notes = {
        "few": row.suppressed and (row.invited > 0 or row.answered != 0),
        "hint": row.indicative,
    }
    note = next((f" ({say(language, key)})" for key, applies in notes.items() if applies), "")
    return (
        row.labels.stage[language],
        say(language, "touchpoint.all") if point is None else point[language],
        instrument(row.instrument).short,
        shown.score_text(row) + note,
        shown.interval_text(row),
        shown.average_text(row),
        shown.count_text(row.n),
        shown.count_text(row.invited),
        shown.count_text(row.delivered),
        shown.count_text(row.answered),
        shown.rate_text(row.response_rate),
    )
