"""How the identifiers of a person are named in a ledger that must not hold them."""

import hashlib


def name_of(namespace: str, value: str) -> str:
    """Return a name for an identifier from which it cannot be read."""
    return hashlib.sha256(f"{namespace}\x1f{value}".encode(errors="replace")).hexdigest()[:32]
