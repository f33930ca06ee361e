"""What the rules looked at, kept with each verdict, so that they can look at it again (docs/decisions/0056).

Kept is only what the trigger, its program version and the event do not tell themselves, and only where it is not what
it mostly is: some 250 bytes a decision. Consents are kept as the newest entry of each purpose, which is all that counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from surveys.decisions.facts import Allotment, Facts, Origin
from surveys.model import Consent, Event, Person, Purpose, Slot
from surveys.pausing import Pause
from surveys.program import Program, Trigger

Seen = Mapping[str, Any]
DEADLINE = "deadline"
"""The name under which a look at a message that has begun keeps until when it may go out."""
APART_UNTIL = "apart_until"
"""Set on an ask that is kept apart from an open question: until when."""
UNCOUNTED = "uncounted"
"""Set where that message is no new contact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What stands still between two looks at an ask, and is stored anyway; ``salt`` is the deployment's."""

    program: Program
    trigger: Trigger
    event: Event
    salt: str


def seen(facts: Facts) -> dict[str, Any]:
    """Return what is to be kept of the facts, as plain JSON."""
    found = {
        "now": _iso(facts.now),
        **_of_person(facts.person),
        "consents": [_consent(each) for each in _newest(facts.consents)],
        "slots": [[slot.instrument, slot.stage, _iso(slot.at)] for slot in facts.slots],
        "occurrence": facts.occurrence if facts.occurrence != 1 else None,
        "reversed_by": facts.reversed_by,
        "resolution": facts.resolution,
        "burst": facts.burst,
        "known": facts.known,
        "reachable": facts.reachable,
        "asked_already": facts.asked_already,
        "pause": _pause(facts.pause),
        "origin": _origin(facts.origin),
        "allotment": _allotment(facts.allotment),
    }
    return {name: value for name, value in found.items() if value}


def seen_again(setting: Setting, kept: Seen) -> Facts:
    """Return the facts as they were, from what was kept of them."""
    now = datetime.fromisoformat(kept["now"])
    pause, origin, allotment = (kept.get(name) for name in ("pause", "origin", "allotment"))
    return Facts(
        program=setting.program,
        trigger=setting.trigger,
        event=setting.event,
        now=now,
        salt=setting.salt,
        person=_person(kept, now) if "person" in kept else None,
        known=kept.get("known", False),
        reachable=kept.get("reachable", False),
        consents=tuple(_consented(kept["person"], row) for row in kept.get("consents", ())),
        slots=tuple(_slot(row) for row in kept.get("slots", ())),
        occurrence=kept.get("occurrence", 1),
        reversed_by=kept.get("reversed_by"),
        asked_already=kept.get("asked_already", False),
        origin=Origin(**origin) if origin else None,
        pause=Pause(**{**pause, "since": datetime.fromisoformat(pause["since"])})
        if pause
        else None,
        resolution=kept.get("resolution", ""),
        burst=kept.get("burst", 0),
        allotment=_allotted(allotment) if allotment else None,
    )


def _of_person(person: Person | None) -> dict[str, Any]:
    if person is None:
        return {}
    moments = {name: getattr(person, name) for name in _MOMENTS}
    dated = {name: _iso(moment) for name, moment in moments.items() if moment}
    return {"person": person.id, "zone": person.timezone, **dated}


_MOMENTS = ("paused_until", "opted_out_at", "erased_at")


def _person(kept: Seen, at: datetime) -> Person:
    dated = {name: datetime.fromisoformat(kept[name]) for name in _MOMENTS if name in kept}
    return Person(
        id=kept["person"],
        subject_id="",
        created_at=at,
        timezone=kept.get("zone"),
        paused_until=dated.get("paused_until"),
        opted_out_at=dated.get("opted_out_at"),
        erased_at=dated.get("erased_at"),
    )


def _newest(consents: tuple[Consent, ...]) -> tuple[Consent, ...]:
    return tuple({each.purpose: each for each in consents}.values())


def _consent(consent: Consent) -> list[Any]:
    return [consent.purpose.value, consent.granted, _iso(consent.at), consent.source]


def _consented(person_id: str, row: list[Any]) -> Consent:
    purpose, granted, at, source = row
    return Consent(
        person_id=person_id,
        purpose=Purpose(purpose),
        granted=granted,
        at=datetime.fromisoformat(at),
        source=source,
        text_version="",
    )


def _slot(row: list[Any]) -> Slot:
    instrument, stage, at = row
    moment = datetime.fromisoformat(at)
    return Slot(invitation_id="", person_id="", instrument=instrument, stage=stage, at=moment)


def _pause(pause: Pause | None) -> dict[str, Any] | None:
    if pause is None:
        return None
    return {"of": pause.of, "id": pause.id, "by": pause.by, "since": _iso(pause.since)}


def _origin(origin: Origin | None) -> dict[str, Any] | None:
    if origin is None:
        return None
    return {
        "invitation_id": origin.invitation_id,
        "survey": origin.survey,
        "band": origin.band,
    }


def _allotment(allotment: Allotment | None) -> dict[str, Any] | None:
    if allotment is None:
        return None
    met = _iso(allotment.met_at) if allotment.met_at else None
    return {
        "stage": allotment.stage,
        "unit": allotment.unit,
        "target": allotment.target,
        "month": allotment.month,
        "share": allotment.share,
        "half_width": allotment.half_width,
        "met_at": met,
    }


def _allotted(row: Mapping[str, Any]) -> Allotment:
    met = row["met_at"]
    return Allotment(**{**row, "met_at": datetime.fromisoformat(met) if met else None})


def _iso(at: datetime) -> str:
    return at.isoformat()
