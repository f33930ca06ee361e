"""The Slack channel as one part: joined to a workspace, listening, able to send, and honest about its health."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp
from starlette.routing import BaseRoute

from bot.slack.app import Later, Receive, SlackApp
from bot.slack.directory import Directory, SlackUser
from bot.slack.http import route
from bot.slack.incoming import Installation
from bot.slack.messenger import SlackMessenger, web_client
from bot.slack.outcomes import NO_TRUST, TROUBLE, of_failure
from bot.slack.session import DEADLINE, OneRequest
from bot.slack.socket import CONNECTING, Patience, SocketMode
from bot.slack.team.backing import Backing
from bot.slack.team.door import TeamDoor
from surveys.errors import ChannelMisconfigured, ChannelUnavailable
from surveys.model import Outcome, OutcomeKind
from surveys.ports import Clock

BASE_URL = "https://slack.com/api/"

_NOT_STARTED = "not started"
GET_BOT_TOKEN = (
    "at api.slack.com/apps open your app, OAuth & Permissions, install it"  # noqa: S105 a sentence
    " and copy the Bot User OAuth Token (xoxb-...)"
)
_ROTATING = "xoxe"
_UNROTATE = (
    "make the app anew at api.slack.com/apps, from docs/slack-app.yaml, which leaves token rotation off:"
    " Slack cannot turn it off again"
)
_GET_SECRET = "at api.slack.com/apps open your app, Basic Information, and copy the Signing Secret"  # noqa: S105 a sentence
_GET_APP_TOKEN = (
    "at api.slack.com/apps open your app, Basic Information, App-Level Tokens, and generate one"  # noqa: S105 a sentence
    " with connections:write (xapp-...)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackAccess:
    """Credentials of one app in one workspace; an app token turns on Socket Mode.

    ``listens`` is False in a process that leaves Socket Mode to others; ``base_url`` goes up to and including
    ``/api/``; ``deadline`` is in seconds, for one request in all.
    """

    bot_token: str
    signing_secret: str = ""
    app_token: str = ""
    base_url: str = BASE_URL
    listens: bool = True
    deadline: float = DEADLINE

    def check(self) -> None:
        """Raise ChannelMisconfigured naming the first setting that is missing or won't do, and the mend."""
        missing: str | None = None
        if not self.bot_token:
            missing = f"AFTERTOUCH_SLACK_BOT_TOKEN is missing: {GET_BOT_TOKEN}"
        elif self.bot_token.startswith(_ROTATING):
            missing = f"AFTERTOUCH_SLACK_BOT_TOKEN is one that expires after 12 hours: {_UNROTATE}"
        elif not self.signing_secret and not self.app_token:
            missing = (
                f"AFTERTOUCH_SLACK_SIGNING_SECRET is missing: {_GET_SECRET}, or turn on Socket Mode"
                " by AFTERTOUCH_SLACK_APP_TOKEN"
            )
        if missing:
            raise ChannelMisconfigured("slack", missing)


class SlackChannel:
    """Everything Slack, between entering and leaving its context."""

    def __init__(
        self,
        access: SlackAccess,
        *,
        session: aiohttp.ClientSession,
        receive: Receive,
        clock: Clock,
        ids: Callable[[], str],
        on_revoked: Later | None = None,
        patience: Patience | None = None,
        backing: Backing | None = None,
    ) -> None:
        """Take ``receive``, which commits or raises StorageBusy, and ``ids`` for block ids.

        ``backing`` is what staff are answered from; without it the channel is for customers alone.
        """
        self._access = access
        self._clock = clock
        self._ids = ids
        self._on_revoked = on_revoked
        self._patience = patience or Patience()
        self._way = OneRequest(session, access.deadline)
        self._client = web_client(access.bot_token, access.base_url, self._way)
        team = TeamDoor(self._client, self._way, backing, ids) if backing else None
        self._app = SlackApp(self._client, receive, self._revoked, lambda: self._ours, clock, team)
        self._socket = (
            SocketMode(self._app, self._client, access.app_token, self._patience)
            if access.app_token and access.listens
            else None
        )
        self._ours: Installation | None = None
        self._messenger: SlackMessenger | None = None
        self._problem: str | None = _NOT_STARTED
        self._refused: str | None = None

    async def __aenter__(self) -> Self:
        """Join the workspace, if Slack can be reached; raises ChannelMisconfigured."""
        self._access.check()
        await self._join()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave; the HTTP session is its owner's to close."""
        self._problem = "stopped"

    @property
    def account(self) -> str | None:
        """The team id, once known."""
        return self._ours.team if self._ours else None

    @property
    def messenger(self) -> SlackMessenger | None:
        """The messenger of our workspace, once that is known and until it removes us."""
        return self._messenger

    def routes(self) -> list[BaseRoute]:
        """Return the HTTP routes; none where only Socket Mode is configured."""
        secret = self._access.signing_secret
        return [route(self._app, secret, self._clock)] if secret else []

    def health(self) -> dict[str, str]:
        """Return ``state`` (``ok``, ``red`` or ``starting``) and ``reason``."""
        problem = self._problem or self._refused or (self._socket.problem if self._socket else None)
        if problem is None:
            return {"state": "ok", "reason": ""}
        starting = problem in (_NOT_STARTED, CONNECTING)
        return {"state": "starting" if starting else "red", "reason": problem}

    async def run(self) -> None:
        """Join where that was impossible at the start, then hold Socket Mode if it is on.

        Credentials that turn out to be refused end it, and health says so.
        """
        try:
            while self._ours is None:
                await asyncio.sleep(self._patience.pause)
                await self._join()
        except ChannelMisconfigured as refusal:
            self._problem = refusal.problem
            return
        if self._socket is not None:
            await self._socket.run()

    async def find_user(self, email: str | None, user_id: str | None) -> SlackUser | None:
        """Return the Slack user that a customer is; see Directory.find."""
        if self._ours is None:
            raise ChannelUnavailable("slack", self._problem or "not joined")
        return await Directory(self._client, self._ours).find(email, user_id)

    async def _join(self) -> None:
        try:
            async with asyncio.timeout(self._access.deadline):
                us = await self._client.auth_test()
        except TROUBLE as problem:
            self._failed("AFTERTOUCH_SLACK_BOT_TOKEN", GET_BOT_TOKEN, of_failure(problem))
            return
        if self._socket is not None and (refused := await self._socket.reserve()) is not None:
            self._failed("AFTERTOUCH_SLACK_APP_TOKEN", _GET_APP_TOKEN, refused)
        team = str(us.get("team_id"))
        self._messenger = SlackMessenger(
            self._client, team, self._ids, deadline=self._access.deadline, heed=self._heed
        )
        self._ours = Installation(
            team=team,
            bot_user=str(us.get("user_id")),
            bot=us.get("bot_id"),
            enterprise=us.get("enterprise_id"),
        )
        self._problem = None

    def _failed(self, setting: str, how: str, outcome: Outcome) -> None:
        if outcome.account_down:
            raise ChannelMisconfigured("slack", f"{setting} is refused ({outcome.reason}): {how}")
        self._problem = f"down, retrying ({outcome.reason})"

    def _heed(self, outcome: Outcome) -> None:
        """Be red from a message that no message can get past, until one does."""
        if outcome.account_down or outcome.reason == NO_TRUST:
            self._refused = f"Slack cannot be written to ({outcome.reason}); messages wait"
        elif outcome.kind is OutcomeKind.ACCEPTED:
            self._refused = None

    async def _revoked(self) -> None:
        """Call Slack no more: what is queued waits for a start with a token that is good."""
        self._problem = "the app was removed from the workspace or its token revoked"
        self._messenger = None
        self._way.withhold("revoked")
        if self._socket is not None:
            self._socket.stop()
        if self._on_revoked is not None:
            await self._on_revoked()
