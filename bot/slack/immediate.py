"""What is shown at once after an act: a form, a line only its author sees. Once, best effort, never stored."""

import asyncio
import logging
from collections.abc import Awaitable

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.history import DELIVERY_EVENT
from bot.slack.layout import blocks, escape, fallback
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
    if receipt.form is not None:
        opened = await _open(client, receipt.form, incoming, trigger)
        if not opened and not receipt.held:
            await _tried("a form's words", _say_again(client, receipt.form, incoming))
    if receipt.toast and not receipt.evident:
        await _tried("a line", _whisper(client, receipt.toast, incoming))


async def _open(client: AsyncWebClient, prompt: Prompt, incoming: Incoming, trigger: str) -> bool:
    """Open the form; say whether that went well."""
    view = form(prompt, incoming.chat)
    return bool(trigger) and await _tried(
        "a form", client.views_open(trigger_id=trigger, view=view)
    )


async def _tried(what: str, call: Awaitable[object]) -> bool:
    try:
        async with asyncio.timeout(DEADLINE):
            await call
    except TROUBLE as problem:
        _log.info("slack: could not show %s (%s)", what, of_failure(problem).reason)
        return False
    return True


async def _say_again(client: AsyncWebClient, prompt: Prompt, incoming: Incoming) -> None:
    """Say in the DM what the form asks, with its buttons: the next tap brings a new trigger.

    It carries a key like every message of ours, or the chat's history would be of no use.
    """
    name = f"form:{incoming.order}"
    await client.chat_postMessage(
        channel=incoming.chat,
        text=fallback(prompt),
        blocks=blocks(prompt, name),
        metadata={"event_type": DELIVERY_EVENT, "event_payload": {"key": name}},
    )


async def _whisper(client: AsyncWebClient, line: str, incoming: Incoming) -> None:
    user = incoming.user.rpartition(":")[2]
    await client.chat_postEphemeral(channel=incoming.chat, user=user, text=escape(line))
