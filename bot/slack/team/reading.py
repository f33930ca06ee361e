"""Reads what Slack tells of staff's acts into values; None is anything else, such as a customer's answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from bot.slack.incoming import Installation
from surveys.model import Json

PREFIX = "team."
"""What the action_id of every button and form begins with that is none of a survey's."""

SEND, CREATE = "send_survey", "create_survey"
"""The shortcuts, as the manifest calls them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: a user and her own workspace, which is not ours in a channel shared with others."""

    user: str
    team: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A slash command. ``name`` is what the manifest calls it; ``key`` names this act, a repeat has the same."""

    by: Actor
    key: str
    name: str
    text: str
    channel: str
    answer_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A button of ours, on a message (``answer_at`` is set) or on the Home tab (``home`` is its hash).

    ``order`` is the act's place among all of a customer's, "" where Slack names none.
    """

    by: Actor
    key: str
    action: str
    value: str
    channel: str
    trigger: str
    answer_at: str
    home: str | None
    order: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A survey was picked in the form that sends a test."""

    by: Actor
    key: str
    survey: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A message that a shortcut was used on; ``author`` is None for a bot's. ``answer_at`` is for whoever uses it."""

    author: Actor | None
    channel: str
    ts: str
    answer_at: str

    def packed(self) -> str:
        """Return it as a form carries it."""
        by = [self.author.user, self.author.team] if self.author else []
        return json.dumps([self.channel, self.ts, self.answer_at, *by])


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A shortcut: SEND on a message, CREATE from anywhere."""

    by: Actor
    what: str
    trigger: str
    on: Written | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """The form of SEND was handed in: a trigger was picked; ``on`` is None where it is none of ours."""

    by: Actor
    key: str
    picked: str
    on: Written | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeOpened:
    """The Home tab was opened; ``home`` is the hash of what it shows, None where it is empty."""

    by: Actor
    home: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinksShared:
    """Links stand in a message, or in one still being written. ``place`` is the argument of chat.unfurl for it."""

    by: Actor
    place: Mapping[str, str]
    urls: tuple[str, ...]
    outside: bool


Act = Typed | Pressed | Chosen | Called | HandedIn | HomeOpened | LinksShared


def body_of(body: Mapping[str, Json], raw: str) -> Mapping[str, Json]:
    """Return the body; Bolt takes a command whose text holds the word ``payload`` for an empty one."""
    return body or dict(parse_qsl(raw, keep_blank_values=True))


def read(body: Mapping[str, Json], ours: Installation) -> Act | None:
    """Return what a member of staff may have done, in a verified body."""
    if _text(body, "command"):
        return _typed(body, ours)
    match body.get("type"):
        case "block_actions":
            return _pressed(body, ours)
        case "view_submission":
            return _chosen(body, ours)
        case "message_action" | "shortcut" as kind:
            return _called(body, ours, kind)
        case "event_callback":
            return _event(body, ours)
        case _:
            return None


def is_for_staff(body: Mapping[str, Json]) -> bool:
    """Say, without knowing our workspace, whether ``read`` would make an act of it."""
    return read(body, Installation(team="", bot_user="")) is not None


def _typed(body: Mapping[str, Json], ours: Installation) -> Typed | None:
    user, trigger = _text(body, "user_id"), _text(body, "trigger_id")
    if not user or not trigger:
        return None
    return Typed(
        by=Actor(user=user, team=ours.home_of(_text(body, "team_id"))),
        key=trigger,
        name=_text(body, "command"),
        text=_text(body, "text"),
        channel=_text(body, "channel_id"),
        answer_at=_text(body, "response_url"),
    )


def _pressed(body: Mapping[str, Json], ours: Installation) -> Pressed | None:
    by = _actor(body, ours)
    actions = body.get("actions")
    found = [a for a in actions if isinstance(a, dict)] if isinstance(actions, list) else []
    action = next((a for a in found if _text(a, "action_id").startswith(PREFIX)), None)
    if by is None or action is None:
        return None
    container, view = _part(body, "container"), _part(body, "view")
    at = _text(container, "message_ts") or _text(view, "id")
    order = _text(action, "action_ts")
    named = order or _text(body, "trigger_id")
    return Pressed(
        by=by,
        key="/".join((by.team, by.user, at, _text(action, "action_id"), named)),
        action=_text(action, "action_id").removeprefix(PREFIX),
        value=_text(action, "value"),
        channel=_text(_part(body, "channel"), "id") or _text(container, "channel_id"),
        trigger=_text(body, "trigger_id"),
        answer_at=_text(body, "response_url"),
        home=(_text(view, "hash") or None) if view.get("type") == "home" else None,
        order=order,
    )


def _chosen(body: Mapping[str, Json], ours: Installation) -> Chosen | HandedIn | None:
    by, view = _actor(body, ours), _part(body, "view")
    form = _text(view, "callback_id")
    if by is None or form not in (f"{PREFIX}test", f"{PREFIX}{SEND}"):
        return None
    option = _part(_part(_part(_part(view, "state"), "values"), "survey"), "v")
    picked = _text(_part(option, "selected_option"), "value")
    key = "/".join((by.team, by.user, _text(view, "id"), _text(view, "hash")))
    if form == f"{PREFIX}test":
        return Chosen(by=by, key=key, survey=picked)
    return HandedIn(by=by, key=key, picked=picked, on=_unpacked(_text(view, "private_metadata")))


def _called(body: Mapping[str, Json], ours: Installation, kind: str) -> Called | None:
    by, what, trigger = _actor(body, ours), _text(body, "callback_id"), _text(body, "trigger_id")
    if by is None or (kind, what) not in (("message_action", SEND), ("shortcut", CREATE)):
        return None
    return Called(by=by, what=what, trigger=trigger, on=_written(body, ours))


def _written(body: Mapping[str, Json], ours: Installation) -> Written | None:
    message, channel = _part(body, "message"), _text(_part(body, "channel"), "id")
    ts = _text(body, "message_ts") or _text(message, "ts")
    if not channel or not ts:
        return None
    team = _text(message, "user_team") or _text(message, "team") or _text(_part(body, "team"), "id")
    by_a_person = _text(message, "user") and not message.get("bot_id")
    author = Actor(user=_text(message, "user"), team=ours.home_of(team)) if by_a_person else None
    return Written(author=author, channel=channel, ts=ts, answer_at=_text(body, "response_url"))


def _unpacked(packed: str) -> Written | None:
    """Read what ``Written.packed`` wrote of a person's message; None for anything else."""
    try:
        said = json.loads(packed)
    except ValueError:
        return None
    match said:
        case [str(channel), str(ts), str(answer_at), str(user), str(team)]:
            author = Actor(user=user, team=team)
            return Written(author=author, channel=channel, ts=ts, answer_at=answer_at)
        case _:
            return None


def _actor(body: Mapping[str, Json], ours: Installation) -> Actor | None:
    user = _part(body, "user")
    team = _text(user, "team_id") or _text(_part(body, "team"), "id")
    return Actor(user=_text(user, "id"), team=ours.home_of(team)) if _text(user, "id") else None


def _event(body: Mapping[str, Json], ours: Installation) -> HomeOpened | LinksShared | None:
    event, team = _part(body, "event"), ours.home_of(_text(body, "team_id"))
    by = Actor(user=_text(event, "user"), team=team)
    if not by.user:
        return None
    match event.get("type"):
        case "app_home_opened" if event.get("tab") == "home":
            return HomeOpened(by=by, home=_text(_part(event, "view"), "hash") or None)
        case "link_shared":
            return _links(body, event, by)
        case _:
            return None


def _links(body: Mapping[str, Json], event: Mapping[str, Json], by: Actor) -> LinksShared:
    links = event.get("links")
    found = [link for link in links if isinstance(link, dict)] if isinstance(links, list) else []
    composing = event.get("source") == "composer"
    names = ("source", "unfurl_id") if composing else ("channel", "message_ts")
    place = {name: _text(event, name) for name in names}
    if not composing:
        place["ts"] = place.pop("message_ts")
    return LinksShared(
        by=by,
        place=place,
        urls=tuple(dict.fromkeys(_text(link, "url") for link in found)),
        outside=bool(body.get("is_ext_shared_channel")),
    )


def _text(part: Mapping[str, Json], key: str) -> str:
    found = part.get(key)
    return found if isinstance(found, str) else ""


def _part(body: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    found = body.get(key)
    return found if isinstance(found, dict) else {}
