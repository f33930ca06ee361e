"""The ``themes`` commands: what customers write about, the tags of an answer, and asking the dictionary again."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.analyser import Analysing
from bot.cli_language import KOREAN, Lang

if TYPE_CHECKING:
    from bot.config import Settings
    from surveys.results.themes import ThemeTable

Load = Callable[["Path | None"], "Settings"]
Config = Annotated[Path | None, typer.Option("--config", help="The config file.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
AnswerId = Annotated[str, typer.Argument(metavar="ANSWER", help="The answer's id.")]
CATALOGUE = "text"
_COLUMN = 10
_SIGNED = {"ignore_unknown_options": True}


class Of(StrEnum):
    """Of what themes are counted."""

    STAGE = "stage"
    TOUCHPOINT = "touchpoint"


def theme_commands(load: Load) -> typer.Typer:
    """Return the group; ``load`` reads the settings."""
    group = typer.Typer(
        name="themes",
        help="What customers write about: reasons and comments.",
        no_args_is_help=True,
    )
    _add_list(group, load)
    _add_tags(group, load)
    _add_run(group, load)
    _add_try(group, load)
    return group


def _add_list(group: typer.Typer, load: Load) -> None:
    @group.command("list")
    def listed(
        *,
        by: Annotated[Of, typer.Option(help="stage or touchpoint")] = Of.STAGE,
        stage: Annotated[str | None, typer.Option(help="only this stage")] = None,
        since: Annotated[str | None, typer.Option(help="whole days ending today, e.g. 90d")] = None,
        period: Annotated[str | None, typer.Option(help="2026-11 or 2026-Q4")] = None,
        config: Config = None,
        as_json: AsJson = False,
        lang: Lang = KOREAN,
    ) -> None:
        """Count the themes of each stage by low, middle and high scores."""
        from bot.reading import themes  # noqa: PLC0415 what --help need not wait for
        from surveys.results import parse_query  # noqa: PLC0415 see above

        given = {"by": by.value, "stage": stage, "since": since, "period": period}
        query = parse_query({name: value for name, value in given.items() if value is not None})
        table = asyncio.run(themes(load(config), query))
        if as_json:
            typer.echo(json.dumps(table.to_json(), ensure_ascii=False, indent=2))
        else:
            typer.echo("\n".join(_lines(table, lang)))


def _add_tags(group: typer.Typer, load: Load) -> None:
    @group.command("show")
    def show(answer: AnswerId, *, config: Config = None, as_json: AsJson = False) -> None:
        """Show the themes of one answer, and who says so."""
        from bot.reading import tags  # noqa: PLC0415 what --help need not wait for
        from bot.theming.door import tags_to_json  # noqa: PLC0415 see above

        _print_tags(tags_to_json(asyncio.run(tags(load(config), answer))), as_json=as_json)

    @group.command("tag", context_settings=_SIGNED)
    def tag(
        answer: AnswerId,
        changes: Annotated[
            list[str], typer.Argument(metavar="+THEME|-THEME...", help="What to add or take away.")
        ],
        *,
        config: Config = None,
        as_json: AsJson = False,
    ) -> None:
        """Add and take away themes of one answer, for good: the dictionary does not change them again."""
        from bot.admin import tag_answer  # noqa: PLC0415 what --help need not wait for

        add, remove = _signed(changes)
        done = asyncio.run(tag_answer(load(config), answer, add=add, remove=remove))
        _print_tags(done, as_json=as_json)


def _add_run(group: typer.Typer, load: Load) -> None:
    @group.command("run")
    def run(*, config: Config = None, lang: Lang = KOREAN) -> None:
        """Ask the dictionary about all comments again, after it has changed; staff's own tags stay."""
        from bot.admin import find_themes_again  # noqa: PLC0415 what --help need not wait for

        with _progress(_say(lang, "themes.asking")) as told:
            changed = asyncio.run(find_themes_again(load(config), told))
        typer.echo(_say(lang, "themes.changed", count=f"{changed:,}"))


def _add_try(group: typer.Typer, load: Load) -> None:
    @group.command("try")
    def found(
        text: Annotated[str, typer.Argument(help="A comment.")],
        *,
        analyser: Annotated[
            Analysing, typer.Option(help="plain, or kiwi with the extra nlp-ko")
        ] = Analysing.PLAIN,
        program: Annotated[
            Path | None,
            typer.Option("--program", help="By the words of this file, not yet in force."),
        ] = None,
        config: Config = None,
        lang: Lang = KOREAN,
    ) -> None:
        """Show which themes a comment has and by which phrase; stores nothing."""
        from bot.program_refusals import refusing  # noqa: PLC0415 what --help need not wait for
        from bot.reading import words_found  # noqa: PLC0415 see above

        with refusing(lang):
            themes = asyncio.run(words_found(lambda: load(config), text, analyser, program))
        guessed = _say(lang, "themes.guessed")
        for each in themes:
            typer.echo(f"{each.theme:<20}{each.phrase}{f'  ({guessed})' if each.guessed else ''}")
        if not themes:
            typer.echo(_say(lang, "themes.none"))


def _signed(changes: Sequence[str]) -> tuple[list[str], list[str]]:
    for change in changes:
        if change[:1] not in ("+", "-") or not change[1:]:
            raise typer.BadParameter(f"{change!r} must be +theme or -theme")
    signs = {sign: [c[1:] for c in changes if c[0] == sign] for sign in "+-"}
    return signs["+"], signs["-"]


def _print_tags(tags: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(tags, ensure_ascii=False))
        return
    for tag in tags:
        typer.echo(f"{'+' if tag['meant'] else '-'}{tag['theme']:<20}{tag['by']}")


def _lines(table: "ThemeTable", language: str) -> Iterator[str]:
    """Yield one line a theme, the counts in columns; a hidden count is a dash."""
    if not table.rows:
        yield _say(language, "themes.nothing")
        return
    head = [_say(language, f"themes.{name}") for name in ("low", "mid", "high")]
    yield f"{''.join(map(_right, head))}  {_say(language, 'themes.theme')}"
    place = ""
    for row in table.rows:
        here = row.touchpoint or row.stage
        if here != place:
            yield f"[{here}]"
            place = here
        label = row.label.get(language, row.theme)
        counts = "".join(f"{'-' if n is None else n:>{_COLUMN}}" for n in row.bands)
        yield f"{counts}  {label} ({row.theme})"


def _right(text: str) -> str:
    from rich.cells import cell_len  # noqa: PLC0415 what --help need not wait for

    return " " * (_COLUMN - cell_len(text)) + text


@contextmanager
def _progress(title: str) -> Iterator[Callable[[int, int], None]]:
    from rich.console import Console  # noqa: PLC0415 what --help need not wait for
    from rich.progress import Progress  # noqa: PLC0415 see above

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(title, total=None)
        yield lambda count, total: progress.update(task, advance=count, total=total)


def _say(language: str, key: str, **values: str) -> str:
    from surveys.language.texts import said  # noqa: PLC0415 what --help need not wait for

    return said(CATALOGUE, language, key, **values)
