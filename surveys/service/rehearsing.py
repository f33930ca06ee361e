"""Rehearses a program on what happened: who would have been asked when, and by which rule not (docs/decisions/0056).

Walk of one rehearsal: events of the window are read person by person with their decisions. Where the program is the
one that decided about them, each decision is gone through again on what its rules looked at, and held against the
recorded list. Any other program is supposed: a customer's events arrive under it, and what is known of her is as of
then. Nothing is written; a read-only unit of work is enough.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from surveys.decisions import Setting
from surveys.instruments import RESOLVED
from surveys.model import TRIAL, Verdict
from surveys.ports import UnitOfWork
from surveys.program import CASE_RESOLVED, Program, Trigger
from surveys.rehearsing import (
    Arrival,
    Course,
    Rehearsal,
    Supposed,
    Tally,
    Wish,
    again,
    course_of,
    expected,
    supposed,
)
from surveys.service.closed_days import ClosedDays, closed_days
from surveys.service.context import Context
from surveys.service.live import LiveProgram
from surveys.service.supposing import Then, customer
from surveys.stored_pasts import Past
from surveys.timing import day_of, instant, zone_of

PAGE: Final = 5000
"""Events that are in memory at once, besides those of one customer."""
_VERSIONS: Final = 1000


def begin_of(days: int, now: datetime, zone_name: str) -> datetime:
    """Return when the first of so many whole days began that end today, in the company's zone."""
    zone, _ = zone_of(zone_name, "UTC")
    first = day_of(now, zone) - timedelta(days=days - 1)
    return instant(datetime.combine(first, datetime.min.time()), zone)


def rehearse(tx: UnitOfWork, ctx: Context, wish: Wish) -> Rehearsal:
    """Go through the window; raises NotFound for a survey that the program does not have."""
    shown = wish.program or ctx.program
    if wish.survey is not None:
        shown.survey(wish.survey)
    recorded = wish.program is None or _live_throughout(tx, wish.program, wish)
    found = Rehearsal(
        wish=wish,
        tally=Tally(zone=shown.company.zone, most=wish.people, survey=wish.survey),
        recorded=recorded,
        per_second=max(ctx.pacing.telegram, ctx.pacing.slack),
    )
    closed = closed_days(tx, ctx, shown, wish.until)
    gone_through = _as_it_was(tx, ctx, found)
    if not recorded:
        found.follow_ups = tuple(t.id for t in shown.triggers if not _starts_by_event(shown, t))
        gone_through = _as_it_would_be(tx, ctx, shown, found, closed)
    for course in gone_through:
        found.tally.add(course)
    places = sorted(found.tally.by_stage.items())
    found.stages = tuple(expected(*place, asked, closed.of(*place)) for place, asked in places)
    return found


def _live_throughout(tx: UnitOfWork, program: Program, wish: Wish) -> bool:
    """Say whether the window knew no other program."""
    for version in tx.program_versions.history(_VERSIONS):
        if version.published_at < wish.until and version.hash != program.version:
            return False
        if version.published_at <= wish.since:
            return True
    return False


def _customers(tx: UnitOfWork, found: Rehearsal) -> Iterator[list[Past]]:
    """Yield each customer's events, oldest first; those of nobody one by one."""
    wish = found.wish

    def pasts() -> Iterator[Past]:
        page: Sequence[Past] = tx.pasts.page(wish.since, wish.until, None, PAGE)
        while page:
            yield from page
            page = tx.pasts.page(wish.since, wish.until, page[-1].place, PAGE)

    for _, group in groupby(pasts(), key=lambda past: past.stored.person_id or past.number):
        events = list(group)
        found.tally.events += len(events)
        yield events


# --- what was live ------------------------------------------------------------------------------------


def _as_it_was(tx: UnitOfWork, ctx: Context, found: Rehearsal) -> Iterator[Course]:
    for pasts in _customers(tx, found):
        settings = [
            (
                past,
                Setting(
                    program=own,
                    trigger=own.trigger(d.trigger),
                    event=past.stored.event,
                    salt=ctx.salt,
                ),
                d,
            )
            for past in pasts
            for d in past.decisions
            if not d.trigger.startswith(TRIAL)
            for own in [ctx.program_of(tx, d.program_version)]
        ]
        made = again([(setting, decision) for _, setting, decision in settings])
        for (past, setting, decision), replayed in zip(settings, made, strict=True):
            course = course_of(
                setting.program,
                past.stored,
                decision.trigger,
                replayed.verdicts,
                customer=past.customer,
                zone=_zone(decision.verdicts),
            )
            if found.wish.survey in (None, course.survey):
                found.compare(replayed)
            yield course


def _zone(verdicts: Sequence[Verdict]) -> str | None:
    zones = (v.seen.get("zone") for v in verdicts if v.seen is not None)
    return next((zone for zone in zones if zone), None)


# --- what would have been -----------------------------------------------------------------------------


def _as_it_would_be(
    tx: UnitOfWork, ctx: Context, program: Program, found: Rehearsal, closed: ClosedDays
) -> Iterator[Course]:
    then = Then(found.wish.since)
    there = replace(ctx, clock=then, live=LiveProgram(program))
    for pasts in _customers(tx, found):
        arrivals = list(_arrivals(program, pasts))
        if not arrivals:
            continue
        who = customer(tx, there, then, pasts, found.wish.since)
        history = Supposed(
            facts=who.facts,
            until=found.wish.until,
            changes=[each.at for each in who.ledger],
            slots=who.slots,
            precision=closed.precision,
        )
        zone = who.row.timezone if who.row else None
        for stored, trigger, verdicts in supposed(history, arrivals):
            name = pasts[0].customer
            yield course_of(program, stored, trigger.id, verdicts, customer=name, zone=zone)


def _arrivals(program: Program, pasts: Sequence[Past]) -> Iterator[Arrival]:
    """Yield the events that start an ask, in the order in which they came."""
    for past in sorted(pasts, key=lambda each: each.stored.received_at):
        triggers = program.triggers_on(past.stored.event.type)
        asking = tuple(t for t in triggers if _starts_by_event(program, t))
        if asking:
            yield Arrival(stored=past.stored, triggers=asking)


def _starts_by_event(program: Program, trigger: Trigger) -> bool:
    asks_back = program.survey(trigger.survey).instrument == RESOLVED.id
    return trigger.follows is None and trigger.on != CASE_RESOLVED and not asks_back
