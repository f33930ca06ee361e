"""Publishes at a set time as staff read them: what waits, what was not published and why, and what a page offers."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from starlette.requests import Request

from bot.console.actors import actor_in_words
from bot.editor.bench import SURVEY, TRIGGER, Bench
from bot.editor.frame import Frame
from bot.editor.outlook import Outlook
from bot.program_words.reading import part_named
from bot.program_words.vocabulary import Vocabulary
from surveys.language.texts import said
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.service.bygone import former, share_stands
from surveys.service.first_share import Portion, portion_of
from surveys.service.planned import FURTHEST, LATE
from surveys.stored_programs import PlannedPublish, PlanState
from surveys.timing import zone_of

CATALOGUE: Final = "planning"
NOTES: Final = frozenset({"planned", "first", "cancelled"})
SHOWN: Final = 20
_FOR: Final = timedelta(days=14)
"""How long the list of surveys tells of a publish that was not made."""

_MORNING: Final = 10
_TYPED: Final = "%Y-%m-%dT%H:%M"


def say(language: str, key: str, **values: str) -> str:
    """Return a sentence about planned publishes; raises KeyError for an unknown key."""
    return said(CATALOGUE, language, key, **values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One planned publish in words.

    Attributes:
        named: what it changes.
        why: why it was not published, or by whom it was cancelled; "" otherwise.
        first: what it means for who was asked first; "" where nobody was.
        late: how late it was published; "" where it was in time.
    """

    id: str
    trigger: str
    named: str
    state: str
    due: str
    by: str
    decided: str
    why: str = ""
    first: str = ""
    late: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planning:
    """What the page of a plan offers.

    Attributes:
        at: the time on the screen, as an input has it; ``least`` and ``most`` bound it.
        fault: what is wrong with it.
        standing: publishes that wait and change the same.
        portion: what a first share would be; None where nothing may be published.
        named: what stands in the way of a first share.
    """

    zone: str
    at: str
    least: str
    most: str
    fault: str
    standing: tuple[Told, ...]
    portion: Portion | None = None
    named: str = ""
    note: str = ""

    @property
    def percents(self) -> Mapping[str, str]:
        """The shares of the customers, in hundredths."""
        if self.portion is None:
            return {}
        shares = {"first": self.portion.first, "whole": self.portion.whole}
        return {name: f"{share * 100:g}" for name, share in shares.items()} | {
            "before": "" if self.portion.before is None else f"{self.portion.before * 100:g}"
        }


class Teller(Protocol):
    """The program in force, and how an instant is told in its company's zone; the pages' ``Frame`` is one."""

    @property
    def program(self) -> Program:
        """Return the program."""

    def at(self, moment: datetime) -> str:
        """Return the instant as staff read it."""


def told_of(tx: UnitOfWork, planned: PlannedPublish, teller: Teller, language: str) -> Told:
    """Return it in words; instants are in the company's zone."""
    program = teller.program
    words = Vocabulary(language=language, program=program, other=former(tx, planned, program))
    late = planned.late if planned.state == PlanState.PUBLISHED else timedelta()
    return Told(
        id=planned.id,
        trigger=planned.trigger if _editable(tx, planned.trigger, program) else "",
        named=_listed(planned.parts, words),
        state=planned.state.value,
        due=teller.at(planned.due_at),
        by=actor_in_words(language, planned.author),
        decided=teller.at(planned.decided_at),
        why=_why(planned, teller, words),
        first=_first(tx, planned, words),
        late=say(language, "late", span=_span(late, language)) if late >= LATE else "",
    )


def _editable(tx: UnitOfWork, trigger: str, program: Program) -> bool:
    """Return whether a trigger has a page: it is published, or drafted."""
    is_published = any(each.id == trigger for each in program.triggers)
    return is_published or tx.program_drafts.get(f"trigger:{trigger}") is not None


def _why(planned: PlannedPublish, teller: Teller, words: Vocabulary) -> str:
    language = words.language
    if planned.state == PlanState.CANCELLED and planned.ended_at:
        when = teller.at(planned.ended_at)
        return say(
            language, "cancelled", by=actor_in_words(language, planned.ended_by or ""), at=when
        )
    if planned.why is None:
        return ""
    values = {
        "parts": _listed(planned.why.get("parts", ()), words),
        "faults": "; ".join(planned.why.get("faults", ())),
        "by": actor_in_words(language, planned.why.get("by", "")),
        "number": str(planned.why.get("number", "")),
        "problem": planned.why.get("problem", ""),
    }
    return say(language, f"why.{planned.why['code']}", **values)


def _first(tx: UnitOfWork, planned: PlannedPublish, words: Vocabulary) -> str:
    """Return what holds now for who was asked first; a share that a later version changed is not told of."""
    if planned.first is None or planned.state == PlanState.PUBLISHED:
        return ""
    if not share_stands(tx, planned, words.program):
        return ""
    key = "first.now" if planned.waits else "first.left"
    return say(words.language, key, number=str(planned.first))


def _span(late: timedelta, language: str) -> str:
    minutes = int(late / timedelta(minutes=1))
    if minutes < 2 * 60:
        return say(language, "span.minutes", count=str(minutes))
    hours = minutes // 60
    if hours < 2 * 24:
        return say(language, "span.hours", count=str(hours))
    return say(language, "span.days", count=str(hours // 24))


def current(tx: UnitOfWork, now: datetime) -> tuple[PlannedPublish, ...]:
    """Return those that wait, and those lately not published that nothing was planned after on the same page."""
    waiting = tx.planned_publishes.waiting()
    newest = dict[str, PlannedPublish]()
    for each in tx.planned_publishes.ended(SHOWN):
        newest.setdefault(each.trigger or each.id, each)
    taken = {each.trigger for each in waiting}
    refused = [
        each
        for each in newest.values()
        if each.state == PlanState.REFUSED
        and each.trigger not in taken - {""}
        and each.ended_at
        and now - each.ended_at < _FOR
    ]
    return (*waiting, *refused)


def unpublished(tx: UnitOfWork) -> tuple[PlannedPublish, ...]:
    """Return those that wait, then those that ended otherwise than by a version, newest first."""
    ended = tx.planned_publishes.ended(SHOWN)
    others = (each for each in ended if each.state != PlanState.PUBLISHED)
    return (*tx.planned_publishes.waiting(), *others)


def by_version(tx: UnitOfWork) -> dict[int, PlannedPublish]:
    """Return by the number of its version what was published as planned, the newest ones."""
    ended = tx.planned_publishes.ended(SHOWN)
    return {each.number: each for each in ended if each.number is not None}


async def planning_of(
    frame: Frame, request: Request, bench: Bench, outlook: Outlook, typed: str, fault: str
) -> Planning:
    """Return what the page of a plan offers; ``typed`` is the time as it was sent, where it was."""
    language, ctx = frame.look(request).language, frame.editing.ctx
    zone, _ = zone_of(ctx.program.company.zone, "UTC")
    now = ctx.now()
    local = now.astimezone(zone)
    tomorrow = (local + timedelta(days=1)).replace(hour=_MORNING, minute=0)
    changed = {each.part for each in outlook.readings}

    def read(tx: UnitOfWork) -> tuple[tuple[Told, ...], Portion | None]:
        waiting = standing_of(tx, bench, changed)
        standing = tuple(told_of(tx, each, frame, language) for each in waiting)
        if outlook.is_empty or outlook.program is None:
            return standing, None
        return standing, portion_of(tx, outlook.program, changed, bench.trigger)

    standing, portion = await frame.editing.storage.read(read)
    words = Vocabulary(language=language, program=frame.program)
    note = request.query_params.get("note", "")
    return Planning(
        zone=zone.key,
        at=typed or f"{tomorrow:{_TYPED}}",
        least=f"{local + timedelta(minutes=1):{_TYPED}}",
        most=f"{local + FURTHEST:{_TYPED}}",
        fault=fault,
        standing=standing,
        portion=portion,
        named=_listed(portion.named, words) if portion else "",
        note=note if note in NOTES else "",
    )


def standing_of(
    tx: UnitOfWork, bench: Bench, changed: Collection[str] = ()
) -> tuple[PlannedPublish, ...]:
    """Return those that wait and change the trigger of a bench, its survey or what else is changed on it."""
    own = {bench.pieces[kind].part for kind in (TRIGGER, SURVEY)} | {*changed}
    return tuple(
        each
        for each in tx.planned_publishes.waiting()
        if each.trigger == bench.trigger or own & {*each.parts}
    )


def _listed(parts: Iterable[str], words: Vocabulary) -> str:
    return ", ".join(part_named(words, part) for part in parts)
