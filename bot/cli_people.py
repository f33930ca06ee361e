"""The commands about who is who: show, join and split people, and give out one-time links."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_language import KOREAN, Lang

if TYPE_CHECKING:
    from bot.config import Settings

Load = Callable[["Path | None"], "Settings"]
Config = Annotated[Path | None, typer.Option("--config", help="The config file.")]
Who = Annotated[
    str, typer.Argument(metavar="CUSTOMER", help="Her id, verified e-mail or namespace=value.")
]


def add_people_commands(app: typer.Typer, load: Load) -> None:
    """Add ``people`` and ``link``; ``load`` reads the settings."""
    app.add_typer(_people(load))
    _add_link(app, load)


def _people(load: Load) -> typer.Typer:
    group = typer.Typer(name="people", help="Who is who.", no_args_is_help=True)

    @group.command("show")
    def show(customer: Who, *, config: Config = None) -> None:
        """Print a customer as JSON: her names, her chats, and whom she was joined with."""
        from bot.reading import person  # noqa: PLC0415 what --help need not wait for

        found = asyncio.run(person(load(config), customer))
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))

    @group.command("join")
    def join(
        kept: Who,
        given: Annotated[str, typer.Argument(metavar="OTHER", help="Who is the same person.")],
        *,
        config: Config = None,
        lang: Lang = KOREAN,
    ) -> None:
        """Make two people one: all that is OTHER's becomes CUSTOMER's, opt-outs too."""
        _order(load(config), lang, {"act": "join", "id": kept, "with": given})

    @group.command("split")
    def split(
        chat: Annotated[
            str, typer.Argument(metavar="CHAT", help="channel:account:user, as `people show` says.")
        ],
        *,
        config: Config = None,
        lang: Lang = KOREAN,
    ) -> None:
        """Take a chat away from the wrong person, with all that came with it and was asked there."""
        _order(load(config), lang, {"act": "split", "id": chat})

    return group


def _add_link(app: typer.Typer, load: Load) -> None:
    @app.command()
    def link(
        customer: Who,
        *,
        channel: Annotated[
            str | None, typer.Option("--channel", help="telegram or webchat; both unless named.")
        ] = None,
        qr: Annotated[
            Path | None, typer.Option("--qr", help="Draw it here as a QR code, .svg or .png.")
        ] = None,
        config: Config = None,
    ) -> None:
        """Print a customer's one-time link, good once and for 30 days; needs a running server."""
        from bot.admin import make_links  # noqa: PLC0415 what --help need not wait for

        links = asyncio.run(make_links(load(config), customer, channel))
        for name, url in links.items():
            typer.echo(url if channel else f"{name}  {url}")
        if qr is not None:
            _draw(qr, links)


def _draw(path: Path, links: dict[str, str]) -> None:
    from bot.qr import Picture, draw, save  # noqa: PLC0415 what --help need not wait for
    from surveys.errors import InvalidInput  # noqa: PLC0415

    kind = path.suffix.removeprefix(".").lower()
    if len(links) != 1:
        raise InvalidInput("--qr", "draws one link: name its --channel")
    if kind not in tuple(Picture):
        raise InvalidInput(
            "--qr", f"must end in one of {', '.join(f'.{each}' for each in Picture)}"
        )
    save(draw(next(iter(links.values())), Picture(kind)), path)


def _order(settings: "Settings", lang: str, fields: dict[str, str]) -> None:
    from bot.admin import give_order  # noqa: PLC0415 what --help need not wait for
    from bot.console.texts import say  # noqa: PLC0415
    from bot.orders import parse_order  # noqa: PLC0415

    done = asyncio.run(give_order(settings, parse_order(fields), fields))
    typer.echo(say(lang, f"done.{done}"))
