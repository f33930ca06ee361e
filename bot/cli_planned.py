"""``program planned``: what is to be published at a set time, listed and cancelled."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli_language import KOREAN, Lang
from bot.cli_publishing import AsJson, Config, Yes, confirm

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.editor.planned import Told

Json = Any
Load = Callable[["Path | None"], "Settings"]
Id = Annotated[str, typer.Argument(metavar="ID", help="As the list shows it.")]


def add_planned(app: typer.Typer, load: Load) -> None:
    """Add ``planned`` and ``planned cancel``; ``load`` reads the settings."""
    group = typer.Typer(name="planned")

    @group.callback(
        invoke_without_command=True,
        help="List what is to be published at a set time, and what became of it; or cancel one.",
    )
    def show(
        context: typer.Context,
        *,
        config: Config = None,
        lang: Lang = KOREAN,
        as_json: AsJson = False,
    ) -> None:
        if context.invoked_subcommand is None:
            _show(load(config), lang, as_json=as_json)

    @group.command("cancel")
    def cancel(
        planned: Id,
        *,
        yes: Yes = False,
        config: Config = None,
        lang: Lang = KOREAN,
        as_json: AsJson = False,
    ) -> None:
        """Let one that waits not be published, after showing it. What is in force stays as it is."""
        _cancel(load(config), planned, lang, yes=yes, as_json=as_json)

    app.add_typer(group)


def _show(settings: "Settings", lang: str, *, as_json: bool) -> None:
    from bot.editor.planned import say  # noqa: PLC0415 what --help need not wait for
    from bot.planned_reading import plans  # noqa: PLC0415

    found = asyncio.run(plans(settings, lang))
    if as_json:
        typer.echo(json.dumps([row for _, row in found], ensure_ascii=False))
        return
    for told, _ in found:
        typer.echo(_lines(told, lang))
    if not found:
        typer.echo(say(lang, "list.none"))


def _lines(told: "Told", lang: str) -> str:
    """Return one of them: when and what, then who planned it and what became of it."""
    from bot.editor.planned import say  # noqa: PLC0415 what --help need not wait for

    more = " ".join(filter(None, (told.why, told.late, told.first)))
    by = say(lang, "list.by", by=told.by, at=told.decided, id=told.id)
    lines = [f"{told.due}  {say(lang, f'state.{told.state}')}  {told.named}", f"    {by}"]
    return "\n".join([*lines, f"    {more}"] if more else lines)


def _cancel(settings: "Settings", planned: str, lang: str, *, yes: bool, as_json: bool) -> None:
    """Show it, ask, and have it cancelled where its database is owned; raises InvalidInput for none that waits."""
    from bot.admin import publish_program  # noqa: PLC0415 what --help need not wait for
    from bot.editor.planned import say  # noqa: PLC0415
    from bot.planned_reading import plans  # noqa: PLC0415
    from bot.publishing import Wish  # noqa: PLC0415
    from surveys.errors import InvalidInput  # noqa: PLC0415

    found = asyncio.run(plans(settings, lang))
    told = next((t for t, row in found if row["id"] == planned and row["state"] == "waiting"), None)
    if told is None:
        raise InvalidInput("", say(lang, "list.unknown", id=planned))
    if not as_json:
        typer.echo(_lines(told, lang))
    if not yes:
        confirm(lang, say(lang, "list.ask"), as_json=as_json)
    done = asyncio.run(publish_program(settings, Wish(cancels=planned)))
    typer.echo(json.dumps(done, ensure_ascii=False) if as_json else say(lang, "list.cancelled"))
