"""Which digests there are: what each tells, to whom, and when."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.config import DigestSettings, Settings
from scheduler.cron import CronRule
from surveys.errors import InvalidInput, NotFound
from surveys.language.texts import languages, pick
from surveys.program import Program
from surveys.results import Query, parse_query
from surveys.staff_messages import parse_place

PREVIOUS_PERIODS = ("previous month", "previous quarter")


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One digest.

    Attributes:
        title: what it is called; "" for the usual name.
        since: ``7d``, or one of PREVIOUS_PERIODS: the calendar month or quarter before the day it is sent.
        stages: which, in their order in the journey; all where there are none.
        rule: when it is sent, and ``schedule`` the same in words: cron and zone.
    """

    id: str
    title: str
    language: str
    since: str
    by: str
    compare: str
    stages: tuple[str, ...]
    to: tuple[str, ...]
    zone: str
    rule: CronRule
    schedule: str

    @property
    def name(self) -> str:
        """The name of its recurrence."""
        return f"digest:{self.id}"

    def query(self, at: datetime) -> Query:
        """Return what the results are asked for a digest of this time."""
        asked = {"by": self.by, **({"compare": self.compare} if self.compare else {})}
        day = at.astimezone(ZoneInfo(self.zone)).date()
        return parse_query(asked | _window(self.since, day))

    def destinations(self, at: datetime) -> tuple[str, ...]:
        """Return where it goes: ``{date}`` is the day it is of, so that files are not overwritten."""
        day = at.astimezone(ZoneInfo(self.zone)).date()
        return tuple(place.replace("{date}", day.isoformat()) for place in self.to)


def plan(settings: Settings, program: Program) -> Mapping[str, Digest]:
    """Return the digests of the config by id; raises InvalidInput naming what is wrong with which."""
    digests: dict[str, Digest] = {}
    for number, each in enumerate(settings.digests):
        where = f"digests.{number}"
        if each.id in digests:
            raise InvalidInput(f"{where}.id", f"{each.id} is taken by another digest")
        if settings.pages_folder is None and any(place.startswith("file:") for place in each.to):
            raise InvalidInput(f"{where}.to", "file: needs pages_folder to be set")
        digests[each.id] = _digest(each, program, where)
    return digests


def one_of(digests: Mapping[str, Digest], digest_id: str) -> Digest:
    """Return the digest; raises NotFound."""
    if digest_id not in digests:
        raise NotFound("digest", digest_id)
    return digests[digest_id]


def _digest(given: DigestSettings, program: Program, where: str) -> Digest:
    zone = given.zone or program.company.zone
    try:
        _check_names(given, program)
        ZoneInfo(zone)
        digest = Digest(
            id=given.id,
            title=given.title,
            language=given.language or pick(program.company.language),
            since=given.since,
            by=given.by,
            compare=given.compare,
            stages=given.stages,
            to=given.to,
            zone=zone,
            rule=CronRule(given.cron, zone),
            schedule=f"{' '.join(given.cron.split())} {zone}",
        )
        _try_out(digest)
    except (ZoneInfoNotFoundError, ValueError):
        raise InvalidInput(f"{where}.zone", f"{zone[:40]} is no time zone") from None
    except InvalidInput as fault:
        raise InvalidInput(f"{where}.{fault.where}", fault.problem) from None
    return digest


def _check_names(given: DigestSettings, program: Program) -> None:
    if given.language not in (None, *languages()):
        raise InvalidInput("language", f"must be one of {', '.join(languages())}")
    known = {stage.id for stage in program.stages}
    for stage in given.stages:
        if stage not in known:
            raise InvalidInput("stages", f"{stage} is no stage of the program")


def _try_out(digest: Digest) -> None:
    """Raise InvalidInput for a query or a destination that could never work."""
    noon = datetime(2026, 1, 1, 12, tzinfo=ZoneInfo(digest.zone))
    digest.query(noon)
    for place in digest.destinations(noon):
        try:
            parse_place(place)
        except InvalidInput as fault:
            raise InvalidInput("to", fault.problem) from None


def _window(since: str, day: date) -> dict[str, str]:
    span = re.sub(r"\s+", " ", since.strip().lower())
    if span not in PREVIOUS_PERIODS:
        return {"since": span}
    if span == "previous month":
        return {"period": (day.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")}
    eve = day.replace(month=day.month - (day.month - 1) % 3, day=1) - timedelta(days=1)
    return {"period": f"{eve.year}-Q{(eve.month + 2) // 3}"}
