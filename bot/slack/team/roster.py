"""Who is staff, and how much they may do: named users, members of user groups and of channels.

Names are Slack's ids: ``U...`` or ``W...`` a user, ``S...`` a user group, ``C...`` or ``G...`` a channel. Only full
members of our own workspace count, however they got into a group or channel. What Slack told is kept for ten minutes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, Final

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.outcomes import TROUBLE, of_failure
from bot.slack.team.reading import Actor
from surveys.language.texts import pick
from surveys.model import Json
from surveys.ports import Clock

KEPT_FOR: Final = timedelta(minutes=10)
PATIENCE: Final = 1.5
"""Seconds to find out who acts: Slack wants its answer within three."""

_MOST_PAGES: Final = 20
_MOST_KNOWN: Final = 1000
_APART: Final = ("is_stranger", "is_restricted", "is_ultra_restricted", "is_bot", "deleted")
_log = structlog.get_logger(__name__)


class Rank(IntEnum):
    """What somebody may do here: nothing, look at results, or also pause and test."""

    NOBODY = 0
    VIEWER = 1
    OPERATOR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffList:
    """The ids that the settings name: of those who may look, and of those who may also act."""

    viewers: frozenset[str] = frozenset()
    operators: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Who somebody is. ``certain`` is False where Slack could not be asked."""

    rank: Rank
    language: str
    certain: bool = True


@dataclass(slots=True)
class _Kept:
    at: datetime
    value: Any


@dataclass(slots=True)
class Roster:
    """Looks people up, in the settings first and at Slack where these name groups."""

    client: AsyncWebClient
    staff: StaffList
    clock: Clock
    default_language: str
    kept: dict[str, _Kept] = field(default_factory=dict)

    async def who(self, actor: Actor, home: str) -> Known:
        """Return what is known of somebody; nobody of another workspace than ``home`` is staff."""
        own = actor.team == home
        try:
            async with asyncio.timeout(PATIENCE):
                profile = await self._profile(actor.user)
                rank = await self._rank(actor.user, profile) if own else Rank.NOBODY
        except TROUBLE as problem:
            _log.warning("slack cannot say who is staff", reason=of_failure(problem).reason)
            rank = self._named(actor.user) if own else Rank.NOBODY
            return Known(rank=rank, language=self.default_language, certain=rank > Rank.NOBODY)
        return Known(rank=rank, language=pick(profile.get("locale"), self.default_language))

    def _named(self, user: str) -> Rank:
        """Return the rank that the settings give a user by name."""
        if user in self.staff.operators:
            return Rank.OPERATOR
        return Rank.VIEWER if user in self.staff.viewers else Rank.NOBODY

    async def _rank(self, user: str, profile: Mapping[str, Json]) -> Rank:
        named = self._named(user)
        if named is Rank.OPERATOR or any(profile.get(mark) for mark in _APART):
            return named
        if await self._is_in(user, self.staff.operators):
            return Rank.OPERATOR
        return Rank.VIEWER if named or await self._is_in(user, self.staff.viewers) else named

    async def _is_in(self, user: str, names: Iterable[str]) -> bool:
        for name in sorted(names):
            if name.startswith("S") and user in await self._once(name, self._group):
                return True
            if name.startswith(("C", "G")) and user in await self._once(name, self._channel):
                return True
        return False

    async def _profile(self, user: str) -> Mapping[str, Json]:
        found: Mapping[str, Json] = await self._once(user, self._user)
        return found

    async def _once(self, name: str, ask: Callable[[str], Awaitable[Any]]) -> Any:
        """Return what was found less than ten minutes ago, else ask."""
        known, now = self.kept.get(name), self.clock.now()
        if known is not None and abs(now - known.at) < KEPT_FOR:
            return known.value
        value = await ask(name)
        self.kept.pop(name, None)
        self.kept[name] = _Kept(now, value)
        while len(self.kept) > _MOST_KNOWN:
            del self.kept[next(iter(self.kept))]
        return value

    async def _user(self, user: str) -> Mapping[str, Json]:
        answer = await self.client.users_info(user=user, include_locale=True)
        found = answer.get("user")
        return found if isinstance(found, dict) else {}

    async def _group(self, group: str) -> frozenset[str]:
        answer = await self.client.usergroups_users_list(usergroup=group)
        return frozenset(answer.get("users") or ())

    async def _channel(self, channel: str) -> frozenset[str]:
        found: set[str] = set()
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            answer = await self.client.conversations_members(
                channel=channel, cursor=cursor, limit=1000
            )
            found.update(answer.get("members") or ())
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
        return frozenset(found)
