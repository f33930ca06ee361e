"""From drafts to a version: the difference first, then a button that publishes just what was seen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from bot import rehearsal_texts
from bot.auth.callers import caller_of
from bot.console.sure import Doubt, is_sure
from bot.console.sure import told as said_of
from bot.editor.bench import KINDS, SURVEY, TRIGGER, Bench, laid_out, taken_over
from bot.editor.clashing import titled
from bot.editor.faults import faults, refusal
from bot.editor.frame import EDIT, VERSIONS, Frame, form_of
from bot.editor.outlook import Outlook, changed_by, outlook
from bot.editor.planned import by_version, planning_of, told_of, unpublished
from bot.editor.planned import say as of_planning
from bot.editor.prospect import Prospect, prospect
from bot.http_errors import HttpProblem
from bot.program_words.reading import Section, as_asked
from bot.program_words.vocabulary import say as in_words
from surveys.errors import (
    AlreadyStored,
    BaseMoved,
    InvalidInput,
    NotFound,
    NotOwned,
    ProgramFault,
)
from surveys.ports import UnitOfWork
from surveys.service.at_stake import AtStake, at_stake
from surveys.service.publishing import (
    Proposal,
    in_force,
    plan,
    publish,
    reverting,
    version_of,
)
from surveys.service.revising import proposal, publish_drafts
from surveys.stored_programs import Owner

SHOWN: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the page of a plan shows: the drafts, what they change, and all that would be asked with how many it reaches."""

    bench: Bench
    outlook: Outlook
    asked: tuple[Section, ...] = ()
    prospect: Prospect | None = None

    @property
    def whole(self) -> tuple[str, ...]:
        """The parts that are shown as a whole."""
        return tuple(self.bench.pieces[kind].part for kind in (TRIGGER, SURVEY))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDoor:
    """Shows what the drafts of a trigger come to, and publishes them."""

    frame: Frame

    async def page(self, request: Request) -> Response:
        """Show the difference between the drafts and what is in force."""
        return await self.shown(request)

    async def act(self, request: Request) -> Response:
        """Publish what was seen, or put the drafts on what is in force now."""
        form, by = await form_of(request), caller_of(request).by
        here, editing = EDIT + request.path_params["place"], self.frame.editing
        if form.get("do") == "take_over":
            await editing.storage.write(
                lambda tx: taken_over(tx, editing.ctx, self.bench(tx, request), by)
            )
            return self.frame.lead(request, f"{here}/plan", note="taken_over")

        def write(tx: UnitOfWork) -> int:
            bench = self.bench(tx, request)
            wanted = proposal(bench.revised(), by)
            return publish_drafts(tx, editing.ctx, wanted, seen_drafts(bench, form))[1]

        try:
            await twice(lambda: editing.storage.write(write))
        except (BaseMoved, NotOwned, ProgramFault) as refused:
            told = self.frame.say(request, "plan.refused")
            why = refusal(self.frame.look(request).language, refused)
            return await self.shown(request, refused=f"{told} {why}")
        return self.frame.lead(request, here, note="published")

    async def shown(
        self, request: Request, refused: str = "", at: str = "", unfit: str = ""
    ) -> Response:
        """Show the page; ``at`` is the time to publish at, as it was typed, and ``unfit`` what is wrong with it."""
        look, by = self.frame.look(request), caller_of(request).by

        def read(tx: UnitOfWork) -> Shown:
            bench = self.bench(tx, request)
            revised = bench.revised()
            told = faults(bench, revised, look.language)
            if told:
                return Shown(bench=bench, outlook=Outlook(problems=tuple(map(str, told))))
            planned = outlook(tx, lambda: plan(tx, proposal(revised, by)), look.language)
            return self._whole(tx, bench, planned, look.language)

        shown = await self.frame.editing.storage.read(read)
        bench = shown.bench
        note = request.query_params.get("note", "")
        return await self.frame.show(
            request,
            "plan.html",
            self.frame.say(
                request,
                "plan.title",
                name=titled(self.frame.program, bench.trigger, look.language),
            ),
            status=_status(refused, unfit),
            bench=bench,
            planning=await planning_of(self.frame, request, bench, shown.outlook, at, unfit),
            p=partial(of_planning, look.language),
            outlook=shown.outlook,
            shown=shown,
            patch=await shown.outlook.patch(),
            r=partial(rehearsal_texts.say, look.language),
            w=partial(in_words, look.language),
            at=self.frame.at,
            refused=refused,
            note="taken_over" if note == "taken_over" else "",
            here=f"{EDIT}{bench.trigger}",
            seen={kind: _at(bench, kind) for kind in KINDS},
        )

    def _whole(self, tx: UnitOfWork, bench: Bench, planned: Outlook, language: str) -> Shown:
        program, trigger = planned.program, bench.trigger
        asked = as_asked(program, trigger, language) if program else ()
        if not program or not asked:
            return Shown(bench=bench, outlook=planned)
        reach = prospect(tx, self.frame.editing.ctx, program, trigger, language)
        return Shown(bench=bench, outlook=planned, asked=asked, prospect=reach)

    def bench(self, tx: UnitOfWork, request: Request) -> Bench:
        """Return what lies on the bench of the address's trigger; raises HttpProblem where there is no such trigger."""
        try:
            return laid_out(tx, request.path_params["place"], self.frame.program.languages)
        except NotFound as gone:
            raise HttpProblem(HTTPStatus.NOT_FOUND, "Not found", str(gone)) from gone


def _at(bench: Bench, kind: str) -> str:
    draft = bench.pieces[kind].draft
    return draft.saved_at.isoformat() if draft else ""


def _status(refused: str, unfit: str) -> HTTPStatus:
    if unfit:
        return HTTPStatus.UNPROCESSABLE_ENTITY
    return HTTPStatus.CONFLICT if refused else HTTPStatus.OK


def seen_drafts(bench: Bench, form: Mapping[str, str]) -> dict[str, datetime]:
    """Return when each draft was saved that the form was shown with; raises HttpProblem for no instant."""
    said = {bench.pieces[kind].part: form.get(f"{kind}.seen", "") for kind in KINDS}
    standing = set(bench.drafts)
    try:
        shown = {part: datetime.fromisoformat(at) for part, at in said.items() if at}
    except ValueError as exc:
        raise HttpProblem(HTTPStatus.BAD_REQUEST, "Bad form", str(exc)) from exc
    for part in standing - set(shown):
        problem = f"a draft of {part} was saved meanwhile: look at it first"
        raise BaseMoved((part,), bench.live, "", problem)
    return shown


async def twice(publishing: Callable[[], object]) -> None:
    """Publish; where somebody else did at the same instant, hold it against what they published."""
    try:
        await publishing()  # type: ignore[misc]  # an awaitable of any result
    except AlreadyStored:
        await publishing()  # type: ignore[misc]  # as above


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionsDoor:
    """Shows the published versions, what each changed, and brings an earlier one back."""

    frame: Frame

    async def page(self, request: Request) -> Response:
        """List the newest versions."""
        language = self.frame.look(request).language

        def read(tx: UnitOfWork) -> dict[str, Any]:
            plans = [told_of(tx, each, self.frame, language) for each in unpublished(tx)]
            came_of = {
                n: told_of(tx, each, self.frame, language) for n, each in by_version(tx).items()
            }
            versions = tx.program_versions.history(SHOWN)
            return {"versions": versions, "plans": plans, "came_of": came_of}

        found = await self.frame.editing.storage.read(read)
        note = request.query_params.get("note", "")
        return await self.frame.show(
            request,
            "versions.html",
            self.frame.say(request, "versions.title"),
            here=VERSIONS,
            note="reverted" if note == "reverted" else "",
            cancelled=note == "cancelled",
            at=self.frame.at,
            p=partial(of_planning, language),
            **found,
        )

    async def one(self, request: Request) -> Response:
        """Show what a version changed, and what to bring it back would change."""
        return await self._one(request)

    async def revert(self, request: Request) -> Response:
        """Bring a version back, as it was shown against the version in force."""
        form, by, number = await form_of(request), caller_of(request).by, _number(request)
        editing, base = self.frame.editing, _whole(form.get("base", ""))

        def write(tx: UnitOfWork) -> None:
            publish(tx, editing.ctx, _back(tx, number, by, base))

        try:
            if not is_sure(form):
                return await self._asked_back(request, form)
            await twice(lambda: editing.storage.write(write))
        except NotFound as gone:
            raise HttpProblem(HTTPStatus.NOT_FOUND, "Not found", str(gone)) from gone
        except InvalidInput as refused:
            told = self.frame.say(request, "plan.refused")
            why = refusal(self.frame.look(request).language, refused)
            return await self._one(request, refused=f"{told} {why}")
        return self.frame.lead(request, VERSIONS, note="reverted")

    async def _asked_back(self, request: Request, form: Mapping[str, str]) -> Response:
        """Ask whether somebody means it; raises NotFound and InvalidInput as bringing the version back would."""
        look, number, by = self.frame.look(request), _number(request), caller_of(request).by

        def read(tx: UnitOfWork) -> tuple[int, AtStake]:
            found = plan(tx, _back(tx, number, by, _whole(form.get("base", ""))))
            return in_force(tx).number, at_stake(tx, (each.part for each in found.changes))

        live, stake = await self.frame.editing.storage.read(read)
        numbers = {"number": str(number), "live": str(live), "new": str(live + 1)}
        here = look.page(f"{VERSIONS}/{number}")
        doubt = Doubt(
            title=self.frame.say(request, "sure.revert.title", number=str(number)),
            told=said_of(look.language, "revert", stake, **numbers),
            button=self.frame.say(request, "version.revert", number=str(number)),
            fields=form,
            action=here,
            back=here,
        )
        return await self.frame.show(request, "sure.html", doubt.title, doubt=doubt)

    async def _one(self, request: Request, refused: str = "") -> Response:
        number, by = _number(request), caller_of(request).by
        language = self.frame.look(request).language

        def read(tx: UnitOfWork) -> dict[str, Any]:
            version, live = version_of(tx, number), in_force(tx)
            back = None
            if number != live.number:
                back = outlook(tx, lambda: plan(tx, _back(tx, number, by, live.number)), language)
            changed = changed_by(tx, version, language)
            return {"version": version, "live": live, "changed": changed, "back": back}

        try:
            found = await self.frame.editing.storage.read(read)
        except NotFound as gone:
            raise HttpProblem(HTTPStatus.NOT_FOUND, "Not found", str(gone)) from gone
        return await self.frame.show(
            request,
            "version.html",
            self.frame.say(request, "version.title", number=str(number)),
            status=HTTPStatus.CONFLICT if refused else HTTPStatus.OK,
            here=f"{VERSIONS}/{number}",
            versions=VERSIONS,
            refused=refused,
            at=self.frame.at,
            w=partial(in_words, language),
            patches={name: await _patch(found[name]) for name in ("changed", "back")},
            **found,
        )


def _back(tx: UnitOfWork, number: int, by: str, base: int | None) -> Proposal:
    return reverting(tx, number, author=by, by=Owner.CONSOLE, base=base)


async def _patch(seen: Outlook | None) -> str:
    return await seen.patch() if seen else ""


def _number(request: Request) -> int:
    return _whole(request.path_params["number"]) or 0


def _whole(text: str) -> int | None:
    return (
        int(text) if text.isascii() and text.isdigit() and len(text) < len("1000000000") else None
    )
