"""When staff are told that a stage got worse, and where."""

from typing import Annotated

from pydantic import AfterValidator, Field

from surveys.errors import InvalidInput
from surveys.journey import Frozen
from surveys.staff_messages import parse_place


def _known_place(destination: str) -> str:
    try:
        parse_place(destination)
    except InvalidInput as fault:
        raise ValueError(fault.problem) from None
    return destination


def _distinct(places: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(places)) < len(places):
        raise ValueError("names a destination twice")
    return places


Destination = Annotated[
    str, AfterValidator(_known_place), Field(examples=["slack:C0123456789", "telegram:-1001234567"])
]


class Alerting(Frozen):
    """How alert the watch over every stage is.

    Attributes:
        false_alarm_weeks: how long, on average, until an alert for nothing, over all stages together.
        destinations: where staff are told; none keeps alerts to the console, the API and ``aftertouch alerts``.
    """

    false_alarm_weeks: Annotated[int, Field(ge=4, le=520)] = 26
    destinations: Annotated[
        tuple[Destination, ...], Field(max_length=8), AfterValidator(_distinct)
    ] = ()
