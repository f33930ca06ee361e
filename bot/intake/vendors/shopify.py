"""Shopify: orders, payments, shipments and refunds of a shop.

Headers, topics and body shapes: https://shopify.dev/docs/api/webhooks. The order id is the subject
of everything that concerns an order, so a refund finds the checkout and the delivery it undoes.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.intake.places import MAX_NAME, Place
from bot.intake.signing import SignatureRefused, hmac_base64, require_match
from bot.intake.vendor import (
    Ignored,
    Notice,
    Vendor,
    distinct,
    email_of,
    locale_of,
    stated,
    time_of,
    told,
    word_of,
    words,
)
from bot.strict_json import check_text
from surveys.model import CustomerHint, Event, Identifier

_SIGNATURES: Final = ("x-shopify-hmac-sha256", "shopify-hmac-sha256")
_PRIVACY: Final = frozenset({"customers/data_request", "customers/redact", "shop/redact"})
_DELIVERED: Final = "delivered"
_CANCELLED: Final = "cancelled"

_Reading = tuple[Event, ...] | Ignored


class Shopify:
    """See bot.intake.vendor.Vendor."""

    name = "shopify"

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime
    ) -> None:
        """Check base64 HMAC-SHA256 of the raw body; the header lost its ``X-`` in newer versions."""
        offered = [headers[name] for name in _SIGNATURES if name in headers]
        if not offered:
            raise SignatureRefused("X-Shopify-Hmac-Sha256 is missing")
        require_match((hmac_base64(secret, body) for secret in secrets), offered)

    def read(self, notice: Notice) -> _Reading:
        """Read the topics we know; the privacy topics every app must accept are for staff to act on."""
        body = notice.object()
        topic = _header(notice, "topic").lower()
        if topic in _PRIVACY:
            return Ignored(reason=f"{topic} is a privacy request for staff, not an event")
        reader = _TOPICS.get(topic)
        if reader is None:
            return Ignored(reason=f"topic {topic or 'missing'} is not one we use")
        return reader(notice, topic, _unwrapped(body))


def _header(notice: Notice, name: str) -> str:
    for spelled in (f"x-shopify-{name}", f"shopify-{name}"):
        if value := notice.headers.get(spelled, "").strip():
            return check_text(value[:MAX_NAME], spelled)
    return ""


def _unwrapped(body: Place) -> Place:
    """Return what the webhook is about; the REST form of the same data wraps it once."""
    if "id" not in body.value and len(body.value) == 1:
        for key in ("order", "fulfillment", "refund"):
            if key in body.value:
                return body.at(key)
    return body


def _paid(notice: Notice, topic: str, order: Place) -> _Reading:
    return _order_event(notice, topic, order, kind="order.paid", at=_newest(order))


def _created(notice: Notice, topic: str, order: Place) -> _Reading:
    status = word_of(order.at("financial_status"))
    if status != "paid":
        return Ignored(reason=f"financial_status is {status}, not paid")
    return _paid(notice, topic, order)


def _cancelled(notice: Notice, topic: str, order: Place) -> _Reading:
    at = time_of(order.at("cancelled_at")) or _newest(order)
    return _order_event(notice, topic, order, kind="order.cancelled", at=at)


def _fulfilled(notice: Notice, topic: str, order: Place) -> _Reading:
    """Fulfilled means handed to the carrier; delivered is told by every shipment that still counts."""
    shipments = [
        shipment
        for shipment in order.at("fulfillments").entries()
        if word_of(shipment.at("status")) != _CANCELLED
    ]
    arrived = [s for s in shipments if word_of(s.at("shipment_status")) == _DELIVERED]
    if not shipments or len(arrived) < len(shipments):
        return Ignored(reason=f"{len(arrived)} of {len(shipments)} shipments are delivered")
    times = [at for s in arrived if (at := time_of(s.at("updated_at")))]
    at = max(times, default=None) or _newest(order)
    return _order_event(notice, topic, order, kind="order.delivered", at=at)


def _shipped(notice: Notice, topic: str, shipment: Place) -> _Reading:
    status = word_of(shipment.at("shipment_status"))
    if status != _DELIVERED:
        return Ignored(reason=f"shipment_status is {status}, not delivered")
    return _shipment_event(notice, topic, shipment, at=_newest(shipment))


def _tracked(notice: Notice, topic: str, step: Place) -> _Reading:
    status = word_of(step.at("status"))
    if status != _DELIVERED:
        return Ignored(reason=f"the shipment's status is {status}, not delivered")
    at = time_of(step.at("happened_at")) or _newest(step)
    return _shipment_event(notice, topic, step, at=at)


def _refunded(notice: Notice, topic: str, refund: Place) -> _Reading:
    return _event(
        notice,
        topic,
        refund,
        kind="order.refunded",
        subject=refund.at("order_id").needed_name(),
        at=_newest(refund),
        refs=distinct(refund.at("id").name()),
    )


def _order_event(
    notice: Notice, topic: str, order: Place, *, kind: str, at: datetime | None
) -> _Reading:
    refs = distinct(
        order.at("checkout_id").name(),
        order.at("checkout_token").name(),
        order.at("admin_graphql_api_id").name(),
    )
    subject = order.at("id").needed_name()
    return _event(notice, topic, order, kind=kind, subject=subject, at=at, refs=refs)


def _shipment_event(
    notice: Notice, topic: str, shipment: Place, *, at: datetime | None
) -> _Reading:
    subject = shipment.at("order_id").needed_name()
    return _event(notice, topic, shipment, kind="order.delivered", subject=subject, at=at)


def _event(
    notice: Notice,
    topic: str,
    place: Place,
    *,
    kind: str,
    subject: str,
    at: datetime | None,
    refs: tuple[str, ...] = (),
) -> _Reading:
    time, known = notice.when(at)
    event = Event(
        source=notice.source,
        id=_header(notice, "webhook-id") or notice.composed_id(topic, subject),
        type=kind,
        subject=subject,
        time=time,
        time_stated=known,
        customer=_customer(place),
        refs=refs,
        data=_data(place),
    )
    return (event,)


def _customer(place: Place) -> CustomerHint:
    """Return whose it is; a guest's order has neither customer nor, sometimes, an e-mail."""
    customer = place.at("customer")
    number = customer.at("id").name()
    named = (Identifier(namespace="shopify:customer", value=number),) if number else ()
    email = email_of(place.first("email", "contact_email")) or email_of(customer.at("email"))
    locale = locale_of(place.at("customer_locale")) or locale_of(customer.at("locale"))
    return CustomerHint(identifiers=named, email=email, locale=locale)


def _data(place: Place) -> dict[str, object]:
    """Return what conditions may look at: no name, address or line item leaves the request."""
    return stated(
        amount=place.at("total_price").number(),
        currency=told(place.at("currency").text),
        name=told(place.at("name").name),
        source_name=told(place.at("source_name").name),
        financial_status=told(place.at("financial_status").text),
        cancel_reason=told(place.at("cancel_reason").text),
        tags=told(lambda: words(place.at("tags"), ",")),
        test=told(place.at("test").flag),
    )


def _newest(place: Place) -> datetime | None:
    """Return the latest of the resource's own times; a change is what the webhook tells about."""
    times = (time_of(place.at(key)) for key in ("created_at", "processed_at", "updated_at"))
    return max((at for at in times if at), default=None)


_TOPICS: Final[Mapping[str, Callable[[Notice, str, Place], _Reading]]] = {
    "orders/paid": _paid,
    "orders/create": _created,
    "orders/cancelled": _cancelled,
    "orders/fulfilled": _fulfilled,
    "fulfillments/create": _shipped,
    "fulfillments/update": _shipped,
    "fulfillment_events/create": _tracked,
    "refunds/create": _refunded,
}

VENDOR: Final[Vendor] = Shopify()
