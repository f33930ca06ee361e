"""The way in and out: a one-time link, a password, an OpenID provider, and the way out."""

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from secrets import token_urlsafe

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.auth.agents import summary
from bot.console.staffing.frame import HOME, LOGIN, Frame, Staffing, fields_of, within
from bot.http_errors import HttpProblem
from surveys.service import logging_in
from surveys.service.members import LONGEST_EMAIL
from surveys.staffing import HOST, Member
from surveys.staffing.values import SESSION_LASTS

BEFORE = "_before"
"""Suffix of the cookie that a browser has before it is logged in, so that its login form is its own."""
BEFORE_LASTS = timedelta(hours=12)
_OWN_SITES = frozenset({"none", "same-origin"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """Serves the login page and its forms."""

    frame: Frame
    staffing: Staffing

    async def page(self, request: Request) -> Response:
        """Show how to log in. A link of this machine's command line, opened by whoever holds it, logs in at once."""
        once = request.query_params.get("once", "")
        if not once:
            return await self._shown(request)
        found = await self.staffing.storage.read(
            lambda tx: logging_in.find_link(tx, once, self.staffing.ctx.now())
        )
        if found is None:
            return await self._gone(request)
        _, member = found
        site = request.headers.get("sec-fetch-site", "none")
        if member.id == HOST and site in _OWN_SITES and request.method == "GET":
            return await self._entered_by_link(request, once)
        return await self._shown(request, once=once, member=member)

    async def by_link(self, request: Request) -> Response:
        """Log in whom a link was made for, once she presses the button."""
        fields = await fields_of(request)
        if not self._is_own(request, fields.get("token", "")):
            return await self._shown(request, problem="stale", status=HTTPStatus.FORBIDDEN)
        return await self._entered_by_link(request, fields.get("once", ""))

    async def by_password(self, request: Request) -> Response:
        """Log in with e-mail and password. Whatever of them is wrong costs the same and is told the same."""
        fields = await fields_of(request)
        email, after = fields.get("email", "")[:LONGEST_EMAIL], fields.get("next", "")
        if not self._is_own(request, fields.get("token", "")):
            return await self._shown(request, problem="stale", email=email, after=after)
        peer = request.client.host if request.client else ""
        wait = self.staffing.guesses.wait(email.strip().casefold(), peer)
        if wait:
            return await self._too_often(request, wait, email, after)
        session = await self._session_for(request, email, fields.get("password", ""))
        if session is None:
            return await self._shown(
                request, problem="wrong", email=email, after=after, status=HTTPStatus.FORBIDDEN
            )
        return self.entered(session, after)

    async def leave(self, request: Request) -> Response:
        """End the session of this browser."""
        token, ctx = self.staffing.cookies.session(request), self.staffing.ctx
        await self.staffing.storage.write(lambda tx: logging_in.log_out(tx, ctx, token))
        answer = self.frame.lead(request, LOGIN, note="out")
        self.staffing.cookies.drop(answer)
        # What the pages left in the browser's back and forward cache goes too.
        answer.headers["Clear-Site-Data"] = '"cache"'
        return answer

    def entered(self, session: str, after: str) -> Response:
        """Return what leads on, with the cookie of a new session."""
        answer = RedirectResponse(within(after), HTTPStatus.SEE_OTHER)
        self.staffing.cookies.put(answer, session, SESSION_LASTS)
        return answer

    async def refused(self, request: Request, key: str) -> Response:
        """Show the login page with why it did not work."""
        return await self._shown(request, problem=key, status=HTTPStatus.FORBIDDEN)

    async def _entered_by_link(self, request: Request, once: str) -> Response:
        agent = summary(request.headers.get("user-agent", ""))
        held, ctx = self.staffing.cookies.session(request), self.staffing.ctx
        session = await self.staffing.storage.write(
            lambda tx: logging_in.enter_by_link(tx, ctx, once, held=held, agent=agent)
        )
        return await self._gone(request) if session is None else self.entered(session, HOME)

    async def _session_for(self, request: Request, email: str, password: str) -> str | None:
        storage, ctx, passwords = (
            self.staffing.storage,
            self.staffing.ctx,
            self.staffing.passwords,
        )
        wanted = email.strip().casefold()
        known = await storage.read(
            lambda tx: tx.members.by_email(wanted if wanted.isprintable() else "")
        )
        kept = known.password_hash if known else None
        fits = await passwords.fits(kept, password)
        if known is None or kept is None or not fits or known.disabled_at is not None:
            if self.staffing.guesses.is_noted():
                await storage.write(lambda tx: logging_in.note_failure(tx, ctx, known, "password"))
            return None
        newer = await passwords.hash(password) if passwords.is_stale(kept) else None
        agent = summary(request.headers.get("user-agent", ""))
        held = self.staffing.cookies.session(request)
        return await storage.write(
            lambda tx: logging_in.enter_by_password(
                tx, ctx, known, held=held, agent=agent, newer=newer
            )
        )

    async def _too_often(self, request: Request, wait: int, email: str, after: str) -> Response:
        return await self._shown(
            request,
            problem="often",
            wait=str(wait),
            email=email,
            after=after,
            status=HTTPStatus.TOO_MANY_REQUESTS,
        )

    async def _gone(self, request: Request) -> Response:
        return await self._shown(request, problem="link", status=HTTPStatus.NOT_FOUND)

    async def _shown(
        self,
        request: Request,
        *,
        status: int = HTTPStatus.OK,
        problem: str = "",
        wait: str = "",
        email: str = "",
        after: str | None = None,
        once: str = "",
        member: Member | None = None,
    ) -> Response:
        before = self.staffing.cookies.read(request, BEFORE) or token_urlsafe(16)
        provider = self.staffing.provider
        answer = await self.frame.show(
            request,
            "login.html",
            "login",
            status=status,
            headers={"Retry-After": wait} if wait else {},
            problem=problem,
            wait=wait,
            email=email,
            once=once,
            member=member,
            after=within(after or request.query_params.get("next", "")),
            provider=provider.label if provider else "",
            is_out=request.query_params.get("note") == "out" and not problem,
            token=self.staffing.guard.token(f"{BEFORE}{before}"),
        )
        self.staffing.cookies.put(answer, before, BEFORE_LASTS, BEFORE)
        return answer

    def _is_own(self, request: Request, token: str) -> bool:
        """Say whether the form stood on a login page that this very browser was shown."""
        before = self.staffing.cookies.read(request, BEFORE)
        try:
            self.staffing.guard.check(request, token, f"{BEFORE}{before}")
        except HttpProblem:
            return False
        return before != ""
