"""Reads what Slack tells us into the domain's values; everything that is no act of a customer is None."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.slack.emoji import written_out
from bot.slack.modal import CALLBACK, filled
from surveys.language.commands import spoken
from surveys.model import Act, Channel, Command, Incoming, Json, Started, Tap, Typed, Unsupported

_BUTTON = re.compile(r"1:([A-Za-z0-9_-]{22}):([!-~]{1,32})")
_OWN_WRITING = (None, "thread_broadcast", "file_share", "me_message")
"""Subtypes of a message that its author just wrote; the others are edits, joins, bots and the like."""

_NOT_OURS = Tap(token="", value="")
"""A press that no message of ours brought about: its sender is told that the button is none of ours."""

_REVOKED = ("app_uninstalled", "tokens_revoked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Our side in one workspace, as ``auth.test`` tells it; ``enterprise`` is the grid it is part of."""

    team: str
    bot_user: str
    bot: str | None = None
    enterprise: str | None = None

    def home_of(self, team: str) -> str:
        """Return the workspace of a person; where Slack names the grid or nothing, it is ours."""
        return self.team if team in ("", self.enterprise) else team


def slack_user(team: str, user: str, home: str) -> str:
    """Name a user within our workspace ``home``.

    People of another workspace (Slack Connect) carry theirs, so that equal ids never meet.
    """
    return user if team == home else f"{team}:{user}"


def concerns_us(body: Mapping[str, Json]) -> bool:
    """Tell whether a body is of a kind that may hold an act, news of our access or Slack's own test."""
    return _text(body, "type") in (*_READERS, "url_verification")


def read(body: Mapping[str, Json], ours: Installation, now: datetime) -> Incoming | None:
    """Return the customer's act in a verified body, or None where there is none for us."""
    reader = _READERS.get(_text(body, "type"))
    return reader(_Reading(body=body, ours=ours, now=now)) if reader else None


def revokes(body: Mapping[str, Json], ours: Installation) -> bool:
    """Tell whether our workspace took our access away; an app may be installed in others, too."""
    event = _part(body, "event")
    if ours.home_of(_text(body, "team_id")) != ours.team:
        return False
    if _text(event, "type") == "tokens_revoked":
        return bool(_part(event, "tokens").get("bot"))
    return _text(event, "type") in _REVOKED


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    body: Mapping[str, Json]
    ours: Installation
    now: datetime

    def act(self, act: Act, *, key: str, user: str, team: str, chat: str, order: float) -> Incoming:
        """Return the incoming act; the person's own team tells Slack Connect users apart."""
        app = _text(self.body, "api_app_id")
        return Incoming(
            source=f"slack:{app}/{self.ours.team}",
            key=key,
            channel=Channel.SLACK,
            account=self.ours.team,
            user=slack_user(self.ours.home_of(team), user, self.ours.team),
            chat=chat,
            at=self.now,
            order=order,
            act=act,
        )


def _tapped(reading: _Reading) -> Incoming | None:
    body, container = reading.body, _part(reading.body, "container")
    tapped = _pressed(body)
    user = _part(body, "user")
    if tapped is None or not _text(user, "id"):
        return None
    action, tap = tapped
    at = (
        _text(container, "message_ts")
        or _text(_part(body, "message"), "ts")
        or _text(_part(body, "view"), "id")
    )
    chat = _text(_part(body, "channel"), "id") or _text(container, "channel_id")
    team = _team(user, body)
    action_ts = _text(action, "action_ts") or _text(body, "trigger_id")
    return reading.act(
        _placed(tap, container, chat),
        key="/".join((team, _text(user, "id"), at, _text(action, "action_id"), action_ts)),
        user=_text(user, "id"),
        team=team,
        chat=chat or _text(user, "id"),
        order=order_of(action_ts, reading.now),
    )


def _pressed(body: Mapping[str, Json]) -> tuple[Mapping[str, Json], Tap] | None:
    """Return the button and what it says, of ours first; links are buttons that ask for nothing."""
    actions = body.get("actions")
    pressed = (
        [each for each in actions if isinstance(each, dict)] if isinstance(actions, list) else []
    )
    for action in pressed:
        if match := _BUTTON.fullmatch(_text(action, "value")):
            return action, Tap(token=match[1], value=match[2])
    foreign = (each for each in pressed if each.get("type") == "button" and not each.get("url"))
    return next(((each, _NOT_OURS) for each in foreign), None)


def _placed(tap: Tap, container: Mapping[str, Json], chat: str) -> Tap:
    """Name the message that was tapped, where Slack does; in a channel no message is of ours."""
    if not tap.token or not _is_direct(chat):
        return _NOT_OURS
    ts = _text(container, "message_ts")
    named = chat and ts and not container.get("is_ephemeral")
    return replace(tap, message={"channel": chat, "ts": ts}) if named else tap


def _is_direct(chat: str) -> bool:
    """Say whether a conversation has only one other person in it, by its id; a modal names none."""
    return not chat or chat.startswith(("D", "U", "W"))


def _submitted(reading: _Reading) -> Incoming | None:
    body, view = reading.body, _part(reading.body, "view")
    user, form = _part(body, "user"), filled(view)
    said = form.text.strip() or form.chips
    if _text(view, "callback_id") != CALLBACK or not _text(user, "id") or not said:
        return None
    team = _team(user, body)
    return reading.act(
        Typed(text=_storable(form.text.strip()), token=form.token, chips=form.chips),
        key="/".join((team, _text(user, "id"), _text(view, "id"), _text(view, "hash"))),
        user=_text(user, "id"),
        team=team,
        chat=form.chat or _text(user, "id"),
        order=reading.now.timestamp(),
    )


def _team(user: Mapping[str, Json], body: Mapping[str, Json]) -> str:
    return _text(user, "team_id") or _text(_part(body, "team"), "id")


def _told(reading: _Reading) -> Incoming | None:
    event = _part(reading.body, "event")
    is_edit = event.get("subtype") == "message_changed"
    said = _part(event, "message") if is_edit else event
    act = _rewritten(event) if is_edit else _written(event)
    key = _text(reading.body, "event_id")
    if act is None or not key or not _from_customer(event, said, reading.ours):
        return None
    return reading.act(
        act,
        key=key,
        user=_text(said, "user"),
        team=_text(said, "user_team") or _text(said, "team") or _text(reading.body, "team_id"),
        chat=_text(event, "channel"),
        order=order_of(_text(event, "ts"), reading.now),
    )


def _from_customer(event: Mapping[str, Json], said: Mapping[str, Json], ours: Installation) -> bool:
    """Say whether a person wrote it to us directly: no bot, not we ourselves, in no channel or group."""
    direct = _text(event, "channel_type") in ("im", "app_home") or (
        "channel_type" not in event and _text(event, "channel").startswith("D")
    )
    by_a_person = not said.get("bot_id") and _text(said, "user") not in ("", ours.bot_user)
    return _text(event, "type") == "message" and direct and by_a_person


def _written(event: Mapping[str, Json]) -> Act | None:
    """Return what somebody just wrote, shared or passed on; blank messages and hidden ones are nothing."""
    if event.get("subtype") not in _OWN_WRITING or event.get("edited") or event.get("hidden"):
        return None
    text, files = _storable(_plain(_text(event, "text"))).strip(), event.get("files")
    if text:
        typed = Typed(text=text, reply_to=_thread(event), attached=bool(files))
        return _commanded(text) or typed
    if files or event.get("subtype") == "file_share":
        return Unsupported(what="file")
    return Unsupported(what="forwarded") if event.get("attachments") else None


def _thread(event: Mapping[str, Json]) -> Mapping[str, Json] | None:
    """Return the name of the message whose thread it is in, as the messenger knows its own (Delivery.ref)."""
    root = _text(event, "thread_ts")
    is_reply = root and root != _text(event, "ts")
    return {"channel": _text(event, "channel"), "ts": root} if is_reply else None


def _rewritten(event: Mapping[str, Json]) -> Act | None:
    """Notice that a person changed her words; link previews and replies change a message as well."""
    said, before = _part(event, "message"), _part(event, "previous_message")
    changed = said.get("edited") and _text(said, "text") != _text(before, "text")
    return Unsupported(what="edited") if changed and _text(said, "text").strip() else None


def _commanded(text: str) -> Act | None:
    """Slack's own client takes a leading slash for itself, but sends it on after a space."""
    said = spoken(text)
    if said is None:
        return None
    name, argument = said
    return Started() if name == "start" else Command(name=name, argument=argument)


def _plain(text: str) -> str:
    """Undo Slack's escaping of typed text (docs.slack.dev, formatting); ``&amp;`` goes last."""
    unescaped = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return written_out(unescaped)


def _storable(text: str) -> str:
    """Replace what no database keeps: NUL and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def order_of(ts: str, now: datetime) -> float:
    """Return a Slack timestamp as a number of seconds; junk is ordered by its receipt."""
    return float(ts) if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,9})?", ts) else now.timestamp()


def _text(part: Mapping[str, Json], key: str) -> str:
    found = part.get(key)
    return found if isinstance(found, str) else ""


def _part(body: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    found = body.get(key)
    return found if isinstance(found, dict) else {}


_READERS = {
    "block_actions": _tapped,
    "view_submission": _submitted,
    "event_callback": _told,
}
