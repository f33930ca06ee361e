"""What a simulated shop and helpdesk tell us: CloudEvents over a span of days, from one seed.

Two things are made to be found: few people abandon carts, so that stage stays below the smallest sample; and in
the last four weeks deliveries come late. Every event tells the customer's region, a solved case who solved it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random  # noqa: TID251 the type of the injected source
from typing import Any

LATE_DAYS = 28
CUSTOMERS_PER_DAY = 19
_SUPPORT = 0.22
_ASKS_FIRST = 0.3
_CANCELLED = 0.05
_REFUNDED = 0.04
_SUBSCRIBED = 0.18
_REOPENED = 0.12
_CARTS = 9
_AGENTS = ("김하늘", "박도윤", "이서연", "최지우")
_REGIONS = ("수도권", "부산·경남", "대구·경북", "호남", "충청", "강원·제주")
_PEOPLE_THERE = (50, 15, 10, 10, 10, 5)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One CloudEvent as the shop sends it, and when."""

    at: datetime
    body: Mapping[str, Any]


def customer_id(number: int) -> str:
    """Return the shop's id of a customer."""
    return f"c{number:05}"


def region_of(who: str) -> str:
    """Return where a customer lives."""
    return Random(who).choices(_REGIONS, _PEOPLE_THERE)[0]  # noqa: S311 a simulation, not a secret


def events(rng: Random, start: datetime, end: datetime) -> tuple[Happened, ...]:
    """Return everything that happens between two instants, in order."""
    days = (end - start).days
    happened: list[Happened] = []
    for number in range(days * CUSTOMERS_PER_DAY):
        joined = start + (end - start) * rng.random()
        happened += _life(rng, customer_id(number), joined, end)
    happened += _abandoned(rng, start, end, days * CUSTOMERS_PER_DAY)
    return tuple(sorted((h for h in happened if h.at < end), key=lambda h: h.at))


def _life(rng: Random, who: str, joined: datetime, end: datetime) -> Iterator[Happened]:
    """Sign up perhaps, then order now and then, subscribe perhaps."""
    if rng.random() < 0.3:  # noqa: PLR2004 most customers have been here before
        yield _event("account.created", who, who, joined)
    if rng.random() < _ASKS_FIRST:
        yield from _ticket(rng, who, f"T{who[1:]}-0", joined)
    at = joined
    orders = 1 + int(rng.expovariate(1.4))
    for number in range(orders):
        at += timedelta(days=rng.uniform(0.1, 16), minutes=rng.uniform(0, 600))
        yield from _order(rng, who, f"{who}-{number + 1}", at)
    if rng.random() < _SUBSCRIBED:
        paid = joined + timedelta(days=rng.uniform(1, 20))
        while paid < end:
            yield _event("subscription.paid", who, f"{who}-sub-{paid:%Y%m%d}", paid)
            paid += timedelta(days=30)


def _order(rng: Random, who: str, order: str, at: datetime) -> Iterator[Happened]:
    amount = {"amount": rng.randrange(9, 140) * 1000, "currency": "KRW"}
    yield _event("order.paid", who, order, at, amount)
    if rng.random() < _CANCELLED:
        yield _event("order.cancelled", who, order, at + rng.uniform(5, 300) * _MINUTE)
        return
    delivered = at + timedelta(days=rng.uniform(1.2, 3.8))
    yield _event("order.delivered", who, order, delivered, amount)
    if rng.random() < _REFUNDED:
        yield _event("order.refunded", who, order, delivered + rng.uniform(60, 4000) * _MINUTE)
    if rng.random() < _SUPPORT:
        yield from _ticket(rng, who, f"T{order[1:]}", delivered)


def _ticket(rng: Random, who: str, ticket: str, at: datetime) -> Iterator[Happened]:
    solved = at + rng.uniform(200, 3000) * _MINUTE
    yield _event("support.solved", who, ticket, solved, {"handler": rng.choice(_AGENTS)})
    if rng.random() < _REOPENED:
        yield _event("support.reopened", who, ticket, solved + rng.uniform(10, 600) * _MINUTE)


def _abandoned(rng: Random, start: datetime, end: datetime, customers: int) -> Iterator[Happened]:
    for number in range(_CARTS):
        at = start + (end - start) * rng.random()
        who = customer_id(rng.randrange(customers))
        yield _event("cart.abandoned", who, f"cart-{number}", at)


def _event(
    kind: str, who: str, subject: str, at: datetime, data: Mapping[str, Any] | None = None
) -> Happened:
    body = {
        "specversion": "1.0",
        "id": f"{kind}:{subject}",
        "source": "shop",
        "type": kind,
        "subject": subject,
        "time": at.isoformat(),
        "data": {"customer": {"id": who}, "region": region_of(who), **(data or {})},
    }
    return Happened(at=at, body=body)
