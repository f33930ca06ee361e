"""CloudEvents in their three modes, read into the domain's event; every fault names its place."""

import base64
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cloudevents.core.bindings import http as binding
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from bot.http_bodies import BodyTooLarge, EncodingRefused
from bot.intake.cloudevents import BATCHED, MAX_EVENT, STRUCTURED, cap_for, read_events
from surveys.errors import InvalidInput
from surveys.model import CustomerHint, Event, Identifier

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
NO_HEADERS = Headers({})


def sample(**changes: Any) -> dict[str, Any]:
    whole = {
        "specversion": "1.0",
        "id": "e-1",
        "source": "/shop",
        "type": "order.paid",
        "subject": "order-1",
        "time": "2026-11-21T17:30:00.5+09:00",
        "data": {
            "customer": {
                "id": "c-1",
                "email": " Bora@Example.COM ",
                "locale": "ko_KR",
                "timezone": "Asia/Seoul",
                "identifiers": [{"namespace": "crm", "value": "9"}],
            },
            "refs": ["pi_1", "cs_1", "pi_1"],
            "amount": 12000,
            "handler": "agent-3",
        },
    }
    return {key: value for key, value in (whole | changes).items() if value is not ...}


EVENT = Event(
    source="/shop",
    id="e-1",
    type="order.paid",
    subject="order-1",
    time=datetime(2026, 11, 21, 8, 30, 0, 500000, tzinfo=UTC),
    customer=CustomerHint(
        id="c-1",
        email="bora@example.com",
        locale="ko-KR",
        timezone="Asia/Seoul",
        identifiers=(Identifier(namespace="crm", value="9"),),
    ),
    refs=("pi_1", "cs_1"),
    data={"amount": 12000, "handler": "agent-3"},
    handler="agent-3",
)


def read(body: Any, kind: str = STRUCTURED) -> tuple[Event, ...]:
    return read_events(NO_HEADERS, kind, json.dumps(body).encode(), NOW)


@pytest.mark.parametrize("kind", [STRUCTURED, "application/json", ""])
def test_a_structured_event_is_read(kind: str) -> None:
    assert read(sample(), kind) == (EVENT,)


def test_a_batch_is_read_in_order() -> None:
    batch = [sample(), sample(id="e-2")]

    assert [event.id for event in read(batch, BATCHED)] == ["e-1", "e-2"]
    assert read([], BATCHED) == ()


def test_what_the_official_library_writes_in_binary_mode_is_read() -> None:
    parts = sample(
        subject="주문 100% \N{GRINNING FACE}", time=datetime(2026, 11, 21, 8, tzinfo=UTC)
    )
    data = parts.pop("data")
    message = binding.to_binary_event(
        CloudEvent(parts | {"datacontenttype": "application/json", "traceparent": "00-1"}, data)
    )

    (event,) = read_events(Headers(message.headers), "application/json", message.body, NOW)

    assert event.subject == "주문 100% \N{GRINNING FACE}"
    assert (event.id, event.refs, event.customer) == (EVENT.id, EVENT.refs, EVENT.customer)


def test_raw_utf8_in_a_header_is_read_too() -> None:
    headers = Headers(
        raw=[
            (b"ce-id", b"1"),
            (b"ce-source", "가게".encode()),
            (b"ce-type", b"order.paid"),
            (b"ce-specversion", b"1.0"),
            (b"ce-subject", b"o-1"),
        ]
    )

    (event,) = read_events(headers, "", b"", NOW)

    assert (event.source, event.data) == ("가게", {})


@pytest.mark.parametrize("value", ["%FF", "%00", "%ED%A0%80"])
def test_a_header_that_no_text_decodes_to_is_refused(value: str) -> None:
    headers = Headers({"ce-specversion": "1.0", "ce-id": "1", "ce-subject": value})

    with pytest.raises(InvalidInput) as refusal:
        read_events(headers, "", b"{}", NOW)
    assert refusal.value.where == "ce-subject"


def test_an_event_without_time_happened_on_receipt_and_a_repeat_has_the_same_content() -> None:
    (first,) = read(sample(time=...))
    body = json.dumps(sample(time=None)).encode()
    (again,) = read_events(NO_HEADERS, STRUCTURED, body, NOW + timedelta(minutes=3))

    assert first.time == NOW
    assert first.digest() == again.digest()
    assert first.digest() != EVENT.digest()


def test_data_in_base64_is_read() -> None:
    data = base64.b64encode(json.dumps({"refs": ["r"]}).encode()).decode()

    (event,) = read(sample(data=..., data_base64=data))

    assert event.refs == ("r",)


def test_extension_attributes_of_any_form_are_nobodys_business() -> None:
    assert read(sample(traceparent="00-ab", sequence=7, Odd_Name=True)) == (EVENT,)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        *(({name: ...}, name) for name in ("id", "source", "type", "subject", "specversion")),
        ({"id": 5}, "id"),
        ({"id": ""}, "id"),
        ({"source": "  "}, "source"),
        ({"type": None}, "type"),
        ({"specversion": "0.3"}, "specversion"),
        ({"specversion": 1.0}, "specversion"),
        ({"subject": "x" * 257}, "subject"),
        ({"time": "2026-11-21T09:00:00"}, "time"),
        ({"time": "yesterday"}, "time"),
        ({"time": 1795140000}, "time"),
        ({"time": "2026-13-21T09:00:00Z"}, "time"),
        ({"time": "0001-01-01T00:00:00+09:00"}, "time"),
        ({"time": "1969-12-31T23:59:59Z"}, "time"),
        ({"time": "2026-11-22T09:00:01Z"}, "time"),
        ({"data": []}, "data"),
        ({"data": "text"}, "data"),
        ({"datacontenttype": "text/xml"}, "datacontenttype"),
        ({"data_base64": "e30="}, "data_base64"),
        ({"data": ..., "data_base64": "!"}, "data_base64"),
        ({"data": ..., "data_base64": "W10="}, "data_base64"),
        ({"data": {"customer": "c-1"}}, "data.customer"),
        ({"data": {"customer": {"id": 1}}}, "data.customer.id"),
        ({"data": {"customer": {"email": "nobody"}}}, "data.customer.email"),
        ({"data": {"customer": {"email": ["a@b.c"]}}}, "data.customer.email"),
        ({"data": {"customer": {"locale": "korean!"}}}, "data.customer.locale"),
        ({"data": {"customer": {"timezone": "Asia/Atlantis"}}}, "data.customer.timezone"),
        ({"data": {"customer": {"timezone": "../../etc/passwd"}}}, "data.customer.timezone"),
        ({"data": {"customer": {"identifiers": {}}}}, "data.customer.identifiers"),
        ({"data": {"customer": {"identifiers": [None]}}}, "data.customer.identifiers[0]"),
        (
            {"data": {"customer": {"identifiers": [{"namespace": "email", "value": "a@b.c"}]}}},
            "data.customer.identifiers[0].namespace",
        ),
        (
            {"data": {"customer": {"identifiers": [{"namespace": "crm"}]}}},
            "data.customer.identifiers[0].value",
        ),
        ({"data": {"refs": "pi_1"}}, "data.refs"),
        ({"data": {"refs": ["a", 1]}}, "data.refs[1]"),
        ({"data": {"refs": ["r"] * 101}}, "data.refs"),
    ],
)
def test_a_fault_names_its_place(changes: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read(sample(**changes))
    assert refusal.value.where == where

    with pytest.raises(InvalidInput) as refusal:
        read([sample(), sample(**changes)], BATCHED)
    assert refusal.value.where == f"[1].{where}"


@pytest.mark.parametrize("body", [None, 1, "x", {}])
def test_a_batch_is_an_array(body: Any) -> None:
    with pytest.raises(InvalidInput):
        read(body, BATCHED)


def test_plain_json_that_is_no_event_is_told_what_is_missing() -> None:
    with pytest.raises(InvalidInput, match="specversion: is missing"):
        read({"hello": "world"}, "application/json")
    with pytest.raises(InvalidInput, match="cloudevents-batch"):
        read([sample()], "application/json")


def test_media_types_that_are_not_ours_are_refused() -> None:
    with pytest.raises(EncodingRefused):
        read(sample(), "text/plain")
    with pytest.raises(EncodingRefused):
        read_events(Headers({"ce-id": "1"}), "text/xml", b"<a/>", NOW)


def test_one_event_of_a_batch_is_no_larger_than_one_alone() -> None:
    with pytest.raises(BodyTooLarge) as refusal:
        read([sample(), sample(data={"note": "가" * (MAX_EVENT // 3)})], BATCHED)

    assert refusal.value.where == "[1]"
    assert cap_for(BATCHED) > cap_for(STRUCTURED) == MAX_EVENT


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["customer", "refs", "id", "email", "x"]), inner, max_size=3
        )
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from([*sample(), "data_base64", "datacontenttype"]), JSON), JSON)
def test_any_shape_is_read_or_refused(changes: dict[str, Any], other: Any) -> None:
    for body, kind in ((sample(**changes), STRUCTURED), (other, STRUCTURED), ([other], BATCHED)):
        with suppress(InvalidInput, BodyTooLarge):
            assert all(event.digest() for event in read(body, kind))
