"""Says in the staff's language what a plan of a program changes."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from surveys.language.texts import said
from surveys.program.emitting import inline

Json = Any
CATALOGUE: Final = "program"
_LONGEST: Final = 160


def say(language: str, key: str, **values: str) -> str:
    """Return one of our sentences; raises KeyError for an unknown key."""
    return said(CATALOGUE, language, key, **values)


def plan_lines(plan: Mapping[str, Json], language: str) -> Iterator[str]:
    """Yield a plan's lines, as ``Plan.to_json`` tells it."""
    if plan["empty"]:
        yield say(language, "plan.empty", number=str(plan["in_force"]))
        return
    yield say(language, "plan.against", number=str(plan["in_force"]))
    if not plan["changes"]:
        yield say(language, "plan.comments")
    for change in plan["changes"]:
        yield from _change_lines(change, language)
    for given in plan["given"]:
        values = {name: str(given[name]) for name in ("survey", "old", "new")}
        kind = "version" if given["key"] == "version" else "wording"
        yield say(language, f"given.{kind}", **values)
    for part in plan["taken"]:
        yield say(language, "plan.taken", part=part)


def _change_lines(change: Mapping[str, Json], language: str) -> Iterator[str]:
    kind = change["change"]
    yield f"{_SIGNS[kind]} {say(language, f'change.{kind}', part=change['part'])}"
    for each in change["fields"] if kind == "changed" else ():
        yield f"    {each['key']}: {_shown(each['old'], language)} -> {_shown(each['new'], language)}"
    for series in change["new_series"]:
        why = say(language, f"series.{series['why']}")
        yield "    " + say(language, "plan.series", why=why, old=series["old"], new=series["new"])
    asks = change["under_way"] or {}
    if asks.get("waiting") or asks.get("open"):
        counts = {name: str(asks[name]) for name in ("waiting", "open")}
        yield "    " + say(language, "plan.under_way", **counts)


_SIGNS: Final = {"added": "+", "changed": "~", "removed": "-"}


def _shown(value: Json, language: str) -> str:
    if value is None:
        return say(language, "plan.nothing")
    written = inline(value)
    return written if len(written) <= _LONGEST else f"{written[: _LONGEST - 1]}…"
