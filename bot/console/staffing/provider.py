"""The way over an OpenID provider and back."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from http import HTTPStatus

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.auth.agents import summary
from bot.auth.discovery import OidcFault
from bot.auth.oidc import FLOW_LASTS, Flow, Proven, Provider
from bot.console.staffing.entrance import Entrance
from bot.console.staffing.frame import Staffing, within
from surveys.ports import UnitOfWork
from surveys.service import logging_in, members
from surveys.service.members import MemberFault
from surveys.staffing import Member

UNDER_WAY = "_under_way"
_BY = "oidc"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderDoor:
    """Sends a browser to the provider and takes it back; what is under way the browser itself carries, sealed."""

    entrance: Entrance
    staffing: Staffing
    provider: Provider

    async def begin(self, request: Request) -> Response:
        """Lead to the provider."""
        asked = request.query_params
        try:
            url, flow = await self.provider.begin(
                within(asked.get("next", "")), asked.get("once", "")
            )
        except OidcFault as fault:
            return await self._refused(request, fault.reason)
        answer = RedirectResponse(url, HTTPStatus.SEE_OTHER, {"Cache-Control": "no-store"})
        self.staffing.cookies.put(
            answer, self.staffing.seal.close(asdict(flow)), FLOW_LASTS, UNDER_WAY
        )
        return answer

    async def back(self, request: Request) -> Response:
        """Log in whom the provider sent back, if she is on the list."""
        carried = self.staffing.seal.open(self.staffing.cookies.read(request, UNDER_WAY))
        if carried is None:
            return await self._refused(request, "state")
        flow = Flow(**carried)
        try:
            proven = await self.provider.finish(flow, _single(request))
        except OidcFault as fault:
            return await self._refused(request, fault.reason)
        agent = summary(request.headers.get("user-agent", ""))
        held = self.staffing.cookies.session(request)
        session = await self.staffing.storage.write(
            lambda tx: self._enter(tx, proven, flow.once, held=held, agent=agent)
        )
        if session is None:
            return await self._refused(request, "unknown")
        answer = self.entrance.entered(session, flow.after)
        self.staffing.cookies.drop(answer, UNDER_WAY)
        return answer

    def _enter(
        self, tx: UnitOfWork, proven: Proven, once: str, *, held: str, agent: str
    ) -> str | None:
        """Return the token of a new session; None for who is not on the list, or no longer, or without a role."""
        ctx = self.staffing.ctx
        if self.provider.gives_roles and proven.role is None:
            return None
        member = tx.members.by_identity(proven.identity) or self._bound(tx, proven, once)
        if member is None or member.disabled_at is not None:
            return None
        if proven.role is not None:
            with suppress(MemberFault):  # the last admin stays one, whatever the provider says
                member = members.change_role(tx, ctx, member.id, proven.role, _BY)
        return logging_in.enter(tx, ctx, member, "oidc", held=held, agent=agent)

    def _bound(self, tx: UnitOfWork, proven: Proven, once: str) -> Member | None:
        """Bind the identity to whom a one-time link was made for, if the provider vouches for her e-mail."""
        found = logging_in.find_link(tx, once, self.staffing.ctx.now()) if once else None
        if found is None or proven.email is None or found[1].email != proven.email:
            return None
        logging_in.use_link(tx, self.staffing.ctx, once)
        return members.bind(tx, self.staffing.ctx, found[1].id, proven.identity)

    async def _refused(self, request: Request, reason: str) -> Response:
        _log.warning("a login at the provider did not work", why=reason)
        if self.staffing.guesses.is_noted():
            ctx = self.staffing.ctx
            await self.staffing.storage.write(
                lambda tx: logging_in.note_failure(tx, ctx, None, "oidc")
            )
        key = "unknown" if reason == "unknown" else "provider"
        answer = await self.entrance.refused(request, key)
        self.staffing.cookies.drop(answer, UNDER_WAY)
        return answer


def _single(request: Request) -> Mapping[str, str]:
    """Return the parameters; one that is given twice counts as not given."""
    given = request.query_params.multi_items()
    names = [name for name, _ in given]
    return {name: value for name, value in given if names.count(name) == 1}
