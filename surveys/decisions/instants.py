"""When an ask may go out at the earliest: its delay, pauses, the contact clocks, nights and holidays together."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from surveys.decisions.facts import Facts, Ruling, RulingKind, iso
from surveys.model import Slot
from surveys.program.contact import Cap
from surveys.timing import Allowed, allowed, zone_of


def when(facts: Facts) -> Ruling:
    """Return the verdict of the calendar and the clocks on an ask that has not begun."""
    start = max(facts.due, facts.now)
    earliest = earliest_for(facts, start, counted=True)
    if earliest.rule is None and start > facts.now:
        earliest = Allowed(at=start, rule="delay", steps=(("delay", start),))
    return ruled(facts, earliest, facts.ask_by)


def ruled(facts: Facts, earliest: Allowed, deadline: datetime) -> Ruling:
    """Return the verdict on what may happen at the earliest then: now, later, or not before the deadline."""
    if earliest.at <= facts.now:
        return Ruling(kind=RulingKind.CLEAR, rule="clear")
    values = {
        "not_before": iso(earliest.at),
        "steps": [[name, iso(at)] for name, at in earliest.steps],
        "ask_by": iso(deadline),
        **_clock_values(facts),
        **_zone_values(facts),
    }
    name = earliest.rule or "delay"
    if earliest.at >= deadline:
        return Ruling(kind=RulingKind.SKIPPED, rule=name, values=values)
    return Ruling(kind=RulingKind.HELD, rule=name, values=values, until=earliest.at)


def earliest_for(facts: Facts, start: datetime, *, counted: bool) -> Allowed:
    """Return the least instant from ``start`` on that every clock and night allows."""
    rules, company = facts.program.rules_for(facts.trigger), facts.program.company.zone
    zone, _ = zone_of(_own_zone(facts), company)
    return allowed(
        start,
        quiet=rules.quiet_hours,
        zone_names=(zone.key,),
        holidays=rules.holidays,
        clock=lambda at: _clock(facts, at, counted=counted and not facts.recovering),
        advertising=facts.survey.advertises,
    )


def _clock(facts: Facts, at: datetime, *, counted: bool) -> tuple[datetime, str | None]:
    """Return the earliest instant from ``at`` on that pause, own clock and cap allow."""
    limits = [("paused", facts.person.paused_until if facts.person else None)]
    if counted:
        limits += [("cooldown", own_clock(facts)), ("cap", cap_frees(facts, at))]
    moved: tuple[datetime, str | None] = (at, None)
    for name, limit in limits:
        if limit is not None and limit > moved[0]:
            moved = (limit, name)
    return moved


def own_clock(facts: Facts) -> datetime | None:
    """Return when this instrument at this stage may be asked again, or None."""
    stage = facts.program.touchpoint(facts.trigger.touchpoint).stage
    place = (facts.survey.instrument, stage)
    return cooled_down(facts.slots, place, facts.program.contact_rules.cooldown_days)


def cooled_down(slots: Sequence[Slot], place: tuple[str, str], days: int) -> datetime | None:
    """Return when an instrument at a stage has rested for so many days; None where it was never asked."""
    same = [s.at for s in slots if (s.instrument, s.stage) == place]
    return max(same) + timedelta(days=days) if same else None


def cap_frees(facts: Facts, at: datetime) -> datetime | None:
    """Return when the rolling cap has room again as seen from ``at``, or None where it has room."""
    return has_room(facts.slots, facts.program.contact_rules.cap, at)


def has_room(slots: Sequence[Slot], cap: Cap, at: datetime) -> datetime | None:
    """Return when so few slots are left that one more fits, as seen from ``at``; None where it fits then."""
    window = timedelta(days=cap.days)
    held = sorted(s.at for s in slots if s.at + window > at)
    return held[-cap.asks] + window if len(held) >= cap.asks else None


def _clock_values(facts: Facts) -> dict[str, Any]:
    cap = facts.program.contact_rules.cap
    last = max((s.at for s in facts.slots), default=None)
    return {
        "cap": f"{cap.asks}/{cap.days}d",
        "cooldown_days": facts.program.contact_rules.cooldown_days,
        "last_contact": iso(last) if last else None,
    }


def _own_zone(facts: Facts) -> str | None:
    return facts.person.timezone if facts.person else None


def _zone_values(facts: Facts) -> dict[str, Any]:
    """Return a warning where the customer's zone is one that nobody knows: the company's stands in."""
    own = _own_zone(facts)
    zone, unknown = zone_of(own, facts.program.company.zone)
    return {"unknown_zone": own, "zone": zone.key} if unknown else {}
