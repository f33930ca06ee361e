"""How staff read across all customers. Nothing here locks a row, and nothing reads more than it says."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from surveys.model import (
    Delivery,
    DeliveryState,
    Identifier,
    Invitation,
    Person,
    Slot,
    WebhookMessage,
)
from surveys.overview.values import LogPage, LogWanted, RuleCounts
from surveys.overview.waits import Pending


class Overview(Protocol):
    """Readings for the pages of staff; every returned collection is a tuple in the stated order."""

    def decisions(self, wanted: LogWanted, limit: int, depth: int) -> LogPage:
        """Return at most ``limit`` decisions, looking through at most ``depth`` of the window."""

    def rules(self, wanted: LogWanted, depth: int) -> RuleCounts:
        """Count the last verdicts of what is asked for, whatever their kind and rule.

        Counted are those of the newest ``depth`` decisions of the window that fit triggers and channel.
        """

    def waiting(self, limit: int, depth: int) -> tuple[Invitation, ...]:
        """Return asks that wait, the next to be looked at first, of the ``depth`` rows that are due first."""

    def starting(self, name: Identifier, limit: int) -> tuple[Person, ...]:
        """Return customers with a name of this namespace that begins with this value, in the order of their names.

        Of one who was erased, or was joined to another, nothing is said.
        """

    def reached_at(self, user: str, limit: int) -> tuple[Person, ...]:
        """Return customers with a chat whose user is called exactly so on any platform, the oldest chat first.

        Of one who was erased nothing is said.
        """

    def slots(self, person_id: str) -> tuple[Slot, ...]:
        """Return the person's slots, oldest first."""

    def invitations(self, person_id: str, limit: int) -> tuple[Invitation, ...]:
        """Return the person's asks, the last made first."""

    def deliveries(self, person_id: str, limit: int) -> tuple[Delivery, ...]:
        """Return what was sent to the person, the last made first."""

    def in_state(self, state: DeliveryState, limit: int, before: str = "") -> tuple[Delivery, ...]:
        """Return deliveries in this state, newest first; only those older than ``before``, if there is one.

        Older than a delivery that is not stored is none.
        """

    def states(self, depth: int) -> Mapping[DeliveryState, int]:
        """Count the deliveries in each state; ``depth`` means that there are as many or more."""

    def pending(self, now: datetime, depth: int) -> Mapping[Pending, int]:
        """Count pending deliveries, at most ``depth`` of them, by what tells why they wait."""

    def webhooks(self, limit: int) -> tuple[WebhookMessage, ...]:
        """Return what other systems are told, the last written first."""
