"""Sends prompts to Telegram and reads each answer into the delivery contract's outcome classes."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from telegram import Bot, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import TelegramError

from bot.telegram.layout import TEXT_LIMIT, Laid, lay_out
from bot.telegram.line import Line
from bot.telegram.request import NotSent, NoVerdict, Refused
from bot.telegram.text import clean, shorten, units
from surveys.errors import InvalidInput
from surveys.model import (
    Address,
    Channel,
    Finding,
    FindingKind,
    Json,
    Outcome,
    OutcomeKind,
    Prompt,
)
from surveys.staff_messages import StaffBody

_log = logging.getLogger(__name__)

# Words of Telegram's refusals (tdlib/telegram-bot-api, Client.cpp), lower case, and our name for each.
# After these the address will not work again before the customer acts.
_UNREACHABLE = (
    ("bot was blocked by the user", "blocked"),
    ("user is deactivated", "deactivated"),
    ("bot was kicked", "kicked"),
    ("bot can't initiate conversation", "not_started"),
    ("chat not found", "chat_not_found"),
    ("user not found", "chat_not_found"),
    ("peer_id_invalid", "chat_not_found"),
    ("group chat was deactivated", "deactivated"),
)
_NOT_MODIFIED = ("message is not modified", "message_not_modified")
_LOST = ("message to edit not found", "message can't be edited", "message_id_invalid")

Request = Callable[[Laid], Awaitable[Mapping[str, Json]]]


class TelegramMessenger:
    """See surveys.ports.Messenger. ``ref`` is ``{"chat_id": ..., "message_id": ...}``."""

    def __init__(self, bot: Bot, account: str, line: Line) -> None:
        self._bot = bot
        self._account = account
        self._line = line

    @property
    def channel(self) -> Channel:
        """Return Telegram."""
        return Channel.TELEGRAM

    @property
    def account(self) -> str:
        """Return the bot's id."""
        return self._account

    async def send(self, address: Address, prompt: Prompt, key: str) -> Outcome:
        """See surveys.ports.Messenger; Telegram keeps no key with a message."""

        async def post(laid: Laid) -> Mapping[str, Json]:
            sent = await self._bot.send_message(
                _chat_id(address.chat),
                laid.text,
                parse_mode=ParseMode.HTML,
                reply_markup=laid.keyboard,
            )
            return {"chat_id": int(sent.chat_id), "message_id": sent.message_id}

        return await self._once(prompt, post)

    async def tell(self, name: str, body: StaffBody) -> Outcome:
        """See bot.staff.sender.Teller. HTML that is too long goes out as plain text, cut."""
        html = body.telegram if units(body.telegram) <= TEXT_LIMIT else ""

        async def post() -> Mapping[str, Json]:
            sent = await self._bot.send_message(
                _chat_id(name),
                html or shorten(clean(body.text), TEXT_LIMIT),
                parse_mode=ParseMode.HTML if html else None,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
            return {"chat_id": int(sent.chat_id), "message_id": sent.message_id}

        return self._line.silence() or self._line.heard(await _asked(post))

    async def edit(self, address: Address, ref: Mapping[str, object], prompt: Prompt) -> Outcome:
        """See surveys.ports.Messenger; a prompt without buttons takes the old ones away."""
        message_id = str(ref.get("message_id"))
        if not message_id.isdecimal():
            return Outcome(kind=OutcomeKind.REJECTED, reason="message_not_found")

        async def replace(laid: Laid) -> Mapping[str, Json]:
            await self._bot.edit_message_text(
                laid.text,
                chat_id=_chat_id(str(ref.get("chat_id", address.chat))),
                message_id=int(message_id),
                parse_mode=ParseMode.HTML,
                reply_markup=laid.keyboard,
            )
            return ref

        return await self._once(prompt, replace, ref)

    async def _once(
        self, prompt: Prompt, request: Request, ref: Mapping[str, Json] | None = None
    ) -> Outcome:
        return self._line.silence() or self._line.heard(await _outcome(prompt, request, ref))

    async def find(
        self, address: Address, key: str, since: datetime, cursor: str | None = None
    ) -> Finding:
        """See surveys.ports.Messenger; a bot cannot read its chats (Bot API: no such method)."""
        return Finding(kind=FindingKind.NO_HISTORY)


def _chat_id(chat: str) -> int | str:
    return int(chat) if chat.lstrip("-").isdecimal() else chat


async def _outcome(
    prompt: Prompt, request: Request, ref: Mapping[str, Json] | None = None
) -> Outcome:
    try:
        laid = lay_out(prompt)
    except InvalidInput as fault:
        _log.error("A %s prompt does not fit Telegram: %s", prompt.kind, fault)
        return Outcome(kind=OutcomeKind.REJECTED, reason="unsendable")
    return await _asked(lambda: request(laid), ref)


async def _asked(
    request: Callable[[], Awaitable[Mapping[str, Json]]], ref: Mapping[str, Json] | None = None
) -> Outcome:
    """Make the request and read what came of it."""
    try:
        return Outcome(kind=OutcomeKind.ACCEPTED, ref=await request())
    except Refused as refusal:
        return refused(refusal, ref)
    except NotSent as failure:
        return Outcome(kind=OutcomeKind.NOT_SENT, reason=failure.reason)
    except NoVerdict as failure:
        return Outcome(kind=OutcomeKind.UNKNOWN, reason=failure.reason)
    except (TelegramError, AttributeError, LookupError, TypeError, ValueError):
        # ok: true, so it was done; but the message in the answer is none that the library can read.
        return Outcome(kind=OutcomeKind.ACCEPTED, ref=ref, reason="unreadable")


def refused(refusal: Refused, ref: Mapping[str, Json] | None = None) -> Outcome:
    """Read a refusal: whose fault it is, and whether trying again can help."""
    match refusal.code:
        case 429:
            return Outcome(
                kind=OutcomeKind.PAUSED,
                reason="flood",
                retry_after=refusal.retry_after,
                scope="account",
            )
        case 401 | 404:
            return Outcome(kind=OutcomeKind.NOT_SENT, reason="unauthorized", account_down=True)
        case 400 | 403:
            return _about_the_message(refusal, ref)
        case _:
            return Outcome(kind=OutcomeKind.NOT_SENT, reason=f"refused_{refusal.code}")


def _about_the_message(refusal: Refused, ref: Mapping[str, Json] | None) -> Outcome:
    words = refusal.description.lower()
    if "migrate_to_chat_id" in refusal.parameters:
        moved_to = str(refusal.parameters["migrate_to_chat_id"])
        return Outcome(kind=OutcomeKind.NOT_SENT, reason="moved", moved_to=moved_to)
    if any(said in words for said in _NOT_MODIFIED):
        return Outcome(kind=OutcomeKind.ACCEPTED, ref=ref, reason="not_modified")
    for said, reason in _UNREACHABLE:
        if said in words:
            return Outcome(kind=OutcomeKind.REJECTED, reason=reason, unreachable=True)
    if any(said in words for said in _LOST):
        return Outcome(kind=OutcomeKind.REJECTED, reason="message_not_found")
    if refusal.code == 403:  # noqa: PLR2004 - HTTP Forbidden: the chat is closed to us
        return Outcome(kind=OutcomeKind.REJECTED, reason="forbidden", unreachable=True)
    _log.warning("Telegram refused a message: %s", refusal.description)
    return Outcome(kind=OutcomeKind.REJECTED, reason="bad_request")
