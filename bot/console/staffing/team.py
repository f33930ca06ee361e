"""Who is on the staff list and may do what: adding, roles, letting go, one-time links, sessions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from bot.auth.callers import caller_of
from bot.console.addresses import TEAM
from bot.console.staffing.frame import LOGIN, Frame, Staffing, fields_of
from bot.http_errors import HttpProblem
from surveys.errors import NotFound
from surveys.ports import UnitOfWork
from surveys.service import logging_in, members
from surveys.service.members import MemberFault
from surveys.service.planned import waiting_of
from surveys.staffing import HOST, Member, Role

_NOTES = frozenset({"role", "disable", "enable", "revoke_all"})
ROLES = tuple(Role)
_TYPED = ("act", "email", "name", "role")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A member as the list shows her.

    Attributes:
        ways: how she can log in besides a link.
        seen: "" for never here.
        planned: how many publishes of hers wait for their time.
    """

    id: str
    name: str
    email: str
    role: str
    is_disabled: bool
    is_self: bool
    ways: tuple[str, ...]
    sessions: int
    seen: str
    planned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A one-time link to be handed over; it is shown this once."""

    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Serves the page and its forms."""

    frame: Frame
    staffing: Staffing

    async def page(self, request: Request) -> Response:
        """Show the list; ``note`` tells what the form that led here did."""
        return await self._shown(request)

    async def act(self, request: Request) -> Response:
        """Carry out one form; what it holds that will not do is told beside it, and kept."""
        fields = await fields_of(request)
        try:
            return await self._done(request, fields)
        except MemberFault as fault:
            return await self._shown(request, fault=fault, typed=fields, status=400)
        except NotFound as gone:
            raise HttpProblem(HTTPStatus.NOT_FOUND, "Not found", str(gone)) from gone

    async def _done(self, request: Request, fields: Mapping[str, str]) -> Response:
        act, member_id = fields.get("act", ""), fields.get("id", "")
        ctx, by = self.staffing.ctx, caller_of(request).by
        if act in ("add", "link"):
            return await self._link(request, fields)
        deeds: Mapping[str, Callable[[UnitOfWork], object]] = {
            "role": lambda tx: members.change_role(
                tx, ctx, member_id, members.parse_role(fields.get("role", "")), by
            ),
            "disable": lambda tx: members.disable(tx, ctx, member_id, by),
            "enable": lambda tx: members.enable(tx, ctx, member_id, by),
            "revoke_all": lambda tx: logging_in.revoke_all(tx, ctx, member_id, by=by),
        }
        if act not in deeds:
            raise HttpProblem(HTTPStatus.BAD_REQUEST, "Bad form", "act: is none of this page's")
        await self.staffing.storage.write(deeds[act])
        return self.frame.lead(request, TEAM, note=act)

    async def _link(self, request: Request, fields: Mapping[str, str]) -> Response:
        """Make a link, for a new member or one of the list, and show it."""
        ctx, by = self.staffing.ctx, caller_of(request).by

        def work(tx: UnitOfWork) -> tuple[Member, str]:
            member = (
                members.add(
                    tx,
                    ctx,
                    email=fields.get("email", ""),
                    name=fields.get("name", ""),
                    role=members.parse_role(fields.get("role", "")),
                    by=by,
                )
                if fields.get("act") == "add"
                else members.listed(tx, fields.get("id", ""))
            )
            return member, logging_in.make_link(tx, ctx, member, by)

        member, token = await self.staffing.storage.write(work)
        handed = Handed(name=member.name, url=f"{self.staffing.base}{LOGIN}?once={token}")
        return await self._shown(request, handed=handed)

    async def _shown(
        self,
        request: Request,
        *,
        status: int = HTTPStatus.OK,
        fault: MemberFault | None = None,
        typed: Mapping[str, str] | None = None,
        handed: Handed | None = None,
    ) -> Response:
        caller, now = caller_of(request), self.staffing.ctx.now()

        own = caller.member.id if caller.member else ""

        def read(tx: UnitOfWork) -> list[Row]:
            listed = (member for member in tx.members.all() if member.id != HOST)
            return [self._row(tx, member, now, own) for member in listed]

        note = request.query_params.get("note", "")
        return await self.frame.show(
            request,
            "team.html",
            "team",
            status=status,
            rows=await self.staffing.storage.read(read),
            roles=ROLES,
            fault=fault,
            typed={**dict.fromkeys(_TYPED, ""), **(typed or {})},
            handed=handed,
            note=note if note in _NOTES and fault is None else "",
            token=self.staffing.guard.token(caller.session),
        )

    def _row(self, tx: UnitOfWork, member: Member, now: datetime, own: str) -> Row:
        sessions = logging_in.open_sessions(tx, member.id, now)
        ways = {"password": member.password_hash, "oidc": member.identity}
        return Row(
            id=member.id,
            name=member.name,
            email=member.email or "",
            role=member.role.value,
            is_disabled=member.disabled_at is not None,
            is_self=member.id == own,
            ways=tuple(way for way, it_has in ways.items() if it_has),
            sessions=len(sessions),
            seen=self.frame.at(max(each.seen_at for each in sessions)) if sessions else "",
            planned=waiting_of(tx, member.named),
        )
