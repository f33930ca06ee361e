"""The command that draws a touchpoint's QR code."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.config import Settings

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="The config file; config.yaml where there is one."),
]


def add_qr(app: typer.Typer, settings_of: Callable[[Path | None], "Settings"]) -> None:
    """Add ``aftertouch qr``."""

    @app.command()
    def qr(
        touchpoint: Annotated[str, typer.Argument(help="The touchpoint's id in the program.")],
        *,
        channel: Annotated[str, typer.Option(help="telegram or webchat.")] = "webchat",
        png: Annotated[
            bool | None, typer.Option("--png/--svg", help="Unless --out says it: SVG.")
        ] = None,
        out: Annotated[
            Path | None, typer.Option(help="Where to write it; standard output unless named.")
        ] = None,
        config: ConfigOption = None,
    ) -> None:
        """Draw the code that begins a touchpoint's survey for whoever scans it."""
        from bot.qr import Picture, draw, save  # noqa: PLC0415

        settings = settings_of(config)
        address = _address(settings, touchpoint, channel)
        as_png = png if png is not None else out is not None and out.suffix.lower() == ".png"
        picture = draw(address, Picture.PNG if as_png else Picture.SVG)
        if out is None:
            sys.stdout.buffer.write(picture)
        else:
            save(picture, out)
        typer.echo(address, err=out is None)
        if channel == "webchat" and settings.public_url is None:
            typer.echo("aftertouch: only this machine has that address; set public_url", err=True)


def _address(settings: "Settings", touchpoint: str, channel: str) -> str:
    from bot.codes import address_of  # noqa: PLC0415
    from surveys.errors import InvalidInput  # noqa: PLC0415
    from surveys.model import Channel  # noqa: PLC0415

    if channel not in ("telegram", "webchat"):
        raise InvalidInput("channel", "must be telegram or webchat")
    return asyncio.run(address_of(settings, touchpoint, Channel(channel)))
