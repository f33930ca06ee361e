"""The editor of a trigger and its survey: one form, many buttons, each of which keeps what was typed."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bot.auth.callers import caller_of
from bot.console.actors import actor_in_words
from bot.console.sure import SURE
from bot.editor import clashing, showing
from bot.editor.acts import changed
from bot.editor.bench import (
    EDITED,
    PROPOSED,
    TRIGGER,
    Bench,
    given_up,
    kept,
    laid_out,
    typed_over,
)
from bot.editor.conditions import rows
from bot.editor.counting import counted, mistyped
from bot.editor.faults import Told, faults, refusal, storable, unstorable
from bot.editor.frame import EDIT, OPERATOR, PATH, Frame, form_of
from bot.editor.naming import part_in_words
from bot.editor.planned import say as of_planning
from bot.editor.planned import standing_of, told_of
from bot.http_errors import HttpProblem
from surveys.errors import BaseMoved, NotFound, NotOwned
from surveys.ports import UnitOfWork
from surveys.program.patching import patch
from surveys.service.matching import lately, seen_fields, seen_types
from surveys.service.pauses import pause_on, pauses
from surveys.service.publishing import in_force
from surveys.stored_programs import Owner

_NOTES = frozenset(
    {
        "saved",
        "created",
        "dropped",
        "published",
        "paused",
        "resumed",
        "taken_over",
        "owned",
        "given",
    }
)
_LEADING = {"plan": "plan", "rehearse": "rehearsal", "test": "test"}
"""Buttons that save, where nothing is wrong, and lead to a page."""

_KEEPING = ("save", *_LEADING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Somebody else was first.

    Attributes:
        problem: who it was, and when.
        seen: when the drafts that stand now were saved.
        differing: what they say otherwise, by label.
    """

    problem: str
    seen: Mapping[str, str]
    differing: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditorDoor:
    """Serves the page and takes its form."""

    frame: Frame

    async def page(self, request: Request) -> Response:
        """Show a trigger and its survey; ``propose`` opens what git owns for a patch.

        After saving it tells what still keeps the draft from being published.
        """
        note, bench = request.query_params.get("note", ""), await self._bench(request)
        told = await self._faults(request, bench) if note == "saved" else ()
        return await self._shown(request, bench, told=told, note=note)

    async def act(self, request: Request) -> Response:
        """Do what the pressed button says; what was typed is on the next page in any case."""
        form = await form_of(request)
        act, _, at = form.get("do", "check").partition(":")
        form = changed(form, act, at) or form
        bench = await self._settled(typed_over(await self._bench(request), storable(form)))
        if refused := unstorable(form, self.frame.look(request).language):
            return await self._wrong(request, bench, refused)
        if act == "patch":
            return await self._patch(request, bench)
        if act == "discard":
            return await self._discarded(request, bench, is_sure=at == SURE)
        if act in _KEEPING:
            return await self._kept(request, bench, act)
        if act != "check":
            return await self._shown(
                request, bench, told=mistyped(bench, self.frame.look(request).language)
            )
        told = await self._faults(request, bench)
        return (
            await self._wrong(request, bench, told)
            if told
            else await self._shown(request, bench, note="sound")
        )

    async def _wrong(self, request: Request, bench: Bench, told: tuple[Told, ...]) -> Response:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return await self._shown(request, bench, told=told, status=status)

    async def _kept(self, request: Request, bench: Bench, act: str) -> Response:
        editing, by = self.frame.editing, caller_of(request).by
        told = await self._faults(request, bench) if act in _LEADING else ()
        if told:
            return await self._wrong(request, bench, told)
        try:
            await editing.storage.write(lambda tx: kept(tx, editing.ctx, bench, by))
        except BaseMoved as first:
            return await self._second(request, bench, first)
        except NotOwned as theirs:
            told = (Told(name="", problem=refusal(self.frame.look(request).language, theirs)),)
            status = HTTPStatus.CONFLICT
            return await self._shown(request, bench, told=told, proposing=True, status=status)
        here = EDIT + bench.trigger
        if act in _LEADING:
            return self.frame.lead(request, f"{here}/{_LEADING[act]}")
        return self.frame.lead(request, here, note="saved")

    async def _discarded(self, request: Request, bench: Bench, *, is_sure: bool) -> Response:
        if not is_sure:
            return await self._shown(request, bench, discarding=True)
        try:
            await self.frame.editing.storage.write(lambda tx: given_up(tx, bench))
        except BaseMoved as first:
            return await self._second(request, bench, first)
        gone = bench.pieces[TRIGGER].entry is None
        path = PATH if gone else EDIT + bench.trigger
        return self.frame.lead(request, path, note="dropped")

    async def _second(self, request: Request, bench: Bench, first: BaseMoved) -> Response:
        """Tell the second of two editors who was first; to save again is then a decision."""
        theirs = await self._bench(request)
        seen = {kind: p.draft.saved_at.isoformat() for kind, p in theirs.pieces.items() if p.draft}
        at = max((p.draft.saved_at for p in theirs.pieces.values() if p.draft), default=None)
        when = self.frame.at(at) if at else ""
        language = self.frame.look(request).language
        author = actor_in_words(language, first.by)
        problem = self.frame.say(request, "moved", author=author, when=when)
        other = tuple(showing.differing(bench, theirs, language))
        moved = Moved(problem=problem, seen=seen, differing=other)
        return await self._shown(request, bench, moved=moved, status=HTTPStatus.CONFLICT)

    async def _faults(self, request: Request, bench: Bench) -> tuple[Told, ...]:
        language = self.frame.look(request).language
        return await asyncio.to_thread(lambda: faults(bench, bench.revised(), language))

    async def _patch(self, request: Request, bench: Bench) -> Response:
        """Hand out the change of what git owns as a patch of the program file."""
        bench = bench.of_git()
        told = await self._faults(request, bench)
        if told:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            return await self._shown(request, bench, told=told, proposing=True, status=status)
        text = await asyncio.to_thread(lambda: patch(bench.text, bench.revised().text))
        if not text:
            return await self._shown(request, bench, note="same", proposing=True)
        headers = {
            "Content-Disposition": f'attachment; filename="{bench.trigger}.patch"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(text, media_type="text/x-diff; charset=utf-8", headers=headers)

    async def _settled(self, bench: Bench) -> Bench:
        """Take what was typed in conditions for what the fields hold in events that came."""
        on, editing = bench.pieces[TRIGGER].typed.get("on", ""), self.frame.editing
        if not on or all(each.type != "auto" for each in rows(bench.condition)):
            return bench
        data = await editing.storage.read(lambda tx: lately(tx, editing.ctx, on))
        return bench.settled({each.path: each.types for each in seen_fields(data)})

    async def _bench(self, request: Request) -> Bench:
        place = request.path_params["place"]
        languages = self.frame.program.languages
        try:
            return await self.frame.editing.storage.read(lambda tx: laid_out(tx, place, languages))
        except NotFound as gone:
            raise HttpProblem(HTTPStatus.NOT_FOUND, "Not found", str(gone)) from gone

    async def _shown(
        self,
        request: Request,
        bench: Bench,
        *,
        told: tuple[Told, ...] = (),
        note: str = "",
        moved: Moved | None = None,
        proposing: bool = False,
        discarding: bool = False,
        status: int = HTTPStatus.OK,
    ) -> Response:
        editing, look = self.frame.editing, self.frame.look(request)
        ctx, on = editing.ctx, bench.pieces[TRIGGER].typed.get("on", "")
        asked = proposing or request.query_params.get("propose") == "1"

        def read(tx: UnitOfWork) -> dict[str, Any]:
            program, live = ctx.program, in_force(tx)
            known = any(each.id == bench.trigger for each in program.triggers)
            came = lately(tx, ctx, on) if on else ()
            seen, node = seen_fields(came), bench.condition
            return {
                "types": seen_types(tx, ctx),
                "fields": seen,
                "counted": counted(tx, ctx, bench, came, look.language),
                "clashes": clashing.of_bench(program, bench, pauses(tx), look.language),
                "condition": showing.condition(node, seen),
                "pause": pause_on(tx, program.trigger(bench.trigger)) if known else None,
                "plans": [
                    told_of(tx, each, self.frame, look.language) for each in standing_of(tx, bench)
                ],
                "published": known,
                "version": live,
                "ways": showing.previews(program, bench.worded(), look.language),
            }

        content = await editing.storage.read(read)
        may_edit = caller_of(request).may(OPERATOR)
        use = showing.ways(bench, may_edit=may_edit, proposing=asked)
        return await self.frame.show(
            request,
            "edit.html",
            self.frame.say(
                request,
                "edit.title",
                name=clashing.titled(self.frame.program, bench.trigger, look.language),
            ),
            status=status,
            bench=bench,
            values=showing.values(bench),
            bands=showing.bands(bench),
            use=use,
            wording=showing.wording(bench),
            git_parts=[
                part_in_words(look.language, p.part)
                for p in bench.pieces.values()
                if p.owner == Owner.GIT
            ],
            is_git=any(each.owner == Owner.GIT for each in bench.pieces.values()),
            is_edited=EDITED in use.values(),
            is_proposed=PROPOSED in use.values(),
            faults=told,
            moved=moved,
            lost=showing.lost(bench, look.language) if discarding else (),
            unsaved=request.method == "POST",
            note=note if note in (*_NOTES, "sound", "same") else "",
            program=self.frame.program,
            **showing.lines(bench),
            **await asyncio.to_thread(showing.options, self.frame.program, bench, look.language),
            at=self.frame.at,
            p=partial(of_planning, look.language),
            **content,
        )
