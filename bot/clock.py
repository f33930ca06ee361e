"""The one place that reads the clock and draws randomness."""

import base64
import secrets
from datetime import UTC, datetime


class SystemClock:
    """See surveys.ports.Clock."""

    def now(self) -> datetime:
        """Return the current time."""
        return datetime.now(UTC)  # noqa: TID251 this is where it is injected from


def new_id() -> str:
    """Return a row id: 96 random bits, 16 base64url characters."""
    return base64.urlsafe_b64encode(secrets.token_bytes(12)).decode()


def new_token() -> str:
    """Return an unguessable token: 128 random bits, 22 base64url characters."""
    return base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
