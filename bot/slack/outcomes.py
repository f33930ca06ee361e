"""What Slack's answers and the network's failures mean for a message (FAULTS: outcome classes)."""

import re
from collections.abc import Mapping

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.slack.session import Withheld
from surveys.model import Json, Outcome, OutcomeKind

RETRY_MIN, RETRY_MAX = 1.0, 3600.0
"""Seconds that a Retry-After may mean; beyond are clock faults and junk."""

TROUBLE = (
    SlackApiError,
    aiohttp.ClientError,
    TimeoutError,
    OSError,
    ValueError,
    LookupError,
    AttributeError,
)
"""All that one call may raise. The last three are slack_sdk 3.47 reading an answer that is no JSON
object: undecodable text, an unknown charset, ``.get`` of a string."""

NO_TRUST = "tls"
"""The reason where no connection could be made safe: most often a certificate that is not Slack's."""

_RAISED = (
    (aiohttp.ClientSSLError, OutcomeKind.NOT_SENT, NO_TRUST),
    (aiohttp.ClientConnectorError, OutcomeKind.NOT_SENT, "not_connected"),
    (aiohttp.ConnectionTimeoutError, OutcomeKind.NOT_SENT, "not_connected"),
    (TimeoutError, OutcomeKind.UNKNOWN, "timeout"),
    (aiohttp.ClientOSError, OutcomeKind.UNKNOWN, "disconnected"),
    (aiohttp.ServerDisconnectedError, OutcomeKind.UNKNOWN, "disconnected"),
)
"""The first match counts. Not sent is only what failed before a byte of the request left."""

NOT_REACHED = frozenset(reason for _, _, reason in _RAISED)
"""The reasons where nothing that Slack said came back."""

_PERHAPS = {"fatal_error", "internal_error", "service_unavailable", "request_timeout"}
"""Slack's docs: "some aspect of the operation succeeded" is possible."""

_WAIT = {"ratelimited", "rate_limited"}
_LATER = {"team_added_to_org", "external_channel_migrating", "update_failed"}
_OURS = {
    "access_denied",
    "accesslimited",
    "account_inactive",
    "ekm_access_denied",
    "enterprise_is_restricted",
    "invalid_auth",
    "messages_tab_disabled",
    "missing_scope",
    "no_permission",
    "not_allowed_token_type",
    "not_authed",
    "org_login_required",
    "team_not_found",
    "token_expired",
    "token_revoked",
    "two_factor_setup_required",
}
"""Faults of our installation; nothing is wrong with the message."""

_GONE = {
    "app_access_restricted",
    "cannot_dm_bot",
    "channel_not_found",
    "is_archived",
    "is_inactive",
    "not_in_channel",
    "user_disabled",
    "user_not_found",
    "user_not_in_channel",
    "user_not_visible",
    "users_not_found",
}


def of_failure(problem: BaseException) -> Outcome:
    """Return what is known after a call that raised one of TROUBLE."""
    if isinstance(problem, SlackApiError):
        return _of_answer(problem.response)
    if isinstance(problem, Withheld):
        return Outcome(kind=OutcomeKind.NOT_SENT, reason=problem.reason, account_down=True)
    for raised, kind, reason in _RAISED:
        if isinstance(problem, raised):
            return Outcome(kind=kind, reason=reason)
    return Outcome(kind=OutcomeKind.UNKNOWN, reason="unreadable")


def _of_answer(response: Json) -> Outcome:
    """Judge an answer that was not ok; slack_sdk hands over its own response or aiohttp's."""
    status: int = getattr(response, "status_code", 0) or getattr(response, "status", 0)
    data = getattr(response, "data", None)
    error = data.get("error") if isinstance(data, Mapping) else None
    if status == 429 or error in _WAIT:  # noqa: PLR2004 Too Many Requests
        return _pause(response.headers)
    if status >= 500:  # noqa: PLR2004 server errors
        return Outcome(kind=OutcomeKind.UNKNOWN, reason=f"http_{status}")
    if not isinstance(error, str):
        return Outcome(kind=OutcomeKind.UNKNOWN, reason="unreadable")
    return _of_error(error)


def _of_error(error: str) -> Outcome:
    word = re.sub(r"[^a-z0-9_]", "", error.lower())[:64]
    if error in _PERHAPS:
        return Outcome(kind=OutcomeKind.UNKNOWN, reason=word)
    if error in _LATER:
        return Outcome(kind=OutcomeKind.NOT_SENT, reason=word)
    if error in _OURS:
        return Outcome(kind=OutcomeKind.NOT_SENT, reason=word, account_down=True)
    return Outcome(kind=OutcomeKind.REJECTED, reason=word, unreachable=error in _GONE)


def _pause(headers: Mapping[str, str]) -> Outcome:
    return Outcome(
        kind=OutcomeKind.PAUSED,
        reason="ratelimited",
        retry_after=retry_after(headers.get("Retry-After")),
        scope="chat",
    )


def retry_after(header: str | None) -> float:
    """Return the seconds to wait, clamped to 1..3600; a header that is no number means 1."""
    match = re.fullmatch(r"\s*([0-9]{1,20})(?:\.[0-9]*)?\s*", header or "")
    return min(max(float(match[1]), RETRY_MIN), RETRY_MAX) if match else RETRY_MIN
