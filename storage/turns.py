"""The order in which due messages go out, the same in every store."""

from collections.abc import Sequence
from datetime import datetime

from surveys.model import Delivery


def in_turn(created: Sequence[Delivery]) -> tuple[Delivery, ...]:
    """Return messages given in created order: earliest first, none before what its address was to get earlier."""
    soonest: dict[str, datetime] = {}
    turns: dict[str, datetime] = {}
    for delivery in reversed(created):
        if delivery.due_at:
            turn = min(delivery.due_at, soonest.get(delivery.address_id, delivery.due_at))
            soonest[delivery.address_id] = turns[delivery.id] = turn
    return tuple(sorted(created, key=lambda delivery: turns[delivery.id]))
