"""The Bolt application: one verified body in, the customer's act handed on, and an ack only after its commit."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.immediate import show
from bot.slack.incoming import Installation, concerns_us, read, revokes
from bot.slack.quiet import logger
from bot.slack.team.door import TeamDoor
from bot.slack.team.reading import body_of, is_for_staff
from surveys.errors import StorageBusy
from surveys.model import Incoming, Json, Receipt
from surveys.ports import Clock

Receive = Callable[[Incoming], Awaitable[Receipt]]
Later = Callable[[], Awaitable[None]]

_ANY = re.compile(".*", re.DOTALL)
_AFTER = "aftertouch_after"
"""Context key of the list of what follows the ack."""


class SlackApp:
    """Turns requests of either transport, already known to be Slack's, into acts and acks."""

    def __init__(
        self,
        client: AsyncWebClient,
        receive: Receive,
        on_revoked: Later,
        installation: Callable[[], Installation | None],
        clock: Clock,
        team: TeamDoor | None = None,
    ) -> None:
        """Take ``receive``, which commits before it returns or raises StorageBusy, and staff's own door."""
        self._client = client
        self._receive = receive
        self._on_revoked = on_revoked
        self._installation = installation
        self._clock = clock
        self._team = team
        self._bolt = self._listening(client)

    async def answer(self, request: AsyncBoltRequest) -> tuple[BoltResponse, tuple[Later, ...]]:
        """Return the response and what to do once it is on its way.

        Kinds that we do not know are acknowledged; Bolt would make them a 404, which Slack retries, and
        log them. What staff do goes by their own door, past Bolt.
        """
        body = body_of(request.body, request.raw_body)
        if self._team is not None and is_for_staff(body):
            ours = self._installation()
            return await self._team.answer(body, ours) if ours else (BoltResponse(status=503), ())
        if not concerns_us(request.body):
            return BoltResponse(status=200), ()
        after: list[Later] = []
        request.context[_AFTER] = after
        response = await self._bolt.async_dispatch(request)
        return response, tuple(after)

    def _listening(self, client: AsyncWebClient) -> AsyncApp:
        # Without a token of its own this client makes Bolt ask authorize, not auth.test by network.
        tokenless = AsyncWebClient(
            base_url=client.base_url, session=client.session, retry_handlers=[], logger=logger()
        )

        async def authorize() -> AuthorizeResult:  # Bolt cannot call a method: it passes self
            return self._authorized()

        bolt = AsyncApp(
            name="aftertouch",
            logger=logger(),
            client=tokenless,
            authorize=authorize,
            process_before_response=True,
            request_verification_enabled=False,  # bot.slack.http did, and Socket Mode needs none
            ssl_check_enabled=False,  # it would answer unsigned requests
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        for listen in (bolt.action(_ANY), bolt.event(_ANY), bolt.view(_ANY)):
            listen(self._take)
        return bolt

    def _authorized(self) -> AuthorizeResult:
        ours = self._installation()
        return AuthorizeResult(
            enterprise_id=None,
            team_id=ours.team if ours else None,
            bot_id=ours.bot if ours else None,
            bot_user_id=ours.bot_user if ours else None,
            bot_token=self._client.token,
        )

    async def _take(
        self, ack: AsyncAck, body: dict[str, Json], context: AsyncBoltContext
    ) -> BoltResponse | None:
        ours = self._installation()
        if ours is None:
            return BoltResponse(status=503)
        try:
            await self._handle(body, ours, context[_AFTER])
        except StorageBusy:
            return BoltResponse(status=503)
        await ack()
        return None

    async def _handle(self, body: dict[str, Json], ours: Installation, after: list[Later]) -> None:
        if revokes(body, ours):
            await self._on_revoked()
        incoming = read(body, ours, self._clock.now())
        if incoming is not None:
            receipt = await self._receive(incoming)
            after.append(self._showing(receipt, incoming, body.get("trigger_id")))

    def _showing(self, receipt: Receipt, incoming: Incoming, trigger: Any) -> Later:
        async def later() -> None:
            await show(self._client, receipt, incoming, trigger if isinstance(trigger, str) else "")

        return later
