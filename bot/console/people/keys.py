"""API keys as the console makes and ends them; each act is an entry of the audit trail."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot import api_keys
from surveys.errors import InvalidInput, NotFound
from surveys.model import Deed
from surveys.ports import UnitOfWork
from surveys.service.context import Context

_SCOPE = "scope:"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyGiven:
    """A key to be made; ``days`` None lets it live until it is revoked."""

    scopes: frozenset[str]
    days: int | None


def parse_key(fields: Mapping[str, str], days: Sequence[str]) -> KeyGiven:
    """Return what a form says: ``scope:<name>`` for each scope, ``days`` one of those. Raises InvalidInput."""
    scopes = {name.removeprefix(_SCOPE) for name in fields if name.startswith(_SCOPE)}
    if not scopes or scopes - set(api_keys.SCOPES):
        raise InvalidInput("scopes", f"must be of {', '.join(api_keys.SCOPES)}")
    lasts = fields.get("days", "")
    if lasts not in days:
        raise InvalidInput("days", f"must be one of {', '.join(filter(None, days))}")
    return KeyGiven(scopes=frozenset(scopes), days=int(lasts) if lasts else None)


def create(tx: UnitOfWork, ctx: Context, given: KeyGiven, by: str) -> str:
    """Store a key and return its token, which nothing can tell again."""
    now = ctx.now()
    key, token = api_keys.create(
        given.scopes,
        now=now,
        new_id=ctx.new_id,
        new_secret=lambda: secrets.token_bytes(32),
        expires_at=None if given.days is None else now + timedelta(days=given.days),
    )
    tx.keys.add(key)
    details = {"scopes": ", ".join(sorted(given.scopes))}
    tx.audit.add(Deed(at=now, by=by, act="key_create", subject=key.id, details=details))
    return token


def revoke(tx: UnitOfWork, ctx: Context, key_id: str, by: str) -> None:
    """End a key for good; one that has ended stays as it is. Raises NotFound."""
    key = tx.keys.get(key_id)
    if key is None:
        raise NotFound("API key", key_id[:100])
    if key.revoked_at is None:
        tx.keys.revoke(key_id, ctx.now())
        tx.audit.add(Deed(at=ctx.now(), by=by, act="key_revoke", subject=key_id))
