"""Posts results where they were asked for, or in a channel: with tables and charts, or without where these are unknown.

Slack brings new blocks to its workspaces one after the other and answers ``invalid_blocks`` until then; that is
remembered, so that not every result is refused first.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.layout import Block
from bot.slack.outcomes import TROUBLE, of_failure
from bot.slack.session import OneRequest
from bot.slack.team.blocks import board_blocks, fallback
from bot.slack.team.board import Board
from bot.slack.team.inbox import Inbox, inbox_blocks
from surveys.model import Outcome, OutcomeKind
from surveys.ports import Clock

REFUSED_FOR: Final = timedelta(hours=6)
DEADLINE: Final = 10.0
INVALID: Final = "invalid_blocks"

_log = structlog.get_logger(__name__)
Sheet = Board | Inbox
"""What is shown to whoever asked, and can be shared."""

_Post = Callable[[list[Block]], Awaitable[Outcome]]


@dataclass(slots=True)
class Answers:
    """Speaks for one workspace; each post is one request, and one more where its blocks were refused."""

    client: AsyncWebClient
    way: OneRequest
    clock: Clock
    ids: Callable[[], str]
    refused_until: dict[str, datetime] = field(default_factory=dict)

    async def show(self, team: str, url: str, sheet: Sheet) -> Outcome:
        """Show a result to whoever asked for it, at the command's own address."""

        async def post(blocks: list[Block]) -> Outcome:
            return await self.say(url, fallback(sheet.told()), blocks)

        return await self._posted(team, sheet, post, ())

    async def share(self, team: str, channel: str, sheet: Sheet, by: Block) -> Outcome:
        """Post a result in a channel, with who shared it."""
        text = fallback(sheet.told())

        async def post(blocks: list[Block]) -> Outcome:
            call = self.client.chat_postMessage(
                channel=channel, text=text, blocks=blocks, unfurl_links=False, unfurl_media=False
            )
            try:
                async with asyncio.timeout(DEADLINE):
                    await call
            except TROUBLE as problem:
                return of_failure(problem)
            return Outcome(kind=OutcomeKind.ACCEPTED)

        return await self._posted(team, sheet, post, (by,), shared=True)

    async def say(self, url: str, text: str, blocks: list[Block] | None = None) -> Outcome:
        """Say something only to whoever acted; ``text`` is markup. A response URL takes five such posts."""
        body: dict[str, Any] = {"response_type": "ephemeral", "replace_original": False}
        body |= {"text": text} | ({"blocks": blocks} if blocks else {})
        try:
            async with self.way.request("POST", url, json=body) as answer:
                return _heard(answer.status, await answer.text())
        except TROUBLE as problem:
            return of_failure(problem)

    async def _posted(
        self, team: str, sheet: Sheet, post: _Post, more: tuple[Block, ...], *, shared: bool = False
    ) -> Outcome:
        def laid(*, rich: bool) -> list[Block]:
            return [*_laid(sheet, self.ids(), rich=rich, shared=shared), *more]

        if self.clock.now() >= self.refused_until.get(team, self.clock.now()):
            outcome = await post(laid(rich=True))
            if not (outcome.reason or "").startswith(INVALID):
                return _logged(outcome)
            self.refused_until[team] = self.clock.now() + REFUSED_FOR
        return _logged(await post(laid(rich=False)))


def _laid(sheet: Sheet, stamp: str, *, rich: bool, shared: bool) -> list[Block]:
    if isinstance(sheet, Inbox):
        return inbox_blocks(sheet, stamp, shared=shared)
    return board_blocks(sheet, stamp, rich=rich, shared=shared)


def _heard(status: int, text: str) -> Outcome:
    """Read what a response URL answers: JSON, or one word of plain text."""
    try:
        said = json.loads(text)
    except ValueError:
        said = {"ok": text.strip().lower() == "ok", "error": text.strip()[:64]}
    fine = not isinstance(said, dict) or said.get("ok", True) is not False
    if status < 300 and fine:  # noqa: PLR2004 any success
        return Outcome(kind=OutcomeKind.ACCEPTED)
    error = said.get("error") if isinstance(said, dict) else None
    reason = INVALID if isinstance(error, str) and INVALID in error else f"http_{status}"
    return Outcome(kind=OutcomeKind.REJECTED, reason=reason)


def _logged(outcome: Outcome) -> Outcome:
    if outcome.kind is not OutcomeKind.ACCEPTED:
        _log.warning("a result was not posted", outcome=outcome.kind.value, reason=outcome.reason)
    return outcome
