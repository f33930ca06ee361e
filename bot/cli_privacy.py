"""The commands about what is held: show it, erase it, take away what has been kept long enough."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_language import KOREAN, Lang

if TYPE_CHECKING:
    from bot.config import Settings

Load = Callable[["Path | None"], "Settings"]
Config = Annotated[Path | None, typer.Option("--config", help="The config file.")]
Who = Annotated[
    str, typer.Argument(metavar="CUSTOMER", help="Her id, verified e-mail or namespace=value.")
]


def add_privacy_commands(app: typer.Typer, load: Load) -> None:
    """Add ``mydata``, ``consent``, ``erase`` and ``retention``; ``load`` reads the settings."""
    _add_mydata(app, load)
    _add_consent(app, load)
    _add_erase(app, load)
    _add_retention(app, load)


def _add_mydata(app: typer.Typer, load: Load) -> None:
    @app.command()
    def mydata(
        customer: Who,
        *,
        config: Config = None,
        lang: Lang = KOREAN,
        as_json: Annotated[bool, typer.Option("--json", help="All of it, as JSON.")] = False,
    ) -> None:
        """Show what is held about a customer, as she sees it with /mydata."""
        from bot.reading import held  # noqa: PLC0415 what --help need not wait for
        from surveys.service.exporting import in_words  # noqa: PLC0415 as above

        data, program = asyncio.run(held(load(config), customer))
        if as_json:
            typer.echo(json.dumps(data, ensure_ascii=False, indent=2))
        else:
            typer.echo(in_words(data, program, lang))


def _add_consent(app: typer.Typer, load: Load) -> None:
    @app.command()
    def consent(
        customer: Who,
        *,
        config: Config = None,
        lang: Lang = KOREAN,
        as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    ) -> None:
        """Show what a customer agreed to and took back: when, where, by which text, and what proves it."""
        from bot.reading import consents  # noqa: PLC0415 what --help need not wait for

        ledger, lines = asyncio.run(consents(load(config), customer, lang))
        typer.echo(
            json.dumps(ledger, ensure_ascii=False, indent=2) if as_json else "\n".join(lines)
        )


def _add_erase(app: typer.Typer, load: Load) -> None:
    @app.command()
    def erase(
        customer: Who,
        *,
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
        config: Config = None,
        lang: Lang = KOREAN,
    ) -> None:
        """Delete everything held about a customer, for good; her scores stay counted, nobody's."""
        from bot.admin import give_order  # noqa: PLC0415 what --help need not wait for
        from bot.console.texts import say  # noqa: PLC0415 as above
        from bot.orders import parse_order  # noqa: PLC0415 as above

        if not yes:
            typer.confirm(say(lang, "erase.confirm"), abort=True)
        fields = {"act": "erase", "id": customer}
        done = asyncio.run(give_order(load(config), parse_order(fields), fields))
        typer.echo(say(lang, f"done.{done}"))


def _add_retention(app: typer.Typer, load: Load) -> None:
    @app.command()
    def retention(
        *,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Only count what would go.")
        ] = False,
        as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
        config: Config = None,
    ) -> None:
        """Take away now what the daily job would take away: what has been kept long enough."""
        from bot.admin import apply_retention  # noqa: PLC0415 what --help need not wait for
        from bot.reading import outlived  # noqa: PLC0415 as above

        settings = load(config)
        counts = asyncio.run(outlived(settings) if dry_run else apply_retention(settings))
        if as_json:
            typer.echo(json.dumps({"dry_run": dry_run, "counts": counts}))
        else:
            typer.echo("\n".join(f"{kind:<14}{count:>10,}" for kind, count in counts.items()))
