"""Finds the Slack user that a customer is, and the conversation to reach her in."""

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.incoming import slack_user
from bot.slack.messenger import DEADLINE
from bot.slack.outcomes import TROUBLE, of_failure
from surveys.errors import ChannelUnavailable
from surveys.model import Json, OutcomeKind


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

    def __init__(self, client: AsyncWebClient, home: str, deadline: float = DEADLINE) -> None:
        self._client = client
        self._home = home
        self._deadline = deadline

    async def find(self, email: str | None, user_id: str | None) -> SlackUser | None:
        """Return the person by user id, else by e-mail (which needs the scope users:read.email).

        None where there is nobody, a bot, or somebody who left or cannot be written to. Raises
        ChannelUnavailable where nothing is known.
        """
        person = await self._profile(email, user_id)
        if person is None or person.get("deleted") or person.get("is_bot"):
            return None
        opened = await self._ask(self._client.conversations_open(users=str(person["id"])))
        if opened is None:
            return None
        return SlackUser(
            team=str(person.get("team_id") or self._home),
            user=str(person["id"]),
            chat=str(opened["channel"]["id"]),
            locale=person.get("locale"),
        )

    async def _profile(self, email: str | None, user_id: str | None) -> Mapping[str, Json] | None:
        if user_id:
            found = await self._ask(self._client.users_info(user=user_id, include_locale=True))
        elif email:
            found = await self._ask(self._client.users_lookupByEmail(email=email))
        else:
            found = None
        return None if found is None else found["user"]

    async def _ask(self, call: Awaitable[AsyncSlackResponse]) -> Mapping[str, Json] | None:
        try:
            async with asyncio.timeout(self._deadline):
                answer = await call
        except TROUBLE as problem:
            outcome = of_failure(problem)
            if outcome.kind is OutcomeKind.REJECTED:
                return None
            raise ChannelUnavailable("slack", outcome.reason or "unknown") from problem
        return answer.data if isinstance(answer.data, dict) else {}
