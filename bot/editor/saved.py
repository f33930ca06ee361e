"""The program that the saved drafts of a trigger would make: what is rehearsed, and what is sent to oneself."""

from dataclasses import dataclass
from http import HTTPStatus

from starlette.requests import Request

from bot.auth.callers import caller_of
from bot.editor.bench import Bench, laid_out
from bot.editor.faults import faults, refusal
from bot.editor.frame import Frame
from bot.http_errors import HttpProblem
from surveys.errors import BaseMoved, InvalidInput, NotFound, NotOwned, ProgramFault
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.service.publishing import plan
from surveys.service.revising import proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A program to be tried, or why there is none; that in force, unless it ``is_draft``."""

    bench: Bench
    program: Program | None = None
    is_draft: bool = False
    problems: tuple[str, ...] = ()


def saved(tx: UnitOfWork, frame: Frame, request: Request) -> Saved:
    """Return what the drafts of the address's trigger come to; raises HttpProblem where there is no such trigger."""
    ctx, language = frame.editing.ctx, frame.look(request).language
    try:
        bench = laid_out(tx, request.path_params["place"], ctx.program.languages)
    except NotFound as gone:
        raise HttpProblem(HTTPStatus.NOT_FOUND, "Not found", str(gone)) from gone
    if wrong := faults(bench, revised := bench.revised(), language):
        return Saved(bench=bench, problems=tuple(str(each) for each in wrong))
    if not bench.changes:
        return Saved(bench=bench, program=ctx.program)
    try:
        program = plan(tx, proposal(revised, caller_of(request).by)).program
    except ProgramFault as fault:
        return Saved(bench=bench, problems=tuple(fault.faults))
    except (BaseMoved, NotOwned, InvalidInput) as refused:
        return Saved(bench=bench, problems=(refusal(language, refused),))
    return Saved(bench=bench, program=program, is_draft=True)
