"""The parts of a program as fields of a form: which keys of each the form has, and how each key is typed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from bot.editor.conditions import ROOT, fields, found, shown, written
from bot.editor.fields import (
    Fields,
    Unit,
    Units,
    decimal,
    in_languages,
    in_order,
    percent,
    places,
    rows,
    several,
    span,
    text,
    ticked,
    together,
    whole,
)
from surveys.model import Channel
from surveys.program.parts import ROWS
from surveys.program.patching import NULL
from surveys.program.schema import CHIPS, STANDARD_WORDING, VARIANTS
from surveys.program.worth import CASES
from surveys.stored_programs import ADVERTISING, BUDGET

Json = Any

BANDS: Final = ("low", "mid", "high")
CHIP_PLACES: Final = 3 * CHIPS
"""Chips that a form is read for; more than fit under a question, so that the checks can say so."""
VARIANT_PLACES: Final = 2 * VARIANTS
BUDGET_PLACES: Final = 40
"""Rows of variants and budgets that a form is read for; again more than may be."""

_LONGEST_NAME: Final = 24


# --- a trigger ------------------------------------------------------------------------------------


def condition() -> Unit:
    """Return the condition of a trigger; see ``bot.editor.conditions``."""

    def shows(value: Json) -> dict[str, str]:
        return {} if value is None else fields(shown(value))

    def reads(typed: Fields) -> Json:
        node = found(typed)
        return None if node is None else written(node)

    return Unit(ROOT, shows, reads)


def worth_asking() -> Unit:
    """Return which cases are worth asking about: as is usual for the event, or by rules of the trigger's own.

    The rules of its own are written out; no rule about bursts where neither of its fields says anything.
    """
    at = "worth_asking"
    usual = CASES.model_dump(mode="json")
    human, once = ticked(f"{at}.human"), ticked(f"{at}.once_per_resolution")
    bulk = together(f"{at}.bulk", (whole(f"{at}.bulk.cases"), span(f"{at}.bulk.within")))

    def shows(value: Json) -> dict[str, str]:
        own = value if isinstance(value, Mapping) else {}
        told = {**usual, **own}
        burst = told["bulk"] and {**usual["bulk"], **told["bulk"]}
        found = {f"{at}.kind": "own" if isinstance(value, Mapping) else ""}
        found |= human.shows(told["human"]) | once.shows(told["once_per_resolution"])
        return found | bulk.shows(burst)

    def reads(typed: Fields) -> Json:
        if typed.get(f"{at}.kind") != "own":
            return None
        told = {"human": human.reads(typed) is True, "bulk": bulk.reads(typed)}
        return told | {"once_per_resolution": once.reads(typed) is True}

    return Unit(at, shows, reads)


# --- a survey -------------------------------------------------------------------------------------


def reasons(languages: Sequence[str]) -> Unit:
    """Return the question about the reason, for each band, with its chips."""
    bands = [_reason(f"reasons.{band}", languages) for band in BANDS]
    return together("reasons", bands)


def _reason(at: str, languages: Sequence[str]) -> Unit:
    chips = rows(f"{at}.chips", "id", CHIP_PLACES, lambda place: _chip(place, languages))
    return together(at, (in_languages(f"{at}.question", languages), chips))


def chip_places(at: str, typed: Fields) -> list[str]:
    """Return where the chips of a band stand in a form, e.g. ``reasons.low.chips.0``."""
    return places(f"{at}.chips", typed, "id", CHIP_PLACES)


def _chip(at: str, languages: Sequence[str]) -> Unit:
    """Return a chip; one without a name gets its name from its English words."""
    whole_chip = together(at, (text(f"{at}.id"), in_languages(f"{at}.label", languages)))

    def reads(typed: Fields) -> Json:
        chip = whole_chip.reads(typed)
        name = _slug(chip.get("label", {}).get("en", "")) if chip else ""
        return ({"id": name} if name else {}) | chip if chip else None

    return replace(whole_chip, reads=reads)


def _slug(words: str) -> str:
    joined = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
    return joined[:_LONGEST_NAME].strip("-")


def variants(languages: Sequence[str]) -> Unit:
    """Return the wordings that are compared, each with its share of the customers."""
    return rows("variants", "wording", VARIANT_PLACES, lambda at: _variant(at, languages))


def variant_places(typed: Fields) -> list[str]:
    """Return where the wordings stand in a form, e.g. ``variants.0``."""
    return places("variants", typed, "wording", VARIANT_PLACES)


def _variant(at: str, languages: Sequence[str]) -> Unit:
    """Return a wording; a nameless one is the standard question, or named by its English words."""
    inner = (
        text(f"{at}.wording"),
        percent(f"{at}.share"),
        in_languages(f"{at}.question", languages),
    )
    variant = together(at, inner)

    def reads(typed: Fields) -> Json:
        said = variant.reads(typed)
        own = said.get("question") if said else None
        name = _slug(own.get("en", "")) if own else STANDARD_WORDING
        return ({"wording": name} if name else {}) | said if said else None

    return replace(variant, reads=reads)


# --- what holds for every trigger -----------------------------------------------------------------


def quiet_hours() -> Unit:
    """Return the hours of the night in which nobody is asked: the usual ones, others, or none at all."""
    at = "quiet_hours"
    hours = together(at, (text(f"{at}.start"), text(f"{at}.end")))

    def shows(value: Json) -> dict[str, str]:
        return hours.shows(value) | {f"{at}.off": "yes" if value is NULL else ""}

    def reads(typed: Fields) -> Json:
        return NULL if typed.get(f"{at}.off") else hours.reads(typed)

    return Unit(at, shows, reads, tells_null=True)


def budgets() -> Unit:
    """Return how precise the score of each stage is to be."""
    return rows(ROWS, "stage", BUDGET_PLACES, _budget)


def budget_places(typed: Fields) -> list[str]:
    """Return where the budgets stand in a form, e.g. ``rows.0``."""
    return places(ROWS, typed, "stage", BUDGET_PLACES)


def _budget(at: str) -> Unit:
    keys = (text(f"{at}.stage"), decimal(f"{at}.target"), text(f"{at}.unit"), text(f"{at}.per"))
    return together(at, keys)


# --- the parts ------------------------------------------------------------------------------------


def units_of(part: str, languages: Sequence[str]) -> Units:
    """Return the units of ``trigger:<id>``, ``survey:<id>`` or a part that all triggers share."""
    match part.partition(":")[0]:
        case "trigger":
            return _of_trigger()
        case "survey":
            return _of_survey(languages)
        case part if part == BUDGET:
            return (budgets(),)
        case part if part == ADVERTISING:
            consent = (text("consent.version"), in_languages("consent.text", languages))
            return (
                in_languages("sender", languages),
                in_languages("opt_out", languages),
                together("consent", consent),
            )
        case _:
            cap = together("cap", (whole("cap.asks"), whole("cap.days")))
            return (cap, whole("cooldown_days"), quiet_hours(), text("holidays"))


def _of_trigger() -> Units:
    return (
        text("on"),
        text("survey"),
        text("touchpoint"),
        span("after"),
        condition(),
        percent("share"),
        whole("occurrence"),
        span("max_wait"),
        ticked("reminder"),
        several("withdrawn_by"),
        in_order("channels", len(Channel)),
        worth_asking(),
    )


def _of_survey(languages: Sequence[str]) -> Units:
    return (
        text("instrument"),
        in_languages("about", languages),
        in_languages("question", languages),
        text("wording"),
        variants(languages),
        reasons(languages),
        in_languages("thanks", languages),
        text("layout"),
        text("incentive"),
    )
