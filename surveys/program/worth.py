"""Which closed support cases are worth asking about."""

from datetime import timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from surveys.journey import Frozen
from surveys.program.durations import Duration, positive

SOLVED: Final = "support.solved"
"""The event whose triggers ask only about cases that are worth it, unless they say otherwise."""
AGENT_REPLIES: Final = "agent_replies"
"""In an event's data: how often somebody of the staff wrote to the customer."""
HANDLED_BY: Final = "handled_by"
"""In an event's data: ``person``, ``automation`` or ``nobody``."""
RESOLUTION: Final = "resolution_id"
"""In an event's data: which of a case's resolutions it tells of."""


class Bulk(Frozen):
    """So many cases closed by the same handler, all within this time, were cleared away rather than solved."""

    cases: Annotated[int, Field(ge=2, le=1000)] = 10
    within: Annotated[Duration, AfterValidator(positive)] = timedelta(minutes=10)


class WorthAsking(Frozen):
    """What makes a closed case worth asking about.

    Attributes:
        human: not where the event says that nobody of the staff took part; one that says nothing is asked about.
        bulk: not where the case was one of a burst; null asks about those as well.
        once_per_resolution: once for each time that it was solved, however many notices tell of it.
    """

    human: bool = True
    bulk: Bulk | None = Bulk()
    once_per_resolution: bool = True

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """What is kept of an event's data to know it."""
        return ((AGENT_REPLIES,), (HANDLED_BY,), (RESOLUTION,))


CASES: Final = WorthAsking()
"""How solved cases are asked about where their trigger does not say."""
ALWAYS: Final = WorthAsking(human=False, bulk=None, once_per_resolution=False)
"""How everything else is asked about."""
