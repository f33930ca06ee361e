"""Puts the next program together from what one side hands in and what the other side owns."""

from collections.abc import Collection, Mapping
from copy import deepcopy
from typing import Any

from surveys.program.document import read
from surveys.program.editing import rewritten, same
from surveys.program.parts import parts_of, place_of, with_parts
from surveys.program.series import Given

Json = Any


def overwritten(handed: str, live: str, theirs: Collection[str]) -> tuple[str, ...]:
    """Return the parts of ``theirs`` about which a file says something else than what is in force."""
    new, old = _parts(handed), _parts(live)
    return tuple(
        part for part in sorted(theirs) if part in new and not same(new[part], old.get(part))
    )


def merged(handed: str, live: str, theirs: Collection[str]) -> str:
    """Return a file's text with the parts of ``theirs`` as they are in force, their comments too."""
    old = _parts(live)
    kept = {part: old[part] for part in sorted(theirs, key=list(old).index) if part in old}
    value = with_parts(read(handed).value, kept)
    return rewritten(handed, value, donor=live)


def rebased(base: str, handed: str, live: str) -> str:
    """Return what is in force with the changes that somebody made to an older version."""
    before, after = _parts(base), _parts(handed)
    names = {*before, *after}
    changed = {n: after.get(n) for n in names if not same(before.get(n), after.get(n))}
    return rewritten(live, with_parts(read(live).value, changed), donor=handed)


def changed_parts(old: str, new: str) -> frozenset[str]:
    """Return the parts that two texts say differently."""
    before, after = _parts(old), _parts(new)
    return frozenset(
        name for name in {*before, *after} if not same(before.get(name), after.get(name))
    )


def with_given(text: str, given: Collection[Given]) -> str:
    """Return the text with what surveys were given by themselves."""
    value = deepcopy(read(text).value)
    for each in given:
        section, at = place_of(value, f"survey:{each.survey}")
        survey = value[section][at]
        *above, name = each.key.split(".")
        for step in above:
            survey = survey[int(step) if step.isdigit() else step]
        survey[name] = each.new
    return rewritten(text, value)


def _parts(text: str) -> Mapping[str, Json]:
    return parts_of(read(text).value)
