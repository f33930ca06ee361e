"""Tries a trigger and its survey on past events: ordered by a button, gone through beside everything else.

Walk of one: the button orders a rehearsal of the saved draft, or of what is in force where there is none
(surveys.service.rehearsal_orders) -> ``Rehearser`` goes through it -> the page, which comes again by itself while it
waits, shows the same figures as ``aftertouch program rehearse FILE --survey ID``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from bot import rehearsal_texts
from bot.auth.callers import caller_of
from bot.editor import clashing, rehearsed
from bot.editor.frame import EDIT, Frame, form_of
from bot.editor.saved import Saved, saved
from surveys.pausing import Pause
from surveys.ports import UnitOfWork
from surveys.service.pauses import pauses
from surveys.service.rehearsal_orders import Order, order, ordered

WINDOWS: Final = (7, 30, 90)
"""Days that can be chosen, as the command takes any."""

_USUAL: Final = 30
_AGAIN: Final = {"Refresh": "2"}
"""Seconds after which a page that waits comes again, with or without scripts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalDoor:
    """Serves the page and takes its button; ``ring`` has what is ordered gone through."""

    frame: Frame
    ring: Callable[[], None]

    async def page(self, request: Request) -> Response:
        """Show what can be tried, and what came of it the last time."""
        return await self._shown(request)

    async def act(self, request: Request) -> Response:
        """Order a rehearsal, and lead to where it appears."""
        form, by = await form_of(request), caller_of(request).by
        days, editing = form.get("days", ""), self.frame.editing
        if days not in map(str, WINDOWS):
            refused = self._say(request)("page.bad_days", value=days[:20])
            return await self._shown(request, refused=refused)

        def write(tx: UnitOfWork) -> bool:
            tried = saved(tx, self.frame, request)
            if tried.program is not None:
                wanted = Order(
                    trigger=tried.bench.trigger,
                    survey=tried.bench.survey,
                    version=tried.program.version,
                    days=int(days),
                    by=by,
                    at=editing.ctx.now(),
                )
                order(tx, wanted, tried.program)
            return tried.program is not None

        if not await editing.storage.write(write):
            return await self._shown(request, refused=self._say(request)("page.faults"))
        self.ring()
        return self.frame.lead(request, f"{EDIT}{request.path_params['place']}/rehearsal")

    async def _shown(self, request: Request, refused: str = "") -> Response:
        language = self.frame.look(request).language

        def read(tx: UnitOfWork) -> tuple[Saved, Order | None, tuple[Pause, ...]]:
            newest = ordered(tx, request.path_params["place"])
            return saved(tx, self.frame, request), newest, pauses(tx)

        tried, newest, paused = await self.frame.editing.storage.read(read)
        say = self._say(request)
        response = await self.frame.show(
            request,
            "rehearsal.html",
            say(
                "page.title",
                name=clashing.titled(self.frame.program, tried.bench.trigger, language),
            ),
            status=HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK,
            r=say,
            tried=tried,
            order=newest,
            told=self._told(request, newest, tried, paused) if newest and newest.found else None,
            clashes=clashing.of_bench(self.frame.program, tried.bench, paused, language),
            refused=refused,
            here=EDIT + tried.bench.trigger,
            windows=WINDOWS,
            days=newest.days if newest else _USUAL,
            stages={each.id: each.label for each in self.frame.program.stages},
            at=self.frame.at,
        )
        if newest is not None and newest.waits:
            self.ring()
            response.headers.update(_AGAIN)
        return response

    def _told(
        self, request: Request, newest: Order, tried: Saved, paused: Sequence[Pause]
    ) -> Mapping[str, Any]:
        """Return what was found as it is read, with the rows that the address asks for."""
        language, asked = self.frame.look(request).language, request.query_params
        found, program = newest.found or {}, tried.program or self.frame.program
        names = clashing.labels(program, language)
        takers = [
            clashing.rival(self.frame.program, each, paused, language)
            for each in rehearsed.takers(found, newest.trigger)
        ]
        return {
            **rehearsed.told(found, language),
            "losses": rehearsed.losses(found, newest.trigger, names, language),
            "takers": [each for each in takers if each],
            "list": rehearsed.listed(found, asked.get("show", ""), asked.get("page", ""), language),
        }

    def _say(self, request: Request) -> Callable[..., str]:
        return partial(rehearsal_texts.say, self.frame.look(request).language)
