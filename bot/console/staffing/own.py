"""One's own login: where one is logged in, out everywhere, a language, a password, the OpenID provider."""

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from bot.auth.callers import caller_of
from bot.auth.passwords import parse_password
from bot.console.staffing.frame import LOGIN, ME, Frame, Staffing, fields_of
from bot.http_errors import HttpProblem
from surveys.errors import NotFound
from surveys.language.texts import languages
from surveys.service import logging_in, members
from surveys.service.members import MemberFault
from surveys.staffing import HOST, Member, StaffSession

PROVIDER = f"{LOGIN}/provider"
_JUST_CAME = timedelta(minutes=10)
"""So soon after a login by link a member may set a password without the old one: she has just proved who she is."""
_OF_THE_LISTED = frozenset({"language", "password", "connect"})
_NOTES = frozenset({"revoked", "language", "password", "bound"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A session as its list shows it."""

    id: str
    agent: str
    how: str
    since: str
    seen: str
    is_this: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """Serves the page and its forms."""

    frame: Frame
    staffing: Staffing

    async def page(self, request: Request) -> Response:
        """Show one's own login; ``note`` tells what the form that led here did."""
        return await self._shown(request)

    async def act(self, request: Request) -> Response:
        """Carry out one form."""
        fields, caller = await fields_of(request), caller_of(request)
        is_listed = caller.member is not None and caller.member.id != HOST
        if caller.member is None or (not is_listed and fields.get("act") in _OF_THE_LISTED):
            raise HttpProblem(HTTPStatus.FORBIDDEN, "Forbidden", "log in as a member first")
        storage, ctx, member = self.staffing.storage, self.staffing.ctx, caller.member
        match fields.get("act"):
            case "revoke":
                await self._revoke(fields.get("id", ""), member, caller.by)
                return self.frame.lead(request, ME, note="revoked")
            case "revoke_all":
                await storage.write(
                    lambda tx: logging_in.revoke_all(tx, ctx, member.id, by=caller.by)
                )
                return self.frame.lead(request, LOGIN, note="out")
            case "language":
                return await self._set_language(request, fields.get("language", ""), member)
            case "password":
                return await self._set_password(request, fields, member)
            case "connect":
                return await self._connect(request, member)
        raise HttpProblem(HTTPStatus.BAD_REQUEST, "Bad form", "act: is none of this page's")

    async def _revoke(self, session_id: str, member: Member, by: str) -> None:
        storage, ctx = self.staffing.storage, self.staffing.ctx
        try:
            await storage.write(
                lambda tx: logging_in.revoke(tx, ctx, session_id, of=member.id, by=by)
            )
        except NotFound as gone:
            raise HttpProblem(HTTPStatus.NOT_FOUND, "Not found", str(gone)) from gone

    async def _set_language(self, request: Request, language: str, member: Member) -> Response:
        """Keep what was chosen, and show it: an address that names another language is left."""
        ctx, by = self.staffing.ctx, caller_of(request).by
        try:
            await self.staffing.storage.write(
                lambda tx: members.set_language(tx, ctx, member.id, language, by)
            )
        except MemberFault as fault:
            return await self._shown(request, problem=fault.code, status=400)
        return self.frame.lead(request, ME, note="language", lang="")

    async def _set_password(
        self, request: Request, fields: dict[str, str], member: Member
    ) -> Response:
        caller, staffing = caller_of(request), self.staffing
        if self._must_prove(request, member):
            wait = staffing.guesses.wait(f"own:{member.id}", "")
            if wait:
                return await self._shown(request, problem="often", wait=str(wait), status=429)
            if not await staffing.passwords.fits(member.password_hash, fields.get("current", "")):
                return await self._shown(request, problem="current", status=403)
        given = fields.get("new", "")
        try:
            parse_password(given, member)
        except MemberFault as fault:
            return await self._shown(request, problem=fault.code, status=400)
        if given != fields.get("again", ""):
            return await self._shown(request, problem="password.again", status=400)
        kept = await staffing.passwords.hash(given)
        await staffing.storage.write(
            lambda tx: members.set_password(
                tx, staffing.ctx, member.id, kept, by=caller.by, keep=caller.session
            )
        )
        return self.frame.lead(request, ME, note="password")

    async def _connect(self, request: Request, member: Member) -> Response:
        """Show the way to the provider: a form's answer may not leave this site, a link may (CSP, form-action)."""
        staffing = self.staffing
        token = await staffing.storage.write(
            lambda tx: logging_in.make_link(tx, staffing.ctx, member, by=member.named)
        )
        return await self._shown(request, onward=f"{PROVIDER}?{urlencode({'once': token})}")

    def _must_prove(self, request: Request, member: Member) -> bool:
        """Say whether the old password is asked for; a session that was just opened by a link is proof enough."""
        return member.password_hash is not None and not caller_of(request).just_came(
            self.staffing.ctx.now() - _JUST_CAME
        )

    async def _shown(
        self,
        request: Request,
        *,
        status: int = HTTPStatus.OK,
        problem: str = "",
        wait: str = "",
        onward: str = "",
    ) -> Response:
        caller, staffing = caller_of(request), self.staffing
        member, now = caller.member, staffing.ctx.now()
        found = (
            await staffing.storage.read(lambda tx: logging_in.open_sessions(tx, member.id, now))
            if member
            else ()
        )
        note = request.query_params.get("note", "")
        return await self.frame.show(
            request,
            "own.html",
            "own",
            status=status,
            headers={"Retry-After": wait} if wait else {},
            member=member,
            is_host=member is not None and member.id == HOST,
            sessions=[self._opened(each, caller.session) for each in found],
            languages=languages(),
            must_prove=member is not None and self._must_prove(request, member),
            provider=staffing.provider.label if staffing.provider else "",
            problem=problem,
            wait=wait,
            onward=onward,
            note=note if note in _NOTES and not problem else "",
            token=staffing.guard.token(caller.session),
        )

    def _opened(self, session: StaffSession, this: str) -> Opened:
        return Opened(
            id=session.id,
            agent=session.agent,
            how=session.how,
            since=self.frame.at(session.created_at),
            seen=self.frame.at(session.seen_at),
            is_this=session.id == this,
        )
