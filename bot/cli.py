"""The command line. SDKs, web and database libraries load only in the command that needs them."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_analyses import add_analyses
from bot.cli_backup import add_backup_commands
from bot.cli_chat import chat_command
from bot.cli_counts import counts_commands
from bot.cli_digests import digest_commands
from bot.cli_export import export_commands
from bot.cli_import import import_commands
from bot.cli_language import KOREAN, Lang
from bot.cli_members import staff_commands
from bot.cli_operators import add_commands
from bot.cli_people import add_people_commands
from bot.cli_plan import plan_command
from bot.cli_planned import add_planned
from bot.cli_privacy import add_privacy_commands
from bot.cli_program import app as program_app
from bot.cli_publishing import add_publishing
from bot.cli_qr import add_qr
from bot.cli_rehearsing import add_rehearsing
from bot.cli_replies import app as replies_app
from bot.cli_results import results_command
from bot.cli_setup import setup_commands
from bot.cli_staff import add_staff_messages
from bot.cli_templates import add_templates
from bot.cli_themes import theme_commands
from bot.cli_webhooks import webhooks_commands

if TYPE_CHECKING:
    from bot.config import Settings
    from surveys.results import Query, ResultTable
    from surveys.results.auditing import Audit

app = typer.Typer(
    name="aftertouch",
    help="Asks customers one short question in chat right after something happened; shows how each stage feels.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
keys = typer.Typer(name="key", help="Keys of the HTTP API.", no_args_is_help=True)
app.add_typer(program_app)
app.add_typer(replies_app)
app.add_typer(keys)

DEFAULT_CONFIG = Path("config.yaml")
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="The config file; config.yaml where there is one."),
]


@app.command()
def serve(
    config: ConfigOption = None,
    *,
    roles: Annotated[
        str | None,
        typer.Option(help="Of intake, worker, console; all unless named. PostgreSQL only."),
    ] = None,
) -> None:
    """Run everything, or some roles of it: event intake, channels, web chat, console."""
    from bot.config import load, strays  # noqa: PLC0415
    from bot.logs import configure  # noqa: PLC0415
    from bot.server import serve as run  # noqa: PLC0415

    named = {} if roles is None else {"AFTERTOUCH_ROLES": roles}
    settings = load({**os.environ, **named}, _found(config))
    configure(json_lines=not sys.stderr.isatty())
    for name in strays(os.environ):
        typer.echo(f"aftertouch: {name} is no setting and is ignored", err=True)
    import uvloop  # noqa: PLC0415

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(settings))


@app.command()
def demo(
    *,
    smoke: Annotated[
        bool, typer.Option("--smoke", help="Replay, check the result, exit 0 or 1.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --smoke: one line of JSON.")
    ] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Remove the demo's data.")] = False,
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the browser at the end.")
    ] = True,
    days: Annotated[int, typer.Option(help="How many days to replay.", min=14, max=365)] = 90,
    lang: Lang = KOREAN,
) -> None:
    """Replay 90 days of a shop and its helpdesk, then stay up. No token, nothing leaves 127.0.0.1."""
    from bot.demo import run  # noqa: PLC0415

    raise typer.Exit(
        run.demo(
            smoke=smoke,
            as_json=as_json,
            reset=reset,
            open_browser=open_browser,
            days=days,
            language=lang,
        )
    )


@app.command()
def console(config: ConfigOption = None) -> None:
    """Print a link that opens the running server's console once, within 10 minutes."""
    from bot.admin import log_in  # noqa: PLC0415
    from bot.config import load  # noqa: PLC0415

    typer.echo(asyncio.run(log_in(load(os.environ, _found(config)))))


@app.command()
def init(
    path: Annotated[Path, typer.Argument(help="Where to write it.")] = DEFAULT_CONFIG,
    *,
    force: Annotated[bool, typer.Option("--force", help="Overwrite.")] = False,
) -> None:
    """Write a commented config file with a fresh events secret, readable only by you."""
    from bot.starter import write  # noqa: PLC0415

    typer.echo(write(path, force=force))


@app.command()
def why(
    query: Annotated[
        str,
        typer.Argument(help="A customer's id or e-mail, namespace=value, an event or an order."),
    ],
    *,
    config: ConfigOption = None,
    lang: Lang = KOREAN,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Tell why a customer was asked, or not: every decision with its rule and values."""
    from bot.config import load  # noqa: PLC0415
    from bot.reading import explain  # noqa: PLC0415

    settings = load(os.environ, _found(config))
    lines, found = asyncio.run(explain(settings, query, language=lang, as_json=as_json))
    typer.echo("\n".join(lines))
    raise typer.Exit(0 if found else 1)


@keys.command("create")
def create_key(
    scope: Annotated[
        list[str],
        typer.Option(
            "--scope",
            help="events:write, customers:write, results:read, answers:read or admin; repeatable.",
        ),
    ],
    config: ConfigOption = None,
) -> None:
    """Print a new API key. It is shown this one time."""
    from bot.admin import create_key as create  # noqa: PLC0415
    from bot.config import load  # noqa: PLC0415

    settings = load(os.environ, _found(config))
    typer.echo(asyncio.run(create(settings, scope)))


def _results(query: "Query", config: Path | None) -> "ResultTable":
    from bot.config import load  # noqa: PLC0415
    from bot.reading import results  # noqa: PLC0415

    return asyncio.run(results(load(os.environ, _found(config)), query))


def _audited(query: "Query", config: Path | None) -> "Audit":
    from bot.config import load  # noqa: PLC0415
    from bot.reading import audited  # noqa: PLC0415

    return asyncio.run(audited(load(os.environ, _found(config)), query))


app.command("results")(results_command(_results, _audited))
app.command("plan")(plan_command)
app.command("chat")(chat_command)


def _settings(config: Path | None) -> "Settings":
    from bot.config import load  # noqa: PLC0415

    return load(os.environ, _found(config))


add_commands(app, _settings)
add_qr(app, _settings)
add_backup_commands(app, _settings)
add_privacy_commands(app, _settings)
add_analyses(app, _settings)
add_people_commands(app, _settings)
add_staff_messages(app, _settings)
add_templates(program_app, _settings)
add_publishing(program_app, _settings)
add_planned(program_app, _settings)
add_rehearsing(program_app, _settings)
app.add_typer(staff_commands(_settings))
app.add_typer(webhooks_commands(_settings))
app.add_typer(digest_commands(_settings))
app.add_typer(export_commands(_settings))
app.add_typer(counts_commands(_settings))
app.add_typer(theme_commands(_settings))
app.add_typer(import_commands(_settings))
app.add_typer(setup_commands(_settings))


@app.command()
def doctor(
    config: ConfigOption = None,
    *,
    lang: Lang = KOREAN,
    as_json: Annotated[
        bool, typer.Option("--json", help="As JSON, with the same names each time.")
    ] = False,
) -> None:
    """Look at all that a server needs, here and at the platforms. Changes nothing; exits 1 if something won't do."""
    from bot.clock import SystemClock  # noqa: PLC0415
    from bot.config import load  # noqa: PLC0415
    from bot.doctor import as_json as plain  # noqa: PLC0415
    from bot.doctor import examine, is_sound, lines, unsettled  # noqa: PLC0415
    from surveys.errors import SurveyError  # noqa: PLC0415

    try:
        settings = load(os.environ, _found(config))
        findings = asyncio.run(examine(settings, os.environ, SystemClock()))
    except SurveyError as refusal:
        findings = unsettled(str(refusal))
    if as_json:
        typer.echo(json.dumps(plain(findings, lang), ensure_ascii=False))
    else:
        typer.echo("\n".join(lines(findings, lang)))
    raise typer.Exit(0 if is_sound(findings) else 1)


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed  # noqa: PLC0415

    typer.echo(json.dumps({"aftertouch": installed("aftertouch")}))


def _found(config: Path | None) -> Path | None:
    return config or (DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None)
