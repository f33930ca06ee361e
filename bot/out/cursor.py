"""Where a reader of changes has come to, as a word that only we can have made."""

import base64
import binascii
import hashlib
import hmac

from surveys.errors import InvalidInput

_VERSION = 1
_NUMBER_BYTES = 8
_TAG_BYTES = 8
_WRONG = "is none of this server: leave it out to begin anew"


def pack(number: int, salt: str) -> str:
    """Return the cursor behind a change."""
    body = bytes([_VERSION]) + number.to_bytes(_NUMBER_BYTES, "big")
    return base64.urlsafe_b64encode(body + _tag(body, salt)).decode().rstrip("=")


def unpack(cursor: str, salt: str) -> int:
    """Return the change that a cursor is behind; "" is the beginning. Raises InvalidInput naming ``cursor``."""
    if not cursor:
        return 0
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise InvalidInput("cursor", _WRONG) from None
    body, tag = packed[:-_TAG_BYTES], packed[-_TAG_BYTES:]
    is_whole = len(body) == 1 + _NUMBER_BYTES and body[0] == _VERSION
    if not is_whole or not hmac.compare_digest(tag, _tag(body, salt)):
        raise InvalidInput("cursor", _WRONG)
    return int.from_bytes(body[1:], "big")


def _tag(body: bytes, salt: str) -> bytes:
    return hmac.digest(salt.encode(), b"answers cursor " + body, hashlib.sha256)[:_TAG_BYTES]
