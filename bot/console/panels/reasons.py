"""What customers named, how many of them, and what their score is without those who did."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.console.amounts import POINTS, Amount, amount
from bot.console.panels.stamp import Stamp, places_of, stamp
from bot.console.words import Words
from surveys.journey import say
from surveys.model import Json
from surveys.results.display import UNKNOWN, count_text
from surveys.statistics import percent_text
from surveys.stored_analyses import Analysis


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A reason; ``size`` 0..1 of the one named most, None where it is hidden.

    ``place`` is the touchpoint where it was named, "" where all of them were named at one. ``rating`` says below
    which scores it reads so, "" where it reads alike below all; analyses stored before they told that have none.
    """

    label: str
    place: str
    rating: str
    cited: str
    share: str
    size: float | None
    impact: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonsPanel:
    """The reasons of one series, as the analysis orders them."""

    stamp: Stamp
    customers: str
    reasons: tuple[Reason, ...]
    hidden: bool


def reasons_panel(
    analysis: Analysis | None, series: str, touchpoint: str | None, words: Words
) -> ReasonsPanel | None:
    """Return a series' reasons; None where the analysis has not met it yet."""
    if analysis is None:
        return None
    for each in analysis.content["series"]:
        if each["series"] == series and touchpoint in places_of(each):
            most = max((reason["cited"] or 0 for reason in each["reasons"]), default=0)
            several = len({reason["touchpoint"] for reason in each["reasons"]}) > 1
            return ReasonsPanel(
                stamp=stamp(analysis, words.program),
                customers=count_text(each["customers"]),
                reasons=tuple(
                    _reason(reason, most, words, several=several) for reason in each["reasons"]
                ),
                hidden=each["suppressed"] or any(r["suppressed"] for r in each["reasons"]),
            )
    return None


def _reason(reason: Mapping[str, Json], most: int, words: Words, *, several: bool) -> Reason:
    cited, share, label = reason["cited"], reason["share"], reason["label"]
    return Reason(
        label=say(label, words.language, words.program.company.language) or reason["id"],
        place=words.label("touchpoint", reason["touchpoint"]) if several else "",
        rating=words.ratings(reason.get("bands") or ()),
        cited=count_text(cited),
        share=UNKNOWN if share is None else percent_text(share),
        size=cited / most if cited and most else None,
        impact=amount(reason["impact"], POINTS, words.language),
    )
