import ssl
from typing import Any

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from slack_sdk.errors import SlackApiError

from bot.slack.outcomes import TROUBLE, of_failure, retry_after
from surveys.model import Outcome, OutcomeKind

KEY = ConnectionKey("slack.com", 443, True, True, None, None, None)


class Answer:
    def __init__(self, data: Any, status: int = 200, **headers: str) -> None:
        self.data, self.status_code, self.headers = data, status, headers


def answered(data: Any, status: int = 200) -> Outcome:
    return of_failure(SlackApiError("", Answer(data, status)))  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    "error", ["fatal_error", "internal_error", "service_unavailable", "request_timeout"]
)
def test_sl07_an_error_that_may_have_acted_is_unknown(error: str) -> None:
    assert answered({"error": error}) == Outcome(kind=OutcomeKind.UNKNOWN, reason=error)


@pytest.mark.parametrize(
    "error",
    ["channel_not_found", "is_archived", "user_disabled", "user_not_found", "cannot_dm_bot"],
)
def test_sl08_an_address_that_is_gone_is_unreachable(error: str) -> None:
    assert answered({"error": error}) == Outcome(
        kind=OutcomeKind.REJECTED, reason=error, unreachable=True
    )


@pytest.mark.parametrize(
    "error", ["invalid_auth", "account_inactive", "token_revoked", "not_authed", "missing_scope"]
)
def test_sl08_our_own_credentials_hold_the_queue(error: str) -> None:
    assert answered({"error": error}) == Outcome(
        kind=OutcomeKind.NOT_SENT, reason=error, account_down=True
    )


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_too_long", "never seen <!>"])
def test_any_other_refusal_is_final(error: str) -> None:
    outcome = answered({"error": error})

    assert (outcome.kind, outcome.unreachable) == (OutcomeKind.REJECTED, False)
    assert outcome.reason
    assert outcome.reason.replace("_", "").isalnum()


def test_a_workspace_on_the_move_is_tried_again() -> None:
    assert answered({"error": "team_added_to_org"}).kind is OutcomeKind.NOT_SENT


@pytest.mark.parametrize("data", [{}, None, "text", [1], {"error": 5}, {"ok": True}])
@pytest.mark.parametrize("status", [200, 302, 404, 500, 503])
def test_an_unreadable_answer_is_unknown(data: Any, status: int) -> None:
    assert answered(data, status).kind is OutcomeKind.UNKNOWN


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30.0),
        ("0", 1.0),
        ("-5", 1.0),
        ("abc", 1.0),
        (None, 1.0),
        ("", 1.0),
        ("1.5", 1.0),
        ("1000000000", 3600.0),
        ("9" * 400, 1.0),
        ("inf", 1.0),
        ("nan", 1.0),
        ("٣", 1.0),
    ],
)
def test_n10_a_wait_is_clamped_to_an_hour(header: str | None, seconds: float) -> None:
    assert retry_after(header) == seconds


OS_ERROR = OSError(111, "refused")


@pytest.mark.parametrize(
    ("problem", "kind", "reason"),
    [
        (aiohttp.ClientConnectorError(KEY, OS_ERROR), OutcomeKind.NOT_SENT, "not_connected"),
        (aiohttp.ClientConnectorDNSError(KEY, OS_ERROR), OutcomeKind.NOT_SENT, "not_connected"),
        (
            aiohttp.ClientConnectorCertificateError(KEY, ssl.SSLCertVerificationError("expired")),
            OutcomeKind.NOT_SENT,
            "tls",
        ),
        (aiohttp.ConnectionTimeoutError(), OutcomeKind.NOT_SENT, "not_connected"),
        (aiohttp.SocketTimeoutError(), OutcomeKind.UNKNOWN, "timeout"),
        (TimeoutError(), OutcomeKind.UNKNOWN, "timeout"),
        (aiohttp.ServerDisconnectedError(), OutcomeKind.UNKNOWN, "disconnected"),
        (aiohttp.ClientOSError(104, "reset"), OutcomeKind.UNKNOWN, "disconnected"),
        (aiohttp.ClientPayloadError(), OutcomeKind.UNKNOWN, "unreadable"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, ""), OutcomeKind.UNKNOWN, "unreadable"),
        (AttributeError(), OutcomeKind.UNKNOWN, "unreadable"),
    ],
)
def test_a_failing_network_says_only_what_is_certain(
    problem: Exception, kind: OutcomeKind, reason: str
) -> None:
    assert isinstance(problem, TROUBLE)
    assert of_failure(problem) == Outcome(kind=kind, reason=reason)
