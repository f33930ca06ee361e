"""People: who is meant, all that is known of her, a copy of it, and her erasure. Each look is written down."""

import json
from collections.abc import Awaitable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from bot.auth.callers import caller_of
from bot.auth.needs import Need
from bot.console.addresses import PEOPLE
from bot.console.people.portrait import person_page
from bot.console.staffing.frame import Frame, Staffing, fields_of
from bot.http_errors import HttpProblem
from bot.wiping import wipe_if_due
from surveys.errors import NotFound
from surveys.model import Json
from surveys.ports import UnitOfWork
from surveys.service import erasing, overviews
from surveys.service.exporting import export
from surveys.staffing import Role

LONGEST = 200
ADMIN = Need(role=Role.ADMIN, scope="admin")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Somebody the search found: our id, what the company calls her, and by what else she is known."""

    id: str
    name: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleDoor:
    """Serves the pages and their forms."""

    frame: Frame
    staffing: Staffing

    async def search(self, request: Request) -> Response:
        """Show who is called so; nobody is named before something is asked for."""
        query = request.query_params.get("q", "").strip()
        fault = "long" if len(query) > LONGEST or not query.isprintable() else ""
        found = (
            await self.staffing.storage.read(lambda tx: _found(tx, query))
            if query and not fault
            else ()
        )
        return await self.frame.show(
            request,
            "people.html",
            "people",
            status=HTTPStatus.BAD_REQUEST if fault else HTTPStatus.OK,
            query=query,
            found=found,
            most=overviews.MOST,
            fault=fault,
            erased=request.query_params.get("note") == "erased",
        )

    async def page(self, request: Request) -> Response:
        """Show a person."""
        return await self._shown(request)

    async def takeout(self, request: Request) -> Response:
        """Hand out all that is held about a person, as she gets it herself."""
        storage, ctx, by = self.staffing.storage, self.staffing.ctx, caller_of(request).by

        def read(tx: UnitOfWork) -> tuple[str, dict[str, Json]]:
            person = overviews.someone(tx, _id(request))
            return person.id, export(tx, person.id, program=ctx.program, now=ctx.now())

        person_id, held = await _there(storage.read(read))
        await storage.write(lambda tx: overviews.taken_out(tx, ctx, person_id, by))
        headers = {
            "Content-Disposition": 'attachment; filename="customer.json"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        content = json.dumps(held, ensure_ascii=False, indent=2)
        return Response(content, media_type="application/json", headers=headers)

    async def erase(self, request: Request) -> Response:
        """Erase a person, once what names her has been typed."""
        fields = await fields_of(request)
        storage, ctx, by = self.staffing.storage, self.staffing.ctx, caller_of(request).by
        typed = fields.get("confirm", "").strip()

        def work(tx: UnitOfWork) -> bool:
            person = overviews.someone(tx, _id(request))
            if typed != (person.external_id or person.id):
                return False
            erasing.erase(tx, ctx, person.id, by=by)
            return True

        if not await _there(storage.write(work)):
            return await self._shown(request, typed=typed, status=HTTPStatus.BAD_REQUEST)
        await wipe_if_due(storage)
        return self.frame.lead(request, PEOPLE, note="erased")

    async def _shown(
        self, request: Request, *, typed: str | None = None, status: int = HTTPStatus.OK
    ) -> Response:
        storage, ctx, caller = self.staffing.storage, self.staffing.ctx, caller_of(request)

        portrait = await _there(storage.read(lambda tx: overviews.portrait(tx, ctx, _id(request))))
        await storage.write(lambda tx: overviews.looked(tx, ctx, portrait.person.id, caller.by))
        language = self.frame.look(request).language
        may_all = caller.may(ADMIN)
        page = person_page(portrait, self.frame.program(), language, ctx.now(), reads_words=may_all)
        return await self.frame.show(
            request,
            "person.html",
            "person",
            status=status,
            page=page,
            may_all=may_all,
            typed=typed,
            path=f"{PEOPLE}/{page.id}",
            token=self.staffing.guard.token(caller.session),
        )


async def _there(work: Awaitable[T]) -> T:
    """Return what the work does; HttpProblem where there is no such customer, or none any more."""
    try:
        return await work
    except NotFound as gone:
        raise HttpProblem(HTTPStatus.NOT_FOUND, "Not found", "there is no such customer") from gone


def _id(request: Request) -> str:
    person_id: str = request.path_params["person"]
    return person_id


def _found(tx: UnitOfWork, query: str) -> tuple[Found, ...]:
    return tuple(
        Found(
            id=person.id,
            name=person.external_id or person.id,
            names=tuple(f"{name.namespace}={name.value}" for name in tx.people.names(person.id)),
        )
        for person in overviews.search(tx, query)
    )
