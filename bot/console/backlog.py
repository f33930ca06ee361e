"""What the page of operators shows, decided before any markup: deliveries, dead letters, the hold, what was done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.console.actors import actor_in_words
from bot.console.deeds import deed_in_words
from bot.console.texts import say as sentence
from surveys.journey import say
from surveys.model import Attempt, Deed, InboxEntry
from surveys.program import Program
from surveys.service.holding import OLDER_COPY, Hold
from surveys.service.operating import Backlog, Settlement, Standing, Unsettled
from surveys.timing import zone_of

SETTLEMENTS = tuple(settlement.value for settlement in Settlement)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A delivery to decide about. ``code`` is the reason's stable word; ``until`` when a look-up comes, or ""."""

    id: str
    is_parked: bool
    state: str
    message: str
    place: str
    customer: str
    channel: str
    why: str
    code: str
    until: str
    requests: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An incoming message that could not be handled."""

    id: str
    source: str
    key: str
    received: str
    tries: str
    error: str


class Teller(Protocol):
    """Says who did something, and to what or whom with its page."""

    def actor(self, by: str) -> str:
        """Return who it was."""

    def subject(self, deed: Deed) -> tuple[str, str]:
        """Return what or whom it was done to, and its page; "" for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One line of the audit trail; ``path`` is the page of its subject, "" for none."""

    at: str
    by: str
    act: str
    subject: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """Why nothing is sent, since when and by whom; ``is_copy`` where the database is an older copy."""

    why: str
    since: str
    by: str
    is_copy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """What every page of the console shows a reader.

    Attributes:
        token: what goes into each form.
        may_act: whether she may act upon what waits.
        pages: further pages, by address, that she may open.
    """

    waiting: int
    hold: Banner | None
    token: str
    may_act: bool = True
    pages: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BacklogPage:
    """The whole page's content; ``more`` says how many rows it leaves out."""

    cases: tuple[Case, ...]
    letters: tuple[Letter, ...]
    done: tuple[Done, ...]
    more: int
    as_of: str
    zone: str


def staff(program: Program, standing: Standing, language: str, token: str) -> Staff:
    """Return what every page shows of what waits, to an operator who may open no further page."""
    hold = standing.hold
    banner = _banner(hold, _zone(program), language) if hold else None
    return Staff(waiting=standing.waiting, hold=banner, token=token)


def backlog_page(
    program: Program,
    backlog: Backlog,
    language: str,
    now: datetime,
    teller: Teller | None = None,
) -> BacklogPage:
    """Return the page of what waits now, and with a teller of what was done lately."""
    zone = _zone(program)
    shown = len(backlog.unsettled) + len(backlog.dead_letters)
    return BacklogPage(
        cases=tuple(_case(program, each, zone, language) for each in backlog.unsettled),
        letters=tuple(_letter(entry, zone) for entry in backlog.dead_letters),
        done=tuple(_done(deed, zone, language, teller) for deed in backlog.deeds) if teller else (),
        more=max(0, backlog.standing.waiting - shown),
        as_of=_at(now, zone),
        zone=zone.key,
    )


def _zone(program: Program) -> ZoneInfo:
    zone, _ = zone_of(program.company.zone, "UTC")
    return zone


def _banner(hold: Hold, zone: ZoneInfo, language: str) -> Banner:
    known = {
        OLDER_COPY: sentence(language, "hold.older_copy"),
        "": sentence(language, "hold.plain"),
    }
    return Banner(
        why=known.get(hold.reason, hold.reason),
        since=_at(hold.since, zone),
        by=actor_in_words(language, hold.by),
        is_copy=hold.reason == OLDER_COPY,
    )


def _case(program: Program, unsettled: Unsettled, zone: ZoneInfo, language: str) -> Case:
    delivery = unsettled.delivery
    code = delivery.reason or "unknown"
    return Case(
        id=delivery.id,
        is_parked=delivery.due_at is None,
        state=sentence(language, f"state.{delivery.state.value}"),
        message=_phrase(language, "kind", delivery.kind),
        place=_place(program, unsettled, language),
        customer=unsettled.customer,
        channel=sentence(language, f"channel.{delivery.channel.value}"),
        why=_phrase(language, "reason", code),
        code=code,
        until=_at(delivery.due_at, zone) if delivery.due_at else "",
        requests=tuple(_request(attempt, zone) for attempt in unsettled.attempts),
    )


def _request(attempt: Attempt, zone: ZoneInfo) -> str:
    end = f" – {attempt.ended_at.astimezone(zone):%H:%M:%S}" if attempt.ended_at else ""
    return f"{attempt.started_at.astimezone(zone):%m-%d %H:%M:%S}{end}"


def _place(program: Program, unsettled: Unsettled, language: str) -> str:
    """Return stage and touchpoint as the program labels them now, else by their ids."""
    default = program.company.language
    stages: Mapping[str, Mapping[str, str]] = {s.id: s.label for s in program.stages}
    points: Mapping[str, Mapping[str, str]] = {p.id: p.label for p in program.touchpoints}
    names = ((stages, unsettled.stage), (points, unsettled.touchpoint))
    return " · ".join(
        say(labels[name], language, default) if name in labels else name
        for labels, name in names
        if name
    )


def _letter(entry: InboxEntry, zone: ZoneInfo) -> Letter:
    return Letter(
        id=entry.id,
        source=entry.source,
        key=entry.key,
        received=_at(entry.received_at, zone),
        tries=str(entry.tries),
        error=entry.error or "",
    )


def _done(deed: Deed, zone: ZoneInfo, language: str, teller: Teller) -> Done:
    subject, path = teller.subject(deed)
    return Done(
        at=_at(deed.at, zone),
        by=teller.actor(deed.by),
        act=deed_in_words(language, deed),
        subject=subject,
        path=path,
    )


def _phrase(language: str, group: str, word: str) -> str:
    """Return the sentence for a stable word, or the one for words that have none."""
    try:
        return sentence(language, f"{group}.{word}")
    except KeyError:
        return sentence(language, f"{group}.other")


def _at(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%m-%d %H:%M:%S}"
