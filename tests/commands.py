"""Commands typed on a database, in this process: what they print, or how they are refused."""

import asyncio
from collections.abc import Callable, Mapping

from typer.testing import CliRunner

from bot.cli import app

Run = Callable[..., str]


def running_on(database: str) -> Run:
    """Return a function that runs a command that succeeds, and returns what it prints."""

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(
            app, arguments, env={"AFTERTOUCH_DATABASE_URL": database}, catch_exceptions=False
        )
        assert result.exit_code == 0, result.output
        return result.stdout

    return run


async def told(*arguments: str, environ: Mapping[str, str]) -> tuple[int, str, str]:
    """Run a command in a thread, while the loop goes on; return exit code, standard output and standard error."""
    result = await asyncio.to_thread(CliRunner().invoke, app, arguments, env=environ)
    return result.exit_code, result.stdout, result.stderr


def refuse(database: str, *arguments: str) -> BaseException | None:
    """Run a command that fails, and return its error."""
    result = CliRunner().invoke(app, arguments, env={"AFTERTOUCH_DATABASE_URL": database})
    assert result.exit_code != 0
    return result.exception
