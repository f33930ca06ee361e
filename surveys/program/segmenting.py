"""Segments: by what of a customer or an event results can be told apart."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

from surveys.journey import Frozen, Label, Slug
from surveys.model import HANDLER, Dimensions

Json = Any
SEGMENTS: Final = 8
LONGEST_VALUE: Final = 80

_TAKEN: Final = (HANDLER, *(field.name for field in fields(Dimensions)), "series")


def _free(name: str) -> str:
    if name in _TAKEN:
        raise ValueError(f"{name!r} is told apart anyway; another id is needed")
    return name


class Segment(Frozen):
    """One attribute of which each answer keeps the value that held when its ask was made.

    Attributes:
        source: ``customer.<attribute>``, an attribute that the company told of her, or ``data.<path>``, a part of the
            event; it is kept with the event.
    """

    id: Annotated[Slug, AfterValidator(_free)]
    label: Label
    source: Annotated[
        str,
        Field(
            alias="from",
            pattern=r"^(customer|data)(\.[^.\s]+){1,15}$",
            max_length=255,
            examples=["customer.plan", "data.shipping.country"],
        ),
    ]

    @property
    def data_path(self) -> tuple[str, ...] | None:
        """Where the event's data has the value; None where the customer has it."""
        where, *path = self.source.split(".")
        return tuple(path) if where == "data" else None

    def value(self, attributes: Mapping[str, Json], data: Mapping[str, Json]) -> str:
        """Return the value as a short text; "" where there is none, or none that has a name."""
        where, *path = self.source.split(".")
        found: Json = data if where == "data" else attributes
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        return _text(found)


def _text(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        return ""
    printable = "".join(letter if letter.isprintable() else " " for letter in str(value))
    return " ".join(printable.split())[:LONGEST_VALUE].strip()
