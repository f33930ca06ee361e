"""The one place that reads the clock, the time zones' definitions, and draws randomness."""

import base64
import secrets
import zoneinfo
from datetime import UTC, datetime
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path


class SystemClock:
    """See surveys.ports.Clock."""

    def now(self) -> datetime:
        """Return the current time."""
        return datetime.now(UTC)  # noqa: TID251 this is where it is injected from


class SetClock:
    """See surveys.ports.Clock; stands where it is put: the clock of a replay or a played conversation."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """Return where it stands."""
        return self.at


def zones() -> str:
    """Return what stands for all zones as this machine defines them; an update of tzdata changes it."""
    digest = blake2b(digest_size=16)
    for name in sorted(zoneinfo.available_timezones()):
        digest.update(_definition(name))
    return digest.hexdigest()


def _definition(name: str) -> bytes:
    """Return a zone's file, from where ZoneInfo takes it: the system's first, then the tzdata package."""
    for folder in zoneinfo.TZPATH:
        file = Path(folder, name)
        if file.is_file():
            return file.read_bytes()
    return files("tzdata").joinpath("zoneinfo", name).read_bytes()


def new_id() -> str:
    """Return a row id: 96 random bits, 16 base64url characters."""
    return base64.urlsafe_b64encode(secrets.token_bytes(12)).decode()


def new_token() -> str:
    """Return an unguessable token: 128 random bits, 22 base64url characters."""
    return base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
