"""The newest comments of a place, in memory."""

from dataclasses import dataclass
from datetime import date
from operator import itemgetter

from storage.memory.reports import MemoryReports
from storage.memory.themes import MemoryThemes
from surveys.model import HANDLER, Answer, Side
from surveys.reports import AnswerRow
from surveys.verbatims import Wanted


@dataclass(frozen=True, slots=True)
class MemoryVerbatims:
    """See surveys.verbatims.Verbatims."""

    reports: MemoryReports
    themes: MemoryThemes

    def newest(self, wanted: Wanted, limit: int) -> tuple[AnswerRow, ...]:
        """Return answers with a comment."""
        rows = self.reports.answer_rows(date.min, date.max, None, 10**9)
        said = ((self.reports.answers.get(row.invitation_id, "comment"), row) for row in rows)
        found = [
            (comment.answered_at, row.id, row)
            for comment, row in said
            if comment is not None and self._fits(comment, row, wanted)
        ]
        return tuple(row for _, _, row in sorted(found, key=itemgetter(0, 1), reverse=True)[:limit])

    def _fits(self, said: Answer, row: AnswerRow, wanted: Wanted) -> bool:
        handler = {Side(HANDLER, row.handler)} if row.handler else set()
        sides = handler | {Side(name, value) for name, value in row.segments.items()}
        themes = {tag.theme for tag in self.themes.of(row.id) if tag.meant}
        return (
            said.text is not None
            and wanted.since <= said.day <= wanted.until
            and wanted.low <= row.score <= wanted.high
            and (not wanted.theme or wanted.theme in themes)
            and set(wanted.sides) <= sides
            and all(getattr(row.dimensions, name) == value for name, value in wanted.tags.items())
        )
