"""People: who is meant, all that is known of her, a copy of it, who she is too, her erasure. A look is written down."""

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
from surveys.model import Json, Person
from surveys.ports import UnitOfWork
from surveys.service import erasing, overviews
from surveys.service.exporting import export
from surveys.service.identities import find_person, join_by_hand, split_by_hand
from surveys.staffing import Role

LONGEST = 200
_NOTES = frozenset({"joined", "split"})
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
            return await self._shown(request, fault="confirm", typed=typed)
        await wipe_if_due(storage)
        return self.frame.lead(request, PEOPLE, note="erased")

    async def join(self, request: Request) -> Response:
        """Make another customer and this one the same person; what is typed names the other."""
        typed = (await fields_of(request)).get("with", "").strip()
        storage, ctx, by = self.staffing.storage, self.staffing.ctx, caller_of(request).by

        def work(tx: UnitOfWork) -> str:
            kept = overviews.someone(tx, _id(request))
            other = another(tx, typed)
            if other is None or other.id == kept.id:
                return "with.same" if other else "with"
            join_by_hand(tx, ctx, kept.id, other.id, by)
            return ""

        fault = await _there(storage.write(work))
        if fault:
            return await self._shown(request, fault=fault, typed=typed)
        return self.frame.lead(request, f"{PEOPLE}/{_id(request)}", note="joined")

    async def split(self, request: Request) -> Response:
        """Take a chat of hers away from her: it was somebody else's."""
        chat = (await fields_of(request)).get("id", "")
        storage, ctx, by = self.staffing.storage, self.staffing.ctx, caller_of(request).by

        def work(tx: UnitOfWork) -> None:
            person = overviews.someone(tx, _id(request))
            if chat not in {each.id for each in tx.addresses.of_person(person.id)}:
                raise NotFound("chat", chat[:100])
            split_by_hand(tx, ctx, chat, by)

        await _there(storage.write(work))
        return self.frame.lead(request, f"{PEOPLE}/{_id(request)}", note="split")

    async def _shown(self, request: Request, *, fault: str = "", typed: str = "") -> Response:
        storage, ctx, caller = self.staffing.storage, self.staffing.ctx, caller_of(request)

        portrait = await _there(storage.read(lambda tx: overviews.portrait(tx, ctx, _id(request))))
        await storage.write(lambda tx: overviews.looked(tx, ctx, portrait.person.id, caller.by))
        language = self.frame.look(request).language
        may_all, note = caller.may(ADMIN), request.query_params.get("note", "")
        page = person_page(portrait, self.frame.program(), language, ctx.now(), reads_words=may_all)
        return await self.frame.show(
            request,
            "person.html",
            "person",
            status=HTTPStatus.BAD_REQUEST if fault else HTTPStatus.OK,
            page=page,
            most=overviews.MOST,
            may_all=may_all,
            fault=fault,
            typed=typed,
            note=note if note in _NOTES and not fault else "",
            path=f"{PEOPLE}/{page.id}",
            token=self.staffing.guard.token(caller.session),
        )


async def _there(work: Awaitable[T]) -> T:
    """Return what the work does; HttpProblem where there is no such customer, or none any more."""
    try:
        return await work
    except NotFound as gone:
        raise HttpProblem(HTTPStatus.NOT_FOUND, "Not found", "there is no such customer") from gone


def another(tx: UnitOfWork, query: str) -> Person | None:
    """Return whom a query names exactly; None for nobody, and for somebody who was erased."""
    if not query or len(query) > LONGEST or not query.isprintable():
        return None
    try:
        return overviews.someone(tx, find_person(tx, query).id)
    except NotFound:
        return None


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
