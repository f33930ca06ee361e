"""Previews of console links that staff share: title, score with its interval, n; never a customer's words."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.layout import Block, escape
from bot.slack.outcomes import TROUBLE, of_failure
from bot.slack.team.backing import Backing
from bot.slack.team.blocks import section, small
from bot.slack.team.board import Line
from bot.slack.team.links import Shown, shown_by
from bot.slack.team.reading import LinksShared
from bot.slack.team.roster import Known, Rank
from surveys.errors import InvalidInput, NotFound, TooMuch
from surveys.model import Json
from surveys.ports import UnitOfWork

MOST_LINKS: Final = 5
MOST_LINES: Final = 10
DEADLINE: Final = 10.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Previews:
    """Unfurls the links of one workspace."""

    client: AsyncWebClient
    backing: Backing

    async def unfurl(self, shared: LinksShared, known: Known) -> None:
        """Put a preview under each link that shows results; nothing for customers, or where others listen in."""
        if known.rank is Rank.NOBODY or shared.outside:
            return
        unfurls = {
            url: preview
            for url in shared.urls[:MOST_LINKS]
            if (preview := await self._preview(url, known.language)) is not None
        }
        if not unfurls:
            return
        try:
            async with asyncio.timeout(DEADLINE):
                await self.client.api_call("chat.unfurl", json={**shared.place, "unfurls": unfurls})
        except TROUBLE as problem:
            _log.info("a link has no preview", reason=of_failure(problem).reason)

    async def _preview(self, url: str, language: str) -> Json | None:
        shown = shown_by(url, self.backing.base)
        if shown is None:
            return None
        figures = self.backing.figures(language)

        def read(tx: UnitOfWork) -> tuple[str, tuple[Line, ...], str]:
            return figures.preview(tx, shown)

        try:
            title, lines, window = await self.backing.storage.read(read)
        except (InvalidInput, NotFound, TooMuch):
            return None
        return {"blocks": list(_blocks(url, title, lines, shown, window))}


def _blocks(
    url: str, title: str, lines: tuple[Line, ...], shown: Shown, window: str
) -> Iterator[Block]:
    target = url.replace("|", "%7C").replace(">", "%3E")
    heading = f"*<{target}|{escape(title)}>*"
    yield {"type": "section", "text": {"type": "mrkdwn", "text": heading}}
    told = [
        f"{each.place} {each.metric}: {each.told()}"
        if shown.place is None
        else f"{each.metric}: {each.told()}"
        for each in lines[:MOST_LINES]
    ]
    if told:
        yield section("\n".join(told))
    yield small(window)
