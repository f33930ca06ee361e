"""An ask that rewards with the company's own goods is advertising: its label, its consent and its night."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.slack.layout import blocks, fallback
from bot.telegram.layout import lay_out
from bot.webchat.messages import prompt_json
from surveys.agreements import Standing, agreement
from surveys.decisions import Facts, RulingKind, recheck, rule
from surveys.model import Consent, Event, Json, Person, Prompt, Purpose
from surveys.program import Program, default_program_text, lint
from surveys.rendering import Page, render
from tests.programs import ADVERTISING, rewarding, standard

NOON = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
"""A Monday, noon in Seoul."""


def consent(purpose: Purpose, *, granted: bool = True, at: datetime = NOON) -> Consent:
    return Consent(
        person_id="p1", purpose=purpose, granted=granted, at=at, source="shop", text_version="1"
    )


SERVICE = consent(Purpose.SERVICE_SURVEY)
MARKETING = consent(Purpose.MARKETING)


def facts(*consents: Consent, program: Program | None = None, **given: Any) -> Facts:
    live = program or rewarding()
    usual: dict[str, Any] = {
        "event": Event(source="shop", id="e1", type="order.paid", subject="o1", time=NOON),
        "now": NOON + timedelta(minutes=30),
        "person": Person(id="p1", subject_id="s1", created_at=NOON, external_id="kim"),
    }
    return Facts(
        program=live,
        trigger=live.trigger("checkout"),
        salt="salt",
        known=True,
        reachable=True,
        consents=consents,
        **{**usual, **given},
    )


def test_a_reward_of_own_goods_needs_the_consent_to_advertising_as_well() -> None:
    held = rule(facts(SERVICE))

    assert (held.kind, held.rule) == (RulingKind.HELD, "no_marketing_consent")
    assert rule(facts(SERVICE, MARKETING)).rule == "clear"
    assert rule(facts(MARKETING)).rule == "no_consent"


@pytest.mark.parametrize("incentive", ["none", "third_party"])
def test_no_reward_and_one_of_somebody_else_are_no_advertising(incentive: str) -> None:
    live = rewarding(incentive, quiet_hours=None)
    night = {"now": NOON + timedelta(hours=12)}

    assert rule(facts(SERVICE, program=live, **night)).rule == "clear"
    assert "(광고)" not in question(live, "ko").heading


def test_who_withdrew_that_consent_is_asked_no_more_and_what_has_begun_ends() -> None:
    withdrawn = consent(Purpose.MARKETING, granted=False, at=NOON + timedelta(minutes=1))
    given = facts(SERVICE, MARKETING, withdrawn)

    assert rule(given).kind is RulingKind.SKIPPED
    assert rule(given).values == {"at": "2026-11-02T03:01:00Z", "source": "shop"}
    assert recheck(given, given.ask_by, counted=True).rule == "marketing_consent_withdrawn"


def test_a_consent_to_advertising_counts_for_two_years_and_then_waits_to_be_confirmed() -> None:
    signed = datetime(2024, 11, 2, 3, 30, tzinfo=UTC)
    given = facts(SERVICE, consent(Purpose.MARKETING, at=signed))

    lapsed = rule(given)
    assert (lapsed.kind, lapsed.rule) == (RulingKind.HELD, "marketing_consent_lapsed")
    assert lapsed.values["lapsed_at"] == "2026-11-02T03:30:00Z"
    assert rule(replace(given, now=given.now - timedelta(seconds=1))).rule == "delay"
    old = consent(Purpose.SERVICE_SURVEY, at=signed - timedelta(days=999))
    assert rule(facts(old, MARKETING)).rule == "clear"


def test_two_years_after_a_leap_day_is_the_last_of_february() -> None:
    leap = consent(Purpose.MARKETING, at=datetime(2024, 2, 29, 12, tzinfo=UTC))
    end = datetime(2026, 2, 28, 12, tzinfo=UTC)

    assert agreement((leap,), Purpose.MARKETING, end).standing is Standing.LAPSED
    assert agreement((leap,), Purpose.MARKETING, end - timedelta(seconds=1)).until == end


@pytest.mark.parametrize("quiet", [None, {"start": "23:00", "end": "05:00"}])
def test_no_advertising_at_night_whatever_the_quiet_hours_are(quiet: Json) -> None:
    live = rewarding(quiet_hours=quiet)
    evening = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
    """21:00 in Seoul."""
    held = rule(facts(SERVICE, MARKETING, program=live, now=evening))

    assert (held.kind, held.rule) == (RulingKind.HELD, "ad_night")
    assert held.until == datetime(2026, 11, 2, 23, 0, tzinfo=UTC)
    before = evening - timedelta(seconds=1)
    assert rule(facts(SERVICE, MARKETING, program=live, now=before)).rule == "clear"


def test_the_night_is_where_the_customer_is() -> None:
    abroad = Person(id="p1", subject_id="s1", created_at=NOON, timezone="America/New_York")
    held = rule(facts(SERVICE, MARKETING, program=rewarding(quiet_hours=None), person=abroad))

    assert held.rule == "ad_night"
    assert held.until == datetime(2026, 11, 2, 13, 0, tzinfo=UTC)


# --- the message ------------------------------------------------------------------------------------


def question(live: Program, language: str) -> Prompt:
    page = Page(
        program=live, survey=live.survey("checkout-csat"), language=language, token="t" * 22
    )
    return render(page, "question", {})


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_channel_shows_label_sender_and_how_to_refuse_in_both_languages(
    language: str,
) -> None:
    prompt = question(rewarding(), language)
    sender, opt_out = ADVERTISING["sender"][language], ADVERTISING["opt_out"][language]

    telegram = lay_out(prompt).text.replace("&quot;", '"')
    assert telegram.removeprefix("<b>").startswith("(광고)")
    assert fallback(prompt).startswith("(광고)")
    shown = str(blocks(prompt, "s"))
    browser = str(prompt_json(prompt))
    for text in (telegram, shown, browser):
        assert "(광고)" in text
        assert sender in text
        assert opt_out in text


def test_the_scale_still_stands_under_the_question() -> None:
    plain, labelled = question(standard(), "ko"), question(rewarding(), "ko")

    assert labelled.hint.startswith(plain.hint + "\n")
    assert labelled.scale == plain.scale


# --- the program file -------------------------------------------------------------------------------


def written(advertising: Json) -> list[str]:
    """Return what is wrong with the default program as YAML, with a reward and these texts."""
    text = default_program_text().replace(
        "- id: cart-ces\n", "- id: cart-ces\n    incentive: own_goods\n"
    )
    return [str(fault) for fault in lint(f"{text}\nadvertising: {json.dumps(advertising)}\n", "p")]


def test_a_program_that_rewards_with_own_goods_needs_every_text_in_every_language() -> None:
    korean = {"version": "1", "text": {"ko": "받겠습니다."}}

    assert written(ADVERTISING) == []
    [missing] = written(None)
    assert "surveys.1.incentive: " in missing
    assert "add 'advertising' with sender, opt_out and consent" in missing
    faults = written({"sender": ADVERTISING["sender"], "consent": korean})
    assert [fault.partition(": ")[2] for fault in faults] == [
        "advertising.opt_out: is missing",
        "advertising.consent.text: has no text for 'en'",
    ]
    [long] = written({**ADVERTISING, "sender": {"ko": "가" * 201, "en": "shop"}})
    assert long.endswith("the text for 'ko' has 201 characters; at most 200 fit")
