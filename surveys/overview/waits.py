"""Why a message that is to be sent waits: what it is that will send it.

A browser fetches what is there for it, so a message of the web chat waits for nobody but its customer, and expires like
any other one if she does not come. Everything else is sent by us: now, or at its time.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from surveys.model import Channel, Delivery, DeliveryClass


class WaitsFor(StrEnum):
    """What a pending message waits for: its customer, the end of a hold, another try, its time, those before it.

    ``hold_chat`` waits for the end of a hold and then for its customer.
    """

    CHAT = "chat"
    HOLD = "hold"
    HOLD_CHAT = "hold_chat"
    RETRY = "retry"
    TIME = "time"
    TURN = "turn"


@dataclass(frozen=True, slots=True)
class Pending:
    """What of a pending message tells why it waits."""

    channel: Channel
    delivery_class: DeliveryClass
    is_due: bool
    was_tried: bool

    def waits_for(self, *, is_held: bool) -> WaitsFor:
        """Return what it waits for; a hold lets receipts through."""
        if is_held and self.delivery_class is not DeliveryClass.RECEIPT:
            return WaitsFor.HOLD_CHAT if self.channel is Channel.WEBCHAT else WaitsFor.HOLD
        if self.channel is Channel.WEBCHAT and self.is_due:
            return WaitsFor.CHAT
        if self.is_due:
            return WaitsFor.TURN
        return WaitsFor.RETRY if self.was_tried else WaitsFor.TIME


def pending(delivery: Delivery, now: datetime) -> Pending:
    """Return what tells why a pending message waits."""
    return Pending(
        delivery.channel,
        delivery.delivery_class,
        delivery.due_at is not None and delivery.due_at <= now,
        delivery.attempts > 0,
    )
