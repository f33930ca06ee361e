"""Holds what the outside saw against what the application stored: every promise, one check, in its own words."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from surveys.model import (
    Channel,
    CountRule,
    Delivery,
    DeliveryClass,
    DeliveryState,
    Invitation,
    InvitationState,
)
from surveys.ports import Storage, UnitOfWork
from tests.rehearsals import differences, rehearsed
from tests.simulation.journal import Entry
from tests.simulation.outside import World
from tests.simulation.people import Customer, Rated
from tests.simulation.story import Story, program

FAR = (date(2020, 1, 1), date(2030, 1, 1))
ALL = 100_000
AFTER_CLAIM = 21.0
"""A request begins at most so many seconds after the rules were checked, in the commit of its claim.

The lease is 30 s and a request takes 10: none begins in the last third of the lease.
"""
BETWEEN = timedelta(minutes=1)
"""By so much the times at which two questions arrived may be closer than those at which they were claimed."""

_QUIET = (21, 8)
_UNSENT = (DeliveryState.FAILED, DeliveryState.EXPIRED, DeliveryState.SUPPRESSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything that the checks look at."""

    tx: UnitOfWork
    story: Story
    world: World
    deliveries: dict[str, Delivery]
    acked: dict[str, float]

    def requests(self) -> Iterator[tuple[Entry, Delivery, Customer]]:
        """Give every request to post a message that comes out of the blue."""
        customers = {customer.name: customer for customer in self.story.customers}
        for entry in self.world.journal.of("request"):
            delivery = self.deliveries.get(entry.key)
            if delivery is not None and delivery.delivery_class is DeliveryClass.PROACTIVE:
                yield entry, delivery, customers[entry.who]

    def shown(self, entry: Entry) -> list[datetime]:
        """Return what the clock showed between the claim and the request."""
        return self.world.clock.shown(max(0.0, entry.at - AFTER_CLAIM), entry.at)

    def invitation_of(self, delivery: Delivery) -> Invitation:
        found = self.tx.invitations.get(delivery.invitation_id or "")
        assert found is not None
        return found


async def faults(storage: Storage, story: Story, world: World) -> tuple[str, ...]:
    """Return every broken promise, in words."""

    def look(tx: UnitOfWork) -> tuple[str, ...]:
        rows = [row for state in DeliveryState for row in tx.deliveries.in_state(state, ALL)]
        case = Case(
            tx=tx,
            story=story,
            world=world,
            deliveries={row.id: row for row in rows},
            acked={entry.key: entry.at for entry in reversed(world.journal.of("ack"))},
        )
        return tuple(fault for check in CHECKS for fault in check(case))

    return await storage.read(look)


# --- what was sent --------------------------------------------------------------------------------


def _at_most_once(case: Case) -> Iterator[str]:
    """G3: one copy of each message. A dialogue on Telegram may hold one more for each resend on record:

    nobody can ask Telegram what arrived. Of an ask there is never a second copy.
    """
    copies = Counter(entry.key for entry in case.world.journal.of("post"))
    for key, count in copies.items():
        delivery = case.deliveries.get(key)
        if delivery is None:
            yield f"G3: {key} was posted, and the ledger knows of no such delivery"
        elif count > 1 + (delivery.resends if _may_be_doubled(delivery) else 0):
            yield f"G3: {count} copies of {key} ({delivery.kind}), resent {delivery.resends} times"


def _may_be_doubled(delivery: Delivery) -> bool:
    asks = delivery.delivery_class is DeliveryClass.PROACTIVE
    return delivery.channel is Channel.TELEGRAM and not asks


def _nothing_vanishes(case: Case) -> Iterator[str]:
    """G4: every message has ended, and what its row says of the outcome is so."""
    copies = Counter(entry.key for entry in case.world.journal.of("post"))
    for row in case.deliveries.values():
        if row.state in (DeliveryState.PENDING, DeliveryState.SENDING):
            yield f"G4: {row.id} ({row.kind}) is left {row.state}, due {row.due_at}"
        if row.target_id is not None:
            continue
        if row.state is DeliveryState.SENT and not copies[row.id]:
            yield f"G4: {row.id} ({row.kind}) is called sent and was never posted"
        if row.state in _UNSENT and copies[row.id] > row.resends:
            yield f"G4: {row.id} ({row.kind}) is called {row.state} and was posted"


def _asks_end(case: Case) -> Iterator[str]:
    """G4: every ask has ended, and its decision says how."""
    for sent in case.story.accepted:
        for stored in case.tx.events.search(sent.id):
            for ask in case.tx.invitations.of_event(stored.id):
                if ask.state in (InvitationState.WAITING, InvitationState.OPEN):
                    yield f"G4: ask {ask.id} is left {ask.state}, due {ask.due_at}"


def _wanted(case: Case) -> Iterator[str]:
    """G6: nobody is asked after she said stop, for as long as she did not take that back."""
    for entry, delivery, customer in case.requests():
        for act, until in customer.quiets:
            since = case.acked.get(act)
            asked = since is not None and since + AFTER_CLAIM < entry.at
            if asked and (until is None or entry.at < until):
                yield f"G6: {delivery.id} to {customer.name} at {entry.at}, who said stop: {act}"


def _by_day(case: Case) -> Iterator[str]:
    """G6: nobody is asked in the quiet hours of her own zone."""
    for entry, delivery, customer in case.requests():
        hours = [at.astimezone(ZoneInfo(customer.zone)).hour for at in case.shown(entry)]
        if all(hour >= _QUIET[0] or hour < _QUIET[1] for hour in hours):
            yield f"G6: {delivery.id} to {customer.name} at night, {hours} o'clock"


def _in_time(case: Case) -> Iterator[str]:
    """G7: nothing goes out at or after its expiry, no question at or after its ask_by."""
    for entry, delivery, customer in case.requests():
        limits = [delivery.expires_at]
        if delivery.step == "ask":
            limits.append(case.invitation_of(delivery).ask_by)
        earliest = min(case.shown(entry))
        if any(limit is not None and earliest >= limit for limit in limits):
            yield f"G7: {delivery.id} to {customer.name} at {entry.at}, too late"


def _not_too_often(case: Case) -> Iterator[str]:
    """G6: two questions of different asks are a day apart."""
    least = timedelta(days=program().contact_rules.cap.days) - BETWEEN
    last: dict[str, tuple[str, datetime]] = {}
    asks = {k: d for k, d in case.deliveries.items() if d.step == "ask" and d.target_id is None}
    for entry in case.world.journal.of("post"):
        if entry.key not in asks:
            continue
        ask, at = asks[entry.key].invitation_id or "", case.world.clock.at(entry.at)
        before, when = last.get(entry.who, (ask, at))
        if before != ask and at - when < least:
            yield f"G6: {entry.who} was asked {before} and, {at - when} later, {ask}"
        last[entry.who] = (ask, at)


# --- what came in ---------------------------------------------------------------------------------


def _durable(case: Case) -> Iterator[str]:
    """G1: what was acknowledged is in the inbox, handled."""
    for act in case.acked:
        source, _, key = act.partition("/") if act.startswith("telegram") else _slack(act)
        if case.tx.inbox.find(source, key) is None:
            yield f"G1: {act} was acknowledged and is not in the inbox"


def _slack(act: str) -> tuple[str, str, str]:
    app, team, key = act.split("/", 2)
    return f"{app}/{team}", "/", key


def _decided(case: Case) -> Iterator[str]:
    """G1, G2: an accepted event is stored once, with one decision for each trigger it starts."""
    for sent in case.story.accepted:
        stored = [e for e in case.tx.events.search(sent.id) if e.event.id == sent.id]
        if case.tx.inbox.find(f"event:{sent.source}", sent.id) is None or len(stored) != 1:
            yield f"G1: event {sent.id} was accepted and is stored {len(stored)} times"
            continue
        decided = sorted(d.trigger for d in case.tx.decisions.of_event(stored[0].id))
        wanted = sorted(t.id for t in program().triggers_on(sent.type))
        if decided != wanted:
            yield f"G2: event {sent.id} should have decisions {wanted}, has {decided}"


def _answered(case: Case) -> Iterator[str]:
    """G5: the last score that a customer was told is saved is the one that is stored."""
    for customer in case.story.customers:
        by_ask: dict[str, list[Rated]] = {}
        for rated in customer.rated:
            found = case.tx.invitations.by_token(rated.token)
            if found is not None:
                by_ask.setdefault(found[0].id, []).append(rated)
        for ask, tapped in by_ask.items():
            invitation = case.tx.invitations.get(ask)
            assert invitation is not None
            yield from _stored(case, invitation, tapped)


def _stored(case: Case, invitation: Invitation, tapped: list[Rated]) -> Iterator[str]:
    answer = case.tx.answers.get(invitation.id, "score")
    acked = [rated for rated in tapped if _still_open(case, invitation, rated)]
    if not acked:
        return
    last = max(acked, key=lambda rated: rated.order)
    later = {rated.score for rated in tapped if rated.order > last.order}
    if answer is None or answer.score not in {last.score, *later}:
        yield f"G5: {last} was acknowledged, and {invitation.id} has {answer and answer.score}"


def _still_open(case: Case, invitation: Invitation, rated: Rated) -> bool:
    """Say whether a tap was acknowledged and came while its question could be answered."""
    at = case.acked.get(rated.act)
    if at is None or invitation.state is InvitationState.WITHDRAWN:
        return False
    return invitation.closes_at is None or case.world.clock.at(at) < invitation.closes_at


def _counted(case: Case) -> Iterator[str]:
    """Kept counts are what counting the stored answers gives."""
    kept = case.tx.reports.scores(CountRule.ALL, *FAR)
    if kept != case.tx.reports.recount(*FAR):
        yield "counts: the kept histograms are not those of the stored answers"
    for row in case.tx.reports.funnel(*FAR):
        if not row.invited >= row.delivered >= row.answered >= 0:
            yield f"counts: {row} does not shrink from invited to answered"


def _rehearsed(case: Case) -> Iterator[str]:
    """The rules, asked again on what they looked at, give every verdict list row for row."""
    found = rehearsed(case.tx, program(), case.tx.notes.get("salt") or "")
    for each in differences(found):
        yield f"rehearsal: {each}"


def _no_trouble(case: Case) -> Iterator[str]:
    """Nothing was said that only a fault of ours makes anybody say."""
    for entry in case.world.journal.of("fault"):
        yield f"fault: {entry.detail}"


CHECKS: tuple[Callable[[Case], Iterable[str]], ...] = (
    _at_most_once,
    _nothing_vanishes,
    _asks_end,
    _wanted,
    _by_day,
    _in_time,
    _not_too_often,
    _durable,
    _decided,
    _answered,
    _counted,
    _rehearsed,
    _no_trouble,
)
