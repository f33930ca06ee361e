"""``program rehearse``: who would have been asked when, going by what happened."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_language import KOREAN, Lang

if TYPE_CHECKING:
    from bot.config import Settings

_SHOWN, _IN_JSON = 20, 1000


def add_rehearsing(app: typer.Typer, load: "Callable[[Path | None], Settings]") -> None:
    """Add ``rehearse``; ``load`` reads the settings."""

    @app.command()
    def rehearse(
        file: Annotated[
            Path | None, typer.Argument(help="A program file; without one, what was live.")
        ] = None,
        *,
        number: Annotated[
            int | None, typer.Option("--version", help="As `program versions` shows it.")
        ] = None,
        since: Annotated[str, typer.Option(help="Whole days ending today, e.g. 30d.")] = "30d",
        survey: Annotated[str | None, typer.Option(help="Show only this survey.")] = None,
        people: Annotated[
            int | None,
            typer.Option(
                min=0, help="Tell so many asks, the newest first; 20, or 1000 with --json."
            ),
        ] = None,
        config: Annotated[Path | None, typer.Option("--config", help="The config file.")] = None,
        lang: Lang = KOREAN,
        as_json: Annotated[
            bool, typer.Option("--json", help="One JSON object instead of text.")
        ] = False,
    ) -> None:
        """Go through what happened again: who is asked when, who is not and why, how many answers to expect.

        What was live gives the recorded verdicts, row for row; any other program is an estimate. Nothing is written.
        """
        from bot.program_refusals import refusing  # noqa: PLC0415 what --help need not wait for
        from bot.rehearsal_texts import lines  # noqa: PLC0415
        from bot.rehearsing import Asked, rehearsal  # noqa: PLC0415

        told = people if people is not None else _IN_JSON if as_json else _SHOWN
        asked = Asked(since=since, file=file, number=number, survey=survey, people=told)
        with refusing(lang):
            found = asyncio.run(rehearsal(load(config), asked))
        if as_json:
            typer.echo(json.dumps(found, ensure_ascii=False))
        else:
            typer.echo("\n".join(lines(found, lang)))
