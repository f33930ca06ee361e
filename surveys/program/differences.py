"""What differs between two programs: part by part, field by field, and where a new series of results begins."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import Any, Final

from surveys.instruments import Instrument, instrument
from surveys.program.parts import parts_of
from surveys.program.schema import Program, Survey

Json = Any

_BREAKS: Final[Mapping[str, Callable[[Instrument], str]]] = {
    "instrument": attrgetter("id"),
    "scale": attrgetter("scale"),
    "polarity": attrgetter("polarity"),
}


class Kind(StrEnum):
    """What became of a part."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One value that differs; None where there is none. ``key`` is dotted, chips and the like by their ids."""

    key: str
    old: Json
    new: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesChange:
    """Results begin anew: they are never held against those before.

    ``why`` is ``instrument``, ``scale``, ``polarity`` or ``wording``.
    """

    why: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartChange:
    """What becomes of one part."""

    part: str
    kind: Kind
    fields: tuple[FieldChange, ...] = ()
    series: tuple[SeriesChange, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """Return it as plain JSON."""
        return {
            "part": self.part,
            "change": self.kind.value,
            "fields": [{"key": f.key, "old": f.old, "new": f.new} for f in self.fields],
            "new_series": [{"why": s.why, "old": s.old, "new": s.new} for s in self.series],
        }


def content_of(program: Program) -> dict[str, Json]:
    """Return a program as plain values, defaults written out."""
    return program.model_dump(mode="json", by_alias=True)


def differences(old: Program, new: Program) -> tuple[PartChange, ...]:
    """Return what becomes of each part that differs, in the order of the new program, removed ones last."""
    before, after = parts_of(content_of(old)), parts_of(content_of(new))
    names = [*after, *(name for name in before if name not in after)]
    return tuple(
        _change(name, before.get(name), after.get(name), old, new)
        for name in names
        if before.get(name) != after.get(name)
    )


def _change(part: str, before: Json, after: Json, old: Program, new: Program) -> PartChange:
    above = (part,) if isinstance(before or after, list) else ()
    old_value, new_value = ({} if value is None else value for value in (before, after))
    fields = tuple(_fields(old_value, new_value, above))
    if before is None:
        return PartChange(part=part, kind=Kind.ADDED, fields=fields)
    if after is None:
        return PartChange(part=part, kind=Kind.REMOVED, fields=fields)
    kind, _, name = part.partition(":")
    broken = _series(old.survey(name), new.survey(name)) if kind == "survey" else ()
    return PartChange(part=part, kind=Kind.CHANGED, fields=fields, series=tuple(broken))


def _fields(old: Json, new: Json, key: tuple[str, ...]) -> Iterator[FieldChange]:
    """Yield the single values that differ."""
    if old == new:
        return
    before, after = _inner(old), _inner(new)
    if before is None or after is None:
        yield FieldChange(key=".".join(key), old=old, new=new)
        return
    for name in [*before, *(each for each in after if each not in before)]:
        yield from _fields(before.get(name), after.get(name), (*key, name))


def _inner(value: Json) -> Mapping[str, Json] | None:
    """Return what a value is made of, by name; None of one that is told as a whole."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, Sequence) and not isinstance(value, str) and _have_ids(value):
        return {item["id"]: item for item in value}
    return None


def _have_ids(items: Sequence[Json]) -> bool:
    return bool(items) and all(isinstance(item, Mapping) and "id" in item for item in items)


def _series(old: Survey, new: Survey) -> Iterator[SeriesChange]:
    before, after = instrument(old.instrument), instrument(new.instrument)
    for why, of in _BREAKS.items():
        if of(before) != of(after):
            yield SeriesChange(why=why, old=of(before), new=of(after))
    fresh = [name for name in new.wordings if name not in old.wordings]
    if before == after and fresh:
        yield SeriesChange(why="wording", old=", ".join(old.wordings), new=", ".join(fresh))
