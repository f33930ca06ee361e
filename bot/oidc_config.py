"""Settings of the OpenID provider by which staff may log in."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from surveys.staffing import Role

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def _paired(given: Any) -> Any:
    """Read ``value=role`` as a comma list; what is no text is taken as it is."""
    if not isinstance(given, str):
        return given
    pairs = (part.rpartition("=") for part in given.split(",") if part.strip())
    return {value.strip(): role.strip() for value, _, role in pairs}


class OidcSettings(BaseModel):
    """Log in with OpenID Connect. Without an issuer nobody does.

    Attributes:
        issuer: the provider, as its discovery document names itself; https, or http on this machine.
        client_secret: by ``AFTERTOUCH_OIDC_CLIENT_SECRET``; none for a public client.
        label: what the login's button calls the provider.
        roles_claim: a claim of the ID token, e.g. ``groups``, whose values say the role.
        roles: values of that claim and the role each gives, or ``value=role`` as a comma list; who has none of them is
            not let in.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: Annotated[str, Field(max_length=500)] | None = None
    client_id: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    client_secret: SecretStr | None = None
    label: Annotated[str, Field(min_length=1, max_length=40)] = "SSO"
    roles_claim: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    roles: Annotated[Mapping[str, Role], BeforeValidator(_paired)] = Field(default_factory=dict)

    @field_validator("issuer")
    @classmethod
    def _is_safe(cls, issuer: str | None) -> str | None:
        if issuer is None:
            return None
        if not is_safe(issuer) or urlsplit(issuer).query or urlsplit(issuer).fragment:
            raise PydanticCustomError("issuer", "must be an https address without a query")
        return issuer

    @model_validator(mode="after")
    def _goes_together(self) -> "OidcSettings":
        if (self.roles_claim is None) != (not self.roles):
            raise PydanticCustomError("roles", "roles_claim and roles go together")
        if (self.issuer is None) != (self.client_id is None):
            raise PydanticCustomError("client_id", "issuer and client_id go together")
        return self


def is_safe(url: str) -> bool:
    """Say whether what is sent there is seen by nobody on the way."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return (parts.scheme == "https" and host != "") or (
        parts.scheme == "http" and host in _LOOPBACK
    )
