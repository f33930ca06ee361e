"""The audit log: who did what and when, with filters, a page at a time."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from bot.console.actors import SYSTEMS, actor_in_words
from bot.console.staffing.frame import Frame, Staffing
from bot.console.staffing.telling import Trail, called, parts_of, persons_of
from bot.console.staffing.texts import named
from surveys.model import Identifier
from surveys.ports import UnitOfWork
from surveys.service.bygone import last_with
from surveys.staffing import AuditEntry, AuditWanted, Member
from surveys.timing import zone_of

SHOWN = 50
LONGEST = 100
_NUMBER = re.compile("[0-9]{1,18}")
FILTERS = ("by", "act", "subject", "since", "until")


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
        language = self.frame.look(request).language
        found, acts, trail = await self.staffing.storage.read(
            lambda tx: self._read(tx, wanted, earlier_than, language)
        )
        return await self.frame.show(
            request,
            "audit.html",
            "audit_log",
            status=HTTPStatus.BAD_REQUEST if faulty else HTTPStatus.OK,
            lines=[trail.line(entry) for entry in found[:SHOWN]],
            acts=[(act, named(language, "act", act)) for act in acts],
            given=given,
            faulty=faulty,
            older=str(found[SHOWN - 1].number) if len(found) > SHOWN else "",
            is_first=earlier_than is None,
        )

    def _read(
        self, tx: UnitOfWork, wanted: AuditWanted, earlier_than: int | None, language: str
    ) -> tuple[tuple[AuditEntry, ...], tuple[str, ...], Trail]:
        """Return the entries, one more than are shown where there are more; the kinds there are; and who says them."""
        staff = tx.members.all()
        found = tx.audit.search(_named(tx, wanted, staff, language), SHOWN + 1, earlier_than)
        return found, tx.audit.acts(), self._trail(tx, found, staff, language)

    def _wanted(self, given: Mapping[str, str]) -> tuple[AuditWanted, dict[str, str]]:
        """Return what is asked for, and by name what is wrong with the filters that will not do."""
        texts = {name: given[name] for name in ("by", "act", "subject")}
        days = {name: _day(given[name]) for name in ("since", "until") if given[name]}
        faulty = {name: "filter" for name, text in texts.items() if not _is_plain(text)}
        faulty |= {name: "filter" for name, day in days.items() if day is None}
        zone, _ = zone_of(self.frame.program().company.zone, "UTC")
        since, until = days.get("since"), days.get("until")
        if since and until and until < since:
            faulty["until"], until = "order", None
        wanted = AuditWanted(
            **{name: "" if name in faulty else text for name, text in texts.items()},
            since=_midnight(since, zone) if since else None,
            until=_midnight(until + timedelta(days=1), zone) if until else None,
        )
        return wanted, faulty

    def _trail(
        self,
        tx: UnitOfWork,
        found: tuple[AuditEntry, ...],
        staff: tuple[Member, ...],
        language: str,
    ) -> Trail:
        program = self.frame.program()
        return Trail(
            language=language,
            program=program,
            other=last_with(tx, parts_of(found[:SHOWN]), program),
            people=persons_of(tx, found[:SHOWN]),
            staff={member.id: member for member in staff},
        )


def _named(
    tx: UnitOfWork, wanted: AuditWanted, staff: tuple[Member, ...], language: str
) -> AuditWanted:
    """Return the same with what the trail has in place of what the page shows of it.

    That is a member's or a customer's id for her name or e-mail, and the code of a part of the system for its name.
    """
    subject, by = wanted.subject.casefold(), wanted.by.casefold()
    members = (m.id for m in staff if subject in _names(m))
    person = _person(tx, wanted.subject) if subject else None
    doers = (m.named for m in staff if by in _names(m))
    systems = (each for each in SYSTEMS if by and actor_in_words(language, each).casefold() == by)
    return replace(
        wanted,
        subject=next(members, person or wanted.subject) if subject else "",
        by=next(doers, next(systems, wanted.by)) if by else "",
    )


def _names(member: Member) -> tuple[str, ...]:
    return (member.email or "", member.name.casefold(), called(member).casefold())


def _person(tx: UnitOfWork, name: str) -> str | None:
    """Return the id of a customer whom the company knows by a name."""
    found = tx.people.named([Identifier(namespace="id", value=name)])
    return found[0].id if found else None


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
