"""The parts of a program as fields of a form, and back: pure, and total in both directions.

A part's ``Unit``s each carry one key of it. What a form sends is read only where it differs from what the part's own
value would have put into the form, so that a form that was merely opened and saved changes nothing, whatever it shows.
What is typed wrongly is handed on as the text that it is: the program's checks say so, at its key.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.editor.conditions import ROOT, fields, found, shown, written

Json = Any
Fields = Mapping[str, str]

UNITS_OF_TIME: Final = ("m", "h", "d", "s")
BANDS: Final = ("low", "mid", "high")
CHIP_PLACES: Final = 12
"""Chips that a form is read for; more than fit under a question, so that the checks can say so."""

_SPAN: Final = re.compile(r"([0-9]+)([smhd])", re.ASCII)
_DECIMAL: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?", re.ASCII)
_WHOLE: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_FULL: Final = 100


@dataclass(frozen=True, slots=True)
class Unit:
    """One key of a part in a form.

    Attributes:
        shows: the fields of its value, by name; None is a value that is not there.
        reads: the value of its fields; None takes the key out.
    """

    key: str
    shows: Callable[[Json], dict[str, str]]
    reads: Callable[[Fields], Json]


Units = Sequence[Unit]


def shown_fields(units: Units, entry: Mapping[str, Json] | None) -> dict[str, str]:
    """Return what a form shows of a part."""
    found: dict[str, str] = {}
    for unit in units:
        found |= unit.shows((entry or {}).get(unit.key))
    return found


def changes(units: Units, typed: Fields, entry: Mapping[str, Json] | None) -> dict[str, Json]:
    """Return the keys of a part that a form changes, with their new values."""
    result: dict[str, Json] = {}
    for unit in units:
        own = {name: text for name, text in typed.items() if _belongs(name, unit.key)}
        if _said(own) != _said(unit.shows((entry or {}).get(unit.key))):
            value = unit.reads(own)
            if value is not None or unit.key in (entry or {}):
                result[unit.key] = value
    return result


def _belongs(name: str, key: str) -> bool:
    return f"{name}.".startswith(f"{key}.")


def _said(given: Fields) -> dict[str, str]:
    """Leave out what says nothing: browsers send empty fields and no boxes without a tick."""
    return {name: text for name, text in given.items() if text}


# --- kinds of values --------------------------------------------------------------------------------


def text(key: str) -> Unit:
    """Return a line of text."""

    def shows(value: Json) -> dict[str, str]:
        return {key: "" if value is None else str(value)}

    return Unit(key, shows, lambda typed: typed.get(key, "").strip() or None)


def whole(key: str) -> Unit:
    """Return a whole number."""

    def reads(typed: Fields) -> Json:
        given = typed.get(key, "").strip()
        return int(given) if _WHOLE.fullmatch(given) else given or None

    return Unit(key, text(key).shows, reads)


def percent(key: str) -> Unit:
    """Return a share of 1, typed as so many of a hundred."""

    def shows(value: Json) -> dict[str, str]:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return {key: f"{value * _FULL:.6g}"}
        return {key: "" if value is None else str(value)}

    def reads(typed: Fields) -> Json:
        given = typed.get(key, "").strip().removesuffix("%").strip()
        return round(float(given) / _FULL, 8) if _DECIMAL.fullmatch(given) else given or None

    return Unit(key, shows, reads)


def span(key: str) -> Unit:
    """Return a duration: a number and what it counts."""

    def shows(value: Json) -> dict[str, str]:
        matched = _SPAN.fullmatch(value) if isinstance(value, str) else None
        amount, unit = (matched[1], matched[2]) if matched else ("", "h")
        return {f"{key}.amount": amount, f"{key}.unit": unit if amount else ""}

    def reads(typed: Fields) -> Json:
        amount = typed.get(f"{key}.amount", "").strip()
        return f"{amount}{typed.get(f'{key}.unit') or 'h'}" if amount else None

    return Unit(key, shows, reads)


def ticked(key: str) -> Unit:
    """Return a box that is ticked or not."""
    return Unit(
        key,
        lambda value: {key: "yes" if value is True else ""},
        lambda typed: True if typed.get(key) else None,
    )


def several(key: str) -> Unit:
    """Return words with commas between them."""

    def shows(value: Json) -> dict[str, str]:
        return {key: ", ".join(map(str, value)) if isinstance(value, list | tuple) else ""}

    def reads(typed: Fields) -> Json:
        parts = re.split(r"[,\s]+", typed.get(key, ""))
        return [part for part in parts if part] or None

    return Unit(key, shows, reads)


def in_languages(key: str, languages: Sequence[str]) -> Unit:
    """Return a text in each language of the program."""

    def shows(value: Json) -> dict[str, str]:
        texts = value if isinstance(value, Mapping) else {}
        return {f"{key}.{each}": str(texts.get(each, "")) for each in languages}

    def reads(typed: Fields) -> Json:
        given = {each: typed.get(f"{key}.{each}", "").strip() for each in languages}
        return {each: said for each, said in given.items() if said} or None

    return Unit(key, shows, reads)


def condition() -> Unit:
    """Return the condition of a trigger; see ``bot.editor.conditions``."""

    def shows(value: Json) -> dict[str, str]:
        return {} if value is None else fields(shown(value))

    def reads(typed: Fields) -> Json:
        node = found(typed)
        return None if node is None else written(node)

    return Unit(ROOT, shows, reads)


def reasons(languages: Sequence[str]) -> Unit:
    """Return the question about the reason, for each band, with its chips."""

    def shows(value: Json) -> dict[str, str]:
        bands = value if isinstance(value, Mapping) else {}
        result: dict[str, str] = {}
        for band in BANDS:
            if isinstance(reason := bands.get(band), Mapping):
                result |= _reason_fields(f"reasons.{band}", reason, languages)
        return result

    def reads(typed: Fields) -> Json:
        read = {band: _reason(f"reasons.{band}", typed, languages) for band in BANDS}
        return {band: reason for band, reason in read.items() if reason} or None

    return Unit("reasons", shows, reads)


def _reason_fields(at: str, reason: Mapping[str, Json], languages: Sequence[str]) -> dict[str, str]:
    result = in_languages(f"{at}.question", languages).shows(reason.get("question"))
    for place, chip in enumerate(reason.get("chips") or ()):
        result[f"{at}.chips.{place}.id"] = str(chip.get("id", ""))
        label = in_languages(f"{at}.chips.{place}.label", languages)
        result |= label.shows(chip.get("label"))
    return result


def _reason(at: str, typed: Fields, languages: Sequence[str]) -> Json:
    question = in_languages(f"{at}.question", languages).reads(typed)
    chips = [_chip(each, typed, languages) for each in chip_places(at, typed)]
    said = [chip for chip in chips if chip]
    if question is None and not said:
        return None
    return ({"question": question} if question else {}) | ({"chips": said} if said else {})


def chip_places(at: str, typed: Fields) -> list[str]:
    """Return where the chips of a band stand in a form, e.g. ``reasons.low.chips.0``."""
    places = (f"{at}.chips.{place}" for place in range(CHIP_PLACES))
    return [each for each in places if f"{each}.id" in typed]


def _chip(at: str, typed: Fields, languages: Sequence[str]) -> dict[str, Json]:
    label = in_languages(f"{at}.label", languages).reads(typed)
    name = typed.get(f"{at}.id", "").strip() or _slug((label or {}).get("en", ""))
    named = {"id": name} if name else {}
    return named | ({"label": label} if label else {})


def _slug(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:24].strip("-")


def cap() -> Unit:
    """Return how often one person is asked at most."""

    def shows(value: Json) -> dict[str, str]:
        rule = value if isinstance(value, Mapping) else {}
        return {f"cap.{name}": str(rule.get(name, "")) for name in ("asks", "days")}

    def reads(typed: Fields) -> Json:
        read = {name: whole(f"cap.{name}").reads(typed) for name in ("asks", "days")}
        return {name: value for name, value in read.items() if value is not None} or None

    return Unit("cap", shows, reads)


def quiet_hours() -> Unit:
    """Return the hours of the night in which nobody is asked; none where neither is given."""

    def shows(value: Json) -> dict[str, str]:
        hours = value if isinstance(value, Mapping) else {}
        return {f"quiet_hours.{name}": str(hours.get(name, "")) for name in ("start", "end")}

    def reads(typed: Fields) -> Json:
        read = {name: typed.get(f"quiet_hours.{name}", "").strip() for name in ("start", "end")}
        return {name: value for name, value in read.items() if value} or None

    return Unit("quiet_hours", shows, reads)


# --- the parts ------------------------------------------------------------------------------------


def units_of(part: str, languages: Sequence[str]) -> Units:
    """Return the units of ``trigger:<id>``, ``survey:<id>`` or ``contact_rules``."""
    match part.partition(":")[0]:
        case "trigger":
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
            )
        case "survey":
            return (
                text("instrument"),
                in_languages("about", languages),
                in_languages("question", languages),
                text("wording"),
                reasons(languages),
                in_languages("thanks", languages),
                text("layout"),
                text("incentive"),
            )
        case _:
            return (cap(), whole("cooldown_days"), quiet_hours(), text("holidays"))
