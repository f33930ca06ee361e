"""What was sent, by state, as the page of operators shows it below what waits for them."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from bot.console.people_texts import named, say
from surveys.language.texts import template
from surveys.model import Delivery, DeliveryState
from surveys.overview import WaitsFor, pending
from surveys.program import Program
from surveys.service.operating import Messages
from surveys.service.reasons import rule_in_words
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
    """A message; ``person`` "" where she is nobody any more, ``until`` "" where nothing is waited for, or for ever."""

    at: str
    kind: str
    channel: str
    attempts: str
    reason: str
    until: str
    person: str
    customer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """All states, those first that nobody is content with, and messages of the chosen one.

    Attributes:
        waits: what the pending ones wait for, most frequent first, each with how many.
        is_waiting: whether the chosen ones are pending: their reason is what they wait for.
        older: goes on.
    """

    tabs: tuple[Tab, ...]
    waits: tuple[tuple[str, str], ...]
    chosen: str
    is_waiting: bool
    rows: tuple[Row, ...]
    older: str
    depth: str


def sent(
    messages: Messages,
    chosen: DeliveryState | None,
    program: Program,
    language: str,
    now: datetime,
) -> Sent:
    """Return the content."""
    order = (*FIRST, *(state for state in DeliveryState if state not in FIRST))
    row = partial(_row, messages, program, language, now)
    ranked = sorted(messages.waits.items(), key=lambda each: (-each[1], each[0]))
    return Sent(
        tabs=tuple(_tab(state, messages.counts.get(state, 0), language) for state in order),
        waits=tuple((say(language, f"waits.{cause}"), many(count)) for cause, count in ranked),
        chosen=chosen.value if chosen else "",
        is_waiting=chosen is DeliveryState.PENDING,
        rows=tuple(map(row, messages.newest)),
        older=messages.older,
        depth=f"{DEPTH:,}",
    )


def reason_in_words(delivery: Delivery, program: Program, language: str) -> str:
    """Return why a message ended as it did; what a platform said of itself is told as it was said."""
    code = delivery.reason or ""
    named_here = template(language, f"ended.{code}", "people") if code else ""
    return named_here or (rule_in_words(code, program, language) if code else "")


def wait_in_words(
    delivery: Delivery, program: Program, language: str, now: datetime, *, is_held: bool
) -> str:
    """Return what a pending message waits for."""
    zone, _ = zone_of(program.company.zone, "UTC")
    cause = pending(delivery, now).waits_for(is_held=is_held)
    at = _at(delivery.due_at, zone) if delivery.due_at else ""
    told = say(language, f"wait.{cause}", at=at, tries=str(delivery.attempts))
    why = reason_in_words(delivery, program, language) if cause is WaitsFor.RETRY else ""
    return f"{told} ({why})" if why else told


def _at(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _tab(state: DeliveryState, count: int, language: str) -> Tab:
    return Tab(state=state.value, label=named(language, "state", state), count=many(count))


def many(count: int) -> str:
    """Return a count as it is shown, which tells when it stopped at ``DEPTH``."""
    return f"{count:,}{'+' if count >= DEPTH else ''}"


def _row(
    messages: Messages, program: Program, language: str, now: datetime, delivery: Delivery
) -> Row:
    zone, _ = zone_of(program.company.zone, "UTC")
    customer = messages.customers.get(delivery.person_id, "")
    waits = delivery.state is DeliveryState.PENDING
    return Row(
        at=_at(delivery.sent_at or delivery.created_at, zone),
        kind=named(language, "kind", delivery.kind.partition(".")[0]),
        channel=named(language, "channel", delivery.channel),
        attempts=str(delivery.attempts),
        reason=wait_in_words(delivery, program, language, now, is_held=messages.is_held)
        if waits
        else reason_in_words(delivery, program, language),
        until=_at(delivery.expires_at, zone) if waits and delivery.expires_at else "",
        person=delivery.person_id if customer else "",
        customer=customer,
    )
