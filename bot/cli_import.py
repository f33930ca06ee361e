"""``import``: answers from another tool's file, and back; a dry run says what would be taken in, and why not the rest."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from hashlib import blake2b, file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli_language import KOREAN, Lang

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.importing.files import Table
    from bot.importing.looking import Wishes
    from bot.importing.report import Report
    from surveys.importing import Field, ImportedRow, Plan
    from surveys.service.importing import Stored

Load = Callable[["Path | None"], "Settings"]
CATALOGUE = "text"


def import_commands(load: Load) -> typer.Typer:
    """Return the group; ``load`` reads the settings."""
    group = typer.Typer(name="import", help="Answers from other tools.", no_args_is_help=True)

    @group.callback()
    def group_of_one() -> None:
        """Answers from other tools."""

    @group.command("csv")
    def csv(
        file: Annotated[Path, typer.Argument(metavar="FILE", help="The CSV file.")],
        *,
        columns: Annotated[
            list[str] | None,
            typer.Option(
                "--map",
                metavar="FIELD=COLUMN",
                help="score, time, comment, customer, email, place, language, channel or id, and its header, "
                "its number from 1, or - for none; repeatable.",
            ),
        ] = None,
        preset: Annotated[
            str | None, typer.Option(help="nps, csat, ces, delighted or typeform")
        ] = None,
        instrument: Annotated[str | None, typer.Option(help="nps, csat or ces2")] = None,
        scale: Annotated[
            str | None, typer.Option(help="on which it was asked: 0-10, 1-5 or 1-7")
        ] = None,
        wording: Annotated[
            str | None, typer.Option(help="names the question's wording, and so the series")
        ] = None,
        touchpoint: Annotated[str | None, typer.Option(help="where all rows belong")] = None,
        zone: Annotated[
            str | None, typer.Option(help="of times without one; else the company's")
        ] = None,
        dates: Annotated[
            str | None, typer.Option(help="dmy, mdy or ymd, where the file leaves it open")
        ] = None,
        encoding: Annotated[
            str | None, typer.Option(help="such as utf-8, cp949 or utf-16; else found out")
        ] = None,
        delimiter: Annotated[str | None, typer.Option(help="else found out")] = None,
        refused: Annotated[
            Path | None,
            typer.Option(
                metavar="FILE", help="CSV to write every refused row to, with its reason."
            ),
        ] = None,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Only say what would be taken in.")
        ] = False,
        as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
        config: Annotated[Path | None, typer.Option("--config", help="The config file.")] = None,
        lang: Lang = KOREAN,
    ) -> None:
        """Take in a file of answers as a series of their own; the same file again adds nothing."""
        from bot.importing.looking import Wishes  # noqa: PLC0415 what --help need not wait for

        wishes = Wishes(
            columns=_columns(columns or ()),
            preset=preset,
            instrument=instrument,
            scale=scale,
            wording=wording,
            touchpoint=touchpoint,
            zone=zone,
            dates=dates,
        )
        taking = _Taking(load(config), file, wishes, encoding, _tab(delimiter), refused)
        told = taking.dry_run() if dry_run else taking.run(lang)
        if as_json:
            typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        else:
            typer.echo("\n".join(_lines(told, taking.report, lang)))
        raise typer.Exit(0 if told["importable"] and not told["blocked"] else 1)

    @group.command("undo")
    def undo(
        import_id: Annotated[str, typer.Argument(metavar="ID", help="As the import told it.")],
        *,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Only say how many answers would go.")
        ] = False,
        as_json: Annotated[bool, typer.Option("--json", help="The outcome as JSON.")] = False,
        config: Annotated[Path | None, typer.Option("--config", help="The config file.")] = None,
        lang: Lang = KOREAN,
    ) -> None:
        """Take back all answers that one import brought, with their counts."""
        from bot.admin import take_import_back  # noqa: PLC0415 what --help need not wait for

        settings = load(config)
        with _progress(_say(lang, "import.undoing"), None) as told:
            count = asyncio.run(take_import_back(settings, import_id, told, dry_run=dry_run))
        if as_json:
            typer.echo(json.dumps({"import": import_id, "dry_run": dry_run, "answers": count}))
        else:
            key = "import.nothing" if not count else "import.goes" if dry_run else "import.gone"
            typer.echo(_say(lang, key, id=import_id, count=f"{count:,}"))
        raise typer.Exit(0 if count else 1)

    return group


class _Taking:
    """One import: the file looked through, and then taken in. ``report`` is what was seen in it."""

    def __init__(
        self,
        settings: "Settings",
        file: Path,
        wishes: "Wishes",
        encoding: str | None,
        delimiter: str | None,
        refused: Path | None,
    ) -> None:
        from bot.clock import SystemClock  # noqa: PLC0415 what --help need not wait for
        from bot.importing.files import open_table  # noqa: PLC0415 see above
        from bot.importing.looking import look_through, plan_of  # noqa: PLC0415 see above
        from bot.importing.report import refused_rows  # noqa: PLC0415 see above
        from bot.program_file import read_program  # noqa: PLC0415 see above

        self._settings = settings
        self._now: datetime = SystemClock().now()
        self._table: Table = open_table(file, encoding, delimiter)
        program = read_program(settings.program)
        self._plan: Plan = plan_of(self._table, wishes, program, self._now)
        self.report: Report
        with refused_rows(refused, file, self._table.headers) as tell:
            self.report, self._repeated = look_through(
                self._table, self._plan, wishes, program, self._now, tell
            )

    def dry_run(self) -> dict[str, Any]:
        """Return the report, and how many of the rows are there already; writes nothing."""
        from bot.reading import already_there  # noqa: PLC0415 what --help need not wait for

        there = asyncio.run(already_there(self._settings, (row.key for row in self._rows())))
        return {"dry_run": True, **self.report.to_json(), "already_there": there}

    def run(self, language: str) -> dict[str, Any]:
        """Take the rows in, with a progress bar on a terminal; return the report and what was stored."""
        from bot.admin import take_in  # noqa: PLC0415 what --help need not wait for
        from surveys.errors import InvalidInput  # noqa: PLC0415 see above

        if self.report.blocked:
            raise InvalidInput("scale", str(self.report.blocked))
        plan = self._plan
        import_id = _id_of(self._table.path, plan)
        typer.echo(f"{_say(language, 'import.taking')}: {import_id}", err=True)
        details = {
            "id": import_id,
            "file": self._table.path.name,
            "instrument": plan.instrument.id,
            "wording": plan.wording,
            "rows": self.report.importable,
        }
        with _progress(_say(language, "import.taking"), self.report.importable) as told:
            taking = take_in(self._settings, self._rows(), details, import_id, told)
            stored: Stored = asyncio.run(taking)
        done = {name: getattr(stored, name) for name in ("added", "there", "erased", "known")}
        return {"dry_run": False, **self.report.to_json(), "import": import_id, "stored": done}

    def _rows(self) -> "Iterator[ImportedRow]":
        from bot.importing.looking import numbered, read_rows  # noqa: PLC0415 see above

        return numbered(read_rows(self._table, self._plan, self._now), self._repeated)


def _id_of(file: Path, plan: "Plan") -> str:
    """Return what an import is called, by its content and how it is read: cut off and begun anew it is the same import."""
    with file.open("rb") as content:
        mark = file_digest(content, partial(blake2b, digest_size=8))
    place = plan.touchpoint.id if plan.touchpoint else ""
    columns = sorted(f"{column.field}={column.number}" for column in plan.columns)
    mark.update(" ".join((plan.instrument.id, plan.wording, place, *columns)).encode())
    return f"{plan.wording[:40]}-{mark.hexdigest()}"


def _columns(told: Sequence[str]) -> "Mapping[Field, str]":
    from surveys.importing import Field  # noqa: PLC0415 what --help need not wait for

    found: dict[Field, str] = {}
    for each in told:
        field, equals, column = each.partition("=")
        if not equals or not column.strip() or field.strip() not in tuple(Field):
            known = ", ".join(Field)
            raise typer.BadParameter(f"{each!r} must be FIELD=COLUMN, FIELD one of {known}")
        found[Field(field.strip())] = column.strip()
    return found


def _tab(delimiter: str | None) -> str | None:
    named = {"tab": "\t", "\\t": "\t"}.get(delimiter or "", delimiter)
    if named is not None and len(named) != 1:
        raise typer.BadParameter("--delimiter must be one character, or tab")
    return named


def _lines(told: Mapping[str, Any], report: "Report", language: str) -> Iterator[str]:
    """Yield the report in words: columns, counts, refusals, and what was stored or would be."""
    yield _say(
        language, "import.file", encoding=told["encoding"], delimiter=repr(told["delimiter"])
    )
    for column in told["columns"]:
        how = _say(language, f"import.how.{column['how']}")
        yield f"  {column['field']:<9} ← {column['number']}. {column['header']} ({how})"
    yield from _guesses(told, language)
    counts = {name: f"{told[name]:,}" for name in ("rows", "importable", "refused", "duplicates")}
    yield _say(language, "import.counts", **counts)
    if told["alike"]:
        yield _say(language, "import.alike", count=f"{told['alike']:,}")
    if told["first_day"]:
        yield _say(language, "import.days", first=told["first_day"], last=told["last_day"])
    yield from (f"  {stage:<16}{count:>9,}" for stage, count in told["stages"].items())
    yield from _refusals(report, language)
    yield _outcome(told, report, language)


def _guesses(told: Mapping[str, Any], language: str) -> Iterator[str]:
    if told["header_line"] > 1:
        yield _say(language, "import.header", line=str(told["header_line"]))
    if told["ignored"]:
        headers = ", ".join(header or "''" for header in told["ignored"])
        yield _say(language, "import.ignored", headers=headers)
    if told["serial_dates"]:
        yield _say(language, "import.serials")
    if told["dates"]:
        yield _say(language, "import.dates", order=_say(language, f"import.order.{told['dates']}"))
    yield _say(language, f"import.zone.{told['zone']['how']}", zone=told["zone"]["name"])
    if told["worded"]:
        said = (f"{w['cell']} → {w['score']} ({w['rows']:,})" for w in told["worded"])
        yield _say(language, "import.worded", said=", ".join(said))


def _refusals(report: "Report", language: str) -> Iterator[str]:
    for each in report.refusals:
        column = f" [{each.column}]" if each.column else ""
        line = _say(language, "import.line", line=str(each.line))
        cell = f" ({each.cell!r})" if each.cell else ""
        yield f"  {line}{column}: {each.cause.said(language)}{cell}"
    rest = report.refused - len(report.refusals)
    if rest:
        yield _say(language, "import.more", count=f"{rest:,}")


def _outcome(told: Mapping[str, Any], report: "Report", language: str) -> str:
    if report.blocked:
        return _say(language, "import.blocked", problem=report.blocked.said(language))
    if told["dry_run"]:
        there = told["already_there"]
        count = "?" if there is None else f"{there:,}"
        return _say(language, "import.would", there=count)
    stored = {name: f"{count:,}" for name, count in told["stored"].items()}
    done = _say(language, "import.done", **stored)
    return f"{done}\n{_say(language, 'import.id', id=told['import'])}"


@contextmanager
def _progress(title: str, total: int | None) -> Iterator[Callable[[int], None]]:
    from rich.console import Console  # noqa: PLC0415 what --help need not wait for
    from rich.progress import Progress  # noqa: PLC0415 see above

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(title, total=total)
        yield lambda count: progress.update(task, advance=count)


def _say(language: str, key: str, **values: str) -> str:
    from surveys.language.texts import said  # noqa: PLC0415 what --help need not wait for

    return said(CATALOGUE, language, key, **values)
