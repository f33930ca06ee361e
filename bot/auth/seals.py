"""Lets a browser carry a few values for us that it cannot change."""

import base64
import hmac
import json
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Seal:
    """Signs values with a key of ours."""

    secret: bytes

    def close(self, values: dict[str, str]) -> str:
        """Return the values as text that fits into a cookie."""
        said = base64.urlsafe_b64encode(json.dumps(values).encode()).decode()
        return f"{said}.{self._sign(said)}"

    def open(self, sealed: str) -> dict[str, str] | None:
        """Return the values; None unless we closed them."""
        said, _, signature = sealed.rpartition(".")
        if not hmac.compare_digest(self._sign(said).encode(), signature.encode(errors="replace")):
            return None
        values: dict[str, str] = json.loads(base64.urlsafe_b64decode(said))
        return values

    def _sign(self, said: str) -> str:
        return hmac.new(self.secret, said.encode(errors="replace"), sha256).hexdigest()
