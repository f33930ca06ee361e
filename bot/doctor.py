"""``aftertouch doctor``: looks at all that a server needs before it is started, and says what won't do."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot import channels
from bot.config import Settings
from bot.digests.plan import plan
from bot.program_file import read_program
from storage.engine import parse, sqlite_file
from storage.opening import open_storage
from storage.schema import HEAD
from storage.sqlite_state import SQLITE, has_wal_reset_bug, writers_of
from surveys.errors import SurveyError
from surveys.program import default_program


class Grade(StrEnum):
    """``note``: worth knowing. ``error``: a server can't work, or not safely."""

    OK = "ok"
    NOTE = "note"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one thing."""

    grade: Grade
    what: str
    told: str

    def __str__(self) -> str:
        return f"{self.grade:<5}  {self.what}: {self.told}"


async def examine(settings: Settings) -> tuple[Finding, ...]:
    """Look at everything; changes nothing."""
    database = await _database(settings)
    return (
        _sqlite(settings),
        database,
        _program(settings),
        *_digests(settings),
        *_channels(settings),
    )


def _sqlite(settings: Settings) -> Finding:
    version = ".".join(map(str, SQLITE))
    file = sqlite_file(parse(settings.database_url))
    if file is None:
        return Finding(Grade.OK, "SQLite", f"{version}, not used")
    if not has_wal_reset_bug(SQLITE):
        return Finding(Grade.OK, "SQLite", f"{version}, without the WAL-reset bug")
    bug = f"{version} has the WAL-reset bug (mended in 3.51.3)"
    writing = [pid for pid in writers_of(file) if pid != os.getpid()]
    if len(writing) > 1:
        pids = ", ".join(map(str, writing))
        told = f"{bug}, and processes {pids} can damage the file together: end all but one"
        return Finding(Grade.ERROR, "SQLite", told)
    told = f"{bug}: harmless while one process writes, which serve sees to; let no other tool write the file"
    return Finding(Grade.NOTE, "SQLite", told)


async def _database(settings: Settings) -> Finding:
    try:
        async with open_storage(settings.database_url, writable=False) as storage:
            await storage.read(lambda tx: tx.notes.get("salt"))
    except SurveyError as refusal:
        return Finding(Grade.ERROR, "database", str(refusal))
    shown = parse(settings.database_url).render_as_string(hide_password=True)
    return Finding(Grade.OK, "database", f"{shown} answers and has schema {HEAD}, the one needed")


def _program(settings: Settings) -> Finding:
    try:
        program = read_program(settings.program)
    except SurveyError as refusal:
        return Finding(Grade.ERROR, "program", str(refusal))
    told = f"{settings.program or 'the default one'}, {len(program.triggers)} triggers"
    if program.company.name == default_program().company.name:
        note = (
            "customers still read the sample company's name: aftertouch program show > program.yaml"
        )
        return Finding(Grade.NOTE, "program", f"{told}; {note}")
    return Finding(Grade.OK, "program", told)


def _digests(settings: Settings) -> Iterator[Finding]:
    if not settings.digests:
        return
    try:
        digests = plan(settings, read_program(settings.program))
    except SurveyError as refusal:
        yield Finding(Grade.ERROR, "digests", str(refusal))
    else:
        yield Finding(Grade.OK, "digests", ", ".join(digests))


def _channels(settings: Settings) -> Iterator[Finding]:
    """Judge the settings only; whether a platform takes them is seen at the start, in ``/healthz``."""
    found = channels.check(settings)
    for name in ("telegram", "slack"):
        if name not in found:
            yield Finding(Grade.NOTE, name, "off: nothing is set")
        elif found[name]:
            yield Finding(Grade.ERROR, name, found[name])
        else:
            yield Finding(Grade.OK, name, "its settings are there")
