"""Values as fields of a form, and back: pure, and total in both directions.

A part's ``Unit``s each carry one key of it. What a form sends is read only where it differs from what the part's own
value would have put into the form, and is a change only where it means something else, so that a form that was merely
opened and saved changes nothing, whatever it shows. What is typed wrongly is handed on as the text that it is: the
program's checks say so, at its key.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from surveys.journey import SLUG
from surveys.language.keys import keyed
from surveys.program.editing import same
from surveys.program.patching import NULL

Json = Any
Fields = Mapping[str, str]

UNITS_OF_TIME: Final = ("m", "h", "d", "s")
LONGEST_NAME: Final = 40
"""Characters of a name that was made of words."""

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
        tells_null: whether null means something else than nothing; ``shows`` and ``reads`` then know ``NULL``.
    """

    key: str
    shows: Callable[[Json], dict[str, str]]
    reads: Callable[[Fields], Json]
    tells_null: bool = False

    def value(self, entry: Mapping[str, Json] | None) -> Json:
        """Return what a part says under the key."""
        said = (entry or {}).get(self.key)
        return NULL if said is None and self.tells_null and self.key in (entry or {}) else said


Units = Sequence[Unit]


def shown_fields(units: Units, entry: Mapping[str, Json] | None) -> dict[str, str]:
    """Return what a form shows of a part."""
    found: dict[str, str] = {}
    for unit in units:
        found |= unit.shows(unit.value(entry))
    return found


def changes(units: Units, typed: Fields, entry: Mapping[str, Json] | None) -> dict[str, Json]:
    """Return the keys of a part that a form changes, with their new values."""
    result: dict[str, Json] = {}
    for unit in units:
        own = {name: text for name, text in typed.items() if _belongs(name, unit.key)}
        shown = unit.shows(unit.value(entry))
        if _said(own) != _said(shown):
            value = unit.reads(own)
            is_there = unit.key in (entry or {})
            if not _alike(value, unit.reads(shown)) and (value is not None or is_there):
                result[unit.key] = value
    return result


def _belongs(name: str, key: str) -> bool:
    return f"{name}.".startswith(f"{key}.")


def _said(given: Fields) -> dict[str, str]:
    """Leave out what says nothing: browsers send empty fields and no boxes without a tick."""
    return {name: text for name, text in given.items() if text}


def _alike(left: Json, right: Json) -> bool:
    return left is right or (NULL not in (left, right) and same(left, right))


# --- rows that come and go ------------------------------------------------------------------------


def places(at: str, typed: Fields, first: str, most: int) -> list[str]:
    """Return where the rows of a list stand in a form, e.g. ``reasons.low.chips.0``: each has its ``first`` field."""
    found = (f"{at}.{place}" for place in range(most))
    return [each for each in found if f"{each}.{first}" in typed]


def input_of(typed: Fields, key: str) -> str:
    """Return the field that a key within a part means: rows that say nothing stand in the form, but not in the part."""
    steps: list[str] = []
    for step in key.split("."):
        spoken = _spoken_places(".".join(steps), typed) if step.isdigit() else []
        known = spoken and int(step) < len(spoken)
        steps.append(str(spoken[int(step)]) if known else step)
    return ".".join(steps)


def _spoken_places(at: str, typed: Fields) -> list[int]:
    below = (
        n[len(at) + 1 :] for n, text in typed.items() if n.startswith(f"{at}.") and text.strip()
    )
    heads = {name.partition(".")[0] for name in below}
    return sorted(int(head) for head in heads if head.isascii() and head.isdigit())


# --- kinds of values ------------------------------------------------------------------------------


def text(key: str) -> Unit:
    """Return a line of text."""

    def shows(value: Json) -> dict[str, str]:
        return {key: "" if value is None else str(value)}

    return Unit(key, shows, lambda typed: typed.get(key, "").strip() or None)


def name(key: str) -> Unit:
    """Return a name as programs write them; words make one."""

    def reads(typed: Fields) -> Json:
        given = typed.get(key, "").strip()
        return keyed(given, SLUG, LONGEST_NAME) or None

    return Unit(key, text(key).shows, reads)


def whole(key: str) -> Unit:
    """Return a whole number."""

    def reads(typed: Fields) -> Json:
        given = typed.get(key, "").strip()
        return int(given) if _WHOLE.fullmatch(given) else given or None

    return Unit(key, text(key).shows, reads)


def decimal(key: str) -> Unit:
    """Return a number that may have a fraction."""

    def reads(typed: Fields) -> Json:
        given = typed.get(key, "").strip()
        if _WHOLE.fullmatch(given):
            return int(given)
        return float(given) if _DECIMAL.fullmatch(given) else given or None

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


def in_order(key: str, most: int) -> Unit:
    """Return words of a closed list, the best first, each in a field of its own."""
    names = [f"{key}.{place}" for place in range(most)]

    def shows(value: Json) -> dict[str, str]:
        words = list(value) if isinstance(value, list | tuple) else []
        return {name: str(word) for name, word in zip(names, [*words, *[""] * most], strict=False)}

    def reads(typed: Fields) -> Json:
        return [word for name in names if (word := typed.get(name, "").strip())] or None

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


def together(key: str, inner: Units) -> Unit:
    """Return a mapping whose keys ``inner`` carries, each unit by its whole name, e.g. ``cap.asks``; none of nothing."""

    def shows(value: Json) -> dict[str, str]:
        said = value if isinstance(value, Mapping) else {}
        return shown_fields(inner, {f"{key}.{name}": item for name, item in said.items()})

    def reads(typed: Fields) -> Json:
        read = {unit.key.rpartition(".")[2]: unit.reads(typed) for unit in inner}
        return {name: value for name, value in read.items() if value is not None} or None

    return Unit(key, shows, reads)


def rows(key: str, first: str, most: int, inner: Callable[[str], Unit]) -> Unit:
    """Return a list whose entries ``inner`` carries, each by where it stands; those that say nothing are left out."""

    def shows(value: Json) -> dict[str, str]:
        found: dict[str, str] = {}
        for place, item in enumerate(value if isinstance(value, list | tuple) else ()):
            found |= inner(f"{key}.{place}").shows(item)
        return found

    def reads(typed: Fields) -> Json:
        read = [inner(at).reads(typed) for at in places(key, typed, first, most)]
        return [item for item in read if item is not None] or None

    return Unit(key, shows, reads)
