"""What was sent, by state, as the page of operators shows it below what waits for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.console.people_texts import named
from surveys.model import Delivery, DeliveryState
from surveys.program import Program
from surveys.service.operating import Messages
from surveys.timing import zone_of

DEPTH: Final = 10_000
"""Up to how many messages of a state are counted."""
SHOWN: Final = 50
FIRST: Final = (DeliveryState.UNKNOWN, DeliveryState.PARKED, DeliveryState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A state to choose, with how many there are."""

    state: str
    label: str
    count: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A message; ``person`` "" where she is nobody any more."""

    at: str
    kind: str
    channel: str
    attempts: str
    reason: str
    person: str
    customer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """All states, those first that nobody is content with, and messages of the chosen one; ``older`` goes on."""

    tabs: tuple[Tab, ...]
    chosen: str
    rows: tuple[Row, ...]
    older: str
    depth: str


def sent(messages: Messages, chosen: DeliveryState | None, program: Program, language: str) -> Sent:
    """Return the content."""
    zone, _ = zone_of(program.company.zone, "UTC")
    order = (*FIRST, *(state for state in DeliveryState if state not in FIRST))
    return Sent(
        tabs=tuple(_tab(state, messages.counts.get(state, 0), language) for state in order),
        chosen=chosen.value if chosen else "",
        rows=tuple(_row(each, messages.customers, zone, language) for each in messages.newest),
        older=messages.older,
        depth=f"{DEPTH:,}",
    )


def _tab(state: DeliveryState, count: int, language: str) -> Tab:
    more = "+" if count >= DEPTH else ""
    return Tab(state=state.value, label=named(language, "state", state), count=f"{count:,}{more}")


def _row(delivery: Delivery, customers: Mapping[str, str], zone: ZoneInfo, language: str) -> Row:
    customer = customers.get(delivery.person_id, "")
    return Row(
        at=_at(delivery.sent_at or delivery.created_at, zone),
        kind=named(language, "kind", delivery.kind.partition(".")[0]),
        channel=named(language, "channel", delivery.channel),
        attempts=str(delivery.attempts),
        reason=delivery.reason or "",
        person=delivery.person_id if customer else "",
        customer=customer,
    )


def _at(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"
