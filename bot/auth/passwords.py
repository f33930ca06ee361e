"""Passwords of staff: what may be one, how it is kept, and that a guess tells nothing."""

import asyncio
import base64
import unicodedata
from dataclasses import dataclass, field

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from surveys.service.members import MemberFault
from surveys.staffing import Member

SHORTEST, LONGEST = 12, 256
"""In characters. Length is what counts (NIST SP 800-63B-4, 3.1.1.2); no kinds of characters are asked for."""
FEWEST_DIFFERENT = 5
AT_ONCE = 2
"""Hashes worked out at a time: each takes 64 MiB with Argon2's recommended parameters (RFC 9106, 4)."""


@dataclass(frozen=True, slots=True)
class Passwords:
    """Hashes and compares with Argon2id, beside the event loop."""

    hasher: PasswordHasher = field(default_factory=PasswordHasher)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def hash(self, password: str) -> str:
        """Return what is kept of a password."""
        async with self._turns:
            return await asyncio.to_thread(self.hasher.hash, _spelled(password))

    async def fits(self, kept: str | None, password: str) -> bool:
        """Say whether it is the password; for somebody who has none it takes as long, and is not."""
        async with self._turns:
            return await asyncio.to_thread(self._verified, kept or self._nobodys(), password)

    def is_stale(self, kept: str) -> bool:
        """Say whether what is kept was made with other parameters than are used now."""
        return self.hasher.check_needs_rehash(kept)

    def _verified(self, kept: str, password: str) -> bool:
        try:
            return self.hasher.verify(kept, _spelled(password))
        except (VerificationError, InvalidHashError):
            return False

    def _nobodys(self) -> str:
        """Return a hash that takes as long as any, and that no password has."""
        by = self.hasher
        costs = f"m={by.memory_cost},t={by.time_cost},p={by.parallelism}"
        zeros = (
            base64.b64encode(bytes(n)).decode().rstrip("=") for n in (by.salt_len, by.hash_len)
        )
        return f"$argon2id$v=19${costs}${'$'.join(zeros)}"


def parse_password(given: str, member: Member) -> str:
    """Return the password if it may be one; raises MemberFault saying why not."""
    if not SHORTEST <= len(given) <= LONGEST:
        raise MemberFault("password", f"must have {SHORTEST} to {LONGEST} characters")
    if len(set(given)) < FEWEST_DIFFERENT:
        raise MemberFault(
            "password", f"must have {FEWEST_DIFFERENT} different ones", "password.same"
        )
    if member.email and member.email.partition("@")[0] in given.casefold():
        raise MemberFault("password", "must not hold the e-mail address", "password.email")
    return given


def _spelled(password: str) -> bytes:
    """Return the password as every keyboard means it: one character can be typed in several ways."""
    return unicodedata.normalize("NFKC", password).encode(errors="replace")
