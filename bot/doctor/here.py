"""This machine: settings, database, disk, the program and what it would send."""

import asyncio
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from bot.config import Settings, strays
from bot.digests.plan import plan
from bot.doctor.findings import Finding, State
from bot.preview import Flaw, Warned, preview
from bot.program_file import read_program
from storage.engine import parse, sqlite_file
from storage.opening import open_storage
from storage.schema import HEAD
from storage.sqlite_state import SQLITE, has_wal_reset_bug, writers_of
from surveys.errors import SurveyError
from surveys.model import Channel
from surveys.program import Program, default_program

_GIB: Final = 1024**3
_LITTLE, _TOO_LITTLE = 2 * _GIB, _GIB // 4
_SHOWN: Final = 3
_START: Final = "start the server, which makes and upgrades it: aftertouch serve"


async def examine(settings: Settings, environ: Mapping[str, str]) -> tuple[Finding, ...]:
    """Look at all of it; the database is only read."""
    program, fault = _read(settings)
    database, in_force = await _database(settings)
    return (
        _config(environ),
        _sqlite(settings),
        database,
        _disk(settings),
        _backups(),
        _program(settings, program, fault),
        _in_force(settings, program, in_force),
        await asyncio.to_thread(_payloads, program),
        _digests(settings, program),
    )


def _read(settings: Settings) -> tuple[Program | None, str]:
    try:
        return read_program(settings.program), ""
    except SurveyError as refusal:
        return None, str(refusal)


def _config(environ: Mapping[str, str]) -> Finding:
    unknown = strays(environ)
    if not unknown:
        return Finding(check="config", state=State.OK, told="every setting is one that there is")
    told = f"no setting, and ignored: {', '.join(unknown)}"
    mend = "correct the name, or remove it"
    return Finding(check="config", state=State.WARN, told=told, mend=mend)


def _sqlite(settings: Settings) -> Finding:
    version = ".".join(map(str, SQLITE))
    file = sqlite_file(parse(settings.database_url))
    if file is None:
        return Finding(check="sqlite", state=State.OK, told=f"{version}, not used")
    if not has_wal_reset_bug(SQLITE):
        told = f"{version}, without the WAL-reset bug"
        return Finding(check="sqlite", state=State.OK, told=told)
    bug = f"{version} has the WAL-reset bug (mended in 3.51.3)"
    writing = [pid for pid in writers_of(file) if pid != os.getpid()]
    if len(writing) > 1:
        pids = ", ".join(map(str, writing))
        told = f"{bug}, and processes {pids} can damage the file together"
        return Finding(check="sqlite", state=State.FAIL, told=told, mend="end all but one")
    told = f"{bug}: harmless while one process writes, which serve sees to"
    return Finding(
        check="sqlite", state=State.WARN, told=told, mend="let no other tool write the file"
    )


async def _database(settings: Settings) -> tuple[Finding, str | None]:
    """Return the finding, and the hash of the program in force, where there is one."""
    try:
        async with open_storage(settings.database_url, writable=False) as storage:
            in_force = await storage.read(lambda tx: tx.program_versions.in_force())
    except SurveyError as refusal:
        told = str(refusal)
        return Finding(check="database", state=State.FAIL, told=told, mend=_START), None
    shown = parse(settings.database_url).render_as_string(hide_password=True)
    told = f"{shown} answers and has schema {HEAD}, the one needed"
    return Finding(check="database", state=State.OK, told=told), in_force


def _disk(settings: Settings) -> Finding:
    """Look at where the database's file is, else at where we are."""
    file = sqlite_file(parse(settings.database_url))
    folder = Path(file).resolve().parent if file is not None else Path.cwd()
    try:
        free = shutil.disk_usage(folder).free
    except OSError as exc:
        told = f"{folder}: {exc.strerror}"
        return Finding(check="disk", state=State.UNKNOWN, told=told)
    told = f"{free / _GIB:.1f} GiB free at {folder}"
    if free >= _LITTLE:
        return Finding(check="disk", state=State.OK, told=told)
    state = State.WARN if free >= _TOO_LITTLE else State.FAIL
    return Finding(check="disk", state=state, told=told, mend="make room: a full disk stops all")


def _backups() -> Finding:
    return Finding(
        check="backups",
        state=State.UNKNOWN,
        told="Aftertouch makes none, and cannot see those that others make",
        mend="have the database copied regularly (SQLite: VACUUM INTO or litestream; PostgreSQL: pg_dump)",
    )


# --- the program ---------------------------------------------------------------------------------


def _program(settings: Settings, program: Program | None, fault: str) -> Finding:
    if program is None:
        mend = "aftertouch program lint names each line"
        return Finding(check="program", state=State.FAIL, told=fault, mend=mend)
    told = f"{settings.program or 'the default one'}, {len(program.triggers)} triggers"
    if program.company.name == default_program().company.name:
        told += "; customers still read the sample company's name"
        mend = "write your own: aftertouch program show > program.yaml"
        return Finding(check="program", state=State.WARN, told=told, mend=mend)
    return Finding(check="program", state=State.OK, told=told)


def _in_force(settings: Settings, program: Program | None, in_force: str | None) -> Finding:
    """Hold the file against the version that a server goes by."""
    check = "program_in_force"
    if program is None or in_force is None:
        told = "there is no version in force yet, or no file to compare it with"
        return Finding(check=check, state=State.UNKNOWN, told=told)
    if program.version == in_force:
        told = f"version {in_force} is what the file says"
        return Finding(check=check, state=State.OK, told=told)
    told = f"version {in_force} is in force, and the file says {program.version}"
    file = settings.program or "program.yaml"
    mend = f"see what differs: aftertouch program diff {file}"
    return Finding(check=check, state=State.WARN, told=told, mend=mend)


def _payloads(program: Program | None) -> Finding:
    """Lay every message of every survey out for every channel in every language."""
    if program is None:
        told = "the program can't be read"
        return Finding(check="payloads", state=State.UNKNOWN, told=told)
    found = tuple(_flaws(program))
    if not found:
        told = f"{len(program.surveys)} surveys fit all channels in {', '.join(program.languages)}"
        return Finding(check="payloads", state=State.OK, told=told)
    refused = any(warned.flaw is Flaw.UNSENDABLE for _, warned in found)
    named = [f"{where}: {warned.flaw} {warned.what!r}" for where, warned in found[:_SHOWN]]
    more = f", and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return Finding(
        check="payloads",
        state=State.FAIL if refused else State.WARN,
        told="; ".join(named) + more,
        mend="shorten the label, or write the noun so that its particle is known",
    )


def _flaws(program: Program) -> Iterator[tuple[str, Warned]]:
    for survey in program.surveys:
        for channel in Channel:
            for language in program.languages:
                for shown in preview(program, survey, language, channel):
                    where = f"{survey.id} ({channel}, {language}, {shown.step})"
                    yield from ((where, warned) for warned in shown.warnings)


def _digests(settings: Settings, program: Program | None) -> Finding:
    if not settings.digests:
        return Finding(check="digests", state=State.OK, told="none is configured")
    if program is None:
        told = "the program can't be read"
        return Finding(check="digests", state=State.UNKNOWN, told=told)
    try:
        digests = plan(settings, program)
    except SurveyError as refusal:
        return Finding(check="digests", state=State.FAIL, told=str(refusal))
    return Finding(check="digests", state=State.OK, told=", ".join(digests))
