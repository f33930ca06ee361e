"""Standard Webhooks signatures, and what every vendor's scheme shares."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from bot.intake.instants import from_epoch
from bot.strict_json import decoded
from surveys.errors import InvalidInput, SurveyError

TOLERANCE: Final = timedelta(minutes=5)
MAX_SIGNATURES: Final = 100
_SECONDS: Final = re.compile(r"[0-9]{1,12}")


class SignatureRefused(SurveyError):
    """The request does not prove who sent it, or it is too old. Says nothing a forger could use."""


def secrets_of(text: str) -> tuple[str, ...]:
    """Return the secrets of a comma list; several are valid while one is being rotated."""
    return tuple(secret for part in text.split(",") if (secret := part.strip()))


class StandardWebhooks:
    """Verifies Standard Webhooks requests against any of several secrets.

    The library signs and reads secrets; its ``verify`` is not used because it reads the system clock
    and raises ValueError, binascii.Error and UnicodeDecodeError on junk.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        """Take ``whsec_...`` secrets of the events door; raises InvalidInput for one that is not base64."""
        self._keys = tuple(_key(secret) for secret in secrets)

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Return if one signature of the request fits one secret.

        Raises SignatureRefused; InvalidInput for a body that is no text, which the scheme cannot sign.
        """
        message = headers.get("webhook-id", "")
        offered = headers.get("webhook-signature", "").split(" ")
        if not message or len(offered) > MAX_SIGNATURES:
            raise SignatureRefused("webhook-id or webhook-signature is missing or malformed")
        at = fresh_seconds(headers.get("webhook-timestamp", ""), now)
        text = decoded(body)
        require_match((key.sign(message, at, text) for key in self._keys), offered)


def fresh_seconds(text: str, now: datetime) -> datetime:
    """Return the time of a timestamp in Unix seconds; raises SignatureRefused if not within 5 min."""
    if not _SECONDS.fullmatch(text):
        raise SignatureRefused("the timestamp is missing or malformed")
    try:
        at = from_epoch(int(text), "timestamp")
    except InvalidInput as exc:
        raise SignatureRefused("the timestamp is malformed") from exc
    return require_fresh(at, now)


def require_fresh(at: datetime, now: datetime) -> datetime:
    """Return ``at`` if it is within five minutes of now; raises SignatureRefused."""
    if abs(now - at) > TOLERANCE:
        raise SignatureRefused("the timestamp is more than five minutes away from now")
    return at


def require_match(expected: Iterable[str], offered: Iterable[str]) -> None:
    """Return if any expected signature was offered, compared in constant time; else SignatureRefused.

    Headers are latin-1 text, so both sides are compared as bytes: ``compare_digest`` refuses
    non-ASCII text with a TypeError.
    """
    presented = [signature.encode() for signature in offered]
    matched = False
    for signature in expected:
        right = signature.encode()
        for other in presented:
            matched |= hmac.compare_digest(right, other)
    if not matched:
        raise SignatureRefused("no signature fits")


def hmac_base64(secret: str, message: bytes) -> str:
    """Return the base64 HMAC-SHA256 of the message under the secret's own bytes."""
    return base64.b64encode(_hmac(secret, message).digest()).decode()


def hmac_hex(secret: str, message: bytes) -> str:
    """Return the hex HMAC-SHA256 of the message under the secret's own bytes."""
    return _hmac(secret, message).hexdigest()


def _hmac(secret: str, message: bytes) -> "hmac.HMAC":
    return hmac.new(secret.encode(), message, hashlib.sha256)


def _key(secret: str) -> Webhook:
    """Read a secret, with or without ``whsec_`` and padding."""
    try:
        return Webhook(secret)
    except (EmptyWebhookSecretError, binascii.Error, ValueError) as exc:
        raise InvalidInput("AFTERTOUCH_EVENTS_SECRET", "must be whsec_ and base64") from exc
