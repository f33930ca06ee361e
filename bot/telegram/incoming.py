"""Reads one Telegram update into an Incoming; total on any JSON, so that nothing blocks the queue.

Updates are read raw and not through telegram.Update, which raises on shapes it does not know.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from unicodedata import normalize

from bot.telegram.text import clean
from surveys.model import (
    Act,
    Channel,
    Command,
    Incoming,
    Json,
    Reached,
    Started,
    Tap,
    Typed,
    Unsupported,
)

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")

_DATA = re.compile(r"1:([A-Za-z0-9_-]{22}):([!-~]{1,32})")
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@\w+)?(?:\s+(.*))?", re.DOTALL)
_LOCALE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_COMMANDS = frozenset({"stop", "help", "lang", "privacy", "resume"})
_WORDS = {"그만": "stop", "중지": "stop", "수신거부": "stop", "stop": "stop", "도움말": "help"}
_AROUND_WORDS = " \t\r\n/.!~"  # who asks to be left alone need not spell it exactly
_UNREADABLE = (  # kinds of content that a customer may send and that we can't read as an answer
    *("voice", "audio", "video_note", "video", "photo", "sticker", "animation", "document"),
    *("contact", "location", "venue", "poll", "dice", "game", "story", "paid_media", "checklist"),
)
_FORWARDED = ("forward_origin", "forward_date")
_LARGEST_ID = 2**53  # Bot API: ids have at most 52 significant bits

Fields = Mapping[str, Any]


def update_id(update: Json) -> int | None:
    """Return the update's number, or None where there is none to go by."""
    return _number(_fields(update).get("update_id"))


def callback_id(update: Json) -> str | None:
    """Return the id by which a button press is answered, if the update is one."""
    value = _fields(_fields(update).get("callback_query")).get("id")
    return value if isinstance(value, str) else None


def read_update(update: Json, *, bot_id: str, now: datetime) -> Incoming | None:
    """Return what a customer did in a private chat, or None where it is nothing to us.

    ``now`` stands in where Telegram gives no time: a button press has none.
    """
    number = update_id(update)
    said = next(
        (
            read(_fields(update[kind]), now)
            for kind, read in _READERS.items()
            if isinstance(update, dict) and kind in update
        ),
        None,
    )
    if number is None or said is None:
        return None
    sender, chat, at, act = said
    return Incoming(
        source=f"telegram:{bot_id}",
        key=str(number),
        channel=Channel.TELEGRAM,
        account=bot_id,
        user=str(sender["id"]),
        chat=str(chat),
        at=at,
        order=float(number),
        act=act,
        locale=_locale(sender),
    )


Said = tuple[Fields, int, datetime, Act]


def _message(message: Fields, now: datetime) -> Said | None:
    chat = _private_chat(message)
    sender = _person(message)
    act = _content(message)
    if chat is None or sender is None or act is None:
        return None
    return sender, chat, _time(message.get("date"), now), act


def _content(message: Fields) -> Act | None:
    text = message.get("text")
    if any(name in message for name in _FORWARDED):
        return Unsupported(what="forwarded")
    if isinstance(text, str):
        return _text(clean(text), _name(message))
    return next((Unsupported(what=kind) for kind in _UNREADABLE if kind in message), None)


def _edited_message(message: Fields, now: datetime) -> Said | None:
    """Only a text can be edited into another answer; live locations, for one, edit themselves."""
    chat = _private_chat(message)
    sender = _person(message)
    text = message.get("text")
    forwarded = any(name in message for name in _FORWARDED)
    if chat is None or sender is None or forwarded or not isinstance(text, str):
        return None
    at = _time(message.get("edit_date"), now)
    return sender, chat, at, Typed(text=clean(text), message=_name(message), edited=True)


def _name(message: Fields) -> str:
    """Return the message's id in its chat, by which an edit names it."""
    number = _number(message.get("message_id"))
    return "" if number is None else str(number)


def _text(text: str, name: str) -> Act:
    command = _COMMAND.fullmatch(text.strip())
    if command:
        return _command(command[1].lower(), (command[2] or "").strip())
    word = _WORDS.get(normalize("NFC", text).strip(_AROUND_WORDS).casefold())
    return Command(name=word) if word else Typed(text=text, message=name)


def _command(name: str, argument: str) -> Act:
    """An unknown command asks for help: it is never silence and never an answer."""
    if name == "start":
        return Started(token=argument or None)
    return Command(name=name, argument=argument) if name in _COMMANDS else Command(name="help")


def _callback_query(query: Fields, now: datetime) -> Said | None:
    """A press names its sender; its message may be missing or no longer accessible."""
    sender = _person(query)
    message = _fields(query.get("message"))
    if sender is None:
        return None
    chat = _private_chat(message) if message else int(sender["id"])
    if chat is None:
        return None
    data = query.get("data")
    ours = _DATA.fullmatch(data) if isinstance(data, str) else None
    if ours is None:
        return sender, chat, now, Tap(token="", value="")
    number = _number(message.get("message_id"))
    at = {"chat_id": chat, "message_id": number} if number else None
    return sender, chat, now, Tap(token=ours[1], value=ours[2], message=at)


def _my_chat_member(change: Fields, now: datetime) -> Said | None:
    """In a private chat, ``kicked`` means that the customer blocked us."""
    chat = _private_chat(change)
    sender = _person(change)
    reachable = {"kicked": False, "member": True}.get(
        str(_fields(change.get("new_chat_member")).get("status"))
    )
    if chat is None or sender is None or reachable is None:
        return None
    return sender, chat, _time(change.get("date"), now), Reached(reachable=reachable)


_READERS = {
    "message": _message,
    "edited_message": _edited_message,
    "callback_query": _callback_query,
    "my_chat_member": _my_chat_member,
}


def _fields(value: Json) -> Fields:
    return value if isinstance(value, dict) else {}


def _number(value: Json) -> int | None:
    return value if type(value) is int and -_LARGEST_ID < value < _LARGEST_ID else None


def _person(holder: Fields) -> Fields | None:
    sender = _fields(holder.get("from"))
    is_person = _number(sender.get("id")) is not None and sender.get("is_bot") is not True
    return sender if is_person else None


def _private_chat(holder: Fields) -> int | None:
    """Groups and channels have negative ids, so a chat that does not state its type is told by its id."""
    chat = _fields(holder.get("chat"))
    number = _number(chat.get("id"))
    is_private = number is not None and number > 0 and chat.get("type", "private") == "private"
    return number if is_private else None


def _time(value: Json, now: datetime) -> datetime:
    number = _number(value)
    try:
        return datetime.fromtimestamp(number, UTC) if number else now
    except (ValueError, OverflowError, OSError):
        return now


def _locale(sender: Fields) -> str | None:
    code = sender.get("language_code")
    return code if isinstance(code, str) and _LOCALE.fullmatch(code) else None
