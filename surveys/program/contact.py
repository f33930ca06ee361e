"""Whether and when a person may be asked, and how precise a stage's score is to be."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from surveys.journey import Frozen, Slug
from surveys.timing import QuietHours, holidays_known


def _known_country(code: str) -> str:
    if not holidays_known(code):
        raise ValueError(f"{code!r} is not a country whose holidays are known; write KR, US, ...")
    return code


class Cap(Frozen):
    """At most ``asks`` per person in any ``days`` x 24 h, over all surveys and channels."""

    asks: Annotated[int, Field(ge=1, le=100)] = 1
    days: Annotated[int, Field(ge=1, le=366)] = 30


class ContactRules(Frozen):
    """Whether and when a person may be asked.

    Attributes:
        cooldown_days: pause per person x instrument x stage.
        quiet_hours: no asks then in the customer's zone, else the company's; null switches them off.
        holidays: a country code whose public holidays are left out; null asks on holidays too.
    """

    cap: Cap = Cap()
    cooldown_days: Annotated[int, Field(ge=0, le=366)] = 90
    quiet_hours: QuietHours | None = QuietHours()
    holidays: Annotated[str, AfterValidator(_known_country)] | None = None


class Budget(Frozen):
    """How precise a stage's score is to be: so many points to either side, in each calendar month.

    Attributes:
        target: half the width of the 95% interval, in the points in which the score is shown: of 200 for ``nps``,
            of 100 for the others.
        unit: which of the stage's instruments is meant.
    """

    stage: Slug
    target: Annotated[float, Field(ge=1, le=50)]
    unit: Literal["nps", "csat", "ces2"]
    per: Literal["month"] = "month"
