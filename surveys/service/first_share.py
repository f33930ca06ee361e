"""First some customers, then everybody: a draft is published with a tenth of its share, and the whole share is planned.

Customers are drawn per person, trigger and month (``surveys.decisions.shares``), so whoever is asked first stays in
when everybody is. Until then whoever is outside is not asked by the trigger at all, and why-not says ``sampling``.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from surveys.errors import InvalidInput
from surveys.model import Json
from surveys.ports import UnitOfWork
from surveys.program import Program, Trigger
from surveys.program.patching import edit
from surveys.service.context import Context
from surveys.service.one_at_a_time import one_at_a_time
from surveys.service.planned import Due, Shown, none_planned, plan_publish, planned_as
from surveys.service.publishing import TURN, Proposal, in_force, plan
from surveys.service.revising import entries, publish_drafts
from surveys.stored_programs import Owner, PlannedPublish

TENTH: Final = 0.1
_PLACES: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """How many are asked first, and how many in the end, in (0, 1].

    Attributes:
        before: how many the trigger asks now; None for a new one.
        unfit: why this change can't be published so: ``git``, ``others`` or ``elsewhere``; "" where it can.
        named: the parts that stand in the way.
    """

    first: float
    whole: float
    before: float | None
    unfit: str = ""
    named: tuple[str, ...] = ()


def portion_of(
    tx: UnitOfWork, program: Program, changed: Collection[str], trigger_id: str
) -> Portion:
    """Return what the first share of a program would be that changes some parts of the one in force.

    It is fit where a share of this trigger is a share of the whole change: of this trigger and its survey, which no
    other trigger asks, the share being the console's to set.
    """
    live = in_force(tx)
    trigger = program.trigger(trigger_id)
    survey = f"survey:{trigger.survey}"
    others = tuple(each for each in changed if each not in (f"trigger:{trigger.id}", survey))
    elsewhere = _askers(program, trigger) if survey in changed else ()
    portion = Portion(
        first=round(trigger.share * TENTH, _PLACES),
        whole=trigger.share,
        before=_share_before(live.text, trigger_id),
    )
    if live.owners.get(f"trigger:{trigger.id}") == Owner.GIT:
        return replace(portion, unfit="git")
    if others:
        return replace(portion, unfit="others", named=others)
    return replace(portion, unfit="elsewhere", named=elsewhere) if elsewhere else portion


def publish_first(
    tx: UnitOfWork,
    ctx: Context,
    wanted: Proposal,
    due: Due,
    trigger_id: str,
    seen: Mapping[str, datetime],
) -> PlannedPublish:
    """Publish drafts with their first share, and plan the whole one; return that.

    What the same form has planned already is returned. Raises InvalidInput where a first share is not fit, and as
    ``publish_drafts`` and ``plan_publish``.
    """
    one_at_a_time(tx, TURN)
    shown = Shown(trigger=trigger_id, drafts=seen)
    if same := planned_as(tx, wanted.author, due, shown):
        return same
    part, found = f"trigger:{trigger_id}", plan(tx, wanted)
    changed = tuple(each.part for each in found.changes)
    portion = portion_of(tx, found.program, changed, trigger_id)
    if portion.unfit:
        raise InvalidInput("", f"no first share of this: {portion.unfit} {portion.named}")
    parts = (*changed, part)
    none_planned(tx, set(parts))
    whole = (entries(wanted.text, [part])[part] or {}).get("share")
    small = replace(wanted, text=edit(wanted.text, part, {"share": portion.first}).text)
    _, number = publish_drafts(tx, ctx, small, seen)
    text = edit(in_force(tx).text, part, {"share": whole}).text
    rest = replace(wanted, text=text, base=number)
    return plan_publish(tx, ctx, rest, due, replace(shown, parts=parts, first=number))


def _askers(program: Program, trigger: Trigger) -> tuple[str, ...]:
    """Return the other triggers that ask the same survey."""
    same = (each.id for each in program.triggers if each.survey == trigger.survey)
    return tuple(f"trigger:{name}" for name in same if name != trigger.id)


def _share_before(text: str, trigger_id: str) -> float | None:
    part = f"trigger:{trigger_id}"
    said: Mapping[str, Json] | None = entries(text, [part])[part]
    return None if said is None else float(said.get("share", 1.0))
