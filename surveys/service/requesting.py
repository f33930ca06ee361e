"""A question that staff ask for: an ordinary event that starts one trigger, for one customer, about one occasion.

Walk of one: staff name a trigger, an address and an occasion; an event ``trigger.requested.<trigger>`` about it is
accepted and decided about like every other (surveys.service.asking), so whether and when it is asked is for the rules to
say. The same occasion asks for the same trigger once, whoever asks again: what was decided then is told.
"""

from dataclasses import dataclass
from typing import Final

from surveys.errors import NotFound
from surveys.model import Acceptance, Address, Deed, Event, Verdict
from surveys.ports import UnitOfWork
from surveys.program import REQUESTED, Trigger
from surveys.service.asking import accept
from surveys.service.context import Context
from surveys.service.scanning import meaning
from surveys.service.shadows import living

SOURCE: Final = "slack-staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """What came of a request. ``verdict`` is the newest on it, None where nothing is kept of its customer."""

    trigger: Trigger
    verdict: Verdict | None
    is_new: bool


def request(
    tx: UnitOfWork, ctx: Context, address: Address, trigger_id: str, occasion: str, by: str
) -> Requested:
    """Ask for a trigger's question; raises NotFound for none that staff may start."""
    trigger = next((t for t in ctx.program.on_request if t.id == trigger_id), None)
    if trigger is None:
        raise NotFound("trigger", trigger_id)
    person = tx.people.get(address.person_id)
    assert person is not None  # noqa: S101 a foreign key says so
    event = Event(
        source=SOURCE,
        id=f"{occasion}/{trigger.id}",
        type=f"{REQUESTED}{trigger.id}",
        subject=occasion,
        time=ctx.now(),
        time_stated=False,
        customer=meaning(tx, living(tx, person)),
    )
    is_new = accept(tx, ctx, event) is Acceptance.NEW
    if is_new:
        details = {"trigger": trigger.id}
        tx.audit.add(Deed(at=ctx.now(), by=by, act="request", subject=person.id, details=details))
    return Requested(trigger=trigger, verdict=_newest(tx, event), is_new=is_new)


def _newest(tx: UnitOfWork, event: Event) -> Verdict | None:
    for stored in tx.events.of_occasions((event.subject,)):
        if (stored.event.source, stored.event.id) == (event.source, event.id):
            return next((d.verdicts[-1] for d in tx.decisions.of_event(stored.id)), None)
    return None
