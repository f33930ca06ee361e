"""Part by part, what changes between two programs, as staff read it; and a trigger with its survey as a whole."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.program_words.line import Row
from bot.program_words.rows import rows_of, wording
from bot.program_words.vocabulary import Vocabulary, spaced
from surveys.instruments import QUESTIONS
from surveys.program import Program
from surveys.program.differences import Kind, PartChange, SeriesChange, content_of
from surveys.program.parts import ROWS, parts_of
from surveys.stored_programs import ADVERTISING, BUDGET, CHANNELS, CONTACT_RULES, UnderWay

Json = Any
SHARED_LABELS: Final = {
    CONTACT_RULES: "rules",
    BUDGET: "budget",
    ADVERTISING: "advertising",
    CHANNELS: "channels.shared",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One value that becomes another; None where there is none."""

    label: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Lines under one heading."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What becomes of one part.

    Attributes:
        part: as code names it, for commands.
        title: as staff name it.
        says: all that a new part says.
        changes: of a part that is there before and after.
        notes: where results begin anew, and how many asks are under way.
    """

    part: str
    kind: Kind
    title: str
    says: tuple[Row, ...] = ()
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()


def part_named(words: Vocabulary, part: str) -> str:
    """Return what staff call a part."""
    kind, _, name = part.partition(":")
    if kind == "survey":
        return words.say("part.survey", name=words.survey(name))
    if kind == "trigger":
        return words.say("part.trigger", name=words.trigger(name))
    if part in SHARED_LABELS:
        return words.label(SHARED_LABELS[part])
    return words.say("part.house")


def readings(
    before: Program,
    after: Program,
    changes: Iterable[PartChange],
    language: str,
    under_way: Mapping[str, UnderWay] | None = None,
) -> tuple[Reading, ...]:
    """Return what becomes of each part."""
    new = Vocabulary(language=language, program=after, other=before)
    old = Vocabulary(language=language, program=before, other=after)
    was, will = (parts_of(content_of(program)) for program in (before, after))
    asks = under_way or {}
    return tuple(
        _reading(old, new, each, was.get(each.part), will.get(each.part), asks.get(each.part))
        for each in changes
    )


def _reading(
    old: Vocabulary,
    new: Vocabulary,
    change: PartChange,
    before: Json,
    after: Json,
    asks: UnderWay | None,
) -> Reading:
    says, changes = rows_of(new, change.part, after), tuple[Change, ...]()
    if change.kind == Kind.CHANGED:
        changes = tuple(_changes(new, rows_of(old, change.part, before), says, before, after))
    return Reading(
        part=change.part,
        kind=change.kind,
        title=part_named(new, change.part),
        says=tuple(row for row in says if not row.is_inner) if change.kind == Kind.ADDED else (),
        changes=changes,
        notes=(*(_series(new, each) for each in change.series), *_under_way(new, asks)),
    )


def _changes(
    words: Vocabulary, old: tuple[Row, ...], new: tuple[Row, ...], before: Json, after: Json
) -> Iterator[Change]:
    """Yield the lines that differ, and every key that differs and yet reads the same."""
    was, will = {row.at: row for row in old}, {row.at: row for row in new}
    seen = set[str]()
    for at, row in {**will, **{at: row for at, row in was.items() if at not in will}}.items():
        before_it, after_it = (rows[at].words if at in rows else None for rows in (was, will))
        if before_it != after_it:
            seen.add(row.key)
            yield Change(label=row.label, old=before_it, new=after_it)
    labels = {row.key: row.label for row in (*old, *new)}
    for key in _differing(before, after):
        if key not in seen:
            label = labels.get(key, spaced(key))
            yield Change(label=label, old=None, new=words.say("same"))


def _differing(before: Json, after: Json) -> list[str]:
    """Return the keys that say something else; the one that all rows of a list stand under."""
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return [ROWS]
    keys = dict.fromkeys([*after, *before])
    return [key for key in keys if before.get(key) != after.get(key)]


def _series(words: Vocabulary, change: SeriesChange) -> str:
    values = {name: _broken(words, change.why, getattr(change, name)) for name in ("old", "new")}
    return words.say("series", why=words.say(f"series.{change.why}"), **values)


def _broken(words: Vocabulary, why: str, value: str) -> str:
    if why == "instrument":
        return QUESTIONS[value].short
    if why == "wording":
        return ", ".join(wording(words, name) for name in value.split(", "))
    return value


def _under_way(words: Vocabulary, asks: UnderWay | None) -> Iterator[str]:
    if asks and (asks.waiting or asks.open):
        yield words.say("under_way", waiting=f"{asks.waiting:,}", open=f"{asks.open:,}")


def as_asked(program: Program, trigger: str, language: str) -> tuple[Section, ...]:
    """Return a trigger and its survey as a whole; nothing for one that the program does not have."""
    words, parts = Vocabulary(language=language, program=program), parts_of(content_of(program))
    begins = parts.get(f"trigger:{trigger}")
    if begins is None:
        return ()
    found = {"when": f"trigger:{trigger}", "what": f"survey:{begins['survey']}"}
    return tuple(
        Section(
            title=words.say(f"asked.{name}"),
            rows=tuple(r for r in rows_of(words, part, parts.get(part)) if not r.is_inner),
        )
        for name, part in found.items()
    )
