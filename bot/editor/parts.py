"""The parts of a program as fields of a form: which keys of each the form has, and how each key is typed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from bot.editor.conditions import ROOT, fields, found, shown, written
from bot.editor.fields import (
    LONGEST_NAME,
    Fields,
    Unit,
    Units,
    decimal,
    in_languages,
    in_order,
    name,
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
from surveys.language.keys import free, key_of
from surveys.model import Channel
from surveys.program.parts import ROWS
from surveys.program.patching import NULL
from surveys.program.schema import CHIPS, STANDARD_WORDING, VARIANTS
from surveys.program.worth import CASES
from surveys.stored_programs import ADVERTISING, BUDGET, CHANNELS

Json = Any

BANDS: Final = ("low", "mid", "high")
CHIP_PLACES: Final = 3 * CHIPS
"""Chips that a form is read for; more than fit under a question, so that the checks can say so."""
VARIANT_PLACES: Final = 2 * VARIANTS
BUDGET_PLACES: Final = 40
"""Rows of variants and budgets that a form is read for; again more than may be."""

_LONGEST_MADE: Final = 24
"""Characters of a name that a whole question or a label makes."""
_LONGEST_SURVEY: Final = 60


# --- a trigger ------------------------------------------------------------------------------------


def condition() -> Unit:
    """Return the condition of a trigger; see ``bot.editor.conditions``."""

    def shows(value: Json) -> dict[str, str]:
        return {} if value is None else fields(shown(value))

    def reads(typed: Fields) -> Json:
        node = found(typed)
        return None if node is None else written(node)

    return Unit(ROOT, shows, reads)


def follows() -> Unit:
    """Return the answer that starts a trigger in place of an event: to which survey, in which band of scores.

    A band alone starts nothing.
    """
    at = "follows"
    survey, band = text(f"{at}.survey"), text(f"{at}.band")

    def shows(value: Json) -> dict[str, str]:
        said = value if isinstance(value, Mapping) else {}
        return survey.shows(said.get("survey")) | band.shows(said.get("band"))

    def reads(typed: Fields) -> Json:
        answer, within = survey.reads(typed), band.reads(typed)
        return answer and {"survey": answer} | ({} if within is None else {"band": within})

    return Unit(at, shows, reads)


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
    """Return the question of a band and its chips; one without a name gets its name from its words."""
    chips = rows(f"{at}.chips", "id", CHIP_PLACES, lambda place: _chip(place, languages))
    inner = (in_languages(f"{at}.question", languages), _named(chips, "id", "label", "reason"))
    return together(at, inner)


def chip_places(at: str, typed: Fields) -> list[str]:
    """Return where the chips of a band stand in a form, e.g. ``reasons.low.chips.0``."""
    return places(f"{at}.chips", typed, "id", CHIP_PLACES)


def _chip(at: str, languages: Sequence[str]) -> Unit:
    return together(at, (name(f"{at}.id"), in_languages(f"{at}.label", languages)))


def variants(languages: Sequence[str]) -> Unit:
    """Return the wordings that are compared, each with its share of the customers.

    One without a name is the standard question, or named by the words of its own.
    """
    found = rows("variants", "wording", VARIANT_PLACES, lambda at: _variant(at, languages))
    return _named(found, "wording", "question", "wording")


def variant_places(typed: Fields) -> list[str]:
    """Return where the wordings stand in a form, e.g. ``variants.0``."""
    return places("variants", typed, "wording", VARIANT_PLACES)


def _variant(at: str, languages: Sequence[str]) -> Unit:
    inner = (
        name(f"{at}.wording"),
        percent(f"{at}.share"),
        in_languages(f"{at}.question", languages),
    )
    return together(at, inner)


def _named(listed: Unit, key: str, words: str, otherwise: str) -> Unit:
    """Return a list whose entries all have names: what was typed, else made of their words, English ones first.

    What has no words of its own is the standard question; words without a letter make ``otherwise``.
    """

    def reads(typed: Fields) -> Json:
        entries = listed.reads(typed) or []
        taken = {each.get(key) for each in entries if not _is_nameless(each, key, words)}
        for place, each in enumerate(entries):
            if _is_nameless(each, key, words):
                made = free(_key(each[words]) or otherwise, taken, LONGEST_NAME)
                entries[place] = {key: made} | each | {key: made}
                taken.add(made)
            elif key not in each:
                entries[place] = {key: STANDARD_WORDING} | each
        return entries or None

    return replace(listed, reads=reads)


def _is_nameless(entry: Mapping[str, Json], key: str, words: str) -> bool:
    """Say whether an entry has words of its own and no name, or that of the standard question."""
    return words in entry and entry.get(key, STANDARD_WORDING) == STANDARD_WORDING


def _key(texts: Mapping[str, str]) -> str:
    keys = (key_of(each, _LONGEST_MADE) for each in (texts.get("en", ""), *texts.values()))
    return next(filter(None, keys), "")


def with_names(
    part: str, changed: dict[str, Json], entry: Mapping[str, Json] | None
) -> dict[str, Json]:
    """Return what a form changes of a part, with the names that follow from it.

    A survey's own question is named after the survey, where nobody named it; the standard one has its name back.
    """
    kind, _, survey = part.partition(":")
    if kind != "survey" or not {"question", "wording", "variants"} & changed.keys():
        return changed
    whole = {**(entry or {}), **changed}
    is_own, named = whole.get("question") is not None, whole.get("wording")
    if is_own and not whole.get("variants") and named in (None, STANDARD_WORDING):
        return {**changed, "wording": own_wording(survey)}
    if not is_own and "question" in changed and "wording" not in changed and named:
        return {**changed, "wording": None}
    return changed


def own_wording(survey: str) -> str:
    """Return what a survey's own question is named by itself; publishing numbers what it becomes later."""
    return f"{survey[:_LONGEST_SURVEY]}-own"


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
        case part if part == CHANNELS:
            return (in_order(ROWS, len(Channel)),)
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
        follows(),
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
        name("wording"),
        variants(languages),
        reasons(languages),
        in_languages("thanks", languages),
        text("layout"),
        text("incentive"),
    )
