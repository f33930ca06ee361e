"""What a start does with the configured program: version 1 of an empty database, else it is applied where it changed."""

from dataclasses import dataclass
from typing import Final

from surveys.errors import InvalidInput, ProgramFault
from surveys.ports import UnitOfWork
from surveys.program import Program, load_program
from surveys.program.document import read
from surveys.program.parts import parts_of
from surveys.service.context import Context
from surveys.service.publishing import PLANNED, PROBLEM, Plan, Proposal, digest, keep, publish
from surveys.stored_programs import Owner, ProgramVersion, Source

_AUTHOR: Final = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """The program that a process was given.

    Attributes:
        text: as it stands in the file.
        file: its name; "" for what Aftertouch ships.
    """

    program: Program
    text: str
    file: str = ""

    @property
    def source(self) -> Source:
        """How a version of it came about."""
        return Source.START if self.file else Source.SHIPPED


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenUp:
    """What is in force after a start, what it changed, and why the file is not in force, if so."""

    program: Program
    number: int
    plan: Plan | None = None
    problem: str = ""


def take_up(tx: UnitOfWork, ctx: Context, given: Configured, *, applies: bool) -> TakenUp:
    """Store the first version, or apply a file that changed since it was last seen, where ``applies``.

    A refused file leaves in force what is. Raises ProgramFault where that can no longer be read, and AlreadyStored
    where another process starts at the same instant: then it is to be tried again.
    """
    live = tx.program_versions.newest()
    if live is None:
        return _first(tx, ctx, given)
    found = _still_read(tx, ctx, live)
    if not applies or not _is_new(tx, given, live):
        return found
    tx.notes.set(f"program_{given.source.value}", digest(given.text))
    try:
        plan, number = publish(tx, ctx, _proposal(given))
    except InvalidInput as refused:
        tx.notes.set(PROBLEM, str(refused))
        return TakenUp(program=found.program, number=found.number, problem=str(refused))
    return TakenUp(program=plan.program, number=number, plan=plan)


def _first(tx: UnitOfWork, ctx: Context, given: Configured) -> TakenUp:
    parts = parts_of(read(given.text).value) if given.file else ()
    version = ProgramVersion(
        number=1,
        hash=given.program.version,
        text=given.text,
        owners=dict.fromkeys(parts, Owner.GIT),
        author=_AUTHOR,
        source=given.source,
        published_at=ctx.now(),
        note=given.file,
    )
    keep(tx, version, given.program)
    tx.notes.set(f"program_{given.source.value}", digest(given.text))
    return TakenUp(program=given.program, number=1)


def _still_read(tx: UnitOfWork, ctx: Context, live: ProgramVersion) -> TakenUp:
    """Return what is in force; where this Aftertouch reads it differently, that is a version of its own."""
    program = _read_back(tx, live)
    if program.version == live.hash:
        return TakenUp(program=program, number=live.number)
    version = ProgramVersion(
        number=live.number + 1,
        hash=program.version,
        text=live.text,
        owners=live.owners,
        author=_AUTHOR,
        source=Source.UPGRADE,
        published_at=ctx.now(),
    )
    keep(tx, version, program)
    return TakenUp(program=program, number=version.number)


def _read_back(tx: UnitOfWork, live: ProgramVersion) -> Program:
    stored = tx.programs.get(live.hash)
    try:
        return Program.from_json(stored or "")
    except ProgramFault:
        return load_program(live.text, f"program version {live.number}")


def _is_new(tx: UnitOfWork, given: Configured, live: ProgramVersion) -> bool:
    """Say whether no start and no command has seen this file; what ships gives way to whoever owns anything.

    A file that was planned for a time waits for it, and is not applied where that was called off.
    """
    names = (f"program_{given.source.value}", f"program_{Source.APPLY.value}", PLANNED)
    seen = {tx.notes.get(name) for name in names}
    return digest(given.text) not in seen and not (given.source == Source.SHIPPED and live.owners)


def _proposal(given: Configured) -> Proposal:
    return Proposal(
        text=given.text,
        by=Owner.GIT,
        author=_AUTHOR,
        source=given.source,
        note=given.file,
        where=given.file or "program",
    )
