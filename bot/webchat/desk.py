"""What the web chat needs from the rest: a desk that knows sessions, messages and acts."""

from dataclasses import dataclass
from typing import Protocol

from surveys.model import Bubble, Command, Opened, Receipt, Tap, Typed

ChatAct = Tap | Typed | Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """What somebody reads who scanned a touchpoint's code, before she says yes to it."""

    touchpoint: str
    consent_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """Whose messages a page listens for, and whether any ``waits`` already."""

    address_id: str
    waits: bool


class ChatDesk(Protocol):
    """Serves one browser session at a time; every method raises StorageBusy when nothing was stored."""

    async def open(self, token: str, key: str = "", session: str = "") -> Opened | None:
        """Turn a one-time link token into a session; None alike for unknown, used and expired.

        ``key`` is the browser's secret for this link, ``session`` the one that it holds: to whoever has one of
        the link's own customer, the link opens again.
        """

    async def invitation(self, code: str, language: str) -> Invited | None:
        """Return what a touchpoint's code begins; None for no code of ours. It writes nothing."""

    async def scan(
        self, code: str, scan_id: str, language: str, session: str = ""
    ) -> Opened | None:
        """Begin that, once per ``scan_id``, for the session's customer or somebody new; None as in invitation."""

    async def attend(self, session: str) -> Attendance | None:
        """Return which address the session is; None as in transcript. It writes nothing."""

    async def transcript(self, session: str) -> tuple[Bubble, ...] | None:
        """Claim what is due, mark it sent, return all messages oldest first with edits applied.

        None when the session is unknown or expired. Pulling again changes nothing by itself.
        """

    async def act(
        self, session: str, client_msg_id: str, client_seq: int, act: ChatAct
    ) -> Receipt | None:
        """Commit what the customer did, once per ``(session, client_msg_id)``; None as in transcript.

        ``client_seq`` grows within one browser and orders the edits of one answer.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleCustomer:
    """A customer whom a visitor of the demo may play."""

    id: str
    label: str


class DemoDoor(Protocol):
    """Lets a visitor of the demo in without a link. It exists nowhere else."""

    async def customers(self, language: str) -> tuple[SampleCustomer, ...]:
        """Return the customers to choose from, labelled in ``ko`` or ``en``."""

    async def open(self, customer_id: str) -> Opened | None:
        """Open a session as this customer; None when there is no such sample."""
