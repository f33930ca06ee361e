"""An answer as it is handed out: pseudonymous, one flat row, the same fields over the API and in every file."""

from collections.abc import Mapping
from typing import Any

from bot.sheets.columns import Column, Kind
from surveys.instruments import instrument
from surveys.reports import AnswerRow


def _own(name: str, kind: Kind) -> Column:
    return Column(name, kind, lambda answer: getattr(answer, name))


def _tag(name: str) -> Column:
    return Column(name, Kind.TEXT, lambda answer: getattr(answer.dimensions, name))


def _band(answer: AnswerRow) -> str:
    return instrument(answer.dimensions.instrument).band(answer.score)


ANSWER_COLUMNS = (
    _own("id", Kind.ID),
    _own("version", Kind.WHOLE),
    _own("subject_id", Kind.ID),
    _own("invitation_id", Kind.ID),
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
