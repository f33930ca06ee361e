"""The audit log: who did what and when, with filters, a page at a time."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from bot.console.staffing.frame import Frame, Staffing
from bot.console.staffing.texts import named
from surveys.ports import UnitOfWork
from surveys.staffing import AuditEntry, AuditWanted, Member
from surveys.timing import zone_of

SHOWN = 50
LONGEST = 100
_NUMBER = re.compile("[0-9]{1,18}")
FILTERS = ("by", "act", "subject", "since", "until")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An entry as its table shows it."""

    at: str
    by: str
    act: str
    subject: str
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLog:
    """Serves the page."""

    frame: Frame
    staffing: Staffing

    async def page(self, request: Request) -> Response:
        """Show the entries that are asked for; a filter that will not do is told and kept."""
        given = {name: request.query_params.get(name, "").strip() for name in FILTERS}
        wanted, faulty = self._wanted(given)
        before = request.query_params.get("before", "")
        earlier_than = int(before) if _NUMBER.fullmatch(before) else None

        def read(
            tx: UnitOfWork,
        ) -> tuple[tuple[AuditEntry, ...], tuple[str, ...], tuple[Member, ...]]:
            staff = tx.members.all()
            found = tx.audit.search(_named(wanted, staff), SHOWN + 1, earlier_than)
            return found, tx.audit.acts(), staff

        found, acts, staff = await self.staffing.storage.read(read)
        language = self.frame.look(request).language
        names = {member.id: member.email or member.name for member in staff}
        return await self.frame.show(
            request,
            "audit.html",
            "audit_log",
            status=HTTPStatus.BAD_REQUEST if faulty else HTTPStatus.OK,
            lines=[self._line(entry, names, language) for entry in found[:SHOWN]],
            acts=[(act, named(language, "act", act)) for act in acts],
            given=given,
            faulty=faulty,
            older=str(found[SHOWN - 1].number) if len(found) > SHOWN else "",
            is_first=earlier_than is None,
        )

    def _wanted(self, given: Mapping[str, str]) -> tuple[AuditWanted, tuple[str, ...]]:
        """Return what is asked for, and the names of the filters that will not do."""
        texts = {name: given[name] for name in ("by", "act", "subject")}
        days = {name: _day(given[name]) for name in ("since", "until") if given[name]}
        faulty = [name for name, text in texts.items() if not _is_plain(text)]
        faulty += [name for name, day in days.items() if day is None]
        zone, _ = zone_of(self.frame.program().company.zone, "UTC")
        since, until = days.get("since"), days.get("until")
        wanted = AuditWanted(
            **{name: "" if name in faulty else text for name, text in texts.items()},
            since=_midnight(since, zone) if since else None,
            until=_midnight(until + timedelta(days=1), zone) if until else None,
        )
        return wanted, tuple(faulty)

    def _line(self, entry: AuditEntry, names: Mapping[str, str], language: str) -> Line:
        deed = entry.deed
        return Line(
            at=self.frame.at(deed.at),
            by=deed.by,
            act=named(language, "act", deed.act),
            subject=names.get(deed.subject, deed.subject),
            details=tuple((name, str(value)) for name, value in deed.details.items()),
        )


def _named(wanted: AuditWanted, staff: tuple[Member, ...]) -> AuditWanted:
    """Return the same with a member's e-mail as her id, which the trail has."""
    asked = wanted.subject.casefold()
    found = (member.id for member in staff if member.email == asked)
    return replace(wanted, subject=next(found, wanted.subject))


def _is_plain(text: str) -> bool:
    return len(text) <= LONGEST and (text == "" or text.isprintable())


def _day(text: str) -> date | None:
    """Return the day; None for what is none, or is at the end of the calendar."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date(1970, 1, 1) <= day < date(9000, 1, 1) else None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
