"""What is shown at once after an act: a form, a line only its author sees. Once, best effort, never stored."""

import asyncio
import logging

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.layout import escape
from bot.slack.modal import form
from bot.slack.outcomes import TROUBLE, of_failure
from surveys.model import Incoming, Prompt, Receipt

DEADLINE = 3.0
"""Seconds; a ``trigger_id`` does not live longer."""

_log = logging.getLogger(__name__)


async def show(client: AsyncWebClient, receipt: Receipt, incoming: Incoming, trigger: str) -> None:
    """Show what the receipt holds. A failure costs nothing: the conversation goes on in the DM."""
    if receipt.duplicate:
        return
    try:
        async with asyncio.timeout(DEADLINE):
            if receipt.form is not None and trigger:
                await _open(client, receipt.form, incoming.chat, trigger)
            if receipt.toast and not receipt.evident:
                await _whisper(client, receipt.toast, incoming)
    except TROUBLE as problem:
        _log.info("slack: could not show a form or a line (%s)", of_failure(problem).reason)


async def _open(client: AsyncWebClient, prompt: Prompt, chat: str, trigger: str) -> None:
    await client.views_open(trigger_id=trigger, view=form(prompt, chat))


async def _whisper(client: AsyncWebClient, line: str, incoming: Incoming) -> None:
    user = incoming.user.rpartition(":")[2]
    await client.chat_postEphemeral(channel=incoming.chat, user=user, text=escape(line))
