"""A strict OpenID provider on loopback: real HTTP, real RS256 signatures, keys that rotate, and forgeries on request.

It refuses what a real one refuses: a wrong client, an unregistered redirect address, a code used twice or by somebody
without its verifier (RFC 6749, RFC 7636, OpenID Connect Core 3.1).
"""

import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode

from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.serving import serve

CLIENT, SECRET = "console", "the client's own secret"
LASTS = 300  # seconds
Forge = Callable[["FakeProvider", dict[str, Any]], str]


@dataclass
class FakeProvider:
    """A provider where ``who`` is logged in; ``forge`` makes the next ID tokens, ``answer`` changes what comes back."""

    url: str = ""
    redirect_uri: str = ""
    who: dict[str, Any] = field(default_factory=dict)
    forge: Forge | None = None
    answer: dict[str, str] = field(default_factory=dict)
    keys: list[RSAKey] = field(default_factory=list)
    key_fetches: int = 0
    problems: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def rotate(self) -> None:
        """Sign with a new key from now on, and forget the old one."""
        kid = f"key-{self.key_fetches}-{len(self.problems)}-{id(object())}"
        self.keys = [RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}, private=True)]

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._metadata),
                Route("/keys", self._keys),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    def claims(self, nonce: str) -> dict[str, Any]:
        """What an honest ID token says."""
        at = int(self.now().timestamp())
        told = {"iss": self.url, "aud": CLIENT, "iat": at, "exp": at + LASTS, "nonce": nonce}
        return told | self.who

    def sign(self, claims: dict[str, Any], key: RSAKey | None = None) -> str:
        key = key or self.keys[0]
        return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key, algorithms=["RS256"])

    async def _metadata(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def _keys(self, _: Request) -> Response:
        self.key_fetches += 1
        return JSONResponse(KeySet(list(self.keys)).as_dict(private=False))

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        wanted = {
            "response_type": "code",
            "client_id": CLIENT,
            "redirect_uri": self.redirect_uri,
            "code_challenge_method": "S256",
        }
        wrong = [name for name, value in wanted.items() if asked.get(name) != value]
        wrong += [n for n in ("state", "nonce", "code_challenge") if len(asked.get(n, "")) < 20]
        if wrong or "openid" not in asked.get("scope", "").split():
            return self._refused("authorize", wrong)
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        back = {"code": code, "state": asked["state"], "iss": self.url} | self.answer
        kept = {name: value for name, value in back.items() if value}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(kept)}", 302)

    async def _token(self, request: Request) -> Response:
        said = dict(parse_qsl((await request.body()).decode()))
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self.codes.pop(said.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(
            sha256(said.get("code_verifier", "").encode()).digest()
        )
        right = {
            "client": request.headers.get("authorization") == f"Basic {basic}",
            "grant": said.get("grant_type") == "authorization_code",
            "code": asked is not None,
            "redirect_uri": asked is not None and said.get("redirect_uri") == asked["redirect_uri"],
            "verifier": asked is not None
            and challenge.decode().rstrip("=") == asked["code_challenge"],
        }
        wrong = [name for name, is_right in right.items() if not is_right]
        if wrong or asked is None:
            return self._refused("token", wrong)
        claims = self.claims(asked["nonce"])
        token = self.forge(self, claims) if self.forge else self.sign(claims)
        return JSONResponse({"token_type": "Bearer", "access_token": "a", "id_token": token})

    def _refused(self, where: str, wrong: list[str]) -> Response:
        self.problems.append(f"{where}: {', '.join(wrong)}")
        return JSONResponse({"error": "invalid_request"}, 400)


def changed(**claims: Any) -> Forge:
    """Return a forgery that says something else; None leaves a claim out."""

    def forge(provider: FakeProvider, told: dict[str, Any]) -> str:
        said = {name: value for name, value in (told | claims).items() if value is not None}
        return provider.sign(said)

    return forge


def unsigned(_: FakeProvider, claims: dict[str, Any]) -> str:
    """Return a token of ``alg: none``."""
    parts = (json.dumps({"alg": "none", "typ": "JWT"}), json.dumps(claims))
    said = ".".join(base64.urlsafe_b64encode(p.encode()).decode().rstrip("=") for p in parts)
    return f"{said}."


def signed_with_the_secret(_: FakeProvider, claims: dict[str, Any]) -> str:
    """Return a token that whoever knows the client's secret can make."""
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET), algorithms=["HS256"])


def signed_with_the_public_key(provider: FakeProvider, claims: dict[str, Any]) -> str:
    """Return a token whose HMAC is made with the public key, which everybody has (RFC 8725, 2.1)."""
    key = OctKey.import_key(base64.b64encode(provider.keys[0].as_bytes(private=False)))
    header = {"alg": "HS256", "kid": provider.keys[0].kid}
    return jwt.encode(header, claims, key, algorithms=["HS256"])


def signed_by_another(provider: FakeProvider, claims: dict[str, Any]) -> str:
    """Return a token by a key of somebody else, under the name of ours."""
    kid = provider.keys[0].kid or ""
    return provider.sign(claims, RSAKey.generate_key(2048, {"kid": kid}, private=True))


@asynccontextmanager
async def providing() -> AsyncIterator[FakeProvider]:
    """Serve a provider."""
    provider = FakeProvider()
    provider.rotate()
    async with serve(provider.app()) as url:
        provider.url = url
        yield provider
