"""What the web chat needs from the rest: a desk that knows sessions, messages and acts."""

from dataclasses import dataclass
from typing import Protocol

from surveys.model import Bubble, Command, Opened, Receipt, Tap, Typed

ChatAct = Tap | Typed | Command


class ChatDesk(Protocol):
    """Serves one browser session at a time; every method raises StorageBusy when nothing was stored."""

    async def open(self, token: str) -> Opened | None:
        """Turn a one-time link token into a session; None alike for unknown, used and expired."""

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
