"""The ``program`` commands that change what is in force: a plan first, then a new version."""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli_language import KOREAN, Lang

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.publishing import Wish
    from surveys.service.publishing import Plan

Json = Any
Load = Callable[["Path | None"], "Settings"]
Config = Annotated[Path | None, typer.Option("--config", help="The config file.")]
File = Annotated[Path, typer.Argument(help="The program file (YAML).")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]
Base = Annotated[
    int | None,
    typer.Option(
        "--base",
        help="The version the file was begun on; else what its first line says, if it does.",
    ),
]
Take = Annotated[
    list[str] | None,
    typer.Option(
        "--take",
        help="Move a survey, a trigger, contact_rules, budget, advertising or channels from the console to git.",
    ),
]
Note = Annotated[str, typer.Option("--note", help="Why, for whoever looks at the versions.")]
At = Annotated[
    str,
    typer.Option(
        "--at",
        metavar="TIME",
        help="Not now but at this time of the company's zone, e.g. 2026-11-23T09:00.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask; for CI.")]
CHANGES = 2
"""Exit code of a diff that finds something to change; a fault or a refusal is 1."""


def add_publishing(app: typer.Typer, load: Load) -> None:
    """Add ``diff``, ``apply``, ``export``, ``versions`` and ``revert``; ``load`` reads the settings."""
    _add_diff(app, load)
    _add_apply(app, load)
    _add_looking(app, load)
    _add_revert(app, load)


def _add_diff(app: typer.Typer, load: Load) -> None:
    @app.command()
    def diff(
        file: File,
        *,
        base: Base = None,
        take: Take = None,
        config: Config = None,
        lang: Lang = KOREAN,
        as_json: AsJson = False,
    ) -> None:
        """Say what applying a file would change, and how many open questions each change touches.

        Exits 0 where nothing would change, 2 where something would, 1 for a fault or a refusal.
        """
        wish, _ = _wish(file, base, take, "")
        plan = _planned(load(config), wish, lang)
        if as_json:
            _print(plan.to_json())
        else:
            _show(plan, lang)
        raise typer.Exit(0 if plan.is_empty else CHANGES)


def _add_apply(app: typer.Typer, load: Load) -> None:
    @app.command("apply")
    def apply_command(
        file: File,
        *,
        base: Base = None,
        take: Take = None,
        note: Note = "",
        at: At = "",
        yes: Yes = False,
        config: Config = None,
        lang: Lang = KOREAN,
        as_json: AsJson = False,
    ) -> None:
        """Put a file in force as a new version, after showing what it changes. A running server takes it at once.

        What the console owns stays. With --at it is stored, and a server publishes it then, as it was shown or not at
        all. Exits 0 when it is in force or planned, 1 for a fault, a refusal or a no.
        """
        from dataclasses import replace  # noqa: PLC0415 what --help need not wait for

        wish, header = _wish(file, base, take, note)
        asked = replace(wish, at=at)
        number = _carry_out(load(config), asked, lang, yes=yes, as_json=as_json)
        if header and not at:
            _write_header(file, number, lang)


def _add_revert(app: typer.Typer, load: Load) -> None:
    @app.command()
    def revert(
        number: Annotated[int, typer.Argument(metavar="N", help="As `program versions` shows it.")],
        *,
        note: Note = "",
        yes: Yes = False,
        config: Config = None,
        lang: Lang = KOREAN,
        as_json: AsJson = False,
    ) -> None:
        """Put an earlier version in force again, as a new one, after showing what that changes."""
        from bot.publishing import Wish  # noqa: PLC0415 what --help need not wait for

        wish = Wish(reverts=number, note=note)
        _carry_out(load(config), wish, lang, yes=yes, as_json=as_json)


def _add_looking(app: typer.Typer, load: Load) -> None:
    @app.command()
    def export(
        *,
        number: Annotated[
            int | None, typer.Option("--version", help="Not the one in force.")
        ] = None,
        config: Config = None,
    ) -> None:
        """Print the program in force with its comments. Its first line tells `apply` what it was begun on."""
        from bot.publishing_reading import stored  # noqa: PLC0415 what --help need not wait for
        from surveys.program.patching import with_header  # noqa: PLC0415

        version = asyncio.run(stored(load(config), number))
        typer.echo(with_header(version.text, version.number), nl=False)

    @app.command()
    def versions(
        *,
        limit: Annotated[
            int, typer.Option("--limit", min=1, max=1000, help="At most so many.")
        ] = 20,
        config: Config = None,
        lang: Lang = KOREAN,
        as_json: AsJson = False,
    ) -> None:
        """List the published versions, the newest first: when, who, how and why."""
        from bot.publishing_reading import listed  # noqa: PLC0415 what --help need not wait for

        rows = asyncio.run(listed(load(config), limit))
        if as_json:
            _print(rows)
            return
        for row in rows:
            typer.echo(_version_line(row, lang))


def _wish(file: Path, base: int | None, take: list[str] | None, note: str) -> "tuple[Wish, bool]":
    """Return what a file asks for, and whether it says which version it was begun on."""
    from bot.program_file import read_text  # noqa: PLC0415 what --help need not wait for
    from bot.publishing import Wish  # noqa: PLC0415
    from surveys.program.patching import version_named  # noqa: PLC0415

    text = read_text(file)
    named = version_named(text)
    begun = base if base is not None else named
    wish = Wish(text=text, where=str(file), base=begun, take=tuple(take or ()), note=note)
    return wish, named is not None


def _planned(settings: "Settings", wish: "Wish", lang: str) -> "Plan":
    from bot.program_refusals import refusing  # noqa: PLC0415 what --help need not wait for
    from bot.publishing_reading import planned  # noqa: PLC0415

    with refusing(lang):
        return asyncio.run(planned(settings, wish))


def _carry_out(settings: "Settings", wish: "Wish", lang: str, *, yes: bool, as_json: bool) -> int:
    """Show the plan, ask, publish against what the plan was shown against, and return the number in force."""
    from dataclasses import replace  # noqa: PLC0415 what --help need not wait for

    from bot.admin import publish_program  # noqa: PLC0415
    from bot.program_refusals import refusing  # noqa: PLC0415
    from bot.program_texts import say  # noqa: PLC0415

    plan = _planned(settings, wish, lang)
    if not as_json:
        _show(plan, lang)
    if not plan.is_empty and not yes:
        confirm(lang, say(lang, "ask.apply"), as_json=as_json)
    with refusing(lang):
        done = asyncio.run(publish_program(settings, replace(wish, base=plan.number)))
    number = int(done["number"])
    if as_json:
        _print(done)
    elif "planned" in done:
        when = {name: str(done["planned"][name]) for name in ("wall", "zone")}
        typer.echo(say(lang, "done.planned", **when))
    elif not plan.is_empty:
        typer.echo(say(lang, "done.in_force", number=str(number)))
    return number


def confirm(lang: str, question: str, *, as_json: bool) -> None:
    """Ask whoever sits there; nobody does where the input is no terminal."""
    from bot.program_texts import say  # noqa: PLC0415 what --help need not wait for
    from surveys.errors import InvalidInput  # noqa: PLC0415

    if as_json or not sys.stdin.isatty():
        raise InvalidInput("", say(lang, "ask.no_terminal"))
    typer.confirm(question, abort=True)


def _show(plan: "Plan", lang: str) -> None:
    from bot.program_words.text import plan_lines  # noqa: PLC0415 what --help need not wait for

    typer.echo("\n".join(plan_lines(plan, lang)))


def _print(value: Json) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))


def _version_line(row: dict[str, Json], lang: str) -> str:
    from bot.console.actors import actor_in_words  # noqa: PLC0415 what --help need not wait for
    from bot.program_texts import say  # noqa: PLC0415

    how = say(lang, f"source.{row['source']}", number=str(row["reverts"]))
    by = actor_in_words(lang, row["author"])
    told = [f"{row['number']:>4}", row["published_at"], by, how, row["note"]]
    return "  ".join(each for each in told if each)


def _write_header(file: Path, number: int, lang: str) -> None:
    """Let the file say on which version the next change is begun; nothing else of it changes, not even its line breaks."""
    from bot.program_texts import say  # noqa: PLC0415 what --help need not wait for
    from surveys.program.patching import renumbered  # noqa: PLC0415

    if not file.is_file():  # a pipe is read once and takes nothing back
        return
    try:
        written = file.read_bytes().decode()
        changed = renumbered(written, number)
        if changed != written:
            file.write_bytes(changed.encode())
    except OSError as exc:  # it is in force all the same
        why = say(lang, "done.unwritten", file=str(file), why=str(exc.strerror), number=str(number))
        typer.echo(why, err=True)
