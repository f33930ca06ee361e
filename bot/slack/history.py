"""Looks a message of ours up in the history of its conversation, by the key that its metadata carries."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.outcomes import TROUBLE, of_failure
from bot.slack.session import DEADLINE
from surveys.model import Finding, FindingKind, Outcome, OutcomeKind

DELIVERY_EVENT = "aftertouch_delivery"
"""Metadata type that names our delivery in the channel's history; readable by the whole workspace."""

_SKEW = timedelta(minutes=5)
"""How far Slack's clock may be from ours; its signatures allow no more either."""

_PAGE = 100
_NEXT_PAGE_AFTER = 1.2
"""Seconds: 50 calls a minute are allowed to an app of the company's own (tier 3)."""


class History:
    """Reads conversations of the workspace that a bot token belongs to; needs the scope ``im:history``."""

    def __init__(self, client: AsyncWebClient, deadline: float = DEADLINE) -> None:
        self._client = client
        self._deadline = deadline

    async def find(self, chat: str, key: str, since: datetime, cursor: str | None) -> Finding:
        """See surveys.ports.Messenger.find. ``chat`` is a DM channel, or a user whose DM it is."""
        try:
            async with asyncio.timeout(self._deadline):
                channel = await self._channel(chat)
                answer = await self._client.conversations_history(
                    channel=channel,
                    oldest=f"{(since - _SKEW).timestamp():.6f}",
                    include_all_metadata=True,
                    limit=_PAGE,
                    cursor=cursor,
                )
        except TROUBLE as problem:
            return _not_read(of_failure(problem))
        return _read(channel, key, answer.data)

    async def _channel(self, chat: str) -> str:
        if not chat.startswith(("U", "W")):
            return chat
        opened = await self._client.conversations_open(users=chat)
        return str(opened["channel"]["id"])


def _not_read(outcome: Outcome) -> Finding:
    """Tell a chat that will never be readable from one that can't be read just now."""
    gone = outcome.kind is OutcomeKind.REJECTED or outcome.reason == "missing_scope"
    return Finding(
        kind=FindingKind.NO_HISTORY if gone else FindingKind.NOT_NOW,
        reason=outcome.reason,
        retry_after=outcome.retry_after or 0.0,
    )


def _read(channel: str, key: str, page: Any) -> Finding:
    messages = page.get("messages") if isinstance(page, Mapping) else None
    if not isinstance(messages, Sequence):
        return Finding(kind=FindingKind.NOT_NOW, reason="unreadable")
    told = [m for m in messages if isinstance(m, Mapping)]
    for message in told:
        if _key_of(message) == key:
            return Finding(kind=FindingKind.FOUND, ref={"channel": channel, "ts": message["ts"]})
    if any("bot_id" in message and _key_of(message) is None for message in told):
        # One of them may be ours without its metadata: then absence proves nothing.
        return Finding(kind=FindingKind.NO_HISTORY, reason="history_without_keys")
    following = _next_cursor(page)
    if following:
        return Finding(kind=FindingKind.NOT_NOW, retry_after=_NEXT_PAGE_AFTER, cursor=following)
    if page.get("has_more") is True:
        return Finding(kind=FindingKind.NOT_NOW, reason="history_cut_short")
    return Finding(kind=FindingKind.ABSENT)


def _key_of(message: Mapping[str, Any]) -> str | None:
    """Return the key that a message of ours carries, None where its metadata is gone."""
    metadata = message.get("metadata")
    if not isinstance(metadata, Mapping) or metadata.get("event_type") != DELIVERY_EVENT:
        return None
    payload = metadata.get("event_payload")
    key = payload.get("key") if isinstance(payload, Mapping) else None
    return key if isinstance(key, str) else None


def _next_cursor(page: Mapping[str, Any]) -> str | None:
    metadata = page.get("response_metadata")
    cursor = metadata.get("next_cursor") if isinstance(metadata, Mapping) else None
    return cursor if isinstance(cursor, str) and cursor else None
