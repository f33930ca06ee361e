"""The ``chat`` command: play a survey in the terminal as a channel would show it."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_language import KOREAN, Lang

if TYPE_CHECKING:
    from surveys.model import Channel
    from surveys.program import Program


def chat_command(
    survey: Annotated[
        str | None,
        typer.Argument(help="The survey's id; the first one of the program unless named."),
    ] = None,
    *,
    channel: Annotated[str, typer.Option(help="telegram, slack or webchat.")] = "telegram",
    lang: Lang = KOREAN,
    program: Annotated[
        Path | None, typer.Option(help="The program file; the configured one unless named.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option("--config", help="The config file; config.yaml where there is one."),
    ] = None,
    payload: Annotated[
        bool, typer.Option("--payload", help="Print what the platform is sent, too.")
    ] = False,
) -> None:
    """Play a survey as its customer. A line called like a button taps it, any other is typed.

    Lines for the player: ":wait 24h" lets time pass, ":payload" prints the last message as it is sent, ":quit" ends.
    Reads standard input, so a script can be piped in. Nothing is sent and nothing is counted.
    """
    from bot.config import load  # noqa: PLC0415 what --help need not wait for
    from bot.program_file import read_program  # noqa: PLC0415
    from surveys.errors import InvalidInput  # noqa: PLC0415
    from surveys.model import Channel  # noqa: PLC0415

    if channel not in tuple(Channel):
        raise InvalidInput("--channel", f"must be one of {', '.join(Channel)}")
    chosen = read_program(program or load(os.environ, config).program)
    wanted = survey or chosen.triggers[0].survey
    asyncio.run(_play(chosen, wanted, Channel(channel), lang, payload=payload))


async def _play(
    program: "Program", survey: str, channel: "Channel", language: str, *, payload: bool
) -> None:
    from bot import clock  # noqa: PLC0415 what --help need not wait for
    from bot.playing.conversation import conversing  # noqa: PLC0415
    from bot.playing.terminal import Player  # noqa: PLC0415
    from storage.opening import open_inline  # noqa: PLC0415
    from surveys.timing import zone_of  # noqa: PLC0415

    zone, _ = zone_of(program.company.zone, "UTC")
    with TemporaryDirectory(prefix="aftertouch-chat-") as folder:
        async with (
            open_inline(f"sqlite:///{folder}/chat.sqlite3") as storage,
            conversing(
                program,
                survey,
                channel,
                storage=storage,
                at=clock.SystemClock().now(),
                new_token=clock.new_token,
            ) as conversation,
        ):
            player = Player(
                conversation, language=language, zone=zone, write=typer.echo, show_payload=payload
            )
            await player.play(_lines())


def _lines() -> Iterator[str]:
    """Yield what is typed, after a prompt; what is piped in is repeated behind it."""
    typed_here = sys.stdin.isatty()
    while True:
        typer.echo("> ", nl=False)
        line = sys.stdin.readline()
        if not line:
            typer.echo()
            return
        if not typed_here:
            typer.echo(line.rstrip("\n"))
        yield line
