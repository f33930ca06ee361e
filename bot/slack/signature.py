"""Verifies that a request comes from Slack: signature v0, HMAC-SHA256 over ``v0:{timestamp}:{body}``.

Ours and not slack_sdk's, which raises on malformed headers and so ends in a 500.
"""

import hashlib
import hmac
from datetime import datetime

TOLERANCE = 300
"""Seconds that a timestamp may be off either way; an older request may be a replay."""

_DIGITS_MAX = 12


def is_signed(secret: str, timestamp: str, signature: str, body: bytes, now: datetime) -> bool:
    """Tell whether the signature fits and is fresh; total over any header and any body."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _DIGITS_MAX):
        return False
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE or not _is_utf8(body):
        return False
    given = signature.encode("utf-8", "replace")
    return hmac.compare_digest(sign(secret, timestamp, body).encode(), given)


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature header that Slack would send."""
    message = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
