"""The ``staff-messages`` command: what staff were told, and telling it once more."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_language import KOREAN, Lang

if TYPE_CHECKING:
    from bot.config import Settings

Load = Callable[["Path | None"], "Settings"]
_COLUMNS = ("state", "id", "to", "at", "reason")


def add_staff_messages(app: typer.Typer, load: Load) -> None:
    """Add the command; ``load`` reads the settings."""

    @app.command("staff-messages")
    def staff_messages(
        *,
        again: Annotated[
            str | None,
            typer.Option(metavar="ID", help="Send this one, unknown or failed, once more."),
        ] = None,
        arrived: Annotated[
            str | None, typer.Option(metavar="ID", help="This unknown one did arrive.")
        ] = None,
        limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
        as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
        config: Annotated[Path | None, typer.Option("--config", help="The config file.")] = None,
        lang: Lang = KOREAN,
    ) -> None:
        """List what staff were told, newest first: digests, alerts, shared results, and what became of each."""
        orders = {"retell": again, "arrived": arrived}
        for act, message_id in orders.items():
            if message_id is not None:
                typer.echo(_ordered(load(config), act, message_id, lang))
                return
        from bot.reading import staff_messages as read  # noqa: PLC0415 what --help need not wait for

        rows = asyncio.run(read(load(config), limit))
        typer.echo("\n".join(map(json.dumps, rows) if as_json else _table(rows)))


def _ordered(settings: "Settings", act: str, message_id: str, lang: str) -> str:
    from bot.admin import give_order  # noqa: PLC0415 what --help need not wait for
    from bot.console.texts import say  # noqa: PLC0415 as above
    from bot.orders import parse_order  # noqa: PLC0415 as above

    fields = {"act": act, "id": message_id}
    done = asyncio.run(give_order(settings, parse_order(fields), fields))
    return say(lang, f"done.{done}")


def _table(rows: Sequence[Mapping[str, str | None]]) -> list[str]:
    """Return the rows in columns as wide as their widest cell."""
    cells = [[row[column] or "-" for column in _COLUMNS] for row in rows]
    widths = [max(map(len, column)) for column in zip(_COLUMNS, *cells, strict=True)]
    lines = ("  ".join(map(str.ljust, line, widths)) for line in (_COLUMNS, *cells))
    return [line.rstrip() for line in lines]
