"""The list of triggers and their surveys, pausing them, and beginning a new one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from bot.auth.callers import caller_of
from bot.console.sure import Doubt, is_sure, told
from bot.editor.first_names import is_name, is_written, named, names, unused
from bot.editor.frame import EDIT, NEW, PATH, Frame, form_of
from bot.editor.naming import part_in_words
from bot.editor.planned import current, say, told_of
from bot.editor.templated import begun, drafted, template_of
from bot.http_errors import HttpProblem
from bot.orders import Act, Order
from surveys.errors import BaseMoved, InvalidInput, NotFound
from surveys.instruments import QUESTIONS
from surveys.pausing import Pause
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.results import Query, ResultTable, run_all
from surveys.service.at_stake import at_stake
from surveys.service.drafting import save_draft
from surveys.service.holding import standing_hold
from surveys.service.pauses import named as pausable
from surveys.service.pauses import pauses
from surveys.service.publishing import in_force
from surveys.stored_programs import ProgramDraft, ProgramVersion

_DAYS: Final = 30
_NOTES: Final = frozenset({"paused", "resumed", "dropped", "as_it_was"})
_FIRST_PERCENT: Final = "100"
_BESIDE: Final = {"beside": "", "rehearsal": "/rehearsal", "plan": "/plan"}
"""The pages of a trigger from which another one that asks instead can be paused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One trigger in the list; counts are None where too few customers answered to be told."""

    id: str
    on: str
    follows: str
    survey: str
    instrument: str
    place: Mapping[str, str]
    owner: str
    state: str
    pause: Pause | None
    draft: ProgramDraft | None
    asked: int | None
    answered: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDoor:
    """Serves the list, and the page that begins a new trigger."""

    frame: Frame

    async def page(self, request: Request) -> Response:
        """Show all triggers, those only drafted first."""
        ctx, language = self.frame.editing.ctx, self.frame.look(request).language

        def read(tx: UnitOfWork) -> dict[str, Any]:
            live = in_force(tx)
            drafts = {draft.part: draft for draft in tx.program_drafts.all()}
            published = _rows(tx, ctx.program, live, drafts)
            queries = [Query(trigger=row.id, since_days=_DAYS) for row in published]
            tables = run_all(tx, ctx.program, queries, ctx.now())
            counted = [_counted(row, table) for row, table in zip(published, tables, strict=True)]
            rows = [*_drafted(ctx.program, drafts), *counted]
            plans = [told_of(tx, each, self.frame, language) for each in current(tx, ctx.now())]
            return {"version": live, "hold": standing_hold(tx), "rows": rows, "plans": plans}

        found = await self.frame.editing.storage.read(read)
        note = request.query_params.get("note", "")
        title = self.frame.say(request, "list.title")
        return await self.frame.show(
            request,
            "list.html",
            title,
            note=note if note in _NOTES else "",
            at=self.frame.at,
            p=partial(say, language),
            **found,
        )

    async def act(self, request: Request) -> Response:
        """Pause or resume a trigger or a survey, and lead back to where the button was."""
        form = await form_of(request)
        acts = {"pause": Act.PAUSE, "resume": Act.RESUME}
        act, subject = acts.get(form.get("act", "")), form.get("id", "")
        if act is None or not subject:
            raise HttpProblem(HTTPStatus.BAD_REQUEST, "Bad form", "act: must be pause or resume")
        try:
            if act is Act.PAUSE and not is_sure(form):
                return await self._asked_back(request, form)
            done = await self.frame.editing.obey(
                Order(act=act, subject=subject), caller_of(request).by
            )
        except (InvalidInput, NotFound) as gone:
            raise HttpProblem(HTTPStatus.NOT_FOUND, "Not found", str(gone)) from gone
        notes = {Act.PAUSE.value: "paused", Act.RESUME.value: "resumed"}
        if form.get("from") in _BESIDE and done == Act.PAUSE.value:
            notes[done] = "paused_other"
        return self.frame.lead(request, _back(form), note=notes.get(done, "as_it_was"))

    async def _asked_back(self, request: Request, form: Mapping[str, str]) -> Response:
        """Ask whether somebody means a pause; raises InvalidInput and NotFound for nothing that could be paused."""
        program, look = self.frame.program, self.frame.look(request)
        of, name = pausable(program, form["id"])
        _ = program.survey(name) if of == "survey" else program.trigger(name)
        part = f"{of}:{name}"
        stake = await self.frame.editing.storage.read(lambda tx: at_stake(tx, (part,)))
        what = part_in_words(look.language, part)
        doubt = Doubt(
            title=self.frame.say(request, "sure.pause.title", what=what),
            told=told(look.language, "pause", stake),
            button=self.frame.say(request, "pause"),
            fields=form,
            action=look.page(PATH),
            back=look.page(_back(form)),
        )
        return await self.frame.show(request, "sure.html", doubt.title, doubt=doubt)

    async def begin(self, request: Request) -> Response:
        """Show the page that begins a new trigger, from nothing or from a template."""
        template = template_of(request.query_params, self.frame.program)
        typed = begun(template, self.frame.program) if template else {}
        if typed:
            typed["id"] = await self.frame.editing.storage.read(
                lambda tx: unused(tx, self.frame.program, typed)
            )
        return await self._beginning(request, typed, {})

    async def create(self, request: Request) -> Response:
        """Draft a new trigger with a survey of its own, and lead to its editor."""
        form = await form_of(request)
        faults = {name: self.frame.say(request, key) for name, key in self._wrong(form).items()}
        if faults:
            return await self._beginning(request, form, faults)
        editing, by = self.frame.editing, caller_of(request).by

        def write(tx: UnitOfWork) -> str:
            live, name = in_force(tx), named(tx, self.frame.program, form)
            for part, content in self._drafts(form, name).items():
                save_draft(tx, editing.ctx, part, content, base=live.number, author=by)
            return name

        try:
            name = await editing.storage.write(write)
        except BaseMoved:
            taken = {"id": self.frame.say(request, "new.taken")}
            return await self._beginning(request, form, taken)
        return self.frame.lead(request, EDIT + name, note="created")

    def _drafts(self, form: Mapping[str, str], name: str) -> dict[str, dict[str, str]]:
        """Return the first drafts of a trigger and its survey, by part."""
        survey = f"{name}-{form['instrument']}"
        trigger = {"survey": survey, "touchpoint": form["touchpoint"], "share": _FIRST_PERCENT}
        parts = {
            f"trigger:{name}": trigger,
            f"survey:{survey}": {"instrument": form["instrument"]},
        }
        template = template_of(form, self.frame.program)
        return drafted(template, self.frame.program, parts) if template else parts

    def _wrong(self, form: Mapping[str, str]) -> dict[str, str]:
        program, typed = self.frame.program, form.get("id", "").strip()
        found = {}
        if typed and not is_name(typed):
            found["id"] = "new.slug"
        elif is_written(typed) and typed in names(program, form.get("instrument", "")):
            found["id"] = "new.taken"
        if form.get("instrument") not in QUESTIONS:
            found["instrument"] = "new.choose"
        if form.get("touchpoint") not in {each.id for each in program.touchpoints}:
            found["touchpoint"] = "new.choose"
        return found

    async def _beginning(
        self, request: Request, typed: Mapping[str, str], faults: Mapping[str, str]
    ) -> Response:
        return await self.frame.show(
            request,
            "new.html",
            self.frame.say(request, "new.title"),
            status=HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK,
            typed=typed,
            faults=faults,
            here=NEW,
            program=self.frame.program,
            instruments=tuple(QUESTIONS),
        )


def _back(form: Mapping[str, str]) -> str:
    """Return where the button was."""
    kind, _, name = form.get("id", "").partition(":")
    if (page := _BESIDE.get(form.get("from", ""))) is not None and is_written(form.get("of", "")):
        return EDIT + form["of"] + page
    return EDIT + name if form.get("from") == "edit" and kind == "trigger" else PATH


def _rows(
    tx: UnitOfWork, program: Program, live: ProgramVersion, drafts: Mapping[str, ProgramDraft]
) -> list[Row]:
    """Return each published trigger, nothing counted yet."""
    paused = {(each.of, each.id): each for each in pauses(tx)}
    found = []
    for trigger in program.triggers:
        survey = program.survey(trigger.survey)
        pause = paused.get(("trigger", trigger.id)) or paused.get(("survey", survey.id))
        parts = (f"trigger:{trigger.id}", f"survey:{survey.id}")
        row = Row(
            id=trigger.id,
            on=trigger.on or "",
            follows=trigger.follows.survey if trigger.follows else "",
            survey=survey.id,
            instrument=survey.instrument,
            place=program.touchpoint(trigger.touchpoint).label,
            owner=next((live.owners[part].value for part in parts if part in live.owners), ""),
            state="paused" if pause else "live",
            pause=pause,
            draft=next((drafts[part] for part in parts if part in drafts), None),
            asked=None,
            answered=None,
        )
        found.append(row)
    return found


def _counted(row: Row, table: ResultTable) -> Row:
    """Return the row with how many questions were sent and answered; a result that is hidden leaves the sum unknown."""
    asked = [each.delivered for each in table.rows]
    answered = [each.answered for each in table.rows]
    return replace(row, asked=_sum(asked), answered=_sum(answered))


def _sum(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _drafted(program: Program, drafts: Mapping[str, ProgramDraft]) -> list[Row]:
    known, places = {each.id for each in program.triggers}, {t.id: t for t in program.touchpoints}
    found = []
    for part, draft in drafts.items():
        kind, _, name = part.partition(":")
        if kind != "trigger" or name in known:
            continue
        place = places.get(str(draft.content.get("touchpoint", "")))
        survey = drafts.get(f"survey:{draft.content.get('survey', '')}")
        row = Row(
            id=name,
            on=str(draft.content.get("on", "")),
            follows=str(draft.content.get("follows.survey", "")),
            survey=str(draft.content.get("survey", "")),
            instrument=str(survey.content.get("instrument", "")) if survey else "",
            place=place.label if place else {},
            owner="console",
            state="draft",
            pause=None,
            draft=draft,
            asked=None,
            answered=None,
        )
        found.append(row)
    return found
