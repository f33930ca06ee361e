"""Bodies in the shapes that vendors send; every name and number in them is made up."""

from pathlib import Path

_ROOT = Path(__file__).parent


def payload(name: str) -> bytes:
    """Return the bytes of e.g. ``shopify/orders_paid.json``."""
    return (_ROOT / name).read_bytes()


def every(vendor: str) -> list[str]:
    """Return the names of all payloads of a vendor."""
    return sorted(f"{vendor}/{path.name}" for path in (_ROOT / vendor).glob("*.json"))
