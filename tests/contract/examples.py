"""Rows to store. Each builder fills in what a test does not care about."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import pytest

from surveys.model import (
    Address,
    Answer,
    ApiKey,
    Channel,
    Consent,
    CountRule,
    CustomerHint,
    Decision,
    Delivery,
    DeliveryClass,
    DeliveryState,
    Dimensions,
    Event,
    FunnelStep,
    Identifier,
    InboxEntry,
    InboxState,
    Invitation,
    InvitationState,
    Link,
    Person,
    Purpose,
    Side,
    Slot,
    StoredEvent,
    Verdict,
    VerdictKind,
    WebSession,
)
from surveys.ports import Storage, UnitOfWork
from surveys.reports import ScoreChange, StepChange

T = TypeVar("T")

START = datetime(2026, 11, 16, 9, 30, 0, 123457, tzinfo=UTC)
DAY = date(2026, 11, 16)
NESTED = {
    "note": "빠른 배송 감사해요 🙌🏽",
    "lines": [{"sku": "A-1", "n": 2}, None, 1.5],
    "vip": True,
}


def at(minutes: float) -> datetime:
    """Return the instant so many minutes after START."""
    return START + timedelta(minutes=minutes)


def entry(key: str, **parts: Any) -> InboxEntry:
    """Return an unhandled inbox entry."""
    filled: dict[str, Any] = {
        "id": f"entry-{key}",
        "source": "event:shop",
        "key": key,
        "digest": "d1",
        "received_at": START,
        "state": InboxState.NEW,
        "due_at": START,
    }
    return InboxEntry(**(filled | parts))


def stored_event(
    name: str, *, person_id: str | None = "ann", received_at: datetime = START, **parts: Any
) -> StoredEvent:
    """Return an event whose own id, source id and subject are told apart by their prefix."""
    filled: dict[str, Any] = {
        "source": "shop",
        "id": f"src-{name}",
        "type": "order.paid",
        "subject": f"order-{name}",
        "time": START,
        "customer": CustomerHint(id="c-1", identifiers=(Identifier(namespace="shop", value="7"),)),
        "data": NESTED,
    }
    event = Event(**(filled | parts))
    return StoredEvent(id=name, event=event, person_id=person_id, received_at=received_at)


def person(name: str, **parts: Any) -> Person:
    """Return a customer."""
    filled: dict[str, Any] = {"id": name, "subject_id": f"subject-{name}", "created_at": START}
    return Person(**(filled | parts))


def address(name: str, **parts: Any) -> Address:
    """Return a Telegram address of Ann."""
    filled: dict[str, Any] = {
        "id": name,
        "person_id": "ann",
        "channel": Channel.TELEGRAM,
        "account": "7001",
        "user": name,
        "chat": f"chat-{name}",
        "created_at": START,
    }
    return Address(**(filled | parts))


def consent(**parts: Any) -> Consent:
    """Return Ann's consent to service surveys."""
    filled: dict[str, Any] = {
        "person_id": "ann",
        "purpose": Purpose.SERVICE_SURVEY,
        "granted": True,
        "at": START,
        "source": "telegram:start",
        "text_version": "v1",
    }
    return Consent(**(filled | parts))


def link(token_hash: str, **parts: Any) -> Link:
    """Return a Telegram link of Ann that lasts an hour."""
    filled: dict[str, Any] = {
        "token_hash": token_hash,
        "person_id": "ann",
        "channel": Channel.TELEGRAM,
        "expires_at": at(60),
    }
    return Link(**(filled | parts))


def web_session(token_hash: str, **parts: Any) -> WebSession:
    """Return a browser session of Ann's web chat."""
    filled: dict[str, Any] = {
        "token_hash": token_hash,
        "address_id": "ann-web",
        "created_at": START,
        "expires_at": at(60),
    }
    return WebSession(**(filled | parts))


def verdict(kind: VerdictKind = VerdictKind.ASKED, **parts: Any) -> Verdict:
    """Return a verdict with nested values."""
    filled: dict[str, Any] = {"rule": "cap", "at": START, "values": NESTED}
    return Verdict(kind=kind, **(filled | parts))


def decision(name: str, **parts: Any) -> Decision:
    """Return a decision about the first event."""
    filled: dict[str, Any] = {
        "id": name,
        "event_id": "event-1",
        "trigger": f"trigger-{name}",
        "program_version": "p1",
        "verdicts": (verdict(),),
        "person_id": "ann",
    }
    return Decision(**(filled | parts))


def invitation(name: str, **parts: Any) -> Invitation:
    """Return a waiting invitation of Ann, due at START."""
    filled: dict[str, Any] = {
        "id": name,
        "decision_id": "decision-1",
        "event_id": "event-1",
        "trigger": "checkout",
        "person_id": "ann",
        "subject_id": "subject-ann",
        "occasion": f"order-{name}",
        "program_version": "p1",
        "survey": "checkout",
        "survey_version": 1,
        "touchpoint": "checkout",
        "stage": "purchase",
        "instrument": "csat",
        "event_at": START,
        "ask_by": at(7 * 24 * 60),
        "state": InvitationState.WAITING,
        "created_at": START,
        "due_at": START,
    }
    return Invitation(**(filled | parts))


def slot(invitation_id: str, **parts: Any) -> Slot:
    """Return a slot in Ann's contact clock."""
    filled: dict[str, Any] = {
        "invitation_id": invitation_id,
        "person_id": "ann",
        "instrument": "csat",
        "stage": "purchase",
        "at": START,
    }
    return Slot(**(filled | parts))


def delivery(name: str, **parts: Any) -> Delivery:
    """Return a pending question to Ann's Telegram, due at START."""
    filled: dict[str, Any] = {
        "id": name,
        "key": f"key-{name}",
        "person_id": "ann",
        "address_id": "ann-tg",
        "channel": Channel.TELEGRAM,
        "delivery_class": DeliveryClass.PROACTIVE,
        "kind": "question",
        "state": DeliveryState.PENDING,
        "created_at": START,
        "due_at": START,
    }
    return Delivery(**(filled | parts))


def dimensions(**parts: str) -> Dimensions:
    """Return what a CSAT answer after a checkout is tagged with."""
    filled = {
        "trigger": "checkout",
        "survey": "checkout",
        "touchpoint": "checkout",
        "stage": "purchase",
        "instrument": "csat",
        "scale": "1-5",
        "polarity": "up",
        "wording": "w1",
        "channel": "telegram",
        "language": "ko",
    }
    return Dimensions(**(filled | parts))


def answer(name: str, **parts: Any) -> Answer:
    """Return the score that Ann gave to the first invitation."""
    filled: dict[str, Any] = {
        "id": name,
        "invitation_id": "invitation-1",
        "question": "score",
        "subject_id": "subject-ann",
        "dimensions": dimensions(),
        "survey_version": 1,
        "answered_at": START,
        "day": DAY,
        "order": 1.0,
        "score": 4,
    }
    return Answer(**(filled | parts))


def add_score(
    unit: UnitOfWork,
    day: date,
    tags: Dimensions,
    score: int,
    by: int = 1,
    *,
    rule: CountRule = CountRule.ALL,
    period: str = "",
    sides: tuple[Side, ...] = (),
) -> None:
    change = ScoreChange(
        rule=rule, period=period, day=day, dimensions=tags, score=score, by=by, sides=sides
    )
    unit.counts.add_scores([change])


def add_step(
    unit: UnitOfWork,
    step: FunnelStep,
    day: date,
    tags: Dimensions,
    by: int = 1,
    *,
    sides: tuple[Side, ...] = (),
) -> None:
    change = StepChange(step=step, day=day, dimensions=tags, by=by, sides=sides)
    unit.counts.add_steps([change])


def api_key(name: str, **parts: Any) -> ApiKey:
    """Return a key that may write events."""
    filled: dict[str, Any] = {
        "id": name,
        "secret_hash": f"hash-{name}",
        "scopes": frozenset({"events:write", "results:read"}),
        "created_at": START,
    }
    return ApiKey(**(filled | parts))


def populate(unit: UnitOfWork) -> None:
    """Store the people, addresses, events, decisions and ended invitations others refer to."""
    for name in ("ann", "ben"):
        unit.people.add(person(name))
        unit.addresses.add(address(f"{name}-tg", person_id=name))
        unit.addresses.add(address(f"{name}-web", person_id=name, channel=Channel.WEBCHAT))
    for number in (1, 2):
        unit.events.add(stored_event(f"event-{number}", person_id=None), reversing=False)
    unit.decisions.add(decision("decision-1", person_id=None))
    for number in (1, 2, 3):
        ended = {"state": InvitationState.FINISHED, "due_at": None, "event_id": "event-2"}
        unit.invitations.add(invitation(f"invitation-{number}", **ended))


async def store_all(
    store: Storage, add: Callable[[UnitOfWork], Callable[[T], None]], *rows: T
) -> None:
    """Store the rows, in this order, in one commit."""

    def work(unit: UnitOfWork) -> None:
        for row in rows:
            add(unit)(row)

    await store.write(work)


class Failed(Exception):
    """A unit of work went wrong on purpose."""


async def fail(store: Storage, work: Callable[[UnitOfWork], object]) -> None:
    """Run the work in a unit that raises at its end, and see the error come back."""

    def failing(unit: UnitOfWork) -> None:
        work(unit)
        raise Failed

    with pytest.raises(Failed):
        await store.write(failing)
