"""The command ``aftertouch results``: the console's numbers in a terminal."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_language import KOREAN, Lang
from surveys.errors import InvalidInput

if TYPE_CHECKING:
    from surveys.results import Query, ResultTable


class Format(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def results_command(load: "Callable[[Query, Path | None], ResultTable]") -> Callable[..., None]:
    """Return the typer command over a loader that answers a query from storage."""

    def results(
        by: Annotated[str, typer.Option(help="stage or touchpoint")] = "stage",
        since: Annotated[str | None, typer.Option(help="whole days ending today, e.g. 90d")] = None,
        period: Annotated[str | None, typer.Option(help="2026-11 or 2026-Q4")] = None,
        stage: Annotated[str | None, typer.Option(help="only this stage")] = None,
        touchpoint: Annotated[str | None, typer.Option(help="only this touchpoint")] = None,
        instrument: Annotated[str | None, typer.Option(help="nps, csat or ces2")] = None,
        channel: Annotated[str | None, typer.Option(help="telegram, slack or webchat")] = None,
        language: Annotated[str | None, typer.Option(help="asked in ko or en")] = None,
        trigger: Annotated[str | None, typer.Option(help="only this trigger")] = None,
        form: Annotated[Format, typer.Option("--format", help="how to print")] = Format.TABLE,
        lang: Lang = KOREAN,
        config: Annotated[Path | None, typer.Option(help="the config file")] = None,
    ) -> None:
        """Show scores, intervals and response rates by stage of the journey."""
        given = {
            "by": by,
            "since": since,
            "period": period,
            "stage": stage,
            "touchpoint": touchpoint,
            "instrument": instrument,
            "channel": channel,
            "language": language,
            "trigger": trigger,
        }
        wanted = {name: value for name, value in given.items() if value is not None}
        table = _answer(lambda query: load(query, config), wanted)
        from bot.sheet import print_results  # noqa: PLC0415 what --help need not wait for

        print_results(table, form.value, lang)

    return results


def _answer(load: "Callable[[Query], ResultTable]", parameters: Mapping[str, str]) -> "ResultTable":
    """Answer the query; a fault that is not one of its parameters is the caller's to report."""
    from surveys.results import parse_query  # noqa: PLC0415 what --help need not wait for

    try:
        return load(parse_query(parameters))
    except InvalidInput as exc:
        if exc.where not in parameters:
            raise
        raise typer.BadParameter(exc.problem, param_hint=f"--{exc.where}") from exc
