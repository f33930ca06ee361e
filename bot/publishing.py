"""Publishing a program from a command: what was asked for, done on a storage here or by the server that owns it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.http_bodies import read_body
from bot.intake.problems import answering
from bot.strict_json import parse_object
from surveys.errors import AlreadyStored, InvalidInput
from surveys.model import Json
from surveys.ports import Storage, UnitOfWork
from surveys.program.document import SIZE
from surveys.service.context import Context
from surveys.service.planned import Shown, call_off, due_of, plan_publish
from surveys.service.publishing import Proposal, in_force, publish, reverting
from surveys.stored_programs import Owner, Source

MOST_BYTES: Final = 7 * SIZE
"""The largest program, each letter of it escaped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a command asks for: to apply a text, or what ``reverts`` or ``cancels`` name.

    The one is an earlier version to be brought back, the other a planned publish that is not to be made. ``base`` is the version that
    the plan was shown against; ``at`` the local time to publish at, "" for now.
    """

    text: str = ""
    where: str = "program"
    base: int | None = None
    take: tuple[str, ...] = ()
    note: str = ""
    reverts: int | None = None
    at: str = ""
    cancels: str = ""

    def to_json(self) -> dict[str, Json]:
        """Return it as it goes to the server."""
        return {
            "text": self.text,
            "where": self.where,
            "base": self.base,
            "take": list(self.take),
            "note": self.note,
            "reverts": self.reverts,
            "at": self.at,
            "cancels": self.cancels,
        }

    def proposal(self, tx: UnitOfWork, author: str) -> Proposal:
        """Return what it comes to; raises as ``reverting``."""
        if self.reverts is not None:
            return reverting(tx, self.reverts, author=author, base=self.base, note=self.note)
        return Proposal(
            text=self.text,
            by=Owner.GIT,
            author=author,
            source=Source.APPLY,
            base=self.base,
            take=self.take,
            note=self.note,
            where=self.where,
        )


def parse_wish(body: Mapping[str, Json]) -> Wish:
    """Read what ``to_json`` wrote; raises InvalidInput."""
    take = body.get("take", [])
    if not isinstance(take, list) or not all(isinstance(name, str) for name in take):
        raise InvalidInput("take", "must be a list of names")
    return Wish(
        text=_text(body, "text"),
        where=_text(body, "where"),
        note=_text(body, "note"),
        base=_number(body, "base"),
        reverts=_number(body, "reverts"),
        take=tuple(take),
        at=_text(body, "at"),
        cancels=_text(body, "cancels"),
    )


def _text(body: Mapping[str, Json], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise InvalidInput(name, "must be a text")
    return value


def _number(body: Mapping[str, Json], name: str) -> int | None:
    value = body.get(name)
    if value is not None and type(value) is not int:
        raise InvalidInput(name, "must be the number of a version")
    return value


async def published(storage: Storage, ctx: Context, wish: Wish, author: str) -> dict[str, Json]:
    """Publish, or store it for its time; return the plan as JSON with the ``number`` in force afterwards.

    What is to be published later says under ``planned`` when, in the company's zone and as an instant. What is
    cancelled is named under ``cancelled``.
    """

    def work(tx: UnitOfWork) -> dict[str, Json]:
        if wish.cancels:
            ended = call_off(tx, ctx, wish.cancels, author)
            return {"cancelled": ended.id, "number": in_force(tx).number}
        if wish.at:
            return _planned(tx, ctx, wish, author)
        plan, number = publish(tx, ctx, wish.proposal(tx, author))
        return {**plan.to_json(), "number": number}

    try:
        return await storage.write(work)
    except (
        AlreadyStored
    ):  # somebody else published at the same instant: what they did is held against this now
        return await storage.write(work)


def _planned(tx: UnitOfWork, ctx: Context, wish: Wish, author: str) -> dict[str, Json]:
    due = due_of(ctx, wish.at)
    planned = plan_publish(tx, ctx, wish.proposal(tx, author), due, Shown())
    when = {"id": planned.id, "wall": due.wall, "zone": due.zone, "due_at": due.at.isoformat()}
    return {**planned.shown, "number": planned.shown["in_force"], "planned": when}


def publishing_routes(
    storage: Storage, ctx: Context, is_admin: Callable[[Request], bool]
) -> list[Route]:
    """Return the route of the command line, for whoever ``is_admin``."""

    async def take(request: Request) -> Response:
        if not is_admin(request):
            return JSONResponse({"detail": "not allowed"}, HTTPStatus.FORBIDDEN)
        body = parse_object(await read_body(request, MOST_BYTES))
        by = body.get("by")
        if not isinstance(by, str) or not by.startswith("cli:"):
            raise InvalidInput("by", "must say who publishes this: cli:<user>")
        done = await published(storage, ctx, parse_wish(body), by)
        return JSONResponse(done, HTTPStatus.CREATED)

    return [Route("/admin/program", answering(take), methods=["POST"])]
