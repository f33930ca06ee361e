"""Socket Mode: the same acts over a connection that we open, and a watchdog that keeps it alive.

slack_sdk's own reconnection is off: it is known to wedge (python-slack-sdk #1110, bolt-python #417). A
connection that is closed or silent is thrown away whole and a new one opened.
"""

import asyncio
import contextlib
import json
import logging
from dataclasses import dataclass

from slack_bolt.adapter.socket_mode.internals import build_headers
from slack_bolt.async_app import AsyncBoltRequest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.app import SlackApp
from bot.slack.outcomes import TROUBLE, of_failure
from bot.slack.quiet import logger
from surveys.model import Outcome

OK = 200
CONNECTING = "Socket Mode is connecting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds between our pings, of silence until a connection is given up, and for each of its steps.

    The longest way from the last sign of life to the next connection is a ping and the silence, three
    steps (part, get an address, connect) and a pause: under a minute.
    """

    ping: float = 10.0
    silence: float = 20.0
    step: float = 7.0
    pause: float = 5.0


class SocketMode:
    """Holds one connection for one app token."""

    def __init__(
        self, app: SlackApp, web: AsyncWebClient, app_token: str, patience: Patience | None = None
    ) -> None:
        """Take the web client whose base URL tells where ``apps.connections.open`` is."""
        self._app = app
        self._web = web
        self._token = app_token
        self._patience = patience or Patience()
        self._url: str | None = None
        self._stopped = False
        self.problem: str | None = CONNECTING

    async def reserve(self) -> Outcome | None:
        """Ask for an address to connect to; None when there is one now, else what is known."""
        try:
            async with asyncio.timeout(self._patience.step):
                answer = await self._web.apps_connections_open(app_token=self._token)
                self._url = str(answer["url"])
        except TROUBLE as problem:
            return of_failure(problem)
        return None

    async def run(self) -> None:
        """Stay connected until stopped or cancelled."""
        while not self._stopped:
            refused = None if self._url else await self.reserve()
            if refused is not None:
                self.problem = f"Socket Mode cannot connect ({refused.reason})"
                await asyncio.sleep(refused.retry_after or self._patience.pause)
                continue
            await self._hold()
            await asyncio.sleep(self._patience.pause)

    def stop(self) -> None:
        """Let go of the connection at its next ping and open no other."""
        self._stopped = True

    async def _hold(self) -> None:
        """Keep one connection until it is closed or silent; an address is good for one connection."""
        client, self._url = self._client(), None
        try:
            async with asyncio.timeout(self._patience.step):
                await client.connect()  # type: ignore[no-untyped-call]  # slack_sdk leaves it bare
            await self._watch(client)
        except TROUBLE as problem:
            self.problem = f"Socket Mode cannot connect ({of_failure(problem).reason})"
        finally:
            await self._discard(client)

    def _client(self) -> SocketModeClient:
        client = SocketModeClient(
            app_token=self._token,
            # Its errors show the address, which lets in whoever has it.
            logger=logger("slack_sdk.socket_mode", logging.CRITICAL),
            web_client=self._web,
            auto_reconnect_enabled=False,
            ping_interval=self._patience.ping,
        )
        client.wss_uri = self._url
        client.socket_mode_request_listeners.append(self._take)
        return client

    async def _watch(self, client: SocketModeClient) -> None:
        """Return once the connection is closed, or nothing answered our pings for too long."""
        loop = asyncio.get_running_loop()
        heard_at, pong = loop.time(), client.last_ping_pong_time
        while not (
            self._stopped or client.current_session is None or client.current_session.closed
        ):
            self.problem = None
            await asyncio.sleep(self._patience.ping)
            if client.last_ping_pong_time != pong:
                heard_at, pong = loop.time(), client.last_ping_pong_time
            elif loop.time() - heard_at >= self._patience.silence:
                break
        self.problem = "Socket Mode lost its connection; reconnecting"

    async def _discard(self, client: SocketModeClient) -> None:
        try:
            with contextlib.suppress(*TROUBLE):
                async with asyncio.timeout(self._patience.step):
                    await client.disconnect()  # type: ignore[no-untyped-call]  # slack_sdk leaves it bare
        finally:
            await client.close()  # type: ignore[no-untyped-call]  # slack_sdk leaves it bare

    async def _take(self, client: AsyncBaseSocketModeClient, envelope: SocketModeRequest) -> None:
        """Acknowledge after the commit; what is not acknowledged, Slack delivers again."""
        request = AsyncBoltRequest(
            mode="socket_mode", body=envelope.payload, headers=build_headers(envelope)
        )
        response, after = await self._app.answer(request)
        if response.status == OK:
            said = json.loads(response.body) if response.body.startswith("{") else None
            payload = said if envelope.accepts_response_payload else None
            ack = SocketModeResponse(envelope_id=envelope.envelope_id, payload=payload)
            await client.send_socket_mode_response(ack)
        for later in after:
            await later()
