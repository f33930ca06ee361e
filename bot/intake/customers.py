"""Reads a customer that the company sends, with the place of each fault."""

from datetime import datetime, timedelta
from typing import Final

from bot.intake.places import MAX_ENTRIES, Place
from surveys.model import Channel, Json, Purpose
from surveys.service.people import ConsentGiven, CustomerUpsert

MAX_BODY: Final = 64 * 1024
_MAX_AHEAD: Final = timedelta(hours=24)
_KEYS: Final = frozenset(
    {"id", "email", "email_verified", "locale", "timezone"}
    | {"attributes", "identifiers", "consent", "preferred_channel"}
)


def read_customer(body: Json, now: datetime) -> CustomerUpsert:
    """Return the upsert of a parsed body; raises InvalidInput."""
    place = Place(body)
    if not isinstance(body, dict):
        raise place.refusal("must be a JSON object")
    for key in body:
        if key not in _KEYS:
            raise Place(None, key).refusal(f"is unknown; known are {', '.join(sorted(_KEYS))}")
    return CustomerUpsert(
        id=place.at("id").needed(),
        email=place.at("email").email(),
        email_verified=place.at("email_verified").flag() or False,
        locale=place.at("locale").locale(),
        timezone=place.at("timezone").timezone(),
        preferred_channel=_channel(place.at("preferred_channel")),
        attributes=_attributes(place.at("attributes")),
        identifiers=place.at("identifiers").identifiers(),
        consents=tuple(
            _consent(entry, now) for entry in place.at("consent").entries(most=MAX_ENTRIES)
        ),
    )


def _attributes(place: Place) -> dict[str, Json]:
    if place.value is None:
        return {}
    if not isinstance(place.value, dict):
        raise place.refusal("must be an object")
    if len(place.value) > MAX_ENTRIES:
        raise place.refusal(f"must have at most {MAX_ENTRIES} entries")
    return dict(place.value)


def _consent(entry: Place, now: datetime) -> ConsentGiven:
    withdrawn = entry.at("withdrawn_at")
    granted = withdrawn.value is None
    at = entry.at("granted_at") if granted else withdrawn
    when = at.instant()
    if when is None:
        raise at.refusal("is missing")
    if not granted and entry.at("granted_at").value is not None:
        raise at.refusal(
            "must not stand beside granted_at: what was granted and withdrawn is two entries"
        )
    if when > now + _MAX_AHEAD:
        raise at.refusal("lies more than 24 hours in the future")
    return ConsentGiven(
        purpose=_purpose(entry.at("purpose")),
        at=when,
        granted=granted,
        source=entry.at("source").needed(),
        text_version=entry.at("text_version").needed(),
        locale=entry.at("locale").locale(),
        channel=_channel(entry.at("channel")),
        proof=entry.at("proof").text(),
    )


def _channel(place: Place) -> Channel | None:
    if place.value is None:
        return None
    text = place.needed()
    try:
        return Channel(text)
    except ValueError as exc:
        raise place.refusal(f"must be one of {', '.join(Channel)}") from exc


def _purpose(place: Place) -> Purpose:
    text = place.needed()
    try:
        return Purpose(text)
    except ValueError as exc:
        raise place.refusal(f"must be one of {', '.join(Purpose)}") from exc
