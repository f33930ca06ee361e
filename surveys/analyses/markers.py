"""When the program changed, and what: marks on a trend, for a jump may be ours."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from surveys.errors import ProgramFault
from surveys.model import Json
from surveys.program import Program
from surveys.stored_analyses import Version

_PARTS: Final = {"survey": "surveys", "trigger": "triggers", "touchpoint": "touchpoints"}
_HOUSE: Final = ("contact_rules", "channels", "fall_back_after")


def markers(
    versions: Sequence[Version], program: Program, stage: str, since: date
) -> list[dict[str, Json]]:
    """Return the versions that went live on or after a day and changed something about the stage, oldest first.

    One that comes back is marked again.
    """
    zone = ZoneInfo(program.company.zone)
    read = [(version, _read(version)) for version in versions]
    known = [(version, found) for version, found in read if found is not None]
    return [
        {"at": version.at.isoformat(), "version": version.version, "changes": changes}
        for (_, old), (version, new) in pairwise(known)
        if version.at.astimezone(zone).date() >= since and (changes := [*_changes(old, new, stage)])
    ]


def _read(version: Version) -> Program | None:
    """Return the program; None of a version that this one no longer understands."""
    try:
        return Program.from_json(version.content)
    except ProgramFault:
        return None


def _changes(old: Program, new: Program, stage: str) -> Iterator[dict[str, Json]]:
    before, after = old.model_dump(mode="json"), new.model_dump(mode="json")
    ours = {what: _ids(old, stage, what) | _ids(new, stage, what) for what in _PARTS}
    for what, section in _PARTS.items():
        yield from _changed(what, _by_id(before[section]), _by_id(after[section]), ours[what])
    for name in _HOUSE:
        if before[name] != after[name]:
            yield {"what": name, "id": None}


def _changed(
    what: str, old: Mapping[str, Any], new: Mapping[str, Any], ours: set[str]
) -> Iterator[dict[str, Json]]:
    for name in sorted(ours):
        if name not in old or name not in new:
            yield {"what": f"{what}.{'added' if name in new else 'removed'}", "id": name}
            continue
        for field in old[name]:
            if old[name][field] != new[name].get(field):
                yield {"what": f"{what}.{field}", "id": name}


def _by_id(entries: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {str(entry["id"]): entry for entry in entries}


def _ids(program: Program, stage: str, what: str) -> set[str]:
    """Return what belongs to a stage: its touchpoints, the triggers at them, the surveys these ask."""
    points = {point.id for point in program.touchpoints if point.stage == stage}
    triggers = [trigger for trigger in program.triggers if trigger.touchpoint in points]
    return {
        "touchpoint": points,
        "trigger": {trigger.id for trigger in triggers},
        "survey": {trigger.survey for trigger in triggers},
    }[what]
