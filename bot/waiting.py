"""Prints what waits for an operator in a terminal, in the console's words: as a table or as JSON."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import typer

from bot.clock import SystemClock
from bot.console.backlog import BacklogPage, backlog_page
from bot.console.texts import say
from surveys.model import InboxEntry, Json
from surveys.program import Program
from surveys.service.operating import Backlog

_PIPED_WIDTH = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One list: its JSON, and its table of a page's rows."""

    title: str
    columns: tuple[str, ...]
    rows: Callable[[Backlog], Iterable[dict[str, Json]]]
    cells: Callable[[BacklogPage], Iterable[tuple[str, ...]]]

    def show(self, backlog: Backlog, program: Program, language: str) -> None:
        """Print the table, or that nothing waits."""
        page = backlog_page(program, backlog, language, SystemClock().now())
        _print(say(language, self.title), self.columns, [*self.cells(page)], language)


def print_json(rows: Iterable[dict[str, Json]]) -> None:
    """Print the rows as one JSON list."""
    typer.echo(json.dumps(list(rows), ensure_ascii=False, indent=2))


def _letter(entry: InboxEntry) -> dict[str, Json]:
    """Return a dead letter as plain JSON, without its content."""
    return {
        "id": entry.id,
        "source": entry.source,
        "key": entry.key,
        "received_at": entry.received_at.isoformat(),
        "tries": entry.tries,
        "error": entry.error,
    }


def _cases(page: BacklogPage) -> Iterable[tuple[str, ...]]:
    for case in page.cases:
        message = f"{case.message} ({case.place})" if case.place else case.message
        requests = ", ".join(case.requests)
        why = f"{case.why} [{case.code}]"
        yield case.id, case.state, why, case.customer, case.channel, message, requests


def _letters(page: BacklogPage) -> Iterable[tuple[str, ...]]:
    for each in page.letters:
        yield each.id, each.source, each.key, each.received, each.tries, each.error


LISTS: Mapping[str, Listing] = MappingProxyType(
    {
        "deliveries": Listing(
            title="unsettled",
            columns=("id", "state", "why", "customer", "channel", "message", "requests"),
            rows=lambda backlog: [each.to_json() for each in backlog.unsettled],
            cells=_cases,
        ),
        "inbox": Listing(
            title="letters",
            columns=("id", "source", "key", "received", "tries", "error"),
            rows=lambda backlog: [_letter(entry) for entry in backlog.dead_letters],
            cells=_letters,
        ),
    }
)
"""The lists by the name of their command."""


def _print(
    title: str, columns: Sequence[str], rows: Sequence[tuple[str, ...]], language: str
) -> None:
    if not rows:
        typer.echo(say(language, "nothing_waits"))
        return
    # Rich takes a tenth of a second to import, which the other commands need not pay.
    from rich.console import Console  # noqa: PLC0415 - see above
    from rich.table import Table  # noqa: PLC0415 - see above
    from rich.text import Text  # noqa: PLC0415 - see above

    sheet = Table(title=title)
    for name in columns:
        whole = name == "id"  # it has to be typed again
        sheet.add_column(say(language, f"column.{name}"), no_wrap=whole)
    for row in rows:
        sheet.add_row(*(Text(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH).print(sheet)
