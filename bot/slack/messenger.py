"""Posts and edits messages in Slack. See surveys.ports.Messenger."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import cast

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.history import DELIVERY_EVENT, History
from bot.slack.layout import blocks, fallback
from bot.slack.outcomes import TROUBLE, of_failure
from bot.slack.quiet import logger
from bot.slack.session import DEADLINE, OneRequest
from surveys.model import Address, Channel, Finding, Outcome, OutcomeKind, Prompt
from surveys.staff_messages import StaffBody

LONGEST_TEXT = 4000
"""Characters that Slack recommends for ``text``; beyond 40,000 it cuts (docs.slack.dev, chat.postMessage)."""


def web_client(token: str | None, base_url: str, way: OneRequest) -> AsyncWebClient:
    """Return a client that sends each request once; slack_sdk's default handlers resend a lost one."""
    session = cast("aiohttp.ClientSession", way)
    return AsyncWebClient(
        token=token, base_url=base_url, session=session, retry_handlers=[], logger=logger()
    )


def _unheeded(_: Outcome) -> None:
    """Nobody wants to know."""


class SlackMessenger:
    """Sends to the workspace that a bot token belongs to."""

    def __init__(
        self,
        client: AsyncWebClient,
        account: str,
        ids: Callable[[], str],
        *,
        deadline: float = DEADLINE,
        heed: Callable[[Outcome], None] = _unheeded,
    ) -> None:
        """Take ``ids`` for block ids, which must be new with each update; ``heed`` is told each outcome."""
        self._client = client
        self._account = account
        self._ids = ids
        self._deadline = deadline
        self._heed = heed
        self._history = History(client, deadline)

    @property
    def channel(self) -> Channel:
        """See surveys.ports.Messenger."""
        return Channel.SLACK

    @property
    def account(self) -> str:
        """Return the team id."""
        return self._account

    async def send(self, address: Address, prompt: Prompt, key: str) -> Outcome:
        """See surveys.ports.Messenger. ``address.chat`` is a DM channel or a user id; Slack takes both."""
        try:
            async with asyncio.timeout(self._deadline):
                answer = await self._client.chat_postMessage(
                    channel=address.chat,
                    text=fallback(prompt),
                    blocks=blocks(prompt, self._ids()),
                    metadata={"event_type": DELIVERY_EVENT, "event_payload": {"key": key}},
                    unfurl_links=False,
                    unfurl_media=False,
                )
        except TROUBLE as problem:
            return self._heeded(of_failure(problem))
        return self._heeded(_posted(answer, address.chat))

    async def tell(self, name: str, body: StaffBody) -> Outcome:
        """See bot.staff.sender.Teller. ``name`` is a channel's or a user's id."""
        try:
            async with asyncio.timeout(self._deadline):
                answer = await self._client.chat_postMessage(
                    channel=name,
                    text=body.text[:LONGEST_TEXT],
                    blocks=[dict(block) for block in body.blocks] or None,
                    unfurl_links=False,
                    unfurl_media=False,
                )
        except TROUBLE as problem:
            return self._heeded(of_failure(problem))
        return self._heeded(_posted(answer, name))

    async def edit(self, address: Address, ref: Mapping[str, object], prompt: Prompt) -> Outcome:
        """See surveys.ports.Messenger. A message proven only by a tap has no ref and stays as it is."""
        channel, ts = ref.get("channel"), ref.get("ts")
        if not isinstance(channel, str) or not isinstance(ts, str):
            return Outcome(kind=OutcomeKind.REJECTED, reason="no_ref")
        try:
            async with asyncio.timeout(self._deadline):
                await self._client.chat_update(
                    channel=channel,
                    ts=ts,
                    text=fallback(prompt),
                    blocks=blocks(prompt, self._ids()),
                )
        except TROUBLE as problem:
            return self._heeded(of_failure(problem))
        return self._heeded(Outcome(kind=OutcomeKind.ACCEPTED, ref=dict(ref)))

    def _heeded(self, outcome: Outcome) -> Outcome:
        self._heed(outcome)
        return outcome

    async def find(
        self, address: Address, key: str, since: datetime, cursor: str | None = None
    ) -> Finding:
        """See surveys.ports.Messenger."""
        return await self._history.find(address.chat, key, since, cursor)


def _posted(answer: AsyncSlackResponse, chat: str) -> Outcome:
    """Read the message's name; the channel differs from ``chat`` where that is a user id."""
    channel, ts = answer.get("channel") or chat, answer.get("ts")
    if not isinstance(channel, str) or not isinstance(ts, str):
        return Outcome(kind=OutcomeKind.UNKNOWN, reason="unreadable")
    return Outcome(kind=OutcomeKind.ACCEPTED, ref={"channel": channel, "ts": ts})
