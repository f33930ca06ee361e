"""Reads what a command, a link or the Home tab shows: one unit of work each, through surveys.results alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from bot.slack.team.board import (
    Board,
    Line,
    arrow,
    line,
    map_board,
    place_board,
    window_text,
)
from bot.slack.team.home import StaffHome
from bot.slack.team.inbox import ALERTS_FOR
from bot.slack.team.links import Shown, console_link
from bot.slack.team.wishes import SINCE, Named
from surveys.errors import InvalidInput
from surveys.journey import say as choose
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.results import Query, ResultTable, Row, parse_query, run_all
from surveys.results.display import leading
from surveys.service.operating import standing
from surveys.service.pauses import pauses

_MOST_ALERTS: Final = 99
_BESIDE: Final = {"compare": "previous"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What results are read with: the live program, the console's address, and for whom."""

    program: Program
    base: str
    now: datetime
    language: str

    def board(self, tx: UnitOfWork, place: Named | None, asked: Mapping[str, str]) -> Board:
        """Return the journey, or one stage or touchpoint; raises InvalidInput for a period that is none."""
        query = parse_query({**asked, **_BESIDE})
        wish = wish_of(place, asked)
        if place is None:
            url = console_link(self.base, **asked)
            (table,) = self._run(tx, query)
            return map_board(self.program, table, self.language, wish=wish, url=url)
        url = console_link(self.base, place.kind, place.id, **asked)
        own, below = self._tables(tx, place, query)
        title = self._label(place)
        return place_board(title, own, below, self.language, wish=wish, url=url)

    def preview(self, tx: UnitOfWork, shown: Shown) -> tuple[str, tuple[Line, ...], str]:
        """Return title, lines and window of what a link shows; raises InvalidInput, NotFound, TooMuch."""
        (table,) = self._run(tx, shown.query)
        window = window_text(table, self.language)
        if shown.place is None:
            rows = tuple(_leading(table))
            return self._company(), tuple(line(row, self.language) for row in rows), window
        name = shown.query.stage if shown.place == "stage" else shown.query.touchpoint
        title = self._label(Named(shown.place, name or ""))
        return title, tuple(line(row, self.language) for row in table.rows), window

    def home(self, tx: UnitOfWork, *, operates: bool) -> StaffHome:
        """Return the staff's page: a line for each stage, its arrow that of the last closed month."""
        today = self.now.astimezone(ZoneInfo(self.program.company.zone))
        month = f"{today.replace(day=1) - timedelta(days=1):%Y-%m}"
        live = parse_query({"since": SINCE})
        closed = parse_query({"period": month, **_BESIDE})
        table, before = self._run(tx, live, closed)
        since = self.now - ALERTS_FOR
        alerts = [each for each in tx.alerts.newest(_MOST_ALERTS) if each.raised_at >= since]
        return StaffHome(
            company=self._company(),
            standing=standing(tx),
            alerts=len(alerts),
            pauses=pauses(tx),
            stages=self._stages(table, before, month),
            window=window_text(table, self.language),
            url=console_link(self.base),
            operates=operates,
            language=self.language,
        )

    def _run(self, tx: UnitOfWork, *queries: Query) -> tuple[ResultTable, ...]:
        return run_all(tx, self.program, queries, self.now)

    def _tables(
        self, tx: UnitOfWork, place: Named, query: Query
    ) -> tuple[ResultTable, ResultTable | None]:
        if place.kind == "touchpoint":
            (table,) = self._run(tx, replace(query, by="touchpoint", touchpoint=place.id))
            return table, None
        own = replace(query, by="stage", stage=place.id)
        table, below = self._run(tx, own, replace(own, by="touchpoint"))
        return table, below

    def _stages(self, table: ResultTable, before: ResultTable, month: str) -> tuple[Line, ...]:
        """Return a line for each stage, with the word that a test allowed for its series in a closed month."""
        words = {(row.stage, row.series): arrow(row, self.language) for row in before.rows}
        told = {place: f"{month} {word}" for place, word in words.items() if word}
        return tuple(
            replace(line(row, self.language), change=told.get((row.stage, row.series), ""))
            for row in _leading(table)
        )

    def _label(self, place: Named) -> str:
        program = self.program
        own = program.stage(place.id) if place.kind == "stage" else program.touchpoint(place.id)
        return choose(own.label, self.language, program.company.language)

    def _company(self) -> str:
        company = self.program.company
        return choose(company.name, self.language, company.language)


def wish_of(place: Named | None, asked: Mapping[str, str]) -> str:
    """Return what a button carries, so that the same can be asked again."""
    named = [(place.kind, place.id)] if place else []
    return urlencode([*named, *asked.items()])


def unwish(value: str) -> tuple[Named | None, dict[str, str]]:
    """Read what ``wish_of`` wrote; raises InvalidInput for anything else."""
    asked = dict(parse_qsl(value))
    stage, touchpoint = asked.pop("stage", ""), asked.pop("touchpoint", "")
    if set(asked) - {"since", "period"}:
        raise InvalidInput("button", "is none of ours")
    parse_query(asked)
    if stage:
        return Named("stage", stage), asked
    return (Named("touchpoint", touchpoint) if touchpoint else None), asked


def _leading(table: ResultTable) -> Iterator[Row]:
    """Yield one row for each stage: of several series that which stands for it."""
    for stage in dict.fromkeys(row.stage for row in table.rows):
        row = leading([row for row in table.rows if row.stage == stage])
        if row is not None:
            yield row
