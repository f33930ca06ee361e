"""The ``setup`` commands: make a platform show the bot as the program and the settings say."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from bot.cli_language import KOREAN, Lang

if TYPE_CHECKING:
    from bot.config import Settings

WaitOption = Annotated[
    float,
    typer.Option(
        "--wait",
        min=0,
        help="Seconds to wait at most, in all, for a platform that is busy or away.",
    ),
]
PATIENT: Final = 60.0
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="The config file; config.yaml where there is one."),
]


def setup_commands(settings_of: Callable[[Path | None], "Settings"]) -> typer.Typer:
    """Return the group."""
    group = typer.Typer(
        name="setup",
        help="Set up Telegram's bot and Slack's app: shows what differs first.",
        no_args_is_help=True,
    )

    @group.command("telegram")
    def telegram_command(
        *,
        trial: Annotated[
            bool, typer.Option("--dry-run", help="Show what differs, no more.")
        ] = False,
        yes: Annotated[bool, typer.Option("--yes", help="Change it without asking.")] = False,
        wait: WaitOption = PATIENT,
        lang: Lang = KOREAN,
        config: ConfigOption = None,
    ) -> None:
        """Commands, name, descriptions, menu button and webhook of the bot; only what differs is changed.

        Asks again where Telegram is busy or away. Exits 1 where something differs and is left so; each is named,
        and typed again the command changes only those.
        """
        is_left = asyncio.run(
            _telegram(settings_of(config), lang, trial=trial, yes=yes, seconds=wait)
        )
        raise typer.Exit(1 if is_left else 0)

    @group.command("slack")
    def slack_command(
        *,
        link: Annotated[
            bool, typer.Option("--link", help="Print the address that makes the app, no more.")
        ] = False,
        manifest: Annotated[
            Path | None,
            typer.Option("--manifest", help="Write the app's manifest into a new file."),
        ] = None,
        wait: WaitOption = PATIENT,
        lang: Lang = KOREAN,
        config: ConfigOption = None,
    ) -> None:
        """How to make the app; once it is installed, the scopes that its token lacks or need not have.

        Exits 1 where one is missing.
        """
        from bot.setting_up import slack, slack_link, waiting, write_manifest  # noqa: PLC0415 see below

        settings = settings_of(config)
        if manifest is not None:
            typer.echo(write_manifest(settings, manifest, lang))
        if link:
            typer.echo(slack_link(settings))
        if link or manifest is not None:
            return
        lines, is_complete = asyncio.run(slack(settings, lang, waiting(wait, lang, _aside)))
        typer.echo("\n".join(lines))
        raise typer.Exit(0 if is_complete else 1)

    return group


async def _telegram(
    settings: "Settings", language: str, *, trial: bool, yes: bool, seconds: float
) -> bool:
    """Return whether something differs still."""
    from bot.setting_up import telegram, waiting  # noqa: PLC0415 what --help need not wait for
    from bot.setup_texts import say  # noqa: PLC0415

    patience = waiting(seconds, language, _aside)
    async with telegram(settings, language, patience) as setup:
        typer.echo("\n".join(setup.lines))
        if not setup.differences:
            return False
        if trial or not (yes or _agreed(say(language, "telegram.ask"))):
            typer.echo(say(language, "telegram.left"))
            return True
        async for line in setup.apply():
            typer.echo(line)
        return setup.left > 0


def _aside(line: str) -> None:
    typer.echo(line, err=True)


def _agreed(question: str) -> bool:
    """Ask whoever types; a script that did not say --yes has not agreed."""
    return sys.stdin.isatty() and typer.confirm(question)
