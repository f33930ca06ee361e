"""This machine: settings, database, disk, the program and what it would send."""

import asyncio
import os
import shutil
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from bot.config import Settings, strays
from bot.digests.plan import plan
from bot.doctor.findings import Finding, State, raw, words
from bot.preview import Flaw, Warned, preview
from bot.program_file import read_program
from storage.backups import BACKUPS, newest
from storage.engine import parse, sqlite_file
from storage.opening import open_storage
from storage.schema import HEAD
from storage.sqlite_state import SQLITE, has_wal_reset_bug, writers_of
from surveys.errors import SurveyError
from surveys.model import Channel
from surveys.ports import Clock
from surveys.program import Program, default_program

_GIB: Final = 1024**3
_LITTLE, _TOO_LITTLE = 2 * _GIB, _GIB // 4
_SHOWN: Final = 3
_FRESH: Final = 26
"""Hours: a copy a day, made a little later than the one before."""


async def examine(
    settings: Settings, environ: Mapping[str, str], clock: Clock
) -> tuple[Finding, ...]:
    """Look at all of it; the database is only read."""
    program, fault = _read(settings)
    database, in_force = await _database(settings)
    return (
        _config(environ),
        _sqlite(settings),
        database,
        _disk(settings),
        of_backups(BACKUPS, clock.now()),
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
        return Finding(check="config", state=State.OK, told=words("config.ok"))
    told = words("config.strays", names=", ".join(unknown))
    return Finding(check="config", state=State.WARN, told=told, mend=words("config.mend"))


def _sqlite(settings: Settings) -> Finding:
    version = ".".join(map(str, SQLITE))
    file = sqlite_file(parse(settings.database_url))
    if file is None:
        told = words("sqlite.unused", version=version)
        return Finding(check="sqlite", state=State.OK, told=told)
    if not has_wal_reset_bug(SQLITE):
        told = words("sqlite.ok", version=version)
        return Finding(check="sqlite", state=State.OK, told=told)
    writing = [pid for pid in writers_of(file) if pid != os.getpid()]
    if len(writing) > 1:
        told = words("sqlite.writers", version=version, pids=", ".join(map(str, writing)))
        mend = words("sqlite.end")
        return Finding(check="sqlite", state=State.FAIL, told=told, mend=mend)
    told = words("sqlite.bug", version=version)
    return Finding(check="sqlite", state=State.WARN, told=told, mend=words("sqlite.alone"))


async def _database(settings: Settings) -> tuple[Finding, str | None]:
    """Return the finding, and the hash of the program in force, where there is one."""
    try:
        async with open_storage(settings.database_url, writable=False) as storage:
            in_force = await storage.read(lambda tx: tx.program_versions.in_force())
    except SurveyError as refusal:
        told, mend = raw(str(refusal)), words("database.mend")
        return Finding(check="database", state=State.FAIL, told=told, mend=mend), None
    shown = parse(settings.database_url).render_as_string(hide_password=True)
    told = words("database.ok", url=shown, schema=HEAD)
    return Finding(check="database", state=State.OK, told=told), in_force


def _disk(settings: Settings) -> Finding:
    """Look at where the database's file is, else at where we are."""
    file = sqlite_file(parse(settings.database_url))
    folder = Path(file).resolve().parent if file is not None else Path.cwd()
    try:
        free = shutil.disk_usage(folder).free
    except OSError as exc:
        told = raw(f"{folder}: {exc.strerror}")
        return Finding(check="disk", state=State.UNKNOWN, told=told, mend=words("disk.look"))
    told = words("disk.free", size=f"{free / _GIB:.1f} GiB", folder=str(folder))
    if free >= _LITTLE:
        return Finding(check="disk", state=State.OK, told=told)
    state = State.WARN if free >= _TOO_LITTLE else State.FAIL
    return Finding(check="disk", state=state, told=told, mend=words("disk.mend"))


def of_backups(folder: Path, now: datetime) -> Finding:
    """Judge the newest copy that ``aftertouch backup`` made in a folder; those that others make can't be seen."""
    made = newest(folder)
    if made is None:
        told, mend = words("backups.unknown", folder=str(folder)), words("backups.mend")
        return Finding(check="backups", state=State.UNKNOWN, told=told, mend=mend)
    hours = (now - made) // timedelta(hours=1)
    told = words("backups.newest", hours=str(hours), folder=str(folder))
    if hours <= _FRESH:
        return Finding(check="backups", state=State.OK, told=told)
    return Finding(check="backups", state=State.WARN, told=told, mend=words("backups.again"))


# --- the program ---------------------------------------------------------------------------------


def _program(settings: Settings, program: Program | None, fault: str) -> Finding:
    check = "program"
    if program is None:
        mend = words("program.lint")
        return Finding(check=check, state=State.FAIL, told=raw(fault), mend=mend)
    count = str(len(program.triggers))
    file = str(settings.program or "default_program.yaml")
    if program.company.name == default_program().company.name:
        told, mend = words("program.sample", file=file, n=count), words("program.own")
        return Finding(check=check, state=State.WARN, told=told, mend=mend)
    told = words("program.ok", file=file, n=count)
    return Finding(check=check, state=State.OK, told=told)


def _in_force(settings: Settings, program: Program | None, in_force: str | None) -> Finding:
    """Hold the file against the version that a server goes by."""
    check = "program_in_force"
    if program is None or in_force is None:
        told, mend = words("in_force.none"), words("in_force.begin")
        return Finding(check=check, state=State.UNKNOWN, told=told, mend=mend)
    if program.version == in_force:
        told = words("in_force.same", version=in_force)
        return Finding(check=check, state=State.OK, told=told)
    told = words("in_force.differs", version=in_force, file=program.version)
    mend = words("in_force.mend", file=str(settings.program or "program.yaml"))
    return Finding(check=check, state=State.WARN, told=told, mend=mend)


def _payloads(program: Program | None) -> Finding:
    """Lay every message of every survey out for every channel in every language."""
    check = "payloads"
    if program is None:
        return _unread(check)
    found = tuple(_flaws(program))
    if not found:
        count, spoken = str(len(program.surveys)), ", ".join(program.languages)
        told = words("payloads.ok", n=count, languages=spoken)
        return Finding(check=check, state=State.OK, told=told)
    refused = any(warned.flaw is Flaw.UNSENDABLE for _, warned in found)
    named = [f"{where}: {warned.flaw} {warned.what!r}" for where, warned in found[:_SHOWN]]
    more = [f"+{len(found) - _SHOWN}"] if len(found) > _SHOWN else []
    return Finding(
        check=check,
        state=State.FAIL if refused else State.WARN,
        told=raw("; ".join([*named, *more])),
        mend=words("payloads.mend"),
    )


def _flaws(program: Program) -> Iterator[tuple[str, Warned]]:
    for survey in program.surveys:
        for channel in Channel:
            for language in program.languages:
                for shown in preview(program, survey, language, channel):
                    where = f"{survey.id} ({channel}, {language}, {shown.step})"
                    yield from ((where, warned) for warned in shown.warnings)


def _unread(check: str) -> Finding:
    told, mend = words("unread"), words("left_out.mend", who="program")
    return Finding(check=check, state=State.UNKNOWN, told=told, mend=mend)


def _digests(settings: Settings, program: Program | None) -> Finding:
    check = "digests"
    if not settings.digests:
        return Finding(check=check, state=State.OK, told=words("digests.none"))
    if program is None:
        return _unread(check)
    try:
        digests = plan(settings, program)
    except SurveyError as refusal:
        mend = words("refused.mend")
        return Finding(check=check, state=State.FAIL, told=raw(str(refusal)), mend=mend)
    return Finding(check=check, state=State.OK, told=raw(", ".join(digests)))
