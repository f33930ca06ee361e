"""Publishing at a set time, and first to a share: the buttons of the plan's page, and the one that cancels."""

from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from bot.auth.callers import caller_of
from bot.console.actors import actor_in_words
from bot.editor.faults import refusal
from bot.editor.frame import EDIT, VERSIONS, form_of
from bot.editor.outlook import Outlook, outlook
from bot.editor.planned import Told, say, told_of
from bot.editor.publishing import PlanDoor, seen_drafts, twice
from bot.http_errors import HttpProblem
from bot.program_words.vocabulary import say as in_words
from surveys.errors import InvalidInput, NotFound, NotWaiting, PlannedAlready, UnfitTime
from surveys.ports import UnitOfWork
from surveys.service.first_share import publish_first
from surveys.service.planned import Shown, call_off, due_of, plan_drafts, proposal_of
from surveys.service.publishing import plan
from surveys.service.revising import proposal
from surveys.stored_programs import PlannedPublish

_NOTES = {"plan": "planned", "first": "first"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningDoor:
    """Plans what the drafts of a trigger come to, with what was typed back on the page where it could not."""

    plan: PlanDoor

    async def act(self, request: Request) -> Response:
        """Store what was seen for its time; ``first`` publishes a share of it now."""
        form, by, frame = await form_of(request), caller_of(request).by, self.plan.frame
        do, typed, ctx = form.get("do", ""), form.get("at", ""), frame.editing.ctx
        if do not in _NOTES:
            raise HttpProblem(HTTPStatus.BAD_REQUEST, "Bad form", "do: must be plan or first")

        def write(tx: UnitOfWork) -> None:
            bench, due = self.plan.bench(tx, request), due_of(ctx, typed)
            wanted, seen = proposal(bench.revised(), by), seen_drafts(bench, form)
            if do == "first":
                publish_first(tx, ctx, wanted, due, bench.trigger, seen)
            else:
                plan_drafts(tx, ctx, wanted, due, Shown(trigger=bench.trigger, drafts=seen))

        try:
            await twice(lambda: frame.editing.ordered(write))
        except UnfitTime as unfit:
            language = frame.look(request).language
            return await self.plan.shown(request, at=typed, unfit=say(language, f"at.{unfit.code}"))
        except InvalidInput as refused:
            return await self.plan.shown(request, self._refused(request, refused), at=typed)
        here = f"{EDIT}{request.path_params['place']}/plan"
        return frame.lead(request, here, note=_NOTES[do])

    async def page(self, request: Request) -> Response:
        """Show one that was planned; while it waits, what it would change by now, or why it would not be published."""
        frame, planned_id = self.plan.frame, request.path_params["planned"]
        language = frame.look(request).language

        def read(tx: UnitOfWork) -> tuple[PlannedPublish, Told, Outlook | None]:
            planned = tx.planned_publishes.get(planned_id)
            if planned is None:
                raise NotFound("planned publish", planned_id)
            told = told_of(tx, planned, frame, language)
            if not planned.waits:
                return planned, told, None
            return planned, told, outlook(tx, lambda: plan(tx, proposal_of(planned)), language)

        try:
            planned, told, seen = await frame.editing.storage.read(read)
        except NotFound as gone:
            raise HttpProblem(HTTPStatus.NOT_FOUND, "Not found", str(gone)) from gone
        return await frame.show(
            request,
            "planned_one.html",
            say(language, "one"),
            rows=[told],
            seen=seen,
            patch=await seen.patch() if seen else "",
            number=planned.number,
            versions=VERSIONS,
            p=partial(say, language),
            w=partial(in_words, language),
        )

    async def cancel(self, request: Request) -> Response:
        """Let one that waits not be published, and lead to the versions, which tell of it."""
        await form_of(request)
        by, frame = caller_of(request).by, self.plan.frame
        planned_id = request.path_params["planned"]

        def write(tx: UnitOfWork) -> None:
            call_off(tx, frame.editing.ctx, planned_id, by)

        try:
            await frame.editing.ordered(write)
        except NotFound as gone:
            raise HttpProblem(HTTPStatus.NOT_FOUND, "Not found", str(gone)) from gone
        except NotWaiting:
            return frame.lead(request, VERSIONS)
        return frame.lead(request, VERSIONS, note="cancelled")

    def _refused(self, request: Request, refused: InvalidInput) -> str:
        frame = self.plan.frame
        language = frame.look(request).language
        told = say(language, "refused")
        if isinstance(refused, PlannedAlready):
            who, due = actor_in_words(language, refused.by), frame.at(refused.due_at)
            return f"{told} {say(language, 'already', by=who, due=due)}"
        return f"{told} {refusal(language, refused)}"
