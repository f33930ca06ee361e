"""Reads one Telegram update into an Incoming; total on any JSON, so that nothing blocks the queue.

Updates are read raw and not through telegram.Update, which raises on shapes it does not know.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.telegram.text import clean
from surveys.language.commands import NAMES, spoken
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
_UNREADABLE = (  # kinds of content that a customer may send and that we can't read as an answer (Bot API, Message)
    *("voice", "audio", "video_note", "video", "photo", "live_photo", "sticker", "animation"),
    *("document", "contact", "location", "venue", "poll", "dice", "game", "story", "paid_media"),
    *("checklist", "rich_message", "gift", "unique_gift", "giveaway", "invoice", "passport_data"),
    *("users_shared", "chat_shared", "web_app_data"),
)
_FORWARDED = ("forward_origin", "forward_date", "forward_from", "forward_from_chat")
_NOT_OURS = Tap(token="", value="")
"""A press that no message of ours brought about: its sender is told that the button is none of ours."""
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
        key=_key(number, update, act),
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


def _key(number: int, update: Json, act: Act) -> str:
    """Return what a repeat is told by. The pictures of an album come one by one, but are one thing to answer."""
    album = _fields(_fields(update).get("message")).get("media_group_id")
    if isinstance(act, Unsupported) and isinstance(album, str) and album:
        return f"album:{clean(album)[:64]}"
    return str(number)


def _message(message: Fields, now: datetime) -> Said | None:
    chat = _private_chat(message)
    sender = _person(message)
    act = _content(message)
    if chat is None or sender is None or act is None:
        return None
    return sender, chat, _time(message.get("date"), now), act


def _content(message: Fields) -> Act | None:
    if _is_forwarded(message):
        return Unsupported(what="forwarded")
    words = _words(message)
    if words:
        act = _text(words, _name(message))
        return _in_context(act, message) if isinstance(act, Typed) else act
    return next((Unsupported(what=kind) for kind in _UNREADABLE if kind in message), None)


def _in_context(typed: Typed, message: Fields) -> Typed:
    """Add what it replies to and whether a picture came with it; an album's are answered by themselves."""
    return replace(
        typed,
        reply_to=_message_name(_fields(message.get("reply_to_message"))),
        attached="text" not in message and "media_group_id" not in message,
    )


def _words(message: Fields) -> str:
    """Return what the customer wrote: a text, or a picture's caption."""
    said = next((message[name] for name in ("text", "caption") if name in message), None)
    return clean(said) if isinstance(said, str) else ""


def _is_forwarded(message: Fields) -> bool:
    return any(name in message for name in _FORWARDED)


def _message_name(message: Fields) -> Mapping[str, Json] | None:
    """Return the name of a message of the private chat, as the messenger knows its own (Delivery.ref)."""
    chat, number = _private_chat(message), _number(message.get("message_id"))
    return {"chat_id": chat, "message_id": number} if chat and number else None


def _edited_message(message: Fields, now: datetime) -> Said | None:
    """Only words can be edited into another answer; live locations, for one, edit themselves."""
    chat = _private_chat(message)
    sender = _person(message)
    words = _words(message)
    if chat is None or sender is None or _is_forwarded(message) or not words:
        return None
    at = _time(message.get("edit_date"), now)
    return sender, chat, at, Typed(text=words, message=_name(message), edited=True)


def _name(message: Fields) -> str:
    """Return the message's id in its chat, by which an edit names it."""
    number = _number(message.get("message_id"))
    return "" if number is None else str(number)


def _text(text: str, name: str) -> Act:
    command = _COMMAND.fullmatch(text.strip())
    if command:
        return _command(command[1].lower(), (command[2] or "").strip())
    said = spoken(text)
    if said is not None and said[0] != "start":
        return Command(name=said[0], argument=said[1])
    return Typed(text=text, message=name)


def _command(name: str, argument: str) -> Act:
    """An unknown command asks for help: it is never silence and never an answer."""
    if name == "start":
        return Started(token=argument or None)
    return Command(name=name, argument=argument) if name in NAMES else Command(name="help")


def _callback_query(query: Fields, now: datetime) -> Said | None:
    """A press names its sender; its message may be missing or no longer accessible.

    We ask in private chats only, so that a press in a group is on nothing of ours.
    """
    sender = _person(query)
    if sender is None:
        return None
    message, data = _fields(query.get("message")), query.get("data")
    chat = _private_chat(message) if "chat" in message else int(sender["id"])
    ours = _DATA.fullmatch(data) if isinstance(data, str) else None
    if ours is None or chat is None:
        return sender, int(sender["id"]), now, _NOT_OURS
    tap = Tap(token=ours[1], value=ours[2], message=_message_name(message))
    return sender, chat, now, tap


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
