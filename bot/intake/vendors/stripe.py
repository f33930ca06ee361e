"""Stripe: checkouts, invoices and refunds.

Signature: https://docs.stripe.com/webhooks#verify-manually; objects: https://docs.stripe.com/api. A
charge names neither its checkout nor, in newer API versions, its invoice, so what belongs together is
found by the payment intent among the refs.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.intake.places import Place
from bot.intake.signing import (
    MAX_SIGNATURES,
    SignatureRefused,
    fresh_seconds,
    hmac_hex,
    require_match,
)
from bot.intake.vendor import Ignored, Notice, Vendor, distinct, email_of, locale_of, stated, told
from surveys.model import CustomerHint, Event, Identifier

# https://docs.stripe.com/currencies#zero-decimal: these amounts are not in hundredths.
_WHOLE: Final = frozenset(
    {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga"}
    | {"pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf"}
)
_SETTLED: Final = frozenset({"paid", "no_payment_required"})

_Reading = tuple[Event, ...] | Ignored


class Stripe:
    """See bot.intake.vendor.Vendor."""

    name = "stripe"

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime
    ) -> None:
        """Check ``t=..,v1=..``: hex HMAC-SHA256 of ``t.body``; while rotating there are several v1."""
        pairs = [part.strip().partition("=") for part in _header(headers).split(",")]
        if len(pairs) > MAX_SIGNATURES:
            raise SignatureRefused("too many signatures")
        timestamp = next((value for key, _, value in pairs if key == "t"), "")
        fresh_seconds(timestamp, now)
        message = timestamp.encode() + b"." + body
        offered = [value for key, _, value in pairs if key == "v1"]
        require_match((hmac_hex(secret, message) for secret in secrets), offered)

    def read(self, notice: Notice) -> _Reading:
        """Read the event types we know."""
        body = notice.object()
        topic = body.at("type").needed()
        reader = _TOPICS.get(topic)
        if reader is None:
            return Ignored(reason=f"type {topic} is not one we use")
        return reader(notice, body, body.at("data").at("object"))


def _header(headers: Mapping[str, str]) -> str:
    return headers.get("stripe-signature", "")


def _checkout(notice: Notice, body: Place, session: Place) -> _Reading:
    """Read a finished checkout; a bank transfer completes first and is paid days later, or never."""
    if session.at("mode").text() == "setup":
        return Ignored(reason="the session saved a card, nothing was bought")
    status = session.at("payment_status").text()
    if status not in _SETTLED:
        return Ignored(reason=f"payment_status is {status}, not paid")
    refs = _refs(session, "payment_intent", "invoice", "subscription")
    return _event(notice, body, session, kind="order.paid", refs=refs)


def _invoice(notice: Notice, body: Place, invoice: Place) -> _Reading:
    """Read a paid invoice: of a subscription, or of a single sale."""
    subscription = _subscription(invoice)
    kind = "subscription.paid" if subscription else "order.paid"
    refs = distinct(subscription, *_payments(invoice), *_refs(invoice, "payment_intent", "charge"))
    return _event(notice, body, invoice, kind=kind, refs=refs)


def _refund(notice: Notice, body: Place, charge: Place) -> _Reading:
    refs = _refs(charge, "payment_intent", "invoice")
    return _event(notice, body, charge, kind="order.refunded", refs=refs)


def _event(
    notice: Notice, body: Place, place: Place, *, kind: str, refs: tuple[str, ...]
) -> _Reading:
    subject = place.at("id").needed_name()
    time, known = notice.when(told(body.at("created").epoch) or told(place.at("created").epoch))
    event = Event(
        source=notice.source,
        id=body.at("id").name() or notice.composed_id(body.at("type").needed(), subject),
        type=kind,
        subject=subject,
        time=time,
        time_stated=known,
        customer=_customer(place),
        refs=refs,
        data=_data(body, place),
    )
    return (event,)


def _customer(place: Place) -> CustomerHint:
    """Return whose it is; ``client_reference_id`` is what the shop's own code put there for us."""
    number = _id(place.at("customer"))
    named = (Identifier(namespace="stripe:customer", value=number),) if number else ()
    email = (
        email_of(place.at("customer_details").at("email"))
        or email_of(place.first("customer_email", "receipt_email"))
        or email_of(place.at("billing_details").at("email"))
        or told(lambda: place.at("customer").at("email").email())  # where it is expanded in place
    )
    locale = locale_of(place.at("locale"))
    return CustomerHint(
        id=place.at("client_reference_id").name(),
        identifiers=named,
        email=email,
        locale=None if locale == "auto" else locale,
    )


def _data(body: Place, place: Place) -> dict[str, object]:
    """Return what conditions may look at; ``amount`` in the currency's main unit."""
    currency = told(place.at("currency").text)
    minor = place.first("amount_total", "amount_paid", "amount_refunded").number()
    unit = 1 if (currency or "").lower() in _WHOLE else 100
    return stated(
        amount=None if minor is None else minor / unit,
        currency=currency.upper() if currency else None,
        mode=told(place.at("mode").text),
        billing_reason=told(place.at("billing_reason").text),
        fully_refunded=told(place.at("refunded").flag),
        livemode=told(body.at("livemode").flag),
    )


def _refs(place: Place, *keys: str) -> tuple[str, ...]:
    return distinct(*(_id(place.at(key)) for key in keys))


def _id(place: Place) -> str | None:
    """Return the id of a linked object, which may have been expanded in place."""
    return place.at("id").name() if isinstance(place.value, dict) else place.name()


def _subscription(invoice: Place) -> str | None:
    """Return the subscription: at the top until API 2025-03-31, under ``parent`` since."""
    details = invoice.at("parent").at("subscription_details")
    return _id(invoice.at("subscription")) or _id(details.at("subscription"))


def _payments(invoice: Place) -> tuple[str, ...]:
    """Return what paid the invoice, as listed since API 2025-03-31."""
    paid = [entry.at("payment") for entry in invoice.at("payments").at("data").entries()]
    return distinct(*(ref for entry in paid for ref in _refs(entry, "payment_intent", "charge")))


_TOPICS: Final[Mapping[str, Callable[[Notice, Place, Place], _Reading]]] = {
    "checkout.session.completed": _checkout,
    "checkout.session.async_payment_succeeded": _checkout,
    "invoice.paid": _invoice,
    "charge.refunded": _refund,
}

VENDOR: Final[Vendor] = Stripe()
