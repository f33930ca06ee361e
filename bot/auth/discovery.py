"""What an OpenID provider says of itself, and its keys: fetched when needed, kept for a while, fetched anew for a new key."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import structlog
from authlib.oidc.discovery import get_well_known_url
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact

from bot.oidc_config import is_safe

KEPT = timedelta(hours=1)
KEYS_AT_MOST_EVERY = timedelta(seconds=30)
"""How often an unknown key makes us fetch the keys again: anybody can send a token that names one."""
TIMEOUT = aiohttp.ClientTimeout(total=10)
MOST_BYTES = 256 * 1024
_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_log = structlog.get_logger(__name__)


class OidcFault(Exception):
    """A login at the provider did not work. ``reason``: unreachable, metadata, state, iss, denied or token."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Directory:
    """Reads one provider's documents."""

    def __init__(
        self, issuer: str, *, http: aiohttp.ClientSession, now: Callable[[], datetime]
    ) -> None:
        self._issuer = issuer
        self._http = http
        self._now = now
        self._kept: dict[str, tuple[datetime, Mapping[str, Any]]] = {}

    async def metadata(self) -> Mapping[str, Any]:
        """Return the discovery document (OpenID Connect Discovery 4). Raises OidcFault."""
        found = await self._document(get_well_known_url(self._issuer, external=True), KEPT)
        is_whole = all(
            isinstance(found.get(name), str) and is_safe(found[name]) for name in _NEEDED
        )
        if found.get("issuer") != self._issuer or not is_whole:
            self._kept.clear()
            raise OidcFault("metadata")
        return found

    async def keys_for(self, token: str) -> KeySet:
        """Return the keys, fetched anew if the token names one that is not among them. Raises OidcFault, JoseError."""
        uri = (await self.metadata())["jwks_uri"]
        kid = extract_compact(token.encode()).headers().get("kid")
        keys = _keys(await self._document(uri, KEPT))
        if kid is not None and all(key.kid != kid for key in keys):
            keys = _keys(await self._document(uri, KEYS_AT_MOST_EVERY))
        return keys

    async def post(self, uri: str, headers: Mapping[str, str], body: str) -> Mapping[str, Any]:
        """Post a form and return the JSON of a success. Raises OidcFault."""
        return await self._fetch("POST", uri, headers, body.encode())

    async def _document(self, uri: str, span: timedelta) -> Mapping[str, Any]:
        at, found = self._kept.get(uri, (None, {}))
        if at is None or self._now() >= at + span:
            found = await self._fetch("GET", uri, {"Accept": "application/json"}, None)
            self._kept[uri] = (self._now(), found)
        return found

    async def _fetch(
        self, method: str, uri: str, headers: Mapping[str, str], body: bytes | None
    ) -> Mapping[str, Any]:
        try:
            async with self._http.request(
                method, uri, headers=headers, data=body, timeout=TIMEOUT, allow_redirects=False
            ) as reply:
                told = json.loads(await _capped(reply)) if reply.ok else None
        except (aiohttp.ClientError, TimeoutError, ValueError) as fault:
            _log.warning("the OpenID provider does not answer", why=type(fault).__name__)
            raise OidcFault("unreachable") from fault
        if not isinstance(told, dict):
            _log.warning("the OpenID provider refuses", status=reply.status)
            raise OidcFault("unreachable")
        return told


async def _capped(reply: aiohttp.ClientResponse) -> bytes:
    """Return the body; raises ValueError for one that no provider sends."""
    body = bytearray()
    async for chunk in reply.content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            raise ValueError(MOST_BYTES)
    return bytes(body)


def _keys(document: Mapping[str, Any]) -> KeySet:
    keys = document.get("keys")
    if not isinstance(keys, list):
        raise OidcFault("metadata")
    try:
        return KeySet.import_key_set({"keys": keys})
    except (JoseError, KeyError, TypeError, ValueError) as fault:
        raise OidcFault("metadata") from fault
