"""A test question to oneself: through the real outbox, in no figure, from the console.

Walk of one: whoever is logged in opens her own chat once by a link of this page; it belongs to a customer of her own,
``staff:<member>``. From then on a button sends the survey there, as the saved draft has it (surveys.service.trials).
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from bot.auth.callers import caller_of
from bot.editor.frame import EDIT, Frame, form_of
from bot.editor.saved import Saved, saved
from bot.http_errors import HttpProblem
from surveys.errors import NotFound
from surveys.model import Address, Channel, Identifier
from surveys.ports import UnitOfWork
from surveys.service import trials
from surveys.service.holding import is_held
from surveys.service.people import CustomerUpsert, create_link, upsert

_NOTES: Final = frozenset({"sent", "held"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TryDoor:
    """Serves the page of test questions."""

    frame: Frame

    async def page(self, request: Request) -> Response:
        """Show where test questions can go; ``note`` tells what the button did."""
        note = request.query_params.get("note", "")
        return await self._shown(request, note=note if note in _NOTES else "")

    async def act(self, request: Request) -> Response:
        """Make a link into a channel, or send."""
        form = await form_of(request)
        if form.get("act") == "link":
            return await self._link(request, form.get("channel", ""))
        here = f"{EDIT}{request.path_params['place']}/test"
        address_id, ctx = form.get("id", ""), self.frame.editing.ctx

        def send(tx: UnitOfWork) -> str:
            tried = saved(tx, self.frame, request)
            if tried.program is None:
                return ""
            own = {each.id: each for each in _own(tx, self._self(request))}
            if address_id not in own:
                raise NotFound("address", address_id)
            trials.send(tx, ctx, own[address_id], tried.bench.survey, tried.program)
            return "held" if is_held(tx) else "sent"

        try:
            done = await self.frame.editing.ordered(send)
        except NotFound as gone:
            raise HttpProblem(HTTPStatus.NOT_FOUND, "Not found", str(gone)) from gone
        return self.frame.lead(request, here, note=done or "")

    async def _link(self, request: Request, wanted: str) -> Response:
        editing = self.frame.editing
        links = {channel.value: link for channel, link in editing.links().items()}
        if wanted not in links:
            raise HttpProblem(HTTPStatus.BAD_REQUEST, "Bad form", "channel: is not connected")
        name, ctx = self._self(request), editing.ctx

        def write(tx: UnitOfWork) -> str:
            given = CustomerUpsert(id=name, locale=self.frame.look(request).language)
            person = upsert(tx, given, now=ctx.now(), new_id=ctx.new_id)
            return create_link(
                tx, person.id, Channel(wanted), now=ctx.now(), new_token=ctx.new_token
            )

        token = await editing.storage.write(write)
        return await self._shown(request, channel=wanted, link=links[wanted](token) or "")

    def _self(self, request: Request) -> str:
        member = caller_of(request).member
        return f"staff:{member.id if member else 'console'}"

    async def _shown(
        self, request: Request, *, note: str = "", channel: str = "", link: str = ""
    ) -> Response:
        own = self._self(request)

        def read(tx: UnitOfWork) -> tuple[Saved, tuple[Address, ...]]:
            return saved(tx, self.frame, request), _own(tx, own)

        tried, addresses = await self.frame.editing.storage.read(read)
        return await self.frame.show(
            request,
            "test.html",
            self.frame.say(request, "test.title", name=tried.bench.survey),
            here=f"{EDIT}{tried.bench.trigger}",
            addresses=addresses,
            is_draft=tried.is_draft,
            problems=tried.problems,
            channels=tuple(each.value for each in self.frame.editing.links()),
            note=note,
            channel=channel,
            link=link,
        )


def _own(tx: UnitOfWork, name: str) -> tuple[Address, ...]:
    """Return the chats of whoever tries."""
    found = tx.people.named([Identifier(namespace="id", value=name)])
    return tuple(address for person in found for address in tx.addresses.of_person(person.id))
