"""Whether and when an event's customer may be asked: pure rules over facts, each ending in a Ruling.

The rules run in the order of the contact rules: time left, reversal, the answer it follows, known customer, reachable, consent,
erased or opted out, occurrence, condition, sampling, a pause by staff, then the earliest instant that pause, own clock, cap,
quiet hours and holidays allow together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import Any

from surveys.conditions import evaluate
from surveys.instruments import RESOLVED
from surveys.model import Consent, Event, Person, Purpose, Slot
from surveys.pausing import Pause
from surveys.program import Program, Survey, Trigger
from surveys.timing import Allowed, allowed, month_of, zone_of

# Rules that a new link, address or consent can lift.
WAITS_FOR_PERSON = ("customer_unknown", "unreachable", "no_consent")
STAFF_PAUSE = "staff_pause"
"""The rule by which an ask waits that staff have paused; only staff lift it."""
LOOK_AGAIN = timedelta(minutes=5)
"""How often a message that has begun and is paused is looked at again: nothing makes it due when staff resume."""
# Rules whose instants were reckoned from a zone's local time.
LOCAL_TIME = ("quiet_hours", "holiday")
_SHARE_BITS = 53  # what a float holds exactly, so that no draw is rounded up to 1


class RulingKind(StrEnum):
    """``clear``: may be asked now. ``held``: not before ``until``. ``skipped``: never."""

    CLEAR = "clear"
    HELD = "held"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The outcome of the rules, with the rule and the values that decided it."""

    kind: RulingKind
    rule: str
    values: Mapping[str, Any] = field(default_factory=dict)
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The answered ask that another one goes back to. ``band`` is that of its score now; None without one."""

    invitation_id: str
    survey: str
    band: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything the rules look at, gathered under the person's contact clock.

    Attributes:
        known: the company knows the customer (not only an identifier we cannot place).
        reachable: at least one address works.
        slots: the person's slots without the ask in question.
        occurrence: which occasion of this event type this is for the person, from 1.
        reversed_by: type of the reversing event of this occasion, if there is one.
        origin: the answer that this ask follows or whose complaint was seen to, if there is one.
        pause: what staff paused of it, if anything.
        salt: secret, keeps sampling unpredictable from outside.
    """

    program: Program
    trigger: Trigger
    event: Event
    now: datetime
    salt: str
    person: Person | None = None
    known: bool = False
    reachable: bool = False
    consents: tuple[Consent, ...] = ()
    slots: tuple[Slot, ...] = ()
    occurrence: int = 1
    reversed_by: str | None = None
    asked_already: bool = False
    origin: Origin | None = None
    pause: Pause | None = None

    @property
    def recovering(self) -> bool:
        """Whether it asks how a complaint was seen to, which is no new contact (docs/decisions/0028)."""
        return self.program.survey(self.trigger.survey).instrument == RESOLVED.id

    @property
    def occasion(self) -> str:
        """What is asked about once: the event's occasion, or the complaint that was seen to."""
        return self.origin.invitation_id if self.recovering and self.origin else self.event.subject

    @property
    def due(self) -> datetime:
        """The event's time and the trigger's delay."""
        return self.event.time + self.trigger.after

    @property
    def ask_by(self) -> datetime:
        """From here on it is too late."""
        return self.due + self.trigger.max_wait


def rule(facts: Facts) -> Ruling:
    """Return the verdict on an ask at ``facts.now``."""
    for check in _IN_ORDER:
        ruling = check(facts)
        if ruling is not None:
            return ruling
    return _when(facts)


def because(facts: Facts) -> dict[str, Any]:
    """Return which answer the ask goes back to, in words for its decision; empty for one that an event started."""
    origin = facts.origin
    if origin is None:
        return {}
    return {"invitation": origin.invitation_id, "follows": origin.survey, "band": origin.band}


def recheck(facts: Facts, deadline: datetime, *, counted: bool) -> Ruling:
    """Return the verdict on a message of an ask that has begun: what can change after the first check.

    ``counted`` says whether it may be a new contact, as a question is, or is none, as a reminder. What has begun
    is pinned to its address, so what waits before is the end here.
    """
    for check in (_reversal, _branch, _reachable, _consent, _gone):
        ruling = check(facts)
        if ruling is not None:
            return replace(ruling, kind=RulingKind.SKIPPED, until=None)
    if facts.pause is not None:
        again = min(facts.now + LOOK_AGAIN, deadline)
        return replace(_hold(facts, STAFF_PAUSE, **facts.pause.values()), until=again)
    return _ruled(facts, _earliest(facts, facts.now, counted=counted), deadline)


def too_late(facts: Facts) -> Ruling | None:
    """Skip what can no longer be asked in time."""
    if facts.now < facts.ask_by:
        return None
    values = {
        "event_time": _iso(facts.event.time),
        "after": str(facts.trigger.after),
        "max_wait": str(facts.trigger.max_wait),
        "ask_by": _iso(facts.ask_by),
    }
    return _skip("too_late", **values)


def _reversal(facts: Facts) -> Ruling | None:
    if facts.reversed_by is None:
        return None
    return _skip("reversed", by=facts.reversed_by, occasion=facts.event.subject)


def _branch(facts: Facts) -> Ruling | None:
    """Skip what starts from another answer than the one there is now, or from an answer that there is not."""
    follows, origin = facts.trigger.follows, facts.origin
    if origin is None or origin.band is None:
        missing = follows is not None or facts.recovering
        return _skip("no_answer", occasion=facts.event.subject) if missing else None
    if follows is None or follows.band in ("any", origin.band):
        return None
    return _skip("branch", follows=origin.survey, band=origin.band, wanted=follows.band)


def _repeat(facts: Facts) -> Ruling | None:
    return _skip("asked_already", occasion=facts.event.subject) if facts.asked_already else None


def _known(facts: Facts) -> Ruling | None:
    if facts.person is None:
        return _skip("customer_unknown", identifiers=0)
    if facts.known:
        return None
    names = [i.namespace for i in facts.event.customer.identifiers]
    return _hold(facts, "customer_unknown", identifiers=names)


def _reachable(facts: Facts) -> Ruling | None:
    return None if facts.reachable else _hold(facts, "unreachable", addresses=0)


def _consent(facts: Facts) -> Ruling | None:
    entries = [c for c in facts.consents if c.purpose is Purpose.SERVICE_SURVEY]
    if not entries:
        return _hold(facts, "no_consent", purpose=Purpose.SERVICE_SURVEY.value)
    if not entries[-1].granted:
        return _skip("consent_withdrawn", at=_iso(entries[-1].at), source=entries[-1].source)
    return None


def _gone(facts: Facts) -> Ruling | None:
    person = facts.person
    if person is not None and person.erased_at is not None:
        return _skip("erased", at=_iso(person.erased_at))
    if person is not None and person.opted_out_at is not None:
        return _skip("opted_out", at=_iso(person.opted_out_at))
    return None


def _occurrence(facts: Facts) -> Ruling | None:
    wanted = facts.trigger.occurrence
    if wanted is None or wanted == facts.occurrence:
        return None
    return _skip("occurrence", wanted=wanted, this=facts.occurrence)


def _condition(facts: Facts) -> Ruling | None:
    if facts.trigger.where is None:
        return None
    found = evaluate(facts.trigger.where, facts.event.data)
    if found.holds:
        return None
    return _skip("condition", seen=dict(found.seen), warnings=list(found.warnings))


def _sampling(facts: Facts) -> Ruling | None:
    if facts.person is None or facts.trigger.share >= 1:
        return None
    zone, _ = zone_of(facts.program.company.zone, "UTC")
    month = month_of(facts.event.time, zone)
    drawn = draw(facts.salt, facts.person.id, facts.trigger.id, month)
    if drawn < facts.trigger.share:
        return None
    return _skip("sampling", drawn=round(drawn, 6), share=facts.trigger.share, month=month)


def _paused(facts: Facts) -> Ruling | None:
    if facts.pause is None:
        return None
    return _hold(facts, STAFF_PAUSE, **facts.pause.values())


def draw(salt: str, person: str, trigger: str, month: str) -> float:
    """Return a number in [0, 1) that stays the same for person, trigger and calendar month."""
    return _drawn(salt, person, trigger, month)


def wording_drawn(survey: Survey, salt: str, person: str) -> str:
    """Return the wording of the survey that falls to the person: the same one every time."""
    drawn = _drawn(salt, person, "wording", survey.id)
    for variant in survey.variants[:-1]:
        if drawn < variant.share:
            return variant.wording
        drawn -= variant.share
    return survey.variants[-1].wording if survey.variants else survey.wording


def _drawn(salt: str, *parts: str) -> float:
    text = "\x1f".join(parts).encode()
    digest = blake2b(text, key=salt.encode()[:64], digest_size=8).digest()
    return (int.from_bytes(digest) >> (64 - _SHARE_BITS)) / 2.0**_SHARE_BITS


def _when(facts: Facts) -> Ruling:
    start = max(facts.due, facts.now)
    earliest = _earliest(facts, start, counted=True)
    if earliest.rule is None and start > facts.now:
        earliest = Allowed(at=start, rule="delay", steps=(("delay", start),))
    return _ruled(facts, earliest, facts.ask_by)


def _ruled(facts: Facts, earliest: Allowed, deadline: datetime) -> Ruling:
    if earliest.at <= facts.now:
        return Ruling(kind=RulingKind.CLEAR, rule="clear")
    values = {
        "not_before": _iso(earliest.at),
        "steps": [[name, _iso(at)] for name, at in earliest.steps],
        "ask_by": _iso(deadline),
        **_clock_values(facts),
        **_zone_values(facts),
    }
    name = earliest.rule or "delay"
    if earliest.at >= deadline:
        return Ruling(kind=RulingKind.SKIPPED, rule=name, values=values)
    return Ruling(kind=RulingKind.HELD, rule=name, values=values, until=earliest.at)


def _earliest(facts: Facts, start: datetime, *, counted: bool) -> Allowed:
    rules, company = facts.program.rules_for(facts.trigger), facts.program.company.zone
    zone, _ = zone_of(_own_zone(facts), company)
    return allowed(
        start,
        quiet=rules.quiet_hours,
        zone_names=(zone.key,),
        holidays=rules.holidays,
        clock=lambda at: _clock(facts, at, counted=counted and not facts.recovering),
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
    survey = facts.program.survey(facts.trigger.survey)
    stage = facts.program.touchpoint(facts.trigger.touchpoint).stage
    same = [s.at for s in facts.slots if (s.instrument, s.stage) == (survey.instrument, stage)]
    return max(same) + timedelta(days=facts.program.contact_rules.cooldown_days) if same else None


def cap_frees(facts: Facts, at: datetime) -> datetime | None:
    """Return when the rolling cap has room again as seen from ``at``, or None where it has room."""
    cap = facts.program.contact_rules.cap
    window = timedelta(days=cap.days)
    held = sorted(s.at for s in facts.slots if s.at + window > at)
    return held[-cap.asks] + window if len(held) >= cap.asks else None


def _clock_values(facts: Facts) -> dict[str, Any]:
    cap = facts.program.contact_rules.cap
    last = max((s.at for s in facts.slots), default=None)
    return {
        "cap": f"{cap.asks}/{cap.days}d",
        "cooldown_days": facts.program.contact_rules.cooldown_days,
        "last_contact": _iso(last) if last else None,
    }


def _own_zone(facts: Facts) -> str | None:
    return facts.person.timezone if facts.person else None


def _zone_values(facts: Facts) -> dict[str, Any]:
    """Return a warning where the customer's zone is one that nobody knows: the company's stands in."""
    own = _own_zone(facts)
    zone, unknown = zone_of(own, facts.program.company.zone)
    return {"unknown_zone": own, "zone": zone.key} if unknown else {}


def _skip(name: str, **values: Any) -> Ruling:
    return Ruling(kind=RulingKind.SKIPPED, rule=name, values=values)


def _hold(facts: Facts, name: str, **values: Any) -> Ruling:
    until = facts.ask_by
    values = {**values, "ask_by": _iso(until)}
    return Ruling(kind=RulingKind.HELD, rule=name, values=values, until=until)


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


_IN_ORDER = (
    too_late,
    _reversal,
    _branch,
    _repeat,
    _known,
    _reachable,
    _consent,
    _gone,
    _occurrence,
    _condition,
    _sampling,
    _paused,
)
