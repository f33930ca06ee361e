"""Asks Slack who an installed token is and what it may do: for commands typed by an operator, not for serving."""

from dataclasses import dataclass

import aiohttp

from bot.patience import Passing
from bot.slack.channel import GET_BOT_TOKEN, SlackAccess
from bot.slack.manifest import granted_scopes
from bot.slack.messenger import web_client
from bot.slack.outcomes import NOT_REACHED, TROUBLE, of_failure
from bot.slack.session import OneRequest
from surveys.errors import ChannelMisconfigured, ChannelUnavailable
from surveys.model import Outcome, OutcomeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a token is. ``scopes`` is None where Slack did not tell."""

    team: str
    bot: str
    scopes: frozenset[str] | None


async def identify(access: SlackAccess, session: aiohttp.ClientSession) -> Identity:
    """Ask ``auth.test``; raises ChannelMisconfigured for a refused token, else ChannelUnavailable.

    Of the latter, Passing where the same may be answered soon.
    """
    client = web_client(access.bot_token, access.base_url, OneRequest(session, access.deadline))
    try:
        answer = await client.auth_test()
        told = {name.lower(): value for name, value in answer.headers.items()}
        header = told.get("x-oauth-scopes")
        return Identity(
            team=str(answer.get("team") or answer.get("team_id")),
            bot=str(answer.get("user") or answer.get("user_id")),
            scopes=None if header is None else granted_scopes(str(header)),
        )
    except TROUBLE as problem:
        outcome = of_failure(problem)
    if outcome.account_down:
        fault = f"AFTERTOUCH_SLACK_BOT_TOKEN is refused ({outcome.reason}): {GET_BOT_TOKEN}"
        raise ChannelMisconfigured("slack", fault)
    raise _unanswered(outcome)


def _unanswered(outcome: Outcome) -> ChannelUnavailable:
    told = f"auth.test: {outcome.reason}"
    if outcome.kind is OutcomeKind.REJECTED:
        return ChannelUnavailable("slack", told)
    away = outcome.reason in NOT_REACHED
    return Passing("slack", told, pause=outcome.retry_after, is_theirs=not away)
