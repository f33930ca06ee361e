"""The command ``aftertouch results``: the console's numbers in a terminal."""

import json
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from bot.cli_language import KOREAN, Lang
from surveys.errors import InvalidInput

if TYPE_CHECKING:
    from surveys.results import Query, ResultTable
    from surveys.results.auditing import Audit

T = TypeVar("T")


class Format(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def results_command(
    load: "Callable[[Query, Path | None], ResultTable]",
    attack: "Callable[[Query, Path | None], Audit] | None" = None,
) -> Callable[..., None]:
    """Return the typer command over a loader that answers a query from storage, and one that attacks what is hidden."""

    def results(
        by: Annotated[str, typer.Option(help="stage or touchpoint")] = "stage",
        since: Annotated[str | None, typer.Option(help="whole days ending today, e.g. 90d")] = None,
        period: Annotated[str | None, typer.Option(help="2026-11 or 2026-Q4")] = None,
        first: Annotated[str | None, typer.Option("--from", help="first day of any window")] = None,
        last: Annotated[str | None, typer.Option("--to", help="its last day")] = None,
        compare: Annotated[
            str | None, typer.Option(help="previous, a period, 2026-08-01..2026-08-31, or others")
        ] = None,
        stage: Annotated[str | None, typer.Option(help="only this stage")] = None,
        touchpoint: Annotated[str | None, typer.Option(help="only this touchpoint")] = None,
        survey: Annotated[str | None, typer.Option(help="only this survey")] = None,
        trigger: Annotated[str | None, typer.Option(help="only this trigger")] = None,
        instrument: Annotated[str | None, typer.Option(help="nps, csat or ces2")] = None,
        channel: Annotated[str | None, typer.Option(help="telegram, slack or webchat")] = None,
        language: Annotated[str | None, typer.Option(help="asked in ko or en")] = None,
        segment: Annotated[
            list[str] | None, typer.Option(help="only this segment, tier=gold; repeatable")
        ] = None,
        handler: Annotated[str | None, typer.Option(help="only cases this one handled")] = None,
        weights: Annotated[
            str | None, typer.Option(help="response: weighted by channel, beside the plain score")
        ] = None,
        form: Annotated[Format, typer.Option("--format", help="how to print")] = Format.TABLE,
        audit: Annotated[
            bool,
            typer.Option(
                "--audit", help="prove that what is hidden cannot be told; exits 1 if it can"
            ),
        ] = False,
        lang: Lang = KOREAN,
        config: Annotated[Path | None, typer.Option(help="the config file")] = None,
    ) -> None:
        """Show scores, intervals and response rates by stage of the journey."""
        given = {
            "by": by,
            "since": since,
            "period": period,
            "from": first,
            "to": last,
            "compare": compare,
            "stage": stage,
            "touchpoint": touchpoint,
            "survey": survey,
            "trigger": trigger,
            "instrument": instrument,
            "channel": channel,
            "language": language,
            "handler": handler,
            "weights": weights,
        }
        wanted = {name: value for name, value in given.items() if value is not None}
        wanted |= _segments(segment or ())
        if audit and attack is not None:
            _tell(_answer(lambda query: attack(query, config), wanted))
            return
        table = _answer(lambda query: load(query, config), wanted)
        from bot.sheet import print_results  # noqa: PLC0415 what --help need not wait for

        print_results(table, form.value, lang)

    return results


def _tell(audit: "Audit") -> None:
    typer.echo(json.dumps(audit.to_json(), ensure_ascii=False))
    if audit.told:
        raise typer.Exit(1)


def _answer(load: "Callable[[Query], T]", parameters: Mapping[str, str]) -> T:
    """Answer the query; a fault that is not one of its parameters is the caller's to report."""
    from surveys.results import parse_query  # noqa: PLC0415 what --help need not wait for

    try:
        return load(parse_query(parameters))
    except InvalidInput as exc:
        if exc.where not in {*parameters, "from", "to"}:
            raise
        option, _, name = exc.where.partition(".")
        hint = f"--{option} {name}" if name else f"--{option}"
        raise typer.BadParameter(exc.problem, param_hint=hint) from exc


def _segments(given: Iterable[str]) -> dict[str, str]:
    """Read ``tier=gold``; raises BadParameter for what has no ``=``, or names a segment twice."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise typer.BadParameter(f"{text!r} must be id=value", param_hint="--segment")
        if f"segment.{name}" in found:
            raise typer.BadParameter("is given more than once", param_hint=f"--segment {name}")
        found[f"segment.{name}"] = value
    return found
