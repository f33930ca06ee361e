"""Reads what Slack tells us into the domain's values; everything that is no act of a customer is None."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.slack.modal import CALLBACK, filled
from surveys.model import Act, Channel, Command, Incoming, Json, Started, Tap, Typed, Unsupported

_BUTTON = re.compile(r"1:([A-Za-z0-9_-]{22}):([!-~]{1,32})")
_OWN_WRITING = (None, "thread_broadcast")
"""Subtypes of a message that its author just wrote; the others are edits, joins, bots and the like."""

_WORDS = {
    "stop": "stop",
    "그만": "stop",
    "중지": "stop",
    "수신거부": "stop",
    "help": "help",
    "도움말": "help",
    "start": "start",
    "시작": "start",
}
_SLASHED = ("/stop", "/help", "/start", "/lang", "/privacy")
"""Slack's own client takes a leading slash for itself, but sends it on after a space."""

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
    tapped = _our_button(body)
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
    if chat and _text(container, "message_ts") and not container.get("is_ephemeral"):
        tap = replace(tap, message={"channel": chat, "ts": _text(container, "message_ts")})
    team = _team(user, body)
    action_ts = _text(action, "action_ts") or _text(body, "trigger_id")
    return reading.act(
        tap,
        key="/".join((team, _text(user, "id"), at, _text(action, "action_id"), action_ts)),
        user=_text(user, "id"),
        team=team,
        chat=chat or _text(user, "id"),
        order=_order(action_ts, reading.now),
    )


def _our_button(body: Mapping[str, Json]) -> tuple[Mapping[str, Json], Tap] | None:
    actions = body.get("actions")
    for action in actions if isinstance(actions, list) else ():
        value = _text(action, "value") if isinstance(action, dict) else ""
        if match := _BUTTON.fullmatch(value):
            return action, Tap(token=match[1], value=match[2])
    return None


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
    act = _written(event) if _from_customer(event, reading.ours) else None
    if act is None or not _text(reading.body, "event_id"):
        return None
    return reading.act(
        act,
        key=_text(reading.body, "event_id"),
        user=_text(event, "user"),
        team=_text(event, "user_team") or _text(event, "team") or _text(reading.body, "team_id"),
        chat=_text(event, "channel"),
        order=_order(_text(event, "ts"), reading.now),
    )


def _from_customer(event: Mapping[str, Json], ours: Installation) -> bool:
    """A direct message that a person just wrote: no bot's, none of ours, nothing edited or hidden."""
    direct = _text(event, "channel_type") in ("im", "app_home") or (
        "channel_type" not in event and _text(event, "channel").startswith("D")
    )
    foreign = event.get("bot_id") or event.get("edited") or event.get("hidden")
    author = _text(event, "user")
    return (
        _text(event, "type") == "message"
        and direct
        and not foreign
        and author not in ("", ours.bot_user)
    )


def _written(event: Mapping[str, Json]) -> Act | None:
    subtype = event.get("subtype")
    if subtype == "file_share":
        return Unsupported(what="file")
    text = _storable(_unescape(_text(event, "text"))).strip()
    if subtype not in _OWN_WRITING or not text:
        return None
    return _commanded(text) or Typed(text=text)


def _commanded(text: str) -> Act | None:
    word, _, argument = text.partition(" ")
    if word.casefold() in _SLASHED:
        name = word.casefold().removeprefix("/")
        return Started() if name == "start" else Command(name=name, argument=argument.strip())
    plain = _WORDS.get(text.casefold())
    if plain is None:
        return None
    return Started() if plain == "start" else Command(name=plain)


def _unescape(text: str) -> str:
    """Undo Slack's escaping of typed text (docs.slack.dev, formatting); ``&amp;`` goes last."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _storable(text: str) -> str:
    """Replace what no database keeps: NUL and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _order(ts: str, now: datetime) -> float:
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
