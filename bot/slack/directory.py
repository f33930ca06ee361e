"""Finds the Slack user that a customer is, and the conversation to reach her in."""

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.incoming import Installation, slack_user
from bot.slack.outcomes import TROUBLE, of_failure
from bot.slack.session import DEADLINE
from surveys.errors import ChannelUnavailable
from surveys.model import Json, OutcomeKind

SLACKBOT = "USLACKBOT"
"""Slack's own bot, the one that ``is_bot`` does not mark (docs.slack.dev/reference/objects/user-object)."""

_NOBODY = ("deleted", "is_bot", "is_workflow_bot", "is_connector_bot", "is_invited_user")
_APART = ("is_stranger", "is_restricted", "is_ultra_restricted")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackUser:
    """A person in Slack: her own workspace, her id there and our DM channel with her."""

    team: str
    user: str
    chat: str
    locale: str | None = None

    def address_user(self, home: str) -> str:
        """Return the name under which her acts arrive at our workspace ``home``."""
        return slack_user(self.team, self.user, home)


class Directory:
    """Looks people up in the workspace that a bot token belongs to."""

    def __init__(
        self, client: AsyncWebClient, ours: Installation, deadline: float = DEADLINE
    ) -> None:
        self._client = client
        self._ours = ours
        self._deadline = deadline

    async def find(self, email: str | None, user_id: str | None) -> SlackUser | None:
        """Return the person by user id, else by e-mail (which needs the scope users:read.email).

        None where there is nobody, a bot, or somebody who left or cannot be written to. By e-mail only our own
        members are found: guests and people of other workspaces are kept apart, since others vouch for theirs.
        Raises ChannelUnavailable where nothing is known.
        """
        person = await self._profile(email, user_id)
        user = person.get("id") if person else None
        if person is None or not isinstance(user, str) or _is_nobody(person):
            return None
        if not user_id and not self._is_hers(person, email or ""):
            return None
        chat = await self._conversation(user)
        if chat is None:
            return None
        return SlackUser(
            team=self._ours.home_of(str(person.get("team_id") or "")),
            user=user,
            chat=chat,
            locale=person.get("locale"),
        )

    async def _profile(self, email: str | None, user_id: str | None) -> Mapping[str, Json] | None:
        if user_id:
            call = self._client.users_info(user=user_id, include_locale=True)
            found = await self._ask(call, otherwise={"user": {"id": user_id}})
        elif email:
            found = await self._ask(self._client.users_lookupByEmail(email=email))
        else:
            found = None
        return None if found is None else _part(found, "user")

    def _is_hers(self, person: Mapping[str, Json], email: str) -> bool:
        """Say whether a confirmed e-mail of a full member of our workspace makes this the person meant."""
        team = self._ours.home_of(str(person.get("team_id") or ""))
        stated = _part(person, "profile").get("email")
        same = not isinstance(stated, str) or stated.casefold() == email.casefold()
        confirmed = person.get("is_email_confirmed", True)
        apart = any(person.get(mark) for mark in _APART)
        return team == self._ours.team and same and bool(confirmed) and not apart

    async def _conversation(self, user: str) -> str | None:
        """Return the DM channel; a user id does as well where Slack does not name one."""
        opened = await self._ask(self._client.conversations_open(users=user), otherwise={})
        return None if opened is None else str(_part(opened, "channel").get("id") or user)

    async def _ask(
        self, call: Awaitable[AsyncSlackResponse], otherwise: Mapping[str, Json] | None = None
    ) -> Mapping[str, Json] | None:
        """Return the answer, None where it is no, and ``otherwise`` where there is no such method."""
        try:
            async with asyncio.timeout(self._deadline):
                answer = await call
        except TROUBLE as problem:
            outcome = of_failure(problem)
            if outcome.reason == "unknown_method":
                return otherwise
            if outcome.kind is OutcomeKind.REJECTED:
                return None
            raise ChannelUnavailable("slack", outcome.reason or "unknown") from problem
        return answer.data if isinstance(answer.data, dict) else {}


def _is_nobody(person: Mapping[str, Json]) -> bool:
    return person.get("id") == SLACKBOT or any(person.get(mark) for mark in _NOBODY)


def _part(answer: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    found = answer.get(name)
    return found if isinstance(found, dict) else {}
