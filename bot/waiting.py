"""Prints what waits for an operator in a terminal: unsettled deliveries and dead letters, as table or JSON."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import typer

from bot.console.texts import say
from surveys.model import InboxEntry, Json
from surveys.service.operating import Unsettled

_PIPED_WIDTH = 180


def letter_json(entry: InboxEntry) -> dict[str, Json]:
    """Return a dead letter as plain JSON, without its content."""
    return {
        "id": entry.id,
        "source": entry.source,
        "key": entry.key,
        "received_at": entry.received_at.isoformat(),
        "tries": entry.tries,
        "error": entry.error,
    }


def print_json(rows: Iterable[dict[str, Json]]) -> None:
    """Print the rows as one JSON list."""
    typer.echo(json.dumps(list(rows), ensure_ascii=False, indent=2))


def print_unsettled(rows: Sequence[Unsettled], zone: ZoneInfo, language: str) -> None:
    """Print the deliveries as a table."""
    columns = ("id", "state", "why", "customer", "channel", "message", "touchpoint", "requests")
    _print(
        say(language, "unsettled"),
        columns,
        [_delivery(row, zone, language) for row in rows],
        language,
    )


def print_letters(entries: Sequence[InboxEntry], zone: ZoneInfo, language: str) -> None:
    """Print the dead letters as a table."""
    columns = ("id", "source", "key", "received", "tries", "error")
    rows = [
        (
            entry.id,
            entry.source,
            entry.key,
            _at(entry.received_at, zone),
            str(entry.tries),
            entry.error or "",
        )
        for entry in entries
    ]
    _print(say(language, "letters"), columns, rows, language)


def _delivery(row: Unsettled, zone: ZoneInfo, language: str) -> tuple[str, ...]:
    delivery = row.delivery
    return (
        delivery.id,
        say(language, f"state.{delivery.state.value}"),
        delivery.reason or "",
        row.customer,
        say(language, f"channel.{delivery.channel.value}"),
        f"{delivery.kind}/{delivery.step}" if delivery.step else delivery.kind,
        f"{row.stage}/{row.touchpoint}" if row.stage else "",
        ", ".join(_at(attempt.started_at, zone) for attempt in row.attempts),
    )


def _at(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%m-%d %H:%M:%S}"


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
