"""CloudEvents 1.0 over HTTP, in binary, structured and batched mode, as events of the domain."""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import unquote_to_bytes

from cloudevents.core.exceptions import CloudEventValidationError
from cloudevents.core.v1.event import CloudEvent

from bot.http_bodies import BodyTooLarge, EncodingRefused
from bot.intake.instants import EARLIEST
from bot.intake.places import MAX_ENTRIES, MAX_NAME, Place
from bot.strict_json import check_text, parse
from surveys.errors import InvalidInput
from surveys.model import CustomerHint, Event, Json

MAX_EVENT: Final = 64 * 1024
MAX_BATCH: Final = 1024 * 1024
MAX_AHEAD: Final = timedelta(hours=24)
STRUCTURED: Final = "application/cloudevents+json"
BATCHED: Final = "application/cloudevents-batch+json"

_REQUIRED: Final = ("id", "source", "type", "specversion")
_OPTIONAL: Final = ("subject", "datacontenttype", "dataschema")
_OWN_DATA: Final = frozenset({"customer", "refs"})


def cap_for(kind: str) -> int:
    """Return how many bytes a body of this media type may have."""
    return MAX_BATCH if kind == BATCHED else MAX_EVENT


def read_events(
    headers: Mapping[str, str], kind: str, body: bytes, received_at: datetime
) -> tuple[Event, ...]:
    """Return the events of one request of media type ``kind``.

    Raises:
        InvalidInput: one of them is malformed; ``where`` names the place, ``[2].data.refs`` in a batch.
        BodyTooLarge: one event of a batch is larger than an event may be.
        EncodingRefused: the media type is none of ours.
    """
    if kind == BATCHED:
        return tuple(read_batch(parse(body), received_at))
    if kind != STRUCTURED and any(name.startswith("ce-") for name in headers):
        return (_binary(headers, kind, body, received_at),)
    if kind not in (STRUCTURED, "application/json", ""):
        raise EncodingRefused(f"send {STRUCTURED}, {BATCHED} or ce- headers with a JSON body")
    place = Place(parse(body))
    if not isinstance(place.value, dict):
        raise InvalidInput("line 1 column 1", f"must be one JSON object; many go as {BATCHED}")
    return (read_event(place, received_at),)


def read_batch(batch: Json, received_at: datetime) -> list[Event]:
    """Return the events of a JSON array; one bad event refuses the batch, so nothing is half taken."""
    if not isinstance(batch, list):
        raise InvalidInput("line 1 column 1", "must be a JSON array of events")
    return [
        read_event(_sized(Place(entry, f"[{index}]")), received_at)
        for index, entry in enumerate(batch)
    ]


def read_event(place: Place, received_at: datetime) -> Event:
    """Return the event of a structured-mode object."""
    if not isinstance(place.value, dict):
        raise place.refusal("must be an object")
    _check_attributes(place)
    return _event(place, _data_of(place), received_at)


def _binary(headers: Mapping[str, str], kind: str, body: bytes, received_at: datetime) -> Event:
    if kind and not _is_json(kind):
        raise EncodingRefused("the data of an event must be JSON")
    attributes = {
        name[3:]: _header_value(name, value)
        for name, value in headers.items()
        if name.startswith("ce-")
    }
    place = Place(attributes)
    _check_attributes(place)
    data = Place(parse(body) if body.strip() else None, "data")
    return _event(place, _object(data), received_at)


def _header_value(name: str, value: str) -> str:
    """Return the percent-decoded value (HTTP binding 3.1.3.2); raw UTF-8 bytes are taken as well."""
    try:
        text = unquote_to_bytes(value.encode("latin-1")).decode()
    except UnicodeError as exc:
        raise InvalidInput(name, "is not UTF-8") from exc
    return check_text(text, name)


def _check_attributes(place: Place) -> None:
    """Let the library judge the context attributes; extension attributes are nobody's business here.

    What the library would fill in by itself (id, time, specversion) is given, so that it refuses.
    """
    place.at("specversion").needed()
    given = {name: place.value.get(name) for name in _REQUIRED}
    given |= {name: place.value[name] for name in _OPTIONAL if place.value.get(name) is not None}
    try:
        CloudEvent(given | {"time": EARLIEST})
    except CloudEventValidationError as exc:
        name, problems = next(iter(exc.errors.items()))
        at_fault = place.at(name)
        at_fault.needed()
        raise at_fault.refusal(str(problems[-1])) from exc


def _event(place: Place, data: Place, received_at: datetime) -> Event:
    stated = place.at("time").instant()
    if stated is not None and stated > received_at + MAX_AHEAD:
        raise place.at("time").refusal("lies more than 24 hours in the future")
    values = data.value or {}
    refs = tuple(dict.fromkeys(ref.needed() for ref in data.at("refs").entries(most=MAX_ENTRIES)))
    return Event(
        source=place.at("source").needed(),
        id=place.at("id").needed(),
        type=place.at("type").needed(),
        subject=place.at("subject").needed(),
        time=stated or received_at,
        time_stated=stated is not None,
        customer=_customer(data.at("customer")),
        refs=refs,
        data={key: value for key, value in values.items() if key not in _OWN_DATA},
        handler=values["handler"] if _is_name(values.get("handler")) else None,
    )


def _customer(place: Place) -> CustomerHint:
    return CustomerHint(
        id=place.at("id").text(),
        email=place.at("email").email(),
        locale=place.at("locale").locale(),
        timezone=place.at("timezone").timezone(),
        identifiers=place.at("identifiers").identifiers(),
    )


def _data_of(place: Place) -> Place:
    kind = place.at("datacontenttype").text()
    if kind is not None and not _is_json(kind.split(";")[0].strip().lower()):
        raise place.at("datacontenttype").refusal("must be JSON")
    encoded = place.at("data_base64")
    if encoded.value is None:
        return _object(place.at("data"))
    if place.at("data").value is not None:
        raise encoded.refusal("must not stand beside data")
    try:
        body = base64.b64decode(encoded.needed(most=MAX_EVENT), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise encoded.refusal("must be base64") from exc
    return _object(Place(parse(body), encoded.path))


def _object(place: Place) -> Place:
    if place.value is not None and not isinstance(place.value, dict):
        raise place.refusal("must be an object")
    return place


def _sized(place: Place) -> Place:
    """Return the event if it is no larger, written compactly, than one sent alone may be."""
    text = json.dumps(place.value, ensure_ascii=False, separators=(",", ":"))
    if len(text) > MAX_EVENT or len(text.encode()) > MAX_EVENT:
        raise BodyTooLarge(MAX_EVENT, place.path)
    return place


def _is_json(kind: str) -> bool:
    return kind in ("application/json", "text/json") or kind.endswith("+json")


def _is_name(value: Json) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_NAME
