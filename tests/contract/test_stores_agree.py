"""Whatever is done to a store in memory and to one on SQLite, both end up saying the same."""

import asyncio
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from functools import cache, partial
from operator import attrgetter
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from storage.memory import MemoryStorage
from storage.opening import open_inline, prepare
from surveys.errors import SurveyError
from surveys.model import (
    Channel,
    CountRule,
    DeliveryState,
    FunnelStep,
    Identifier,
    InboxState,
    InvitationState,
    NewestKey,
    Side,
    VerdictKind,
)
from surveys.ports import Storage, UnitOfWork
from surveys.reports import ScoreChange, StepChange
from tests.contract import examples as ex
from tests.sqlite import migrated

Op = Callable[[UnitOfWork], object]

NAMES = ("a", "b", "c")
IDENTIFIERS = tuple(Identifier(namespace=n, value=v) for n in ("shop", "email") for v in "12")
KEYS = tuple(
    NewestKey(
        rule=CountRule.MONTH,
        period=period,
        subject_id="subject-ann",
        stage="purchase",
        series="csat:1-5:up:w1",
    )
    for period in ("2026-10", "2026-11")
)
SIDES = (Side("plan", "a"), Side("plan", ""), Side("handler", "kim"))
SCOPES = ("telegram", "slack", "address:ann-tg", "address:ben-tg")

WINDOW = (ex.DAY, ex.DAY + timedelta(days=2))

names = st.sampled_from(NAMES)
moments = st.integers(0, 4).map(ex.at)
maybe = st.none() | moments
people = st.sampled_from(("ann", "ben"))
days = st.integers(0, 3).map(lambda n: ex.DAY + timedelta(days=n))
tags = st.sampled_from([ex.dimensions(), ex.dimensions(language="en"), ex.dimensions(stage="a")])


def apply(path: str, args: tuple[Any, ...], options: dict[str, Any], unit: UnitOfWork) -> object:
    """Call ``repository.method``."""
    return attrgetter(path)(unit)(*args, **options)


def call(path: str, *args: st.SearchStrategy[Any], **options: Any) -> st.SearchStrategy[Op]:
    """Draw a call of ``repository.method``, named so that a failure prints it."""
    return st.tuples(*args).map(lambda drawn: partial(apply, path, drawn, options))


def row(build: Callable[..., Any], **parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw a row of one of few names."""
    return st.builds(build, names, **parts)


def adopt(unit: UnitOfWork) -> None:
    """Let Ann adopt shadow ``a``, where it is there."""
    if unit.people.get("a"):
        unit.people.adopt("a", "ann")


entries = row(
    ex.entry,
    state=st.sampled_from(InboxState),
    source=st.sampled_from(("x", "y")),
    due_at=maybe,
    received_at=moments,
)
shadows = row(ex.person, external_id=st.sampled_from((None, "7", "8")), locale=st.none() | names)
events = row(
    ex.stored_event,
    id=names,
    subject=names,
    refs=st.lists(names, max_size=2).map(tuple),
    time=moments,
    person_id=st.sampled_from((None, "a", "ann", "ben")),
)
decisions = row(
    ex.decision,
    event_id=names,
    trigger=names,
    person_id=people,
    verdicts=st.lists(
        st.builds(ex.verdict, st.sampled_from(VerdictKind), at=moments), min_size=1, max_size=2
    ).map(tuple),
)
invitations = row(
    ex.invitation,
    person_id=people,
    occasion=names,
    event_id=names,
    due_at=maybe,
    state=st.sampled_from(InvitationState),
    created_at=moments,
)
slots = st.builds(ex.slot, names, person_id=people, at=moments)
deliveries = row(
    ex.delivery,
    key=names,
    state=st.sampled_from(DeliveryState) | st.just(DeliveryState.PENDING),
    channel=st.sampled_from(Channel),
    address_id=st.sampled_from(("ann-tg", "ben-tg")),
    due_at=maybe,
    expires_at=maybe,
    created_at=moments,
    started_at=maybe,
    sent_at=maybe,
    invitation_id=st.none() | names,
)
sides = st.sets(st.sampled_from(SIDES)).map(sorted).map(tuple)
segments = st.none() | st.sampled_from(SIDES[:2]).map(lambda side: (side,))
answers = row(
    ex.answer,
    invitation_id=names,
    question=st.sampled_from(("score", "reason")),
    dimensions=tags,
    score=st.integers(0, 10),
    segments=segments,
    handler=st.none() | names,
    text=st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=9),
)
by = st.sampled_from((1, -1))
score_changes = st.builds(
    ScoreChange,
    rule=st.just(CountRule.ALL),
    period=st.just(""),
    day=days,
    dimensions=tags,
    score=st.integers(0, 10),
    by=by,
    sides=sides,
)
step_changes = st.builds(
    StepChange, step=st.sampled_from(FunnelStep), day=days, dimensions=tags, by=by, sides=sides
)

OPS = st.one_of(
    call("inbox.add", entries),
    call("inbox.save", entries),
    call("people.add", shadows),
    call("people.save", shadows),
    call("people.name", st.sampled_from(("a", "b", "ann", "ben")), st.sampled_from(IDENTIFIERS)),
    st.just(adopt),
    call("events.add", events, reversing=False),
    call("events.add", events, reversing=True),
    call("consents.add", st.builds(ex.consent, at=moments, granted=st.booleans())),
    call("links.add", st.builds(ex.link, names, expires_at=moments)),
    call("links.use", names, st.sampled_from(Channel), moments),
    call("decisions.add", decisions),
    call("decisions.save", decisions),
    call("invitations.add", invitations),
    call("invitations.save", invitations),
    call("clocks.reserve", slots),
    call("clocks.give_back", names),
    call("deliveries.add", deliveries),
    call("deliveries.save", deliveries),
    call("deliveries.pause", st.sampled_from(SCOPES), moments),
    call("answers.add", answers),
    call("answers.revise", answers, moments),
    call("counts.add_scores", st.lists(score_changes, max_size=3)),
    call("counts.add_steps", st.lists(step_changes, max_size=3)),
    call("counts.segment", st.just("plan"), names),
    call("notes.set", names, names),
)


def outcome(op: Op, unit: UnitOfWork) -> object:
    """Return the result, or the kind of the refusal."""
    try:
        return op(unit)
    except SurveyError as refusal:
        return type(refusal)


def everything(unit: UnitOfWork) -> dict[str, object]:
    """Ask a store all that can be asked of it."""
    return {
        "inbox": [unit.inbox.find(source, name) for source in "xy" for name in NAMES],
        "unhandled": unit.inbox.unhandled(ex.at(2), 2),
        "events": [unit.events.search(name) for name in NAMES],
        "reversals": unit.events.reversals_of(NAMES),
        "occasions": unit.events.of_occasions(NAMES[:2]),
        "named": [person.id for person in unit.people.named(IDENTIFIERS)],
        "persons": [about(unit, person_id) for person_id in ("a", "b", "ann", "ben")],
        "decisions": [unit.decisions.of_event(name) for name in NAMES],
        "due": unit.invitations.due(ex.at(2), 2),
        "of event": [set_of(unit.invitations.of_event(name)) for name in NAMES],
        "claimable": [
            unit.deliveries.claimable(ex.at(minute), [channel], 9)
            for minute in (1, 3)
            for channel in Channel
        ],
        "expired": set_of(unit.deliveries.expired(ex.at(2), 9)),
        "overdue": set_of(unit.deliveries.overdue_sending(ex.at(2), 9)),
        "in state": [unit.deliveries.in_state(state, 2) for state in DeliveryState],
        "asked": [unit.deliveries.of_invitation(name) for name in NAMES],
        "answers": [unit.answers.of_invitation(name) for name in NAMES],
        "newest": [unit.answers.newest(key) for key in KEYS],
        "scores": unit.reports.scores(CountRule.ALL, ex.DAY, ex.DAY + timedelta(days=2)),
        "sides": [of_side(unit, side) for side in SIDES],
        "values": unit.reports.side_values("plan"),
        "clusters": unit.reports.clusters(*WINDOW, ("stage",), {"language": "ko"}, SIDES[:1]),
        "pages": [unit.reports.answer_rows(*WINDOW, None, 2), paged(unit)],
        "funnel": unit.reports.funnel(ex.DAY, ex.DAY + timedelta(days=2)),
        "notes": [unit.notes.get(name) for name in NAMES],
        "next due": unit.next_due(),
    }


def of_side(unit: UnitOfWork, side: Side) -> list[object]:
    """Ask all about the counts and the answers of one side."""
    return [
        unit.reports.scores(CountRule.ALL, *WINDOW, side=side),
        unit.reports.daily(CountRule.ALL, *WINDOW, side=side),
        unit.reports.funnel(*WINDOW, side),
        unit.reports.scan(CountRule.ALL, *WINDOW, (side,)),
        unit.reports.scan(CountRule.NEWEST, *WINDOW, (side,)),
    ]


def paged(unit: UnitOfWork) -> list[object]:
    """Read the changes of answers a page at a time, to the end."""
    pages: list[object] = []
    last = 0
    while page := unit.reports.changes(last, 2):
        pages.append(page)
        last = page[-1].number
    return pages


def about(unit: UnitOfWork, person_id: str) -> list[object]:
    """Ask all about one person."""
    return [
        unit.people.get(person_id),
        unit.people.names(person_id),
        unit.events.of_person(person_id),
        unit.events.occasions_before(person_id, "order.paid", ex.at(2)),
        unit.addresses.of_person(person_id),
        unit.consents.of_person(person_id),
        unit.decisions.of_person(person_id, 2),
        unit.invitations.live_of_person(person_id),
        unit.clocks.lock(person_id),
        unit.deliveries.of_address(f"{person_id}-tg", 2),
        unit.deliveries.pullable(f"{person_id}-tg", ex.at(2), 2),
    ]


def set_of(rows: tuple[Any, ...]) -> list[Any]:
    """Return the rows in an order of their own, where the port promises none."""
    return sorted(rows, key=lambda row: str(row.id))


@cache
def new_database() -> bytes:
    """Return the file of a database without rows, so that not every example migrates one."""
    with tempfile.TemporaryDirectory() as home:
        file = Path(home) / "new.sqlite3"
        prepare(migrated(file))
        return file.read_bytes()


class StoresAgree(RuleBasedStateMachine):
    """Does the same to both stores."""

    @initialize()
    def open(self) -> None:
        self.parts = ExitStack()
        self.loop = self.parts.enter_context(asyncio.Runner())
        file = Path(self.parts.enter_context(tempfile.TemporaryDirectory())) / "agree.sqlite3"
        file.write_bytes(new_database())
        self.database = open_inline(f"sqlite:///{file}")
        self.stores: tuple[Storage, ...] = (MemoryStorage(), self.database)
        for store in self.stores:
            self.loop.run(store.write(ex.populate))

    def agreed(self, ask: Callable[[Storage], Any]) -> object:
        memory, database = (self.loop.run(ask(store)) for store in self.stores)
        assert memory == database
        return memory

    @rule(ops=st.lists(OPS, min_size=1, max_size=6))
    def write(self, ops: list[Op]) -> None:
        self.agreed(lambda store: store.write(lambda unit: [outcome(op, unit) for op in ops]))

    @rule(ops=st.lists(OPS, min_size=1, max_size=6))
    def fail(self, ops: list[Op]) -> None:
        self.agreed(lambda store: ex.fail(store, lambda unit: [outcome(op, unit) for op in ops]))

    @invariant()
    def same_rows(self) -> None:
        self.agreed(lambda store: store.write(everything))

    def teardown(self) -> None:
        self.loop.run(self.database.close())
        self.parts.close()


TestStoresAgree = StoresAgree.TestCase
TestStoresAgree.settings = settings(
    max_examples=40,
    stateful_step_count=12,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking may take minutes: by hand
    suppress_health_check=[HealthCheck.too_slow],
)
