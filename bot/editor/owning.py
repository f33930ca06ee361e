"""Whose a part is: what git owns is taken over into the console, and given back, by a button."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from bot.auth.callers import caller_of
from bot.editor.bench import laid_out
from bot.editor.frame import EDIT, Frame, form_of
from bot.http_errors import HttpProblem
from surveys.errors import NotFound
from surveys.ports import UnitOfWork
from surveys.service.revising import hand_over
from surveys.stored_programs import Owner

_NOTES: Final = {Owner.CONSOLE: "owned", Owner.GIT: "given"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerDoor:
    """Takes the button that moves a part to the other side."""

    frame: Frame

    async def act(self, request: Request) -> Response:
        """Move the part, and lead back to the editor; the program says what it said."""
        form, by = await form_of(request), caller_of(request).by
        editing, place = self.frame.editing, request.path_params["place"]
        sides = {owner.value: owner for owner in Owner}
        to = sides.get(form.get("to", ""))
        if to is None:
            raise HttpProblem(HTTPStatus.BAD_REQUEST, "Bad form", "to: must be console or git")

        def write(tx: UnitOfWork) -> None:
            bench = laid_out(tx, place, self.frame.program.languages)
            parts = {piece.part for piece in bench.pieces.values()}
            if form.get("part", "") not in parts:
                raise NotFound("part", form.get("part", ""))
            hand_over(tx, editing.ctx, form["part"], to, by)

        try:
            await editing.storage.write(write)
        except NotFound as gone:
            raise HttpProblem(HTTPStatus.NOT_FOUND, "Not found", str(gone)) from gone
        return self.frame.lead(request, EDIT + place, note=_NOTES[to])
