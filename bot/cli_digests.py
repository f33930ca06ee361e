"""The ``digest`` commands: which there are and when they come, what one would say now, sending one now."""

import asyncio
import json
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.config import Settings
    from surveys.staff_messages import StaffBody

Load = Callable[["Path | None"], "Settings"]
Config = Annotated[Path | None, typer.Option("--config", help="The config file.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="As the config names it.")]


class Form(StrEnum):
    """In which form a preview is printed."""

    TEXT = "text"
    HTML = "html"
    TELEGRAM = "telegram"
    SLACK = "slack"


def digest_commands(load: Load) -> typer.Typer:
    """Return the group; ``load`` reads the settings."""
    group = typer.Typer(name="digest", help="Results told to staff by cron.")

    @group.callback(invoke_without_command=True)
    def show(context: typer.Context, config: Config = None) -> None:
        """List the digests of the config: when each comes next, and where it goes."""
        if context.invoked_subcommand is None:
            from bot.reading import digests  # noqa: PLC0415 what --help need not wait for

            rows = asyncio.run(digests(load(config)))
            typer.echo("\n".join("  ".join(row) for row in rows))

    @group.command("preview")
    def preview(
        digest: Id,
        form: Annotated[Form, typer.Option("--format", help="In which form.")] = Form.TEXT,
        config: Config = None,
    ) -> None:
        """Print what a digest would say now; sends nothing."""
        from bot.reading import digest as read  # noqa: PLC0415 see above

        typer.echo(_printed(asyncio.run(read(load(config), digest)), form))

    @group.command("send")
    def send(digest: Id, config: Config = None) -> None:
        """Send a digest now, to all its destinations, beside its schedule."""
        from bot.admin import send_digest  # noqa: PLC0415 see above

        for place in asyncio.run(send_digest(load(config), digest)):
            typer.echo(f"{digest}: {place}")

    return group


def _printed(body: "StaffBody", form: Form) -> str:
    return {
        Form.TEXT: body.text,
        Form.HTML: body.page,
        Form.TELEGRAM: body.telegram,
        Form.SLACK: json.dumps({"blocks": body.blocks}, ensure_ascii=False, indent=2),
    }[form]
