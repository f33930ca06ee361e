"""The commands about counts: compare them with the answers, or make them anew."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.config import Settings

Load = Callable[["Path | None"], "Settings"]
Config = Annotated[Path | None, typer.Option("--config", help="The config file.")]
MOST_SHOWN = 20


def counts_commands(load: Load) -> typer.Typer:
    """Return the ``counts`` commands; ``load`` reads the settings."""
    group = typer.Typer(
        name="counts",
        help="Compare what is counted with the answers themselves, or count anew.",
        no_args_is_help=True,
    )
    _add_check(group, load)
    _add_rebuild(group, load)
    return group


def _add_check(group: typer.Typer, load: Load) -> None:
    @group.command("check")
    def check_command(
        *,
        as_json: Annotated[bool, typer.Option("--json", help="As JSON, whole.")] = False,
        config: Config = None,
    ) -> None:
        """Count everything anew beside what is kept, and print what differs. Exits 1 if anything does."""
        from dataclasses import asdict  # noqa: PLC0415 what --help need not wait for

        from storage.recounting import check  # noqa: PLC0415 as above
        from surveys.service.recounting import Tagger  # noqa: PLC0415 as above

        with _progress() as note:
            found = check(load(config).database_url, Tagger(), note)
        if as_json:
            listed = [asdict(each) for each in found]
            typer.echo(json.dumps({"differences": listed}, ensure_ascii=False, default=str))
        else:
            for each in found[:MOST_SHOWN]:
                typer.echo(f"{each.table} {_shown(each.key)}")
                typer.echo(f"  kept {_shown(each.kept)}\n  anew {_shown(each.anew)}")
            if len(found) > MOST_SHOWN:
                typer.echo(f"and {len(found) - MOST_SHOWN:,} more")
            typer.echo(f"{len(found):,} differences")
        raise typer.Exit(1 if found else 0)


def _add_rebuild(group: typer.Typer, load: Load) -> None:
    @group.command("rebuild")
    def rebuild_command(*, config: Config = None) -> None:
        """Replace all counts by what the answers and the invitations say. No server may run on the SQLite file."""
        from storage.recounting import rebuild, rows  # noqa: PLC0415 what --help need not wait for
        from surveys.service.recounting import Tagger  # noqa: PLC0415 as above

        url = load(config).database_url
        answers, began = rows(url), perf_counter()
        with _progress() as note:
            rebuild(url, Tagger(), note)
        took = perf_counter() - began
        typer.echo(f"{answers:,} answers counted anew in {took:.1f} s")


def _shown(values: object) -> str:
    if not isinstance(values, dict):
        return "nothing"
    return " ".join(f"{name}={value}" for name, value in values.items() if value not in (0, ""))


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar on stderr, where that is a terminal, and give the function that moves it."""
    from rich.console import Console  # noqa: PLC0415 what --help need not wait for
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description:<28}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def note(what: str, done: int, steps: int) -> None:
            bar.update(task, description=what, completed=done, total=steps)

        yield note
