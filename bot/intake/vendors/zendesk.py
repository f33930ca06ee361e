"""Zendesk: tickets solved and reopened.

Both of Zendesk's forms are read: the event subscription ``zen:event-type:ticket.status_changed`` and a
trigger's own JSON template, whose keys an administrator chose. The subject is ``zen:ticket:<id>``, the
form the vendor itself uses: a bare ticket number is easily also an order number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot.intake.instants import instant
from bot.intake.places import Place
from bot.intake.signing import SignatureRefused, hmac_base64, require_fresh, require_match
from bot.intake.vendor import Ignored, Notice, Vendor, email_of, stated, words
from surveys.errors import InvalidInput
from surveys.model import CustomerHint, Event, Identifier

_STATUS_CHANGED: Final = "zen:event-type:ticket.status_changed"
_DONE: Final = frozenset({"solved", "closed"})
_BACK: Final = frozenset({"new", "open", "pending", "hold", "on-hold"})


class Zendesk:
    """See bot.intake.vendor.Vendor."""

    name = "zendesk"

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime
    ) -> None:
        """Check base64 HMAC-SHA256 of timestamp and body, joined by nothing; the timestamp is ISO 8601."""
        timestamp = headers.get("x-zendesk-webhook-signature-timestamp", "")
        offered = headers.get("x-zendesk-webhook-signature", "")
        if not timestamp or not offered:
            raise SignatureRefused("X-Zendesk-Webhook-Signature or its timestamp is missing")
        message = timestamp.encode("latin-1", "replace") + body
        require_match((hmac_base64(secret, message) for secret in secrets), [offered])
        if (at := _iso_time(timestamp)) is not None:
            require_fresh(at, now)

    def read(self, notice: Notice) -> tuple[Event, ...] | Ignored:
        """Read a change of status, in either form."""
        body = notice.object()
        topic = body.at("type").value
        if isinstance(topic, str) and topic.startswith("zen:event-type:"):
            if topic != _STATUS_CHANGED:
                return Ignored(reason=f"type {topic[:100]} is not one we use")
            change = _subscribed(body)
        else:
            change = _templated(body)
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


def _iso_time(text: str) -> datetime | None:
    """Return the signed timestamp, or None in a form we cannot read: only Zendesk can have signed it."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.replace(tzinfo=at.tzinfo or UTC)


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
        at=body.at("time").instant() or detail.at("updated_at").instant(),
        requester=detail.at("requester_id").name(),
        customer_id=None,
        email=None,
        handler=detail.at("assignee_id").name(),
        data=_data(detail),
    )


def _templated(body: Place) -> _Change:
    """Read a trigger's template: flat or under ``ticket``, in snake_case or camelCase."""
    flat = _folded(body)
    ticket = _folded(flat.at("ticket")) if isinstance(flat.at("ticket").value, dict) else flat
    requester, assignee = _person(ticket, "requester"), _person(ticket, "assignee")
    return _Change(
        id=None if ticket is flat else flat.at("id").name(),
        ticket=ticket.first("ticketid", "id").needed_name(),
        current=_status(ticket.first("status", "ticketstatus", "currentstatus")),
        previous=_status(ticket.first("previousstatus", "oldstatus")) or None,
        at=_loose_time(ticket.first("updatedat", "solvedat", "time", "timestamp")),
        requester=ticket.at("requesterid").name() or requester.at("id").name(),
        customer_id=(ticket.at("requesterexternalid").name() or requester.at("externalid").name()),
        email=email_of(ticket.at("requesteremail")) or email_of(requester.at("email")),
        handler=ticket.at("assigneeid").name() or assignee.at("id").name(),
        data=_data(ticket),
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
    return (place.text() or "").lower()


def _loose_time(place: Place) -> datetime | None:
    """Return the time if the template's placeholder was a machine's; many give "January 8"."""
    text = place.name()
    if text is None:
        return None
    try:
        return instant(text, place.path)
    except InvalidInput:
        return None


def _data(ticket: Place) -> dict[str, object]:
    """Return what conditions may look at; neither the ticket's title nor its text leaves the request."""
    channel = ticket.at("via")
    return stated(
        priority=_status(ticket.at("priority")),
        ticket_type=_status(ticket.at("type")),
        tags=words(ticket.at("tags"), None),
        channel=channel.at("channel").text() if isinstance(channel.value, dict) else None,
        group=ticket.first("group_id", "groupid").name(),
        brand=ticket.first("brand_id", "brandid").name(),
    )


VENDOR: Final[Vendor] = Zendesk()
