"""Keys of the HTTP API: 256 random bits each, shown once, kept as a hash."""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from surveys.errors import InvalidInput
from surveys.model import ApiKey
from surveys.ports import Clock, Storage
from surveys.results import Query

RESULTS: Final = "results:read"
ANSWERS: Final = "answers:read"
SCOPES: Final = ("events:write", "customers:write", RESULTS, ANSWERS, "admin")
# The secret has no underscore, so the last one parts it from an id of any form.
_TOKEN: Final = re.compile(r"sk_([A-Za-z0-9_-]{1,64})_([0-9a-f]{64})")
_NOBODY: Final = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyScopes:
    """Which key a request carried, and what it may do."""

    key_id: str
    scopes: frozenset[str]

    def allows(self, scope: str) -> bool:
        """Say whether the key may do this; ``admin`` may do everything."""
        return scope in self.scopes or "admin" in self.scopes


def scopes_of(query: Query) -> tuple[str, ...]:
    """Return what a key must be allowed to ask this: days of one's own choice are as good as single answers."""
    return (RESULTS, ANSWERS) if query.picks_days else (RESULTS,)


def create(
    scopes: Iterable[str],
    *,
    now: datetime,
    new_id: Callable[[], str],
    new_secret: Callable[[], bytes],
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Return a new key to be stored and its token ``sk_<id>_<secret>``, which nothing can tell again.

    ``new_secret`` gives 32 bytes from the system's generator. Raises InvalidInput for an unknown scope.
    """
    wanted = frozenset(scopes)
    if not wanted or wanted - set(SCOPES):
        raise InvalidInput("scope", f"must be of {', '.join(SCOPES)}")
    secret = new_secret().hex()
    key = ApiKey(
        id=new_id(),
        secret_hash=_hash(secret),
        scopes=wanted,
        created_at=now,
        expires_at=expires_at,
    )
    return key, f"sk_{key.id}_{secret}"


class Authenticator:
    """Tells whose key a request carries."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    async def authenticate(self, header: str | None) -> KeyScopes | None:
        """Return the key of an ``Authorization: Bearer sk_...`` header; None whatever is wrong with it.

        An unknown key costs the same comparison as a known one. Raises StorageBusy.
        """
        scheme, _, token = (header or "").partition(" ")
        match = _TOKEN.fullmatch(token.strip())
        if scheme.lower() != "bearer" or match is None:
            return None
        key_id, secret = match.groups()
        key = await self._storage.read(lambda tx: tx.keys.get(key_id))
        fits = hmac.compare_digest(_hash(secret), key.secret_hash if key else _NOBODY)
        if key is None or not fits or not _is_live(key, self._clock.now()):
            return None
        return KeyScopes(key_id=key.id, scopes=key.scopes)


def _hash(secret: str) -> str:
    """Return the SHA-256; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _is_live(key: ApiKey, now: datetime) -> bool:
    return key.revoked_at is None and (key.expires_at is None or now < key.expires_at)
