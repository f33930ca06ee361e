"""What a new trigger is called: as somebody wrote it, in letters that a program takes, or after its touchpoint."""

import re
from collections.abc import Mapping
from typing import Final

from surveys.journey import SLUG
from surveys.language.keys import free, keyed
from surveys.ports import UnitOfWork
from surveys.program import Program

LONGEST: Final = 48
"""Characters of a name that somebody wrote as programs write it."""
_MADE: Final = 40


def is_written(typed: str) -> bool:
    """Say whether a name is written as programs write it."""
    return re.fullmatch(SLUG, typed) is not None


def is_name(typed: str) -> bool:
    """Say whether what was typed is a name, or words that make one."""
    return is_written(made := keyed(typed, SLUG, _MADE)) and len(made) <= LONGEST


def names(program: Program, instrument: str) -> set[str]:
    """Return the names that a trigger with a survey of its own cannot have."""
    ends = f"-{instrument}"
    surveys = (each.id for each in program.surveys if each.id.endswith(ends))
    return {each.id for each in program.triggers} | {each.removesuffix(ends) for each in surveys}


def named(tx: UnitOfWork, program: Program, form: Mapping[str, str]) -> str:
    """Return the name of a new trigger: one that is written as programs write it as it is, any other one numbered."""
    typed = form.get("id", "").strip()
    return typed if is_written(typed) else unused(tx, program, form)


def unused(tx: UnitOfWork, program: Program, form: Mapping[str, str]) -> str:
    """Return a name that neither the program nor a draft has yet, from what was typed, else from the touchpoint."""
    ends = f"-{form['instrument']}"
    drafts = (draft.part.partition(":") for draft in tx.program_drafts.all())
    drafted = {name.removesuffix(ends) if kind == "survey" else name for kind, _, name in drafts}
    made = keyed(form.get("id", "").strip(), SLUG, _MADE) or form["touchpoint"][:_MADE].rstrip("-")
    return free(made, names(program, form["instrument"]) | drafted, LONGEST)
