"""What Shopify, Stripe and Zendesk tell, in our words; hostile shapes are refused with their place."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from bot.intake.registry import load_vendors
from bot.intake.vendor import Ignored, Notice
from surveys.errors import InvalidInput
from surveys.model import CustomerHint, Event, Identifier, Json
from tests.payloads import every, payload
from tests.shared_data import shared

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
VENDORS = load_vendors()


def told(vendor: str, body: bytes | Any, **headers: str) -> tuple[Event, ...] | Ignored:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    spelled = {name.replace("_", "-"): value for name, value in headers.items()}
    notice = Notice(source=f"{vendor}:main", headers=Headers(spelled), body=raw, received_at=NOW)
    return VENDORS[vendor].read(notice)


def event_of(reading: tuple[Event, ...] | Ignored) -> Event:
    assert isinstance(reading, tuple), reading
    (event,) = reading
    return event


def changed(name: str, change: Callable[[Any], object]) -> Any:
    body = json.loads(payload(name))
    change(body)
    return body


def shop(name: str, topic: str, change: Callable[[Any], object] = lambda _: None) -> Any:
    body = changed(f"shopify/{name}.json", change)
    return told("shopify", body, x_shopify_topic=topic, x_shopify_webhook_id="w-1")


def test_the_vendors_are_found_by_their_modules() -> None:
    assert set(VENDORS) >= {"shopify", "stripe", "zendesk"}


# --- Shopify --------------------------------------------------------------------------------------

ORDER_PAID = Event(
    source="shopify:main",
    id="w-1",
    type="order.paid",
    subject="6100000000001",
    time=datetime(2026, 11, 20, 1, 0, 5, tzinfo=UTC),
    customer=CustomerHint(
        email="haneul@example.kr",
        locale="ko-KR",
        identifiers=(Identifier(namespace="shopify:customer", value="7200000000001"),),
    ),
    refs=("41000000000001", "c0ffee00c0ffee00c0ffee00c0ffee00", "gid://shopify/Order/6100000000001"),
    data={
        "amount": 24000.0,
        "currency": "KRW",
        "name": "#2001",
        "source_name": "web",
        "financial_status": "paid",
        "tags": ["vip", "gift"],
        "test": False,
    },
)  # fmt: skip


@pytest.mark.parametrize("topic", ["orders/paid", "orders/create"])
def test_a_paid_order_of_shopify(topic: str) -> None:
    assert shop("orders_paid", topic) == (ORDER_PAID,)


def test_the_headers_without_x_and_the_rest_form_are_read_too() -> None:
    wrapped = {"order": json.loads(payload("shopify/orders_paid.json"))}

    reading = told("shopify", wrapped, shopify_topic="orders/paid", shopify_webhook_id="w-1")

    assert reading == (ORDER_PAID,)


def test_an_order_created_unpaid_is_told_when_it_is_paid() -> None:
    reading = shop("orders_paid", "orders/create", lambda o: o.update(financial_status="pending"))

    assert reading == Ignored(reason="financial_status is pending, not paid")


def test_a_guest_order_names_no_customer() -> None:
    event = event_of(shop("orders_create_guest", "orders/create"))

    assert event.customer == CustomerHint(locale="ko")
    assert event.data["amount"] == 9900.0


def test_a_mistyped_email_does_not_lose_the_order() -> None:
    event = event_of(shop("orders_create_guest", "orders/paid", lambda o: o.update(email="me@")))

    assert event.customer.email is None


def test_a_cancelled_order_of_shopify_shares_the_subject() -> None:
    event = event_of(shop("orders_cancelled", "orders/cancelled"))

    assert (event.type, event.subject) == ("order.cancelled", ORDER_PAID.subject)
    assert event.time == datetime(2026, 11, 20, 3, 30, tzinfo=UTC)
    assert event.data["cancel_reason"] == "customer"


@pytest.mark.parametrize("topic", ["fulfillments/create", "fulfillments/update"])
def test_a_shipment_counts_once_it_is_delivered(topic: str) -> None:
    event = event_of(shop("fulfillments_update", topic))
    on_its_way = shop(
        "fulfillments_update", topic, lambda f: f.update(shipment_status="in_transit")
    )

    assert (event.type, event.subject) == ("order.delivered", ORDER_PAID.subject)
    assert event.time == datetime(2026, 11, 21, 0, 0, tzinfo=UTC)
    assert on_its_way == Ignored(reason="shipment_status is in_transit, not delivered")


def test_a_tracking_step_of_shopify_tells_the_delivery() -> None:
    step = {"id": 1, "order_id": 61, "status": "delivered", "happened_at": "2026-11-21T08:00:00Z"}

    event = event_of(told("shopify", step, x_shopify_topic="fulfillment_events/create"))
    early = told(
        "shopify", step | {"status": "confirmed"}, x_shopify_topic="fulfillment_events/create"
    )

    assert (event.type, event.subject) == ("order.delivered", "61")
    assert isinstance(early, Ignored)


@pytest.mark.parametrize(
    ("shipments", "delivered"),
    [
        ([], False),
        ([{"shipment_status": None}], False),
        ([{"shipment_status": "delivered"}, {"shipment_status": "in_transit"}], False),
        ([{"shipment_status": "delivered"}], True),
        ([{"shipment_status": "delivered"}, {"status": "cancelled"}], True),
    ],
)
def test_a_fulfilled_order_is_delivered_when_every_shipment_is(
    shipments: list[Any], delivered: bool
) -> None:
    reading = shop("orders_paid", "orders/fulfilled", lambda o: o.update(fulfillments=shipments))

    assert isinstance(reading, tuple) is delivered


def test_a_refund_of_shopify_shares_the_subject() -> None:
    event = event_of(shop("refunds_create", "refunds/create"))

    assert (event.type, event.subject) == ("order.refunded", ORDER_PAID.subject)


def test_a_notice_without_id_gets_the_same_one_when_repeated() -> None:
    body = payload("shopify/orders_paid.json")
    first = event_of(told("shopify", body, x_shopify_topic="orders/paid"))
    again = event_of(told("shopify", body, x_shopify_topic="orders/paid"))
    other = event_of(told("shopify", body + b" ", x_shopify_topic="orders/paid"))

    assert first.id == again.id != other.id


@pytest.mark.parametrize("topic", ["customers/data_request", "customers/redact", "shop/redact"])
def test_the_privacy_topics_are_accepted(topic: str) -> None:
    assert isinstance(told("shopify", {"shop_id": 1}, x_shopify_topic=topic), Ignored)


@pytest.mark.parametrize("topic", ["", "carts/update"])
def test_other_topics_are_ignored(topic: str) -> None:
    assert isinstance(told("shopify", {}, x_shopify_topic=topic), Ignored)


# --- Stripe ---------------------------------------------------------------------------------------

BORA = (Identifier(namespace="stripe:customer", value="cus_Aftertouch1"),)


def test_a_paid_checkout_of_stripe() -> None:
    assert told("stripe", payload("stripe/checkout.session.completed.json")) == (
        Event(
            source="stripe:main",
            id="evt_1Aftertouch0001",
            type="order.paid",
            subject="cs_test_aftertouch1",
            time=datetime.fromtimestamp(1795140000, UTC),
            customer=CustomerHint(id="c-77", email="bora@example.com", identifiers=BORA),
            refs=("pi_Aftertouch1",),
            data={"amount": 24000.0, "currency": "KRW", "mode": "payment", "livemode": False},
        ),
    )


def stripe(name: str, change: Callable[[Any], object]) -> tuple[Event, ...] | Ignored:
    body = changed(f"stripe/{name}.json", lambda b: change(b["data"]["object"]))
    return told("stripe", body)


@pytest.mark.parametrize(
    ("changes", "paid"),
    [
        ({"payment_status": "unpaid"}, False),
        ({"payment_status": None}, False),
        ({"payment_status": "no_payment_required"}, True),
        ({"payment_status": "no_payment_required", "mode": "setup"}, False),
    ],
)
def test_a_checkout_counts_once_it_is_settled(changes: dict[str, Any], paid: bool) -> None:
    reading = stripe("checkout.session.completed", lambda o: o.update(changes))

    assert isinstance(reading, tuple) is paid


def test_a_checkout_settled_later_is_the_same_occasion() -> None:
    late = changed(
        "stripe/checkout.session.completed.json",
        lambda b: b.update(id="evt_2", type="checkout.session.async_payment_succeeded"),
    )

    event = event_of(told("stripe", late))

    assert (event.type, event.subject) == ("order.paid", "cs_test_aftertouch1")


def test_a_paid_subscription_invoice_of_stripe() -> None:
    event = event_of(told("stripe", payload("stripe/invoice.paid.json")))

    assert (event.type, event.subject) == ("subscription.paid", "in_Aftertouch1")
    assert event.refs == ("sub_Aftertouch1", "pi_Aftertouch2")
    assert event.customer == CustomerHint(email="bora@example.com", identifiers=BORA)
    assert event.data["amount"] == 15.0


def test_an_invoice_in_the_older_form_or_of_a_single_sale() -> None:
    old = {"parent": None, "payments": None, "payment_intent": {"id": "pi_x"}, "charge": "ch_x"}

    sale = event_of(stripe("invoice.paid", lambda o: o.update(old)))
    renewal = event_of(stripe("invoice.paid", lambda o: o.update(old, subscription="sub_x")))

    assert (sale.type, sale.refs) == ("order.paid", ("pi_x", "ch_x"))
    assert (renewal.type, renewal.refs) == ("subscription.paid", ("sub_x", "pi_x", "ch_x"))


def test_a_refund_of_stripe_shares_the_payment_intent() -> None:
    paid = event_of(told("stripe", payload("stripe/checkout.session.completed.json")))
    refund = event_of(told("stripe", payload("stripe/charge.refunded.json")))

    assert refund.type == "order.refunded"
    assert set(refund.refs) & set(paid.refs)
    assert refund.data["fully_refunded"] is True


def test_a_stripe_event_without_id_gets_the_same_one_when_repeated() -> None:
    body = changed("stripe/charge.refunded.json", lambda b: b.pop("id"))

    assert event_of(told("stripe", body)).id == event_of(told("stripe", body)).id


def test_other_types_of_stripe_are_ignored() -> None:
    assert isinstance(told("stripe", {"type": "payout.paid", "data": []}), Ignored)


# --- Zendesk --------------------------------------------------------------------------------------


def test_a_solved_ticket_of_zendesk() -> None:
    assert told("zendesk", payload("zendesk/status_changed.json")) == (
        Event(
            source="zendesk:main",
            id="3f0d6f5e-0000-4000-8000-000000000001",
            type="support.solved",
            subject="zen:ticket:7301",
            time=datetime(2026, 11, 20, 2, 30, 0, 123456, tzinfo=UTC),
            customer=CustomerHint(
                identifiers=(Identifier(namespace="zendesk:requester", value="900100"),)
            ),
            data={
                "priority": "high",
                "ticket_type": "problem",
                "tags": ["address", "mobile"],
                "channel": "web_service",
                "group": "44",
                "brand": "31",
            },
            handler="900002",
        ),
    )


@pytest.mark.parametrize(
    ("previous", "current", "kind"),
    [
        ("NEW", "SOLVED", "support.solved"),
        ("PENDING", "SOLVED", "support.solved"),
        (None, "SOLVED", "support.solved"),
        ("SOLVED", "OPEN", "support.reopened"),
        ("CLOSED", "OPEN", "support.reopened"),
        ("SOLVED", "PENDING", "support.reopened"),
        ("SOLVED", "HOLD", "support.reopened"),
        ("SOLVED", "CLOSED", None),
        ("CLOSED", "SOLVED", None),
        ("OPEN", "PENDING", None),
        ("SOLVED", "DELETED", None),
        (None, "OPEN", None),
    ],
)
def test_which_changes_of_status_matter(
    previous: str | None, current: str, kind: str | None
) -> None:
    reading = told(
        "zendesk",
        changed(
            "zendesk/status_changed.json",
            lambda b: b.update(event={"previous": previous, "current": current}),
        ),
    )

    assert (None if isinstance(reading, Ignored) else reading[0].type) == kind


@pytest.mark.parametrize(
    ("actor", "assignee", "by"),
    [
        ("900001", None, "person"),
        ("900100", None, "nobody"),
        ("-1", None, "automation"),
        (-1, "", "automation"),
        ("-1", "900002", None),
        (None, None, None),
    ],
)
def test_who_closed_a_ticket_that_nobody_was_assigned_to(
    actor: Json, assignee: Json, by: str | None
) -> None:
    """The payload's requester is 900100; user -1 is Zendesk itself."""
    people = {"actor_id": actor, "assignee_id": assignee}
    reading = told(
        "zendesk", changed("zendesk/status_changed.json", lambda b: b["detail"].update(people))
    )

    assert event_of(reading).data.get("handled_by") == by


@pytest.mark.parametrize(("written", "replies"), [("2", 2), (0, 0), ("", None), ("many", None)])
def test_a_template_may_say_how_often_staff_wrote(written: Json, replies: int | None) -> None:
    reading = told(
        "zendesk",
        changed("zendesk/template_flat.json", lambda b: b.update({"agentReplies": written})),
    )

    assert event_of(reading).data.get("agent_replies") == replies


def test_a_triggers_own_template_is_read_nested() -> None:
    event = event_of(told("zendesk", payload("zendesk/template_nested.json")))

    assert (event.type, event.subject) == ("support.reopened", "zen:ticket:7301")
    assert (event.time, event.time_stated) == (NOW, False)
    assert event.customer == CustomerHint(
        id="c-77",
        email="bora@example.com",
        identifiers=(Identifier(namespace="zendesk:requester", value="900100"),),
    )
    assert event.handler == "900002"


def test_a_triggers_own_template_is_read_flat() -> None:
    event = event_of(told("zendesk", payload("zendesk/template_flat.json")))

    assert (event.type, event.subject) == ("support.solved", "zen:ticket:7302")
    assert event.time == datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    assert event.customer.email is None


def test_other_events_of_zendesk_are_ignored() -> None:
    body = {"type": "zen:event-type:ticket.created", "detail": []}

    assert isinstance(told("zendesk", body), Ignored)


@pytest.mark.parametrize("amount", ["12,000", None, [1], True, "1e999"])
def test_an_amount_that_is_no_number_is_none(amount: Any) -> None:
    event = event_of(shop("orders_paid", "orders/paid", lambda o: o.update(total_price=amount)))

    assert "amount" not in event.data


def test_a_template_may_nest_its_ticket_with_an_event_id_and_a_channel() -> None:
    ticket = {"id": 5, "status": "solved", "via": {"channel": "email"}, "tags": ["a", "b"]}

    event = event_of(told("zendesk", {"id": "n-1", "ticket": ticket}))

    assert (event.id, event.subject) == ("n-1", "zen:ticket:5")
    assert event.data == {"channel": "email", "tags": ["a", "b"]}


# --- all ------------------------------------------------------------------------------------------

TOPICS = {
    "orders_cancelled": "orders/cancelled",
    "fulfillments_update": "fulfillments/update",
    "refunds_create": "refunds/create",
}


def headers_for(name: str) -> dict[str, str]:
    stem = name.rpartition("/")[2].removesuffix(".json")
    return {"x_shopify_topic": TOPICS.get(stem, "orders/paid")}


@pytest.mark.parametrize(
    ("vendor", "body", "where"),
    [
        ("shopify", {"id": {}}, "id"),
        ("shopify", {"id": 1, "customer": 7}, "customer"),
        ("shopify", {"id": True}, "id"),
        ("shopify", {"order": []}, "order"),
        ("stripe", {"type": 5}, "type"),
        ("stripe", {"type": "invoice.paid", "data": []}, "data"),
        ("stripe", {"type": "invoice.paid", "data": {"object": {"id": None}}}, "data.object.id"),
        ("zendesk", {"type": "zen:event-type:ticket.status_changed", "event": "x", "detail": {"id": 1}}, "event"),
        ("zendesk", {"ticket": {"status": "solved"}}, "ticket.id"),
        ("zendesk", {"id": 1, "status": 7}, "status"),
    ],
)  # fmt: skip
def test_a_malformed_notice_names_its_place(vendor: str, body: Any, where: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        told(vendor, body, x_shopify_topic="orders/paid")

    assert where in refusal.value.where


@pytest.mark.parametrize(
    ("vendor", "body", "data"),
    [
        (
            "shopify",
            {"id": "7", "name": 1001, "test": "false", "currency": 1, "tags": 5, "updated_at": 5},
            {"name": "1001"},
        ),
        ("shopify", {"id": 7, "name": "x" * 300, "customer": None, "email": ""}, {}),
        (
            "stripe",
            {
                "type": "charge.refunded",
                "created": "x",
                "livemode": "no",
                "data": {"object": {"id": "c", "refunded": "x", "currency": 5}},
            },
            {},
        ),
        ("zendesk", {"id": 1, "status": "Solved", "priority": 3, "type": [], "tags": 1}, {}),
    ],
)
def test_what_only_adorns_an_event_does_not_lose_it(
    vendor: str, body: Any, data: dict[str, Any]
) -> None:
    event = event_of(told(vendor, body, x_shopify_topic="orders/paid"))

    assert (event.data, event.time, event.time_stated) == (data, NOW, False)


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("2026-11-20T10:00:00.123456789Z", 10),
        ("2026-11-20T10:00:00+0900", 1),
        ("2026-11-20T10:00Z", 10),
        ("2026-11-20 10:00:00", 10),
    ],
)
def test_a_time_may_be_written_in_any_iso_form(written: str, hour: int) -> None:
    shopify = told("shopify", {"id": 1, "updated_at": written}, x_shopify_topic="orders/paid")
    zendesk = told("zendesk", {"id": 1, "status": "solved", "updated_at": written})

    assert [(event_of(each).time.day, event_of(each).time.hour) for each in (shopify, zendesk)] == [
        (20, hour)
    ] * 2


def test_capitals_mean_the_same_to_shopify() -> None:
    shipped = {"id": 1, "order_id": 2, "shipment_status": "DELIVERED"}
    created = {"id": 1, "financial_status": "PAID"}

    assert event_of(told("shopify", shipped, x_shopify_topic="fulfillments/update")).subject == "2"
    assert event_of(told("shopify", created, x_shopify_topic="orders/create")).type == "order.paid"


def test_an_expanded_customer_of_stripe_tells_her_email() -> None:
    invoice = {"id": "in_1", "customer": {"id": "cus_1", "email": "Bora@example.com"}}
    body = {"type": "invoice.paid", "created": "1795000000", "data": {"object": invoice}}

    event = event_of(told("stripe", body))

    assert event.customer.email == "bora@example.com"
    assert event.time == datetime.fromtimestamp(1795000000, UTC)


@pytest.mark.parametrize(
    "spelled",
    [
        "zen:event-type:ticket.status_changed",
        "zen:event-type:ticket.StatusChanged",
        "ticket.StatusChanged",
        "ticket.status_changed",
        "ZEN:EVENT-TYPE:TICKET.STATUS_CHANGED",
    ],
)
def test_zendesk_names_its_event_in_several_spellings(spelled: str) -> None:
    solved = {"detail": {"id": "5"}, "event": {"current": "solved", "previous": "OPEN"}}

    assert (
        event_of(told("zendesk", {"id": "e", "type": spelled, **solved})).subject == "zen:ticket:5"
    )


def test_a_template_that_says_the_same_twice_is_told_apart_by_its_call() -> None:
    body = {"id": 1, "status": "solved"}

    ids = [
        event_of(told("zendesk", body, x_zendesk_webhook_invocation_id=call)).id
        for call in ("01A", "01B", "01A")
    ]

    assert ids == ["01A", "01B", "01A"]


def test_a_notice_from_the_future_is_refused() -> None:
    ahead = int((NOW + timedelta(hours=25)).timestamp())
    body = changed("stripe/charge.refunded.json", lambda b: b.update(created=ahead))

    with pytest.raises(InvalidInput, match="24 hours"):
        told("stripe", body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


@given(st.data())
def test_any_value_at_any_place_is_read_or_refused(data: st.DataObject) -> None:
    vendor = data.draw(st.sampled_from(["shopify", "stripe", "zendesk"]))
    name = data.draw(st.sampled_from(every(vendor)))
    body = json.loads(payload(name))
    *path, last = data.draw(st.sampled_from([place for place in places(body) if place]))
    holder = body
    for key in path:
        holder = holder[key]
    holder[last] = data.draw(JSON)

    with suppress(InvalidInput):
        reading = told(vendor, body, **headers_for(name))
        assert isinstance(reading, Ignored) or reading[0].digest()


SAMPLES = [
    ("shopify/orders_create.json", "orders/create", "order.paid"),
    ("shopify/orders_cancelled.json", "orders/cancelled", "order.cancelled"),
    ("stripe/checkout.session.completed.json", "", "order.paid"),
    ("stripe/checkout.session.completed.payment_mode.json", "", "order.paid"),
    ("stripe/invoice.paid.json", "", "order.paid"),
    ("stripe/charge.refunded.json", "", "order.refunded"),
    ("zendesk/ticket_status_changed.json", "", "support.solved"),
]


@pytest.mark.parametrize(
    ("name", "topic", "kind"), [sample for sample in SAMPLES if shared(f"events/{sample[0]}")]
)
def test_public_samples_are_read(name: str, topic: str, kind: str) -> None:
    path = shared(f"events/{name}")
    assert path is not None

    event = event_of(told(name.partition("/")[0], path.read_bytes(), x_shopify_topic=topic))

    assert event.type == kind
    assert event.time < NOW
