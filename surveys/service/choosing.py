"""Which choice was made later, to stop or to be asked again: by the platform's order, not by that of arrival."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from surveys.model import Address, Channel, Incoming
from surveys.ports import UnitOfWork

ONE_COUNT: Final = timedelta(days=6)
"""Telegram's numbers go on for as long; after a week without updates they may begin anew (Bot API, Update)."""

_COUNTED: Final = frozenset({Channel.TELEGRAM, Channel.SLACK})
"""A browser counts each visit's acts from the start."""


def latest(tx: UnitOfWork, incoming: Incoming, address: Address) -> Address | None:
    """Return the address, which remembers this choice as her latest here; None where she made a later one."""
    if address.channel not in _COUNTED:
        return address
    before, at = address.choice_order, address.chosen_at
    one_count = at is not None and abs(incoming.at - at) <= ONE_COUNT
    if one_count and before is not None and incoming.order < before:
        return None
    chosen = replace(address, choice_order=incoming.order, chosen_at=incoming.at)
    tx.addresses.save(chosen)
    return chosen
