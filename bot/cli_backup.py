"""The commands that copy the database, and look whether a copy can be restored."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_language import KOREAN, Lang
from bot.setup_texts import say

if TYPE_CHECKING:
    from bot.config import Settings
    from storage.backups import Verified

Load = Callable[["Path | None"], "Settings"]
Config = Annotated[Path | None, typer.Option("--config", help="The config file.")]


def add_backup_commands(app: typer.Typer, load: Load) -> None:
    """Add ``backup`` and ``restore``; ``load`` reads the settings."""
    _add_backup(app, load)
    _add_restore(app, load)


def _add_backup(app: typer.Typer, load: Load) -> None:
    @app.command("backup")
    def backup_command(
        *,
        to: Annotated[
            Path | None, typer.Option("--to", help="The folder of the copies; backups unless told.")
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
        lang: Lang = KOREAN,
        config: Config = None,
    ) -> None:
        """Copy the whole database into a new file, with a checksum beside it. The server may run meanwhile."""
        from bot.clock import SystemClock  # noqa: PLC0415 what --help need not wait for
        from storage.backups import BACKUPS, make  # noqa: PLC0415 as above

        file = make(load(config).database_url, to or BACKUPS, SystemClock().now())
        size = file.stat().st_size
        if as_json:
            typer.echo(json.dumps({"file": str(file), "bytes": size}))
            return
        typer.echo(say(lang, "backup.made", file=str(file), size=f"{size:,}"))


def _add_restore(app: typer.Typer, load: Load) -> None:
    @app.command("restore")
    def restore_command(
        file: Annotated[Path, typer.Argument(help="A copy that aftertouch backup made.")],
        *,
        verify: Annotated[
            bool, typer.Option("--verify", help="Restore it into a database that is thrown away.")
        ] = False,
        as_json: Annotated[bool, typer.Option("--json", help="As JSON, of --verify.")] = False,
        lang: Lang = KOREAN,
        config: Config = None,
    ) -> None:
        """Say how a copy is put in the database's place. With --verify look whether that can be done; exits 1 if not."""
        if not verify:
            typer.echo(say(lang, "backup.how", file=str(file)))
            return
        from bot.clock import new_id  # noqa: PLC0415 what --help need not wait for
        from storage.backups import verify as looked_into  # noqa: PLC0415 as above

        found = looked_into(file, load(config).database_url, new_id())
        typer.echo(_as_json(found) if as_json else _told(found, file, lang))


def _as_json(found: "Verified") -> str:
    told = {"ok": True, "schema": found.schema, "rows": dict(found.rows), "left": found.left}
    return json.dumps(told)


def _told(found: "Verified", file: Path, language: str) -> str:
    rows = ", ".join(f"{name} {count:,}" for name, count in found.rows.items())
    left = [say(language, "backup.left", name=name) for name in found.left]
    sound = say(language, "backup.sound", file=str(file), schema=found.schema, rows=rows or "-")
    return "\n".join([sound, *left])
