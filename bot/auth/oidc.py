"""Logs staff in at an OpenID provider: code flow with state, nonce and PKCE (OpenID Connect Core 3.1, RFC 7636, RFC 9207).

Authlib makes the requests and judges the claims, joserfc the signatures. aiohttp carries them, since Authlib's own
clients come with httpx or requests.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import structlog
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError

from bot.auth.discovery import Directory, OidcFault
from bot.oidc_config import OidcSettings
from surveys.service.context import Context
from surveys.staffing import Identity, Role

BACK = "/console/login/provider/back"
FLOW_LASTS = timedelta(minutes=10)
SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Never ``none``, and never one that signs with the client's own secret (RFC 8725, 3.1)."""
LEEWAY_SECONDS = 60
LONGEST_SUBJECT = 255  # OpenID Connect Core, 2
_FORM = "application/x-www-form-urlencoded"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A login that is under way; the browser carries it, sealed."""

    state: str
    nonce: str
    verifier: str
    after: str
    once: str
    until: str

    def is_over(self, now: datetime) -> bool:
        """Say whether it took too long."""
        return now >= datetime.fromisoformat(self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What a provider proved. ``email`` is None unless it verified it; ``role`` None where its claim gives none."""

    identity: Identity
    email: str | None
    role: Role | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What the provider knows us by; ``roles`` are what values of the ``roles_claim`` give."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str
    roles_claim: str
    roles: Mapping[str, Role]


class Provider:
    """An OpenID provider, ``label`` to staff."""

    def __init__(
        self,
        client: Client,
        *,
        label: str,
        http: aiohttp.ClientSession,
        now: Callable[[], datetime],
        new_token: Callable[[], str],
    ) -> None:
        self.label = label
        self.gives_roles = bool(client.roles)
        self._client = client
        self._now = now
        self._new_token = new_token
        self._directory = Directory(client.issuer, http=http, now=now)

    async def begin(self, after: str, once: str) -> tuple[str, Flow]:
        """Return where to send the browser, and what it must bring back. Raises OidcFault."""
        metadata = await self._directory.metadata()
        flow = Flow(
            state=self._new_token(),
            nonce=self._new_token(),
            verifier=self._new_token() + self._new_token(),
            after=after,
            once=once,
            until=(self._now() + FLOW_LASTS).isoformat(),
        )
        url: str = prepare_grant_uri(
            metadata["authorization_endpoint"],
            self._client.client_id,
            "code",
            redirect_uri=self._client.redirect_uri,
            scope="openid email profile",
            state=flow.state,
            nonce=flow.nonce,
            code_challenge=create_s256_code_challenge(flow.verifier),
            code_challenge_method="S256",
        )
        return url, flow

    async def finish(self, flow: Flow, answer: Mapping[str, str]) -> Proven:
        """Return who the provider says it is, from what the browser brought back. Raises OidcFault."""
        metadata = await self._directory.metadata()
        if flow.is_over(self._now()) or answer.get("state") != flow.state:
            raise OidcFault("state")
        self._check_sender(metadata, answer)
        if "error" in answer or not answer.get("code"):
            raise OidcFault("denied")
        token = await self._fetch_id_token(metadata, flow, answer["code"])
        return self._proven(await self._claims(metadata, token, flow.nonce))

    def _check_sender(self, metadata: Mapping[str, Any], answer: Mapping[str, str]) -> None:
        """Raise OidcFault where the answer is another provider's (RFC 9207)."""
        named = answer.get("iss")
        is_told = metadata.get("authorization_response_iss_parameter_supported") is True
        if (named is None and is_told) or named not in (None, self._client.issuer):
            raise OidcFault("iss")

    async def _fetch_id_token(self, metadata: Mapping[str, Any], flow: Flow, code: str) -> str:
        body = prepare_token_request(
            "authorization_code",
            redirect_uri=self._client.redirect_uri,
            code=code,
            code_verifier=flow.verifier,
        )
        auth = ClientAuth(
            self._client.client_id, self._client.client_secret, self._method_of(metadata)
        )
        headers = {"Accept": "application/json", "Content-Type": _FORM}
        uri, headers, body = auth.prepare("POST", metadata["token_endpoint"], headers, body)
        reply = await self._directory.post(uri, headers, body)
        token = reply.get("id_token")
        if not isinstance(token, str):
            raise OidcFault("token")
        return token

    def _method_of(self, metadata: Mapping[str, Any]) -> str:
        if not self._client.client_secret:
            return "none"
        known = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return "client_secret_basic" if "client_secret_basic" in known else "client_secret_post"

    async def _claims(self, metadata: Mapping[str, Any], token: str, nonce: str) -> CodeIDToken:
        allowed = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        algorithms = [name for name in SIGNATURES if name in allowed]
        expected = {"iss": self._client.issuer, "aud": self._client.client_id}
        try:
            keys = await self._directory.keys_for(token)
            read = jwt.decode(token, keys, algorithms=algorithms)
            claims = CodeIDToken(
                read.claims,
                read.header,
                {name: {"essential": True, "value": value} for name, value in expected.items()},
                {"nonce": nonce, "client_id": self._client.client_id},
            )
            claims.validate(now=int(self._now().timestamp()), leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError) as fault:
            _log.warning("an ID token is refused", why=type(fault).__name__)
            raise OidcFault("token") from fault
        return claims

    def _proven(self, claims: Mapping[str, Any]) -> Proven:
        subject, email = claims.get("sub"), claims.get("email")
        if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
            raise OidcFault("token")
        is_verified = claims.get("email_verified") is True and isinstance(email, str)
        return Proven(
            identity=Identity(self._client.issuer, subject),
            email=str(email).casefold() if is_verified else None,
            role=self._role(claims.get(self._client.roles_claim)),
        )

    def _role(self, given: Any) -> Role | None:
        """Return the highest role that the claim's values give."""
        values = given if isinstance(given, list) else [given]
        found = [
            self._client.roles[v] for v in values if isinstance(v, str) and v in self._client.roles
        ]
        return max(found, key=list(Role).index, default=None)


def provider_of(
    settings: OidcSettings, base: str, http: aiohttp.ClientSession, ctx: Context
) -> Provider | None:
    """Return the provider that the settings name, if any; ``base`` is where staff reach us."""
    if settings.issuer is None or settings.client_id is None:
        return None
    secret = settings.client_secret
    client = Client(
        issuer=settings.issuer,
        client_id=settings.client_id,
        client_secret=secret.get_secret_value() if secret else "",
        redirect_uri=f"{base}{BACK}",
        roles_claim=settings.roles_claim or "",
        roles=settings.roles,
    )
    return Provider(client, label=settings.label, http=http, now=ctx.now, new_token=ctx.new_token)
