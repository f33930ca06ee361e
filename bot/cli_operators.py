"""The commands of an operator: what waits for a decision, settling it, holding all sending."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_language import KOREAN, Lang

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.orders import Order

Load = Callable[["Path | None"], "Settings"]
Config = Annotated[Path | None, typer.Option("--config", help="The config file.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="As the list shows it.")]
Paused = Annotated[
    str,
    typer.Argument(metavar="NAME", help="A survey's or a trigger's id, or survey:ID, trigger:ID."),
]
MANY = 200


def add_commands(app: typer.Typer, load: Load) -> None:
    """Add ``deliveries``, ``inbox``, ``resolved``, ``hold``, ``pause`` and their ends; ``load`` reads the settings."""
    app.add_typer(_deliveries(load))
    app.add_typer(_inbox(load))
    _add_switch(app, load)


def _list(load: Load, name: str, what: str) -> typer.Typer:
    """Return a group of commands that lists its part of the backlog when called by its name alone."""
    group = typer.Typer(name=name)

    @group.callback(
        invoke_without_command=True, help=f"List {what}, oldest first, or decide about one."
    )
    def show(
        context: typer.Context,
        *,
        config: Config = None,
        lang: Lang = KOREAN,
        as_json: AsJson = False,
        limit: Limit = MANY,
    ) -> None:
        if context.invoked_subcommand is not None:
            return
        from bot.reading import waiting  # noqa: PLC0415 what --help need not wait for
        from bot.waiting import LISTS, print_json  # noqa: PLC0415

        backlog, program = asyncio.run(waiting(load(config), limit))
        if as_json:
            print_json(LISTS[name].rows(backlog))
        else:
            LISTS[name].show(backlog, program, lang)

    return group


def _deliveries(load: Load) -> typer.Typer:
    group = _list(load, "deliveries", "the deliveries whose outcome nobody knows")

    @group.command("settle")
    def settle(
        delivery: Id,
        settlement: Annotated[
            str,
            typer.Option("--as", help="sent: it arrived; resend: send it again; drop: neither."),
        ],
        *,
        config: Config = None,
        lang: Lang = KOREAN,
    ) -> None:
        """Decide about one delivery: it arrived, send it again (all rules are checked again), or give it up."""
        _order(load(config), lang, {"act": "settle", "id": delivery, "as": settlement})

    return group


def _inbox(load: Load) -> typer.Typer:
    group = _list(load, "inbox", "the incoming messages whose handling failed for good")

    @group.command("retry")
    def retry(entry: Id, *, config: Config = None, lang: Lang = KOREAN) -> None:
        """Let one message be handled again, now."""
        _order(load(config), lang, {"act": "retry", "id": entry})

    @group.command("drop")
    def drop(entry: Id, *, config: Config = None, lang: Lang = KOREAN) -> None:
        """Give one message up; its content is deleted."""
        _order(load(config), lang, {"act": "drop", "id": entry})

    return group


def _add_switch(app: typer.Typer, load: Load) -> None:
    @app.command()
    def resolved(
        about: Annotated[
            str,
            typer.Argument(
                metavar="ID", help="The invitation, or the order or ticket she answered about."
            ),
        ],
        *,
        config: Config = None,
        lang: Lang = KOREAN,
    ) -> None:
        """Say that a complaint was seen to: its customer is asked whether it is sorted now."""
        _order(load(config), lang, {"act": "resolved", "id": about})

    @app.command()
    def hold(
        *,
        reason: Annotated[str, typer.Option("--reason", help="Why, for whoever asks.")] = "",
        config: Config = None,
        lang: Lang = KOREAN,
    ) -> None:
        """Send nothing but receipts until `aftertouch release`, whether a server runs or not."""
        _order(load(config), lang, {"act": "hold", "reason": reason})

    @app.command()
    def pause(what: Paused, *, config: Config = None, lang: Lang = KOREAN) -> None:
        """Let the questions of one survey or trigger wait until `aftertouch resume`."""
        _order(load(config), lang, {"act": "pause", "id": what})

    @app.command()
    def resume(what: Paused, *, config: Config = None, lang: Lang = KOREAN) -> None:
        """Let them go on; every rule is looked at again for what waited."""
        _order(load(config), lang, {"act": "resume", "id": what})

    @app.command()
    def release(
        *,
        drop_waiting: Annotated[
            bool,
            typer.Option(
                "--drop-waiting",
                help="First give up the questions that are due: they went out before.",
            ),
        ] = False,
        config: Config = None,
        lang: Lang = KOREAN,
    ) -> None:
        """Let everything go out again."""
        _order(load(config), lang, {"act": "release_drop" if drop_waiting else "release"})


def _order(settings: "Settings", lang: str, fields: dict[str, str]) -> None:
    from bot.admin import give_order  # noqa: PLC0415 what --help need not wait for
    from bot.console.texts import say  # noqa: PLC0415
    from bot.orders import parse_order  # noqa: PLC0415

    order: Order = parse_order(fields)
    done = asyncio.run(give_order(settings, order, fields))
    typer.echo(say(lang, f"done.{done}"))
