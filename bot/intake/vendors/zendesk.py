"""Zendesk: tickets solved and reopened.

Both of Zendesk's forms are read: the event subscription ``zen:event-type:ticket.status_changed`` and a
trigger's own JSON template, whose keys an administrator chose. The subject is ``zen:ticket:<id>``, the
form the vendor itself uses: a bare ticket number is easily also an order number.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.intake.instants import loose_instant
from bot.intake.places import MAX_NAME, Place
from bot.intake.signing import SignatureRefused, hmac_base64, require_fresh, require_match
from bot.intake.vendor import (
    Ignored,
    Notice,
    Vendor,
    email_of,
    stated,
    time_of,
    told,
    word_of,
    words,
)
from bot.strict_json import check_text
from surveys.model import CustomerHint, Event, Identifier
from surveys.program.worth import AGENT_REPLIES, HANDLED_BY

_STATUS_CHANGED: Final = "ticket.statuschanged"
_SUBSCRIPTION: Final = re.compile(r"(?:zen:event-type:|ticket\.)", re.IGNORECASE)
_INVOCATION: Final = "x-zendesk-webhook-invocation-id"
_SYSTEM: Final = "-1"
"""Zendesk's own user, by which its automations and triggers act."""
_COUNT: Final = re.compile(r"[0-9]{1,6}$", re.ASCII)
_DONE: Final = frozenset({"solved", "closed"})
_BACK: Final = frozenset({"new", "open", "pending", "hold", "on-hold", "on_hold"})


class Zendesk:
    """See bot.intake.vendor.Vendor."""

    name = "zendesk"

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime
    ) -> None:
        """Check base64 HMAC-SHA256 of timestamp and body, joined by nothing; the timestamp is ISO 8601.

        Without a separator a byte could move over to the other side, so an unreadable time is refused.
        """
        timestamp = headers.get("x-zendesk-webhook-signature-timestamp", "")
        offered = headers.get("x-zendesk-webhook-signature", "")
        if not timestamp or not offered:
            raise SignatureRefused("X-Zendesk-Webhook-Signature or its timestamp is missing")
        message = timestamp.encode("latin-1", "replace") + body
        require_match((hmac_base64(secret, message) for secret in secrets), [offered])
        at = loose_instant(timestamp)
        if at is None:
            raise SignatureRefused("the timestamp is malformed")
        require_fresh(at, now)

    def read(self, notice: Notice) -> tuple[Event, ...] | Ignored:
        """Read a change of status, in either form."""
        body = notice.object()
        topic = body.at("type").value
        if isinstance(topic, str) and _SUBSCRIPTION.match(topic):
            if topic.rpartition(":")[2].replace("_", "").lower() != _STATUS_CHANGED:
                return Ignored(reason=f"type {topic[:100]} is not one we use")
            change = _subscribed(body)
        else:
            change = _templated(body, _invocation(notice))
        kind = change.kind()
        if kind is None:
            return Ignored(reason=f"status went from {change.previous} to {change.current}")
        return (_event(notice, change, kind),)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """A ticket's change of status, whichever form told it."""

    id: str | None
    ticket: str
    current: str
    previous: str | None
    at: datetime | None
    requester: str | None
    customer_id: str | None
    email: str | None
    handler: str | None
    data: Mapping[str, object]

    def kind(self) -> str | None:
        """Return our event type. Solved to closed is the vendor tidying up; it tells nothing new."""
        if self.current == "solved" and self.previous not in _DONE:
            return "support.solved"
        if self.previous in _DONE and self.current in _BACK:
            return "support.reopened"
        return None


def _invocation(notice: Notice) -> str | None:
    """Return the id that Zendesk gives a call and its repeats; a template alone may say the same twice."""
    stated = notice.headers.get(_INVOCATION, "").strip()[:MAX_NAME]
    return check_text(stated, _INVOCATION) or None


def _event(notice: Notice, change: _Change, kind: str) -> Event:
    time, known = notice.when(change.at)
    subject = f"zen:ticket:{change.ticket}"
    requester = change.requester
    named = (Identifier(namespace="zendesk:requester", value=requester),) if requester else ()
    return Event(
        source=notice.source,
        id=change.id or notice.composed_id(kind, subject),
        type=kind,
        subject=subject,
        time=time,
        time_stated=known,
        customer=CustomerHint(id=change.customer_id, email=change.email, identifiers=named),
        data=change.data,
        handler=change.handler,
    )


def _subscribed(body: Place) -> _Change:
    """Read the vendor's own event. It has a requester id and never an e-mail."""
    detail = body.at("detail")
    return _Change(
        id=body.at("id").name(),
        ticket=detail.at("id").needed_name(),
        current=_status(body.at("event").at("current")),
        previous=_status(body.at("event").at("previous")) or None,
        at=time_of(body.at("time")) or time_of(detail.at("updated_at")),
        requester=detail.at("requester_id").name(),
        customer_id=None,
        email=None,
        handler=detail.at("assignee_id").name(),
        data=_data(detail) | _closed_by(detail),
    )


def _templated(body: Place, invocation: str | None) -> _Change:
    """Read a trigger's template: flat or under ``ticket``, in snake_case or camelCase."""
    flat = _folded(body)
    ticket = _folded(flat.at("ticket")) if isinstance(flat.at("ticket").value, dict) else flat
    requester, assignee = _person(ticket, "requester"), _person(ticket, "assignee")
    return _Change(
        id=(None if ticket is flat else flat.at("id").name()) or invocation,
        ticket=ticket.first("ticketid", "id").needed_name(),
        current=_status(ticket.first("status", "ticketstatus", "currentstatus")),
        previous=_status(ticket.first("previousstatus", "oldstatus")) or None,
        at=time_of(ticket.first("updatedat", "solvedat", "time", "timestamp")),
        requester=ticket.at("requesterid").name() or requester.at("id").name(),
        customer_id=(ticket.at("requesterexternalid").name() or requester.at("externalid").name()),
        email=email_of(ticket.at("requesteremail")) or email_of(requester.at("email")),
        handler=ticket.at("assigneeid").name() or assignee.at("id").name(),
        data=_data(ticket) | _replies(ticket),
    )


def _folded(place: Place) -> Place:
    """Return the object with keys in one spelling: ``assignee_id``, ``assigneeId`` -> ``assigneeid``."""
    folded = {key.lower().replace("_", ""): value for key, value in place.value.items()}
    return Place(folded, place.path)


def _person(ticket: Place, role: str) -> Place:
    """Return the person as an object; a template may also have put just a name there."""
    place = ticket.at(role)
    return _folded(place) if isinstance(place.value, dict) else Place(None, place.path)


def _status(place: Place) -> str:
    return word_of(place) or ""


def _data(ticket: Place) -> dict[str, object]:
    """Return what conditions may look at; neither the ticket's title nor its text leaves the request."""
    channel = ticket.at("via")
    return stated(
        priority=told(lambda: word_of(ticket.at("priority"))),
        ticket_type=told(lambda: word_of(ticket.at("type"))),
        tags=told(lambda: words(ticket.at("tags"), None)),
        channel=told(lambda: channel.at("channel").text()),
        group=told(ticket.first("group_id", "groupid").name),
        brand=told(ticket.first("brand_id", "brandid").name),
    )


def _closed_by(detail: Place) -> dict[str, object]:
    """Say who closed a ticket that nobody was assigned to: staff, an automation (user -1) or the customer herself."""
    actor = told(detail.at("actor_id").name)
    if told(detail.at("assignee_id").name) is not None or actor is None:
        return {}
    if actor == _SYSTEM:
        return {HANDLED_BY: "automation"}
    hers = actor == told(detail.at("requester_id").name)
    return {HANDLED_BY: "nobody" if hers else "person"}


def _replies(ticket: Place) -> dict[str, object]:
    """Return how often staff wrote, where the template says so; a placeholder arrives as text."""
    written = told(ticket.first("agentreplies", "agentreplycount").name)
    return {AGENT_REPLIES: int(written)} if written is not None and _COUNT.match(written) else {}


VENDOR: Final[Vendor] = Zendesk()
