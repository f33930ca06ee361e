"""``analyse`` and ``alerts``: what is too heavy to be reckoned live, and which stages got worse."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_language import KOREAN, Lang
from surveys.errors import InvalidInput

if TYPE_CHECKING:
    from bot.config import Settings

Load = Callable[["Path | None"], "Settings"]
Config = Annotated[Path | None, typer.Option("--config", help="The config file.")]
Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="FILTER=VALUE",
        help="Only answers with this value, e.g. channel=telegram or segment.tier=gold: all but surge, and conversion only "
        "of what events hold.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


def add_analyses(app: typer.Typer, load: Load) -> None:
    """Add ``analyse`` and ``alerts``; ``load`` reads the settings."""
    _add_analyse(app, load)
    _add_alerts(app, load)


def _add_analyse(app: typer.Typer, load: Load) -> None:
    @app.command()
    def analyse(
        kinds: Annotated[
            list[str] | None,
            typer.Argument(
                metavar="[KIND]...",
                help="trend, paths, conversion, repeat, drivers, reasons, quadrant, surge; all unless named.",
            ),
        ] = None,
        *,
        where: Where = None,
        config: Config = None,
        as_json: AsJson = False,
        lang: Lang = KOREAN,
    ) -> None:
        """Work the analyses out now, as every night; they stand in the console and under /v1/analyses."""
        from bot.admin import analyse as work  # noqa: PLC0415 what --help need not wait for
        from bot.analyses.reading import say  # noqa: PLC0415 see above

        counts = asyncio.run(work(load(config), kinds or [], _filters(where or [])))
        said = {name: str(count) for name, count in counts.items()}
        typer.echo(json.dumps(counts) if as_json else say(lang, "analysed.done", **said))


def _filters(given: list[str]) -> dict[str, str]:
    """Return the filters by name; raises InvalidInput."""
    pairs = [each.partition("=") for each in given]
    wrong = [text for text, (_, is_one, _) in zip(given, pairs, strict=True) if not is_one]
    if wrong:
        raise InvalidInput(
            "where", f"{wrong[0]!r} must be a filter and its value, as channel=telegram"
        )
    return {name: value for name, _, value in pairs}


def _add_alerts(app: typer.Typer, load: Load) -> None:
    @app.command()
    def alerts(
        *,
        config: Config = None,
        as_json: AsJson = False,
        lang: Lang = KOREAN,
    ) -> None:
        """List the stages that got worse, newest first."""
        from bot.reading import raised  # noqa: PLC0415 what --help need not wait for

        told, lines = asyncio.run(raised(load(config), lang))
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2) if as_json else "\n".join(lines))
