"""The contact rules one by one, each with the values that decided it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.decisions import Facts, Ruling, RulingKind, draw, recheck, rule
from surveys.model import Consent, CustomerHint, Event, Identifier, Json, Person, Purpose, Slot
from surveys.program import Program
from surveys.ranking import Rank, freshness, need, ranked
from tests.programs import standard, varied

NOON = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
"""A Monday, noon in Seoul."""
DAY = timedelta(days=1)
SOLD = Event(source="shop", id="e1", type="order.paid", subject="o1", time=NOON)
KIM = Person(id="p1", subject_id="s1", created_at=NOON - 99 * DAY, external_id="kim")
AGREED = Consent(
    person_id="p1",
    purpose=Purpose.SERVICE_SURVEY,
    granted=True,
    at=NOON - 9 * DAY,
    source="test",
    text_version="1",
)


def program(*, rules: Json = None, trigger: Json = None) -> Program:
    """Return the default program with other contact rules, or another checkout trigger."""
    return varied(rules=rules, triggers={"checkout": trigger or {}})


def facts(live: Program | None = None, trigger: str = "checkout", **given: Any) -> Facts:
    """Return the facts of an order that is 30 minutes old, of a customer who may be asked."""
    live = live or standard()
    usual = {
        "event": SOLD,
        "now": NOON + timedelta(minutes=30),
        "salt": "salt",
        "person": KIM,
        "known": True,
        "reachable": True,
        "consents": (AGREED,),
    }
    return Facts(program=live, trigger=live.trigger(trigger), **{**usual, **given})


def slot(ago: timedelta, instrument: str = "nps", stage: str = "advocacy") -> Slot:
    at = NOON + timedelta(minutes=30) - ago
    return Slot(invitation_id=f"i{ago}", person_id="p1", instrument=instrument, stage=stage, at=at)


def verdict(ruling: Ruling) -> tuple[RulingKind, str]:
    return ruling.kind, ruling.rule


def test_a_customer_who_may_be_asked_is_clear_when_the_delay_is_over() -> None:
    assert rule(facts()) == Ruling(kind=RulingKind.CLEAR, rule="clear")


def test_before_that_the_delay_holds() -> None:
    ruling = rule(facts(now=NOON))

    assert verdict(ruling) == (RulingKind.HELD, "delay")
    assert ruling.until == NOON + timedelta(minutes=30)
    assert ruling.values["not_before"] == "2026-11-02T03:30:00Z"


def test_what_is_past_its_time_is_skipped_with_all_of_it() -> None:
    ruling = rule(facts(now=NOON + timedelta(minutes=30) + 2 * DAY))

    assert verdict(ruling) == (RulingKind.SKIPPED, "too_late")
    assert ruling.values == {
        "event_time": "2026-11-02T03:00:00Z",
        "after": "0:30:00",
        "max_wait": "2 days, 0:00:00",
        "ask_by": "2026-11-04T03:30:00Z",
    }


LONG_AGO = NOON - 30 * DAY
WITHDRAWN = Consent(
    person_id="p1",
    purpose=Purpose.SERVICE_SURVEY,
    granted=False,
    at=NOON,
    source="stop_command",
    text_version="1",
)
# Every rule that needs no look at the calendar, in their order, with facts that make it the one to decide.
BREACHES: list[tuple[str, RulingKind, dict[str, Any]]] = [
    ("too_late", RulingKind.SKIPPED, {"now": NOON + 99 * DAY}),
    ("reversed", RulingKind.SKIPPED, {"reversed_by": "order.refunded"}),
    ("asked_already", RulingKind.SKIPPED, {"asked_already": True}),
    ("customer_unknown", RulingKind.HELD, {"known": False}),
    ("unreachable", RulingKind.HELD, {"reachable": False}),
    ("no_consent", RulingKind.HELD, {"consents": ()}),
]


@pytest.mark.parametrize(("name", "kind", "breach"), BREACHES, ids=[b[0] for b in BREACHES])
def test_each_rule_decides_alone(name: str, kind: RulingKind, breach: dict[str, Any]) -> None:
    assert verdict(rule(facts(**breach))) == (kind, name)


@given(st.sets(st.integers(0, len(BREACHES) - 1), min_size=1))
def test_of_several_broken_rules_the_first_decides(broken: set[int]) -> None:
    given_facts: dict[str, Any] = {}
    for index in broken:
        given_facts |= BREACHES[index][2]

    name, kind, _ = BREACHES[min(broken)]
    assert verdict(rule(facts(**given_facts))) == (kind, name)


def test_an_event_that_names_nobody_is_never_asked_about() -> None:
    ruling = rule(facts(person=None, known=False))

    assert verdict(ruling) == (RulingKind.SKIPPED, "customer_unknown")
    assert ruling.values == {"identifiers": 0}


def test_an_unknown_customer_is_held_until_it_is_too_late() -> None:
    hint = CustomerHint(identifiers=(Identifier(namespace="shopify:customer", value="7"),))
    event = Event(source="shop", id="e1", type="order.paid", subject="o1", time=NOON, customer=hint)
    ruling = rule(facts(event=event, known=False))

    assert ruling.until == NOON + timedelta(minutes=30) + 2 * DAY
    assert ruling.values == {"identifiers": ["shopify:customer"], "ask_by": "2026-11-04T03:30:00Z"}


def test_only_the_newest_consent_for_surveys_counts() -> None:
    marketing = Consent(
        person_id="p1",
        purpose=Purpose.MARKETING,
        granted=True,
        at=NOON,
        source="test",
        text_version="1",
    )

    assert rule(facts(consents=(marketing,))).rule == "no_consent"
    withdrawn = rule(facts(consents=(AGREED, WITHDRAWN, marketing)))
    assert verdict(withdrawn) == (RulingKind.SKIPPED, "consent_withdrawn")
    assert withdrawn.values == {"at": "2026-11-02T03:00:00Z", "source": "stop_command"}
    assert rule(facts(consents=(AGREED, WITHDRAWN, AGREED))).rule == "clear"


@pytest.mark.parametrize(
    ("field", "name"), [("erased_at", "erased"), ("opted_out_at", "opted_out")]
)
def test_whoever_left_is_not_asked(field: str, name: str) -> None:
    gone: dict[str, Any] = {field: NOON}
    person = Person(id="p1", subject_id="s1", created_at=NOON, **gone)

    ruling = rule(facts(person=person))
    assert verdict(ruling) == (RulingKind.SKIPPED, name)
    assert ruling.values == {"at": "2026-11-02T03:00:00Z"}


@pytest.mark.parametrize(("nth", "asked"), [(1, False), (2, True), (3, False)])
def test_an_occurrence_is_asked_about_at_its_number_only(nth: int, asked: bool) -> None:
    delivered = Event(source="shop", id="e1", type="order.delivered", subject="o1", time=NOON)
    ruling = rule(facts(trigger="recommend", event=delivered, now=NOON + 14 * DAY, occurrence=nth))

    assert (ruling.kind is RulingKind.CLEAR) is asked
    if not asked:
        assert ruling.rule == "occurrence"
        assert ruling.values == {"wanted": 2, "this": nth}


def test_a_condition_says_what_it_saw() -> None:
    live = program(trigger={"where": {"path": ["amount"], "gte": 30000}})
    cheap = Event(
        source="shop", id="e1", type="order.paid", subject="o1", time=NOON, data={"amount": 9000}
    )

    ruling = rule(facts(live, event=cheap))
    assert verdict(ruling) == (RulingKind.SKIPPED, "condition")
    assert 9000 in ruling.values["seen"].values()
    assert rule(facts(live, event=replace(cheap, data={"amount": 30000}))).rule == "clear"
    assert rule(facts(live, event=cheap, person=None)).rule == "customer_unknown"


# --- sampling -------------------------------------------------------------------------------------


def test_the_share_is_met_and_the_verdict_names_draw_share_and_month() -> None:
    live = program(trigger={"share": 0.3})
    people = [Person(id=f"p{n}", subject_id="s", created_at=NOON) for n in range(4000)]
    rulings = [rule(facts(live, person=person)) for person in people]

    asked = sum(ruling.kind is RulingKind.CLEAR for ruling in rulings)
    assert abs(asked / 4000 - 0.3) < 0.03
    skipped = next(ruling for ruling in rulings if ruling.kind is RulingKind.SKIPPED)
    assert skipped.rule == "sampling"
    assert skipped.values["drawn"] >= 0.3
    assert (skipped.values["share"], skipped.values["month"]) == (0.3, "2026-11")


def test_nobody_is_left_out_of_a_full_share() -> None:
    assert all(
        rule(facts(person=Person(id=f"p{n}", subject_id="s", created_at=NOON))).rule == "clear"
        for n in range(50)
    )


def test_the_month_is_the_companys() -> None:
    live = program(trigger={"share": 1e-9})
    new_year = datetime(2026, 12, 31, 15, 30, tzinfo=UTC)
    event = Event(source="shop", id="e1", type="order.paid", subject="o1", time=new_year)

    assert rule(facts(live, event=event, now=new_year)).values["month"] == "2027-01"


@given(st.text(max_size=70), st.text(max_size=20), st.text(max_size=20), st.text(max_size=8))
def test_a_draw_is_a_sticky_number_below_one(salt: str, who: str, what: str, month: str) -> None:
    drawn = draw(salt, who, what, month)

    assert 0 <= drawn < 1
    assert drawn == draw(salt, who, what, month)


def test_a_draw_depends_on_salt_person_trigger_and_month() -> None:
    draws = {
        draw("salt", "p1", "checkout", "2026-11"),
        draw("other", "p1", "checkout", "2026-11"),
        draw("salt", "p2", "checkout", "2026-11"),
        draw("salt", "p1", "delivery", "2026-11"),
        draw("salt", "p1", "checkout", "2026-12"),
    }

    assert len(draws) == 5


# --- clocks, quiet hours, the fixpoint --------------------------------------------------------------


@cache
def _patient(days: int, rules: str) -> Program:
    return program(rules=json.loads(rules), trigger={"max_wait": f"{days}d"})


def patient(days: int = 300, **rules: Json) -> Program:
    """Return a program whose checkout ask may wait long."""
    return _patient(days, json.dumps(rules))


def test_the_cap_frees_at_the_same_time_of_day_thirty_days_later() -> None:
    ruling = rule(facts(patient(), slots=(slot(10 * DAY),)))

    assert verdict(ruling) == (RulingKind.HELD, "cap")
    assert ruling.until == NOON + timedelta(minutes=30) + 20 * DAY
    assert ruling.values["cap"] == "1/30d"
    assert ruling.values["last_contact"] == "2026-10-23T03:30:00Z"


def test_a_slot_exactly_thirty_days_old_is_free() -> None:
    assert rule(facts(slots=(slot(30 * DAY),))).rule == "clear"
    assert rule(facts(slots=(slot(30 * DAY - timedelta(seconds=1)),))).rule == "cap"


def test_a_cap_of_two_frees_when_the_older_of_two_is_old_enough() -> None:
    live = patient(cap={"asks": 2, "days": 10})

    assert rule(facts(live, slots=(slot(3 * DAY),))).rule == "clear"
    ruling = rule(facts(live, slots=(slot(7 * DAY), slot(3 * DAY))))
    assert ruling.until == NOON + timedelta(minutes=30) + 3 * DAY


def test_each_instrument_has_its_own_clock_at_each_stage() -> None:
    live = patient(cap={"asks": 100, "days": 1})
    same, other = slot(40 * DAY, "csat", "purchase"), slot(40 * DAY, "csat", "retention")

    held = rule(facts(live, slots=(same,)))
    assert verdict(held) == (RulingKind.HELD, "cooldown")
    assert held.until == NOON + timedelta(minutes=30) + 50 * DAY
    assert rule(facts(live, slots=(other, slot(40 * DAY, "nps", "purchase")))).rule == "clear"


def test_a_pause_chosen_by_the_customer_holds() -> None:
    paused = Person(
        id="p1", subject_id="s1", created_at=NOON, paused_until=NOON + timedelta(hours=20)
    )

    ruling = rule(facts(person=paused))
    assert verdict(ruling) == (RulingKind.HELD, "paused")
    assert ruling.until == NOON + timedelta(hours=20)


NIGHT = datetime(2026, 11, 2, 14, 0, tzinfo=UTC)
"""23:00 in Seoul."""


def at_night(**given_facts: Any) -> Facts:
    event = Event(
        source="shop", id="e1", type="order.paid", subject="o1", time=NIGHT - timedelta(hours=1)
    )
    return facts(event=event, now=NIGHT, **given_facts)


def test_quiet_hours_hold_until_the_morning_where_the_customer_is() -> None:
    ruling = rule(at_night())
    assert verdict(ruling) == (RulingKind.HELD, "quiet_hours")
    assert ruling.until == datetime(2026, 11, 2, 23, 0, tzinfo=UTC)

    abroad = Person(id="p1", subject_id="s1", created_at=NOON, timezone="America/New_York")
    assert rule(at_night(person=abroad)).rule == "clear"


def test_c08_an_unknown_zone_counts_as_the_companys() -> None:
    lost = Person(id="p1", subject_id="s1", created_at=NOON, timezone="Mars/Olympus")

    assert rule(at_night(person=lost)).rule == "quiet_hours"


def test_a_cap_that_frees_at_night_waits_for_the_morning() -> None:
    freed_at_night = Slot(
        invitation_id="i0",
        person_id="p1",
        instrument="nps",
        stage="advocacy",
        at=datetime(2026, 10, 5, 14, 0, tzinfo=UTC),
    )

    ruling = rule(facts(patient(), slots=(freed_at_night,)))
    assert verdict(ruling) == (RulingKind.HELD, "quiet_hours")
    assert ruling.until == datetime(2026, 11, 4, 23, 0, tzinfo=UTC)
    assert ruling.values["steps"] == [
        ["cap", "2026-11-04T14:00:00Z"],
        ["quiet_hours", "2026-11-04T23:00:00Z"],
    ]


def test_what_can_never_go_out_in_time_is_skipped_at_once_by_the_rule_that_bars_it() -> None:
    assert verdict(rule(facts(slots=(slot(DAY),)))) == (RulingKind.SKIPPED, "cap")
    ruling = rule(facts(slots=(slot(DAY),), now=NOON))
    assert verdict(ruling) == (RulingKind.SKIPPED, "cap")
    assert ruling.values["ask_by"] == "2026-11-04T03:30:00Z"


@given(
    st.lists(st.integers(0, 90 * 24), max_size=4),
    st.integers(1, 3),
    st.integers(0, 48),
    st.integers(1, 40),
)
def test_a_held_ask_is_clear_at_its_instant_and_never_before(
    ages: list[int], asks: int, hours: int, wait: int
) -> None:
    live = patient(wait, cap={"asks": asks, "days": 30}, cooldown_days=7)
    slots = tuple(slot(timedelta(hours=age), "csat", "purchase") for age in ages)
    now = NOON + timedelta(hours=hours)
    ruling = rule(facts(live, slots=slots, now=now))

    if ruling.kind is RulingKind.HELD:
        assert ruling.until is not None
        assert now < ruling.until < NOON + timedelta(minutes=30, days=wait)
        assert rule(facts(live, slots=slots, now=ruling.until)).kind is RulingKind.CLEAR
        before = ruling.until - timedelta(microseconds=1)
        assert rule(facts(live, slots=slots, now=before)).kind is RulingKind.HELD


# --- once it has begun ------------------------------------------------------------------------------


def test_a_question_that_has_begun_still_gives_way_to_another_but_a_reminder_does_not() -> None:
    busy = facts(patient(), slots=(slot(DAY),))

    assert verdict(recheck(busy, busy.ask_by, counted=True)) == (RulingKind.HELD, "cap")
    assert recheck(busy, busy.ask_by, counted=False).rule == "clear"


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("reversed", {"reversed_by": "order.cancelled"}),
        ("unreachable", {"reachable": False}),
        ("no_consent", {"consents": ()}),
        ("consent_withdrawn", {"consents": (WITHDRAWN,)}),
        (
            "opted_out",
            {"person": Person(id="p", subject_id="s", created_at=NOON, opted_out_at=NOON)},
        ),
    ],
)
def test_what_has_begun_ends_when_it_may_no_longer_go_out(
    name: str, change: dict[str, Any]
) -> None:
    given_facts = facts(**change)

    ruling = recheck(given_facts, given_facts.ask_by, counted=True)
    assert (ruling.kind, ruling.rule, ruling.until) == (RulingKind.SKIPPED, name, None)


def test_quiet_hours_hold_what_has_begun_until_its_own_deadline() -> None:
    night = at_night()

    assert recheck(night, night.ask_by, counted=True).kind is RulingKind.HELD
    assert recheck(night, NIGHT + timedelta(hours=2), counted=True).kind is RulingKind.SKIPPED


# --- ranking ----------------------------------------------------------------------------------------


def rank(name: str, score: float = 1.0, at: datetime = NOON) -> Rank:
    return Rank(invitation_id=name, need=score, freshness=1.0, event_at=at)


def test_the_most_urgent_goes_first_then_the_newest_event_then_the_smallest_id() -> None:
    weak, strong = rank("a", 0.2), rank("z", 0.9)
    old, new = rank("b", 0.5, NOON - DAY), rank("c", 0.5)
    twin = rank("d", 0.5)

    order = ranked((weak, old, twin, new, strong))
    assert [r.invitation_id for r in order] == ["z", "c", "d", "b", "a"]
    assert ranked(tuple(reversed(order))) == order


def test_a_rank_keeps_its_inputs() -> None:
    values = Rank(invitation_id="a", need=0.5, freshness=0.25, event_at=NOON).values()

    assert values == {"need": 0.5, "freshness": 0.25, "score": 0.125}


def test_need_falls_as_the_interval_narrows() -> None:
    assert [need(None, 10), need(40, 10), need(10, 10), need(5, 10)] == [1, 1, 1, 0.5]


def test_freshness_runs_from_the_event_to_the_deadline() -> None:
    end = NOON + 4 * DAY

    assert [freshness(NOON + n * DAY, NOON, end) for n in (-1, 0, 1, 4, 9)] == [1, 1, 0.75, 0, 0]
    assert freshness(NOON, NOON, NOON) == 0
