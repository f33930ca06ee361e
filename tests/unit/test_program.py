import json
from datetime import timedelta

import pytest

from surveys.errors import NotFound, ProgramFault
from surveys.instruments import QUESTIONS
from surveys.language.texts import languages
from surveys.program import (
    Cap,
    Chip,
    Company,
    ConsentText,
    ContactRules,
    Program,
    QuietHours,
    Reason,
    Stage,
    Survey,
    Touchpoint,
    Trigger,
    default_program,
    default_program_text,
    lint,
    load_program,
    say,
)

SMALL = """
company: {name: {ko: 가게}, zone: Asia/Seoul, language: ko}
languages: [ko]
stages: [{id: buy, label: {ko: 구매}}]
touchpoints: [{id: shop, stage: buy, label: {ko: 매장}}]
surveys:
  - id: visit
    instrument: csat
    about: {ko: 방문}
    reasons: {low: {question: {ko: 왜요?}, chips: [{id: price, label: {ko: 가격}}]}}
triggers:
  - id: visit
    on: shop.visited
    survey: visit
    touchpoint: shop
    where: {all: [{path: [order, amount], gte: 30000}, {not: {path: vip, eq: true}}]}
    after: 90m
    withdrawn_by: [shop.cancelled]
consent: {version: "1", text: {ko: 동의하시나요?}}
attributes: [order.region, customer]
"""


def test_a_program_is_read_whole() -> None:
    program = load_program(SMALL, "small.yaml")

    where = program.triggers[0].where
    assert program == Program(
        company=Company(name={"ko": "가게"}, zone="Asia/Seoul", language="ko"),
        languages=("ko",),
        stages=(Stage(id="buy", label={"ko": "구매"}),),
        touchpoints=(Touchpoint(id="shop", stage="buy", label={"ko": "매장"}),),
        surveys=(
            Survey(
                id="visit",
                instrument="csat",
                about={"ko": "방문"},
                reasons={
                    "low": Reason(
                        question={"ko": "왜요?"}, chips=(Chip(id="price", label={"ko": "가격"}),)
                    )
                },
            ),
        ),
        triggers=(
            Trigger(
                id="visit",
                on="shop.visited",
                survey="visit",
                touchpoint="shop",
                where=where,
                after=timedelta(minutes=90),
                withdrawn_by=("shop.cancelled",),
            ),
        ),
        consent=ConsentText(version="1", text={"ko": "동의하시나요?"}),
        attributes=("order.region", "customer"),
    )


def test_contact_rules_have_careful_defaults() -> None:
    assert load_program(SMALL, "small.yaml").contact_rules == ContactRules(
        cap=Cap(asks=1, days=30),
        cooldown_days=90,
        quiet_hours=QuietHours(start="21:00", end="08:00"),
        holidays=None,
    )


def test_holidays_and_gifts_of_others_can_be_chosen() -> None:
    text = SMALL.replace("instrument: csat", "instrument: csat\n    incentive: third_party")

    program = load_program(text + "contact_rules: {holidays: KR}\n", "small.yaml")

    assert program.contact_rules.holidays == "KR"
    assert program.survey("visit").incentive == "third_party"


def test_a_program_survives_its_canonical_json() -> None:
    for program in (default_program(), load_program(SMALL, "small.yaml")):
        again = Program.from_json(program.to_json())

        assert again == program
        assert (again.version, again.to_json()) == (program.version, program.to_json())


def test_the_version_follows_the_content_not_its_spelling() -> None:
    program = load_program(SMALL, "a.yaml")

    respelled = load_program(SMALL.replace("90m", "5400s").replace("[ko]", '["ko"]'), "b.yaml")
    explicit = load_program(SMALL + "contact_rules: {cooldown_days: 90}\n", "c.yaml")
    changed = load_program(SMALL + "contact_rules: {quiet_hours: null}\n", "d.yaml")

    assert respelled.version == explicit.version == program.version
    assert changed.version != program.version
    assert changed.contact_rules.quiet_hours is None
    assert len(program.version) == 12


@pytest.mark.parametrize(
    ("written", "canonical"),
    [("0s", "0s"), ("0d", "0s"), ("30m", "30m"), ("24h", "1d"), ("90m", "90m"), ("61s", "61s")],
)
def test_durations_are_written_in_their_greatest_whole_unit(written: str, canonical: str) -> None:
    program = load_program(SMALL.replace("90m", written), "small.yaml")

    assert json.loads(program.to_json())["triggers"][0]["after"] == canonical


def test_json_that_is_no_program_is_refused() -> None:
    with pytest.raises(ProgramFault) as caught:
        Program.from_json('{"languages": ["ko", "xx"]}')

    assert "languages.1: Value error, 'xx' is no language we speak: ko, en" in caught.value.faults
    assert "company: Field required" in caught.value.faults


def test_parts_are_found_by_id() -> None:
    program = default_program()

    assert program.stage("purchase").label["ko"] == "구매"
    assert program.touchpoint("delivery").stage == "purchase"
    assert program.survey("recommend-nps").instrument == "nps"
    assert program.trigger("checkout").after == timedelta(minutes=30)


@pytest.mark.parametrize("kind", ["stage", "touchpoint", "survey", "trigger"])
def test_an_unknown_part_is_not_found(kind: str) -> None:
    with pytest.raises(NotFound, match=f"there is no {kind} 'nowhere'"):
        getattr(default_program(), kind)("nowhere")


def test_triggers_are_found_by_event_type() -> None:
    program = default_program()

    assert [t.id for t in program.triggers_on("order.delivered")] == ["delivery", "recommend"]
    assert program.triggers_on("order.cancelled") == ()


def test_reversing_events_are_those_that_withdraw_something() -> None:
    program = default_program()

    reversing = ("order.cancelled", "order.refunded", "support.reopened")
    assert all(program.reversing(kind) for kind in reversing)
    assert not program.reversing("order.paid")


def test_only_declared_data_and_what_conditions_look_at_is_kept() -> None:
    data = {
        "order": {"amount": 1000, "region": "서울", "address": "비밀"},
        "vip": None,
        "customer": {"tier": "gold"},
        "card": "4000",
    }

    assert load_program(SMALL, "small.yaml").kept(data) == {
        "order": {"amount": 1000, "region": "서울"},
        "vip": None,
        "customer": {"tier": "gold"},
    }


@pytest.mark.parametrize("data", [{}, {"order": 3}, {"order": None}, {"order": [1]}, {"x": {}}])
def test_data_of_another_shape_keeps_nothing(data: dict[str, object]) -> None:
    assert load_program(SMALL, "small.yaml").kept(data) == {}


def test_a_declared_whole_covers_its_parts_and_leaves_the_event_alone() -> None:
    program = load_program(SMALL.replace("order.region", "order"), "small.yaml")
    data = {"order": {"amount": 1, "region": "서울"}}

    assert program.kept(data) == data
    assert data == {"order": {"amount": 1, "region": "서울"}}


def test_texts_fall_back_to_the_default_language_then_to_any() -> None:
    texts = {"ko": "안녕", "en": "hello"}

    assert say(texts, "en", "ko") == "hello"
    assert say(texts, "fr", "ko") == "안녕"
    assert say({"en": "hello"}, "fr", "ko") == "hello"
    assert say({}, "fr", "ko") == ""


def test_the_default_program_has_no_fault() -> None:
    assert lint(default_program_text(), "default_program.yaml") == ()


def test_the_default_program_covers_the_journey() -> None:
    program = default_program()

    asked = [
        (
            program.touchpoint(trigger.touchpoint).stage,
            trigger.on,
            trigger.touchpoint,
            program.survey(trigger.survey).instrument,
        )
        for trigger in program.triggers
    ]
    assert [stage.id for stage in program.stages] == [
        "awareness",
        "consideration",
        "purchase",
        "retention",
        "advocacy",
    ]
    assert asked == [
        ("awareness", "account.created", "signup", "ces2"),
        ("consideration", "cart.abandoned", "cart", "ces2"),
        ("purchase", "order.paid", "checkout", "csat"),
        ("purchase", "order.delivered", "delivery", "csat"),
        ("retention", "support.solved", "support", "ces2"),
        ("retention", "subscription.paid", "subscription", "csat"),
        ("advocacy", "order.delivered", "recommend", "nps"),
        ("retention", "case.resolved", "support", "resolved"),
    ]
    assert program.trigger("recommend").occurrence == 2
    assert program.trigger("recommend").after == timedelta(days=14)


def test_the_default_program_asks_for_a_reason_in_every_band_and_language() -> None:
    for survey in default_program().surveys:
        sorted_out = survey.instrument == "resolved"  # then there is nothing to explain
        assert set(survey.reasons) == {"low", "mid", "high"} - ({"high"} if sorted_out else set())
        for reason in survey.reasons.values():
            assert set(reason.question) == set(languages())
            assert sorted_out or 1 <= len(reason.chips) <= 4


def test_every_instrument_of_the_schema_exists() -> None:
    assert {survey.instrument for survey in default_program().surveys} == set(QUESTIONS)
