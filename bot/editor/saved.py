"""The program that the saved drafts of a trigger would make: what is rehearsed, and what is sent to oneself."""

from dataclasses import dataclass

from bot.editor.bench import Bench, laid_out
from bot.editor.faults import faults, refusal
from surveys.errors import BaseMoved, InvalidInput, NotOwned, ProgramFault
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.service.context import Context
from surveys.service.publishing import plan
from surveys.service.revising import proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A program to be tried, or why there is none; that in force, unless it ``is_draft``."""

    bench: Bench
    program: Program | None = None
    is_draft: bool = False
    problems: tuple[str, ...] = ()


def saved(tx: UnitOfWork, ctx: Context, trigger: str, by: str, language: str) -> Saved:
    """Return what a trigger's drafts come to. Raises NotFound for one that is neither published nor drafted."""
    bench = laid_out(tx, trigger, ctx.program.languages)
    if wrong := faults(bench, revised := bench.revised(), language):
        return Saved(bench=bench, problems=tuple(str(each) for each in wrong))
    if not bench.changes:
        return Saved(bench=bench, program=ctx.program)
    try:
        program = plan(tx, proposal(revised, by)).program
    except ProgramFault as fault:
        return Saved(bench=bench, problems=tuple(fault.faults))
    except (BaseMoved, NotOwned, InvalidInput) as refused:
        return Saved(bench=bench, problems=(refusal(language, refused),))
    return Saved(bench=bench, program=program, is_draft=True)
