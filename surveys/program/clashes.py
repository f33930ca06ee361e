"""Triggers that ask the same customer about the same thing: what then becomes of the second question.

Both are asked only where the contact rules leave room: a question of one instrument at one stage rests for
``cooldown_days`` after it was asked, and a person is asked ``cap.asks`` times in ``cap.days`` days, whatever asks.
Which of the two is first follows from when each may be asked at the earliest; a complaint that is asked back about
takes no place, and who scans a code has come to us.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from surveys.instruments import RESOLVED
from surveys.program.contact import ContactRules
from surveys.program.schema import Program, Trigger

Kind = Literal["cooldown", "cap", "both"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What a trigger asks when, also of one that is still being written; None where that is not said yet."""

    trigger: str
    on: str | None
    after: timedelta | None
    stage: str | None
    instrument: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """Another trigger that asks on the same event, or the same at the same stage on another event.

    Attributes:
        kind: the rule by which only the first of both is asked; ``both`` where both are.
        same_event: else it asks the same instrument at the same stage.
        first: whether the other one is asked first; None where neither is sooner.
    """

    trigger: str
    event: str
    kind: Kind
    same_event: bool
    first: bool | None


def asking_of(program: Program, trigger: Trigger) -> Asking:
    """Return what a trigger of the program asks."""
    return Asking(
        trigger=trigger.id,
        on=trigger.on,
        after=trigger.after,
        stage=program.touchpoint(trigger.touchpoint).stage,
        instrument=program.survey(trigger.survey).instrument,
    )


def clashes(program: Program, rules: ContactRules, mine: Asking) -> Iterator[Clash]:
    """Yield the triggers of a program that clash with one of it, or with one that may come into it: its event's first."""
    if mine.on is None or mine.instrument == RESOLVED.id:
        return
    others = [asking_of(program, t) for t in program.triggers if not t.by_scan]
    others = [o for o in others if o.trigger != mine.trigger and o.instrument != RESOLVED.id]
    together = sum(other.on == mine.on for other in others)
    for other in sorted(others, key=lambda other: other.on != mine.on):
        kind = _kind(rules, mine, other, together)
        if other.on is not None and kind is not None:
            yield Clash(
                trigger=other.trigger,
                event=other.on,
                kind=kind,
                same_event=other.on == mine.on,
                first=_is_first(other, mine),
            )


def _kind(rules: ContactRules, mine: Asking, other: Asking, together: int) -> Kind | None:
    """Return what becomes of both; ``together`` are the others that the event starts."""
    same = (other.stage, other.instrument) == (mine.stage, mine.instrument)
    if other.on == mine.on:
        if same and rules.cooldown_days:
            return "cooldown"
        return "cap" if together >= rules.cap.asks else "both"
    return "cooldown" if same and rules.cooldown_days else None


def _is_first(other: Asking, mine: Asking) -> bool | None:
    if other.on != mine.on or None in (other.after, mine.after) or other.after == mine.after:
        return None
    return other.after is not None and mine.after is not None and other.after < mine.after
