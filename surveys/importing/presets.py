"""What exports of common kinds of survey call their columns. No vendor's headers were verified here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from surveys.importing.columns import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """Headers by what they mean, and the instrument, where the export is always of one."""

    instrument: str | None
    columns: Mapping[Field, Sequence[str]] = field(default_factory=dict)


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "nps": Preset(
            instrument="nps",
            columns={
                Field.SCORE: ("NPS", "NPS Score", "Score", "Rating", "추천 점수", "추천의향"),
                Field.COMMENT: ("Comment", "Feedback", "Reason", "의견", "이유"),
            },
        ),
        "csat": Preset(
            instrument="csat",
            columns={
                Field.SCORE: (
                    "CSAT",
                    "CSAT Score",
                    "Rating",
                    "Satisfaction",
                    "만족도",
                    "별점",
                    "평점",
                ),
                Field.COMMENT: ("Comment", "Feedback", "Message", "의견", "후기"),
            },
        ),
        "ces": Preset(
            instrument="ces2",
            columns={
                Field.SCORE: ("CES", "CES Score", "Effort", "Ease", "Score", "노력 점수", "편의성"),
                Field.COMMENT: ("Comment", "Feedback", "의견"),
            },
        ),
        "delighted": Preset(
            instrument=None,
            columns={
                Field.SCORE: ("Score",),
                Field.TIME: ("Response Date", "Created At", "Survey Responded At"),
                Field.COMMENT: ("Comment",),
                Field.EMAIL: ("Email", "Person Email"),
                Field.ID: ("Response ID", "ID"),
            },
        ),
        "typeform": Preset(
            instrument=None,
            columns={
                Field.TIME: ("Submit Date (UTC)", "Submitted At", "Submit Date"),
                Field.ID: ("Token", "Response ID"),
            },
        ),
    }
)
