"""Rehearses a program from a command: reads the database, writes nothing."""

from dataclasses import dataclass
from pathlib import Path
from random import Random  # noqa: TID251 nothing is drawn from it
from typing import Any, Never

from bot.clock import SystemClock
from bot.config import Settings
from bot.program_file import read_text
from storage.opening import open_storage
from surveys.errors import InvalidInput
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.rehearsing import Wish
from surveys.results.windows import parse_since
from surveys.service.context import Context
from surveys.service.live import LiveProgram
from surveys.service.publishing import Proposal, in_force, plan, version_of
from surveys.service.rehearsing import rehearse
from surveys.stored_programs import Owner, Source
from surveys.timing import begin_of

Json = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a command was given: a file, the number of a version, or neither for what was live."""

    since: str
    file: Path | None = None
    number: int | None = None
    survey: str | None = None
    people: int


async def rehearsal(settings: Settings, asked: Asked) -> dict[str, Json]:
    """Return what a rehearsal found, as JSON; raises InvalidInput, NotFound, and ProgramFault for a faulty file."""
    if asked.file is not None and asked.number is not None:
        raise InvalidInput("version", "give a file or a version, not both")
    days = parse_since(asked.since)
    text = read_text(asked.file) if asked.file is not None else None
    now = SystemClock().now()

    def look(tx: UnitOfWork) -> dict[str, Json]:
        live = in_force(tx)
        ctx = _context(tx, _program(tx, live.hash), settings)
        program = _supposed(tx, asked, text)
        wish = Wish(
            since=begin_of(days, now, ctx.program.company.zone),
            until=now,
            program=program,
            survey=asked.survey,
            people=asked.people,
        )
        found = rehearse(tx, ctx, wish).to_json()
        file = str(asked.file) if asked.file is not None else None
        return {"program": {"version": asked.number, "file": file}, **found}

    async with open_storage(settings.database_url, writable=False) as storage:
        return await storage.read(look)


def _supposed(tx: UnitOfWork, asked: Asked, text: str | None) -> Program | None:
    """Return the program that is to be rehearsed; None for what was live."""
    if asked.number is not None:
        return _program(tx, version_of(tx, asked.number).hash)
    if text is None:
        return None
    proposal = Proposal(
        text=text, by=Owner.GIT, author="", source=Source.APPLY, where=str(asked.file)
    )
    return plan(tx, proposal).program


def _program(tx: UnitOfWork, version: str) -> Program:
    stored = tx.programs.get(version)
    return Program.from_json(stored or "")


def _context(tx: UnitOfWork, live: Program, settings: Settings) -> Context:
    """Return what a reading use case is given; it makes no ids, and its clock stands where it looks."""
    return Context(
        clock=SystemClock(),
        live=LiveProgram(live),
        salt=tx.notes.get("salt") or "",
        new_id=_nothing_new,
        new_token=_nothing_new,
        rng=Random(0),  # noqa: S311 as above
        pacing=settings.pacing,
    )


def _nothing_new() -> Never:
    raise AssertionError("a rehearsal makes nothing new")
