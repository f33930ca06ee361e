"""Reads single answers and asks from a database of ours, with nothing of ours: plain SQL over stable tables."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, create_engine, text

TAGS = (
    "trigger",
    "survey",
    "touchpoint",
    "stage",
    "instrument",
    "scale",
    "polarity",
    "wording",
    "channel",
    "language",
)
SCALES = {
    "nps": ("0-10", "up"),
    "csat": ("1-5", "up"),
    "ces2": ("1-7", "up"),
    "resolved": ("no-partly-yes", "up"),
}
_ANSWERS = f"""
SELECT a.id, a.subject_id, a.day, a.answered_at, a.score, a.handler, s.content AS segments,
{", ".join(f'd."{name}"' for name in TAGS)}
FROM answer a JOIN dimension d ON d.id = a.dimension_id
LEFT JOIN segment_set s ON s.id = a.segment_set_id
WHERE a.question = 'score' AND a.score IS NOT NULL
"""  # noqa: S608 constants
_ASKS = "SELECT * FROM invitation WHERE fell_due_on IS NOT NULL"
_THEMES = "SELECT answer_id, theme FROM answer_theme WHERE meant"
_PROGRAMS = "SELECT version, content FROM program"


@dataclass(frozen=True)
class Said:
    """One stored score."""

    id: str
    subject: str
    day: date
    age: tuple[date, Any, str]
    score: int
    tags: Mapping[str, str]
    sides: Mapping[str, str]
    themes: tuple[str, ...] = ()

    @cached_property
    def series(self) -> str:
        return ":".join(self.tags[name] for name in ("instrument", "scale", "polarity", "wording"))


@dataclass(frozen=True)
class Asked:
    """One ask that counts in the cohort of a day."""

    day: date
    reached: frozenset[str]
    tags: Mapping[str, str]
    sides: Mapping[str, str]

    @cached_property
    def series(self) -> str:
        return ":".join(self.tags[name] for name in ("instrument", "scale", "polarity", "wording"))


@dataclass(frozen=True)
class Raw:
    """Everything there is."""

    answers: list[Said] = field(default_factory=list)
    asks: list[Asked] = field(default_factory=list)


def read(url: str) -> Raw:
    """Read a database, SQLite or PostgreSQL, by its SQLAlchemy or plain address."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    try:
        with engine.connect() as connection:
            return Raw(answers=list(_answers(connection)), asks=list(_asks(connection)))
    finally:
        engine.dispose()


def _answers(connection: Connection) -> Iterator[Said]:
    themes: defaultdict[str, list[str]] = defaultdict(list)
    for answer, theme in connection.execute(text(_THEMES)):
        themes[answer].append(theme)
    for row in connection.execute(text(_ANSWERS)).mappings():
        yield Said(
            id=row["id"],
            subject=row["subject_id"],
            day=_day(row["day"]),
            age=(_day(row["day"]), row["answered_at"], row["id"]),
            score=row["score"],
            tags={name: row[name] for name in TAGS},
            sides=_sides(row["segments"], row["handler"]),
            themes=tuple(themes[row["id"]]),
        )


def _asks(connection: Connection) -> Iterator[Asked]:
    wordings = {
        (version, survey["id"]): survey.get("wording", "std1")
        for version, content in connection.execute(text(_PROGRAMS))
        for survey in json.loads(content)["surveys"]
    }
    for row in connection.execute(text(_ASKS)).mappings():
        own = ("trigger", "survey", "touchpoint", "stage", "instrument")
        scale, polarity = SCALES[row["instrument"]]
        asked = {
            **{name: row[name] for name in own},
            "scale": scale,
            "polarity": polarity,
            "wording": row["wording"]
            or wordings.get((row["program_version"], row["survey"]), "std1"),
            "channel": row["channel"] or "",
            "language": row["language"] or "",
        }
        yield Asked(
            day=_day(row["fell_due_on"]),
            reached=frozenset(row["reached"].split(",")),
            tags=asked,
            sides=_sides(row["segments"], row["handler"]),
        )


def _sides(segments: str | None, handler: str | None) -> Mapping[str, str]:
    if segments is None:
        return {}
    named = {f"segment.{name}": value for name, value in json.loads(segments).items()}
    return named | ({"handler": handler} if handler else {})


def _day(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
