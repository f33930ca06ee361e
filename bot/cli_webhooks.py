"""The ``webhooks`` commands: how each destination does, sending to one again, testing one."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from bot.config import Settings

Load = Callable[["Path | None"], "Settings"]
Config = Annotated[Path | None, typer.Option("--config", help="The config file.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="As the config names it.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
_COLUMNS = ("name", "state", "waiting", "failed", "last_error", "accepted_at", "to")


def webhooks_commands(load: Load) -> typer.Typer:
    """Return the group; ``load`` reads the settings. All of them ask the running server."""
    group = typer.Typer(name="webhooks", help="Outgoing webhooks: who is told, and what waits.")

    @group.callback(invoke_without_command=True)
    def show(context: typer.Context, *, config: Config = None, as_json: AsJson = False) -> None:
        """List the destinations with their state, what waits for them and their last error."""
        if context.invoked_subcommand is None:
            from bot.admin import list_webhooks  # noqa: PLC0415 what --help need not wait for

            rows = asyncio.run(list_webhooks(load(config)))
            lines = [json.dumps(row) for row in rows] if as_json else _table(rows)
            typer.echo("\n".join(lines))

    @group.command("enable")
    def enable(name: Name, config: Config = None) -> None:
        """Send to a destination again: at once, and everything that waited or failed."""
        from bot.admin import enable_webhook  # noqa: PLC0415 see above

        waiting = asyncio.run(enable_webhook(load(config), name))
        typer.echo(f"{name}: enabled, {waiting} waiting")

    @group.command("test")
    def test(name: Name, config: Config = None) -> None:
        """Send one test message, once, and show what became of it. Exits 1 if it was not accepted."""
        from bot.admin import try_webhook  # noqa: PLC0415 see above

        told = asyncio.run(try_webhook(load(config), name))
        typer.echo(f"{name}: {'accepted' if told['accepted'] else told['reason']}")
        raise typer.Exit(0 if told["accepted"] else 1)

    return group


def _table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the rows in columns as wide as their widest cell."""
    head = [column.replace("_", " ") for column in _COLUMNS]
    cells = [["-" if row[c] is None else str(row[c]) for c in _COLUMNS] for row in rows]
    widths = [max(map(len, column)) for column in zip(head, *cells, strict=True)]
    lines = ("  ".join(map(str.ljust, line, widths)) for line in (head, *cells))
    return [line.rstrip() for line in lines]
