"""Rehearses a program on what happened: who would have been asked when, and by which rule not (docs/decisions/0056).

Walk of one rehearsal: events of the window are read a page at a time, person by person, with their decisions. Where the
program is the one that decided about them, each decision is gone through again on what its rules looked at, and held
against the recorded list. Any other program is supposed: a customer's events arrive under it, and what is known of her
is as of then. Nothing is written; read-only units of work are enough, one for all pages or one for each.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby
from typing import Final

from surveys.decisions import Setting
from surveys.instruments import RESOLVED
from surveys.model import TRIAL, Decision, Verdict
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
    taken_by,
)
from surveys.service.closed_days import closed_days
from surveys.service.context import Context
from surveys.service.live import LiveProgram
from surveys.service.stored_fields import stored_fields
from surveys.service.supposing import Then, customer
from surveys.stored_pasts import Past, Place

PAGE: Final = 5000
"""Events that are in memory at once, besides those of one customer."""
_VERSIONS: Final = 1000


def rehearse(tx: UnitOfWork, ctx: Context, wish: Wish) -> Rehearsal:
    """Go through the window; raises NotFound for a survey that the program does not have."""
    rehearsing = Rehearsing(tx, ctx, wish)
    while rehearsing.step(tx):
        pass
    return rehearsing.found


class Rehearsing:
    """A rehearsal on its way: ``found`` is whole once ``step`` has returned False.

    Where each step has a unit of work of its own, what is stored between two of them may be in it or not.
    """

    def __init__(self, tx: UnitOfWork, ctx: Context, wish: Wish, page: int = PAGE) -> None:
        """Look at what stays the same; raises NotFound for a survey that the program does not have."""
        shown = wish.program or ctx.program
        if wish.survey is not None:
            shown.survey(wish.survey)
        self._ctx, self._shown, self._page = ctx, shown, page
        self._closed = closed_days(tx, ctx, shown, wish.until)
        self._after: Place | None = None
        self._kept: list[Past] = []
        recorded = wish.program is None or _live_throughout(tx, wish.program, wish)
        told = (
            t
            for t in shown.triggers
            if wish.survey in (None, t.survey) and wish.trigger in (None, t.id)
        )
        starts = (t for t in told if not _starts_by_event(shown, t))
        self.found = Rehearsal(
            wish=wish,
            tally=Tally(
                zone=shown.company.zone,
                most=wish.people,
                survey=wish.survey,
                trigger=wish.trigger,
            ),
            recorded=recorded,
            per_second=max(ctx.pacing.telegram, ctx.pacing.slack),
            follow_ups=() if recorded else tuple(t.id for t in starts),
        )
        self._stored = stored_fields(tx, ctx, wish.since)

    def step(self, tx: UnitOfWork) -> bool:
        """Go through the customers of one more page; say whether there is more to do."""
        found, wish = self.found, self.found.wish
        page = tx.pasts.page(wish.since, wish.until, self._after, self._page)
        for pasts in self._customers(page):
            found.tally.events += len(pasts)
            go = _as_it_was if found.recorded else self._as_it_would_be
            self._count(list(go(tx, self._ctx, found, pasts)))
        if page:
            self._after = page[-1].place
        else:
            self._expect()
        return bool(page)

    def _count(self, courses: Sequence[Course]) -> None:
        """Add up one customer's courses."""
        tally = self.found.tally
        for course in filter(tally.shows, courses):
            stored_then = partial(self._stored.had, course.stored.received_at)
            tally.add(course, taken_by(course, courses), stored_then)

    def _customers(self, page: Sequence[Past]) -> Iterator[list[Past]]:
        """Yield each customer's events, oldest first; of whoever is the page's last, more may come."""
        whole = [list(group) for _, group in groupby((*self._kept, *page), key=_who)]
        self._kept = whole.pop() if page else []
        yield from whole

    def _expect(self) -> None:
        places = sorted(self.found.tally.by_stage.items())
        self.found.stages = tuple(
            expected(*place, asked, self._closed.of(*place), arrived=self.found.recorded)
            for place, asked in places
        )

    def _as_it_would_be(
        self, tx: UnitOfWork, ctx: Context, found: Rehearsal, pasts: list[Past]
    ) -> Iterator[Course]:
        program = self._shown
        arrivals = list(_arrivals(program, pasts))
        if not arrivals:
            return
        then = Then(found.wish.since)
        there = replace(ctx, clock=then, live=LiveProgram(program))
        who = customer(tx, there, then, pasts, found.wish.since)
        history = Supposed(
            facts=who.facts,
            until=found.wish.until,
            changes=[each.at for each in who.ledger],
            slots=who.slots,
            precision=self._closed.precision,
        )
        zone = who.row.timezone if who.row else None
        for stored, trigger, verdicts in supposed(history, arrivals):
            name = pasts[0].customer
            yield course_of(program, stored, trigger.id, verdicts, customer=name, zone=zone)


def _who(past: Past) -> str | int:
    """Tell customers apart; events of nobody are gone through one by one."""
    return past.stored.person_id or past.number


def _live_throughout(tx: UnitOfWork, program: Program, wish: Wish) -> bool:
    """Say whether the window knew no other program; before the first version there was none."""
    history = tx.program_versions.history(_VERSIONS)
    for version in history:
        if version.published_at < wish.until and version.hash != program.version:
            return False
        if version.published_at <= wish.since:
            return True
    return len(history) < _VERSIONS


def _as_it_was(
    tx: UnitOfWork, ctx: Context, found: Rehearsal, pasts: list[Past]
) -> Iterator[Course]:
    settings = [
        (
            past,
            _setting(ctx.program_of(tx, decision.program_version), ctx, past, decision),
            decision,
        )
        for past in pasts
        for decision in past.decisions
        if not decision.trigger.startswith(TRIAL)
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
        if found.tally.shows(course):
            found.compare(replayed)
        yield course


def _setting(program: Program, ctx: Context, past: Past, decision: Decision) -> Setting:
    return Setting(
        program=program,
        trigger=program.trigger(decision.trigger),
        event=past.stored.event,
        salt=ctx.salt,
    )


def _zone(verdicts: Sequence[Verdict]) -> str | None:
    zones = (v.seen.get("zone") for v in verdicts if v.seen is not None)
    return next((zone for zone in zones if zone), None)


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
