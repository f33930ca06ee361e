"""An answer as it is handed out: pseudonymous, one flat row, the same fields over the API and in every file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from surveys.instruments import instrument
from surveys.reports import AnswerRow


class Kind(Enum):
    """What a column holds, so that each format writes it as its own."""

    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    YES = "yes"
    DAY = "day"
    INSTANT = "instant"
    WORDS = "words"
    """Several words; in one cell they are parted by ``|``."""
    PAIRS = "pairs"
    """Values by name; in one cell JSON."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, what it holds, and where that comes from; None is unknown."""

    name: str
    kind: Kind
    read: Callable[[Any], Any]


def _own(name: str, kind: Kind) -> Column:
    return Column(name, kind, lambda answer: getattr(answer, name))


def _tag(name: str) -> Column:
    return Column(name, Kind.TEXT, lambda answer: getattr(answer.dimensions, name))


def _band(answer: AnswerRow) -> str:
    return instrument(answer.dimensions.instrument).band(answer.score)


ANSWER_COLUMNS = (
    _own("id", Kind.TEXT),
    _own("version", Kind.WHOLE),
    _own("subject_id", Kind.TEXT),
    _own("invitation_id", Kind.TEXT),
    _own("answered_at", Kind.INSTANT),
    _own("day", Kind.DAY),
    *(_tag(name) for name in ("stage", "touchpoint", "trigger", "survey")),
    _own("survey_version", Kind.WHOLE),
    *(_tag(name) for name in ("instrument", "scale", "polarity", "wording", "channel", "language")),
    _own("score", Kind.WHOLE),
    Column("band", Kind.TEXT, _band),
    _own("choice", Kind.TEXT),
    _own("reasons", Kind.WORDS),
    _own("comment", Kind.TEXT),
    _own("handler", Kind.TEXT),
    _own("segments", Kind.PAIRS),
    _own("given", Kind.TEXT),
    _own("confidence", Kind.NUMBER),
    _own("imported", Kind.YES),
)
"""Neither name nor address: ``subject_id`` and ``invitation_id`` are random and lead nowhere outside."""


def answer_json(answer: AnswerRow) -> Mapping[str, Any]:
    """Return an answer as plain JSON."""
    return {column.name: _plain(column, answer) for column in ANSWER_COLUMNS}


def _plain(column: Column, answer: AnswerRow) -> Any:
    value = column.read(answer)
    if value is None:
        return None
    match column.kind:
        case Kind.DAY | Kind.INSTANT:
            return value.isoformat()
        case Kind.WORDS:
            return list(value)
        case Kind.PAIRS:
            return dict(value)
        case _:
            return value


def _field(name: str, kind: Kind) -> Column:
    return Column(name, kind, lambda row: row[name])


def _fields(kind: Kind, *names: str) -> tuple[Column, ...]:
    return tuple(_field(name, kind) for name in names)


RESULT_COLUMNS = (
    *_fields(Kind.TEXT, "stage", "touchpoint", "instrument", "series", "wording"),
    *_fields(Kind.YES, "wordings_differ"),
    *_fields(Kind.WHOLE, "n", "customers"),
    *_fields(Kind.NUMBER, "score", "ci_low", "ci_high"),
    *_fields(Kind.TEXT, "ci_method"),
    *_fields(Kind.NUMBER, "mean", "mean_ci_low", "mean_ci_high"),
    *_fields(Kind.TEXT, "mean_ci_method"),
    *_fields(Kind.WHOLE, "invited", "delivered", "started", "answered", "completed"),
    *_fields(Kind.NUMBER, "response_rate"),
    *_fields(Kind.PAIRS, "distribution"),
    *_fields(Kind.YES, "suppressed", "indicative"),
    *_fields(Kind.PAIRS, "change", "spark", "pain", "channel_mix", "bounds", "weighted", "recipe"),
)
"""Of a row of results as the API gives it (surveys.results.Row.to_json): suppressed there, so suppressed here."""
