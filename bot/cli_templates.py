"""The commands for ready surveys: ``program templates`` lists them, ``program add`` puts one into the program's file."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_language import KOREAN, Lang

if TYPE_CHECKING:
    from bot.config import Settings


def add_templates(program: typer.Typer, settings_of: Callable[[Path | None], "Settings"]) -> None:
    """Add both to the ``program`` commands."""

    @program.command("templates")
    def templates_command(
        *,
        industry: Annotated[
            str | None,
            typer.Option(help="commerce, saas, travel, food or finance; all unless named."),
        ] = None,
        stage: Annotated[
            str | None, typer.Option(help="One of the five stages, e.g. purchase.")
        ] = None,
        lang: Lang = KOREAN,
        as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    ) -> None:
        """List the surveys that are ready to be used: five stages of five industries."""
        from bot.templating import listed, table  # noqa: PLC0415 what --help need not wait for

        if as_json:
            typer.echo(json.dumps(listed(industry, stage), ensure_ascii=False, indent=2))
        else:
            typer.echo("\n".join(table(industry, stage, lang)))

    @program.command("add")
    def add_command(
        template: Annotated[str, typer.Argument(help="Its id; see aftertouch program templates.")],
        *,
        to: Annotated[
            Path | None,
            typer.Option("--to", help="The program's file; the configured one unless named."),
        ] = None,
        stage: Annotated[
            str | None, typer.Option(help="The program's stage, where it has other stages.")
        ] = None,
        name: Annotated[
            str | None,
            typer.Option("--id", help="The id of its trigger and, with its kind, its survey."),
        ] = None,
        trial: Annotated[
            bool, typer.Option("--dry-run", help="Show it and write nothing.")
        ] = False,
        lang: Lang = KOREAN,
        config: Annotated[
            Path | None,
            typer.Option("--config", help="The config file; config.yaml where there is one."),
        ] = None,
    ) -> None:
        """Put a ready survey into the program's file; every line that stands there stays, comments too."""
        from bot.templating import Wish, add, target  # noqa: PLC0415 what --help need not wait for

        settings = settings_of(config)
        wish = Wish(
            template=template,
            file=target(settings, to),
            stage=stage,
            name=name,
            language=lang,
            is_trial=trial,
        )
        typer.echo("\n".join(asyncio.run(add(settings, wish))))
