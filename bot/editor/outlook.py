"""What a publish would change, as the pages that publish and bring back show it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from bot.editor.faults import refusal
from bot.program_words.reading import Reading, readings
from bot.program_words.text import more
from surveys.errors import BaseMoved, InvalidInput, ProgramFault
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.program.differences import differences
from surveys.program.loading import load_program
from surveys.program.patching import patch
from surveys.service.publishing import Plan, version_of
from surveys.stored_programs import ProgramVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What changes between two texts of a program, or why nothing may be published.

    Attributes:
        readings: part by part.
        notes: names that are given by themselves, and parts that change their owner.
        program: what would be in force; None where nothing may be.
        old: the one text.
        new: the other.
        problems: why nothing may be published.
        moved: whether somebody published the same since.
    """

    readings: tuple[Reading, ...] = ()
    notes: tuple[str, ...] = ()
    program: Program | None = None
    old: str = ""
    new: str = ""
    problems: tuple[str, ...] = ()
    is_empty: bool = False
    moved: bool = False

    async def patch(self) -> str:
        """Return the difference of the texts, for engineers; "" for none."""
        return await asyncio.to_thread(patch, self.old, self.new)


def outlook(tx: UnitOfWork, planned: Callable[[], Plan], language: str) -> Outlook:
    """Return what a plan says to staff, or why there is none."""
    try:
        found = planned()
    except BaseMoved as moved:
        return Outlook(problems=(refusal(language, moved),), moved=True)
    except ProgramFault as fault:
        return Outlook(problems=tuple(fault.faults))
    except InvalidInput as refused:
        return Outlook(problems=(refusal(language, refused),))
    return Outlook(
        readings=readings(found.before, found.program, found.changes, language, found.under_way),
        notes=tuple(more(found, language)),
        program=found.program,
        old=version_of(tx, found.number).text,
        new=found.text,
        is_empty=found.is_empty,
    )


def changed_by(tx: UnitOfWork, version: ProgramVersion, language: str) -> Outlook | None:
    """Return what a version changed of the one before it; None for the first."""
    before = tx.program_versions.get(version.number - 1)
    if before is None:
        return None
    old, new = (load_program(each.text, "program") for each in (before, version))
    return Outlook(
        readings=readings(old, new, differences(old, new), language),
        program=new,
        old=before.text,
        new=version.text,
        is_empty=before.text == version.text,
    )
