"""The ``staff`` commands: who may open the console, and what they may do there."""

import asyncio
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli_language import KOREAN, Lang

if TYPE_CHECKING:
    from bot.config import Settings

Load = Callable[["Path | None"], "Settings"]
Config = Annotated[Path | None, typer.Option("--config", help="The config file.")]
Who = Annotated[str, typer.Argument(metavar="EMAIL", help="The e-mail, or the member's id.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
_COLUMNS = ("email", "role", "state", "login", "name", "id")


def staff_commands(load: Load) -> typer.Typer:
    """Return the group; ``load`` reads the settings. They work with a running server and without one."""
    group = typer.Typer(
        name="staff", help="Who may open the console, and do what.", no_args_is_help=True
    )

    def order(config: Path | None, **said: str) -> dict[str, Any]:
        from bot.admin import command_staff  # noqa: PLC0415 what --help need not wait for

        return asyncio.run(command_staff(load(config), said))

    _add_listing(group, load)
    _add_hiring(group, order)
    _add_changing(group, order)
    return group


def _add_listing(group: typer.Typer, load: Load) -> None:
    @group.command("list")
    def show(config: Config = None, *, as_json: AsJson = False) -> None:
        """List the staff: role, whether they may log in, and how."""
        from bot.reading import staff  # noqa: PLC0415 what --help need not wait for

        rows = asyncio.run(staff(load(config)))
        typer.echo("\n".join(map(json.dumps, rows) if as_json else _table(rows)))


def _add_hiring(group: typer.Typer, order: Callable[..., dict[str, Any]]) -> None:
    @group.command("add")
    def add(
        who: Who,
        role: Annotated[str, typer.Option(help="viewer, operator or admin.")] = "viewer",
        name: Annotated[str, typer.Option(help="As colleagues call them.")] = "",
        language: Annotated[str, typer.Option(help="Of the console, e.g. ko.")] = "",
        config: Config = None,
    ) -> None:
        """Put somebody on the staff list and print a link that logs them in once, within 10 minutes."""
        done = order(config, act="add", who=who, role=role, name=name, language=language)
        typer.echo(done["url"])

    @group.command("link")
    def link(who: Who, config: Config = None) -> None:
        """Print a link that logs a member in once, within 10 minutes."""
        typer.echo(order(config, act="link", who=who)["url"])

    @group.command("password")
    def password(who: Who, config: Config = None) -> None:
        """Set a member's password, read without echo (or from a pipe), and end their sessions."""
        given = (
            typer.prompt("Password", hide_input=True, confirmation_prompt=True)
            if sys.stdin.isatty()
            else sys.stdin.readline().rstrip("\r\n")
        )
        done = order(config, act="password", who=who, password=given)
        typer.echo(f"{done['email']}: the password is set")


def _add_changing(group: typer.Typer, order: Callable[..., dict[str, Any]]) -> None:
    @group.command("role")
    def role(
        who: Who,
        role: Annotated[str, typer.Argument(help="viewer, operator or admin.")],
        config: Config = None,
    ) -> None:
        """Give a member another role; it holds from their next request on."""
        done = order(config, act="role", who=who, role=role)
        typer.echo(f"{done['email']}: {done['role']}")

    @group.command("disable")
    def disable(who: Who, config: Config = None, lang: Lang = KOREAN) -> None:
        """Let a member in no longer, and end their sessions at once. What they planned to publish stays planned."""
        from bot.editor.planned import say  # noqa: PLC0415 what --help need not wait for

        done = order(config, act="disable", who=who)
        typer.echo(f"{done['email']}: {done['state']}")
        if count := done.get("planned"):
            typer.echo(say(lang, "disabled.still", count=str(count)))

    @group.command("enable")
    def enable(who: Who, config: Config = None) -> None:
        """Let a member in again."""
        done = order(config, act="enable", who=who)
        typer.echo(f"{done['email']}: {done['state']}")


def _table(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Return the rows in columns as wide as their widest cell."""
    cells = [[row[column] or "-" for column in _COLUMNS] for row in rows]
    widths = [max(map(len, column)) for column in zip(_COLUMNS, *cells, strict=True)]
    lines = ("  ".join(map(str.ljust, line, widths)) for line in (_COLUMNS, *cells))
    return [line.rstrip() for line in lines]
