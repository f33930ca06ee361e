"""The ``export`` commands: answers or results as CSV, XLSX or Parquet."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from surveys.errors import InvalidInput

if TYPE_CHECKING:
    from bot.config import Settings

Load = Callable[["Path | None"], "Settings"]
Config = Annotated[Path | None, typer.Option("--config", help="The config file.")]
Out = Annotated[
    Path, typer.Option("--out", help="The file to write; one that is there is replaced.")
]
Since = Annotated[str | None, typer.Option(help="Whole days ending today, e.g. 90d.")]
Period = Annotated[str | None, typer.Option(help="2026-11 or 2026-Q4.")]
Bom = Annotated[bool, typer.Option("--bom", help="Mark CSV as UTF-8, so that Excel reads it.")]


class Form(StrEnum):
    """The file's format."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


Wanted = Annotated[Form, typer.Option("--format", help="Parquet needs the extra export.")]


def export_commands(load: Load) -> typer.Typer:
    """Return the group; ``load`` reads the settings."""
    group = typer.Typer(name="export", help="Answers or results as a file.", no_args_is_help=True)

    @group.command("answers")
    def answers(
        out: Out,
        *,
        form: Wanted = Form.CSV,
        since: Since = None,
        period: Period = None,
        bom: Bom = False,
        config: Config = None,
    ) -> None:
        """Write every answer of these days, one a line, without names or addresses; that it was done is audited."""
        from bot.admin import give_order  # noqa: PLC0415 what --help need not wait for
        from bot.orders import parse_order  # noqa: PLC0415 as above
        from bot.reading import answers_window, export_answers  # noqa: PLC0415 as above

        settings = load(config)
        window = asyncio.run(answers_window(settings, _asked({"since": since, "period": period})))
        with _replacing(out) as file:
            taking = export_answers(settings, window, file, form.value, bom=bom)
            fields = {"act": "export_answers", "id": f"{form.value} {window.name}"}
            asyncio.run(give_order(settings, parse_order(fields), fields))
            count = asyncio.run(taking)
        typer.echo(f"{out}: {count:,} rows")

    @group.command("results")
    def results(
        out: Out,
        *,
        form: Wanted = Form.CSV,
        since: Since = None,
        period: Period = None,
        where: Annotated[
            list[str] | None,
            typer.Option(
                metavar="NAME=VALUE", help="Any parameter of GET /v1/results; repeatable."
            ),
        ] = None,
        bom: Bom = False,
        config: Config = None,
    ) -> None:
        """Write what `aftertouch results` shows: hidden there, hidden here."""
        from bot.reading import export_results  # noqa: PLC0415 see above

        asked = _asked({"since": since, "period": period}) | _pairs(where or [])
        with _replacing(out) as file:
            taking = export_results(load(config), asked, file, form.value, bom=bom)
            count = asyncio.run(taking)
        typer.echo(f"{out}: {count:,} rows")

    return group


@contextmanager
def _replacing(out: Path) -> Iterator[BinaryIO]:
    """Open a file beside ``out`` that takes its place once it is whole; raises InvalidInput where it can't be written."""
    part = out.with_name(f".{out.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(out)
    except OSError as exc:
        raise InvalidInput(str(out), f"can't be written: {exc.strerror}") from exc
    finally:
        part.unlink(missing_ok=True)


def _asked(given: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in given.items() if value is not None}


def _pairs(where: list[str]) -> dict[str, str]:
    pairs = {}
    for each in where:
        name, equals, value = each.partition("=")
        if not equals:
            raise InvalidInput("where", f"{each[:40]} must be name=value")
        pairs[name] = value
    return pairs
