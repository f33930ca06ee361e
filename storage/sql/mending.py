"""A delivery that can't be read, as far as it can be."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from storage.sql.session import Session
from storage.sql.shapes import table_of
from storage.sql.statements import BadRow, Statement
from storage.tables.outbox import DeliveryRow
from surveys.model import Channel, Delivery, DeliveryClass, DeliveryState

_delivery = table_of(DeliveryRow)
_PARTS = {
    field.name: Statement(
        select(_delivery.c[field.name]).where(_delivery.c.id == bindparam("delivery_id"))
    )
    for field in fields(Delivery)
}
_INSTEAD: dict[str, Any] = {
    "channel": Channel.WEBCHAT,
    "delivery_class": DeliveryClass.REPLY,
    "state": DeliveryState.PARKED,
    "args": {},
}
"""What stands where something must; all else that can't be read is left out."""


def mended(
    session: Session, delivery_id: str, now: datetime
) -> tuple[Delivery, tuple[str, ...]] | None:
    """See surveys.ports.Deliveries."""
    if session.scalar(_PARTS["id"], delivery_id=delivery_id) is None:
        return None
    instead, lost = _INSTEAD | {"created_at": now}, []
    values: dict[str, Any] = {}
    for name, part in _PARTS.items():
        try:
            values[name] = session.scalar(part, delivery_id=delivery_id)
        except BadRow:
            values[name] = instead.get(name)
            lost.append(name)
    return Delivery(**values), tuple(lost)
