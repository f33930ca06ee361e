"""What is refused, and what is warned of, about asks that follow answers and questions after a complaint."""

import pytest

from surveys.program import load_program, warnings
from surveys.program.loading import default_program_text, json_schema, lint

NPS_ON_FIRST = """
  - id: nps
    on: order.delivered
    survey: recommend-nps
    touchpoint: recommend
"""


def chained(*triggers: str, cap: str = "{asks: 3, days: 30}") -> str:
    head, _ = default_program_text().split("\ntriggers:\n")
    _, rules = default_program_text().split("\ncontact_rules:\n")
    text = f"{head}\ntriggers:\n{NPS_ON_FIRST}{''.join(triggers)}\ncontact_rules:\n{rules}"
    return text.replace("{asks: 1, days: 30}", cap)


def follows(
    name: str, survey: str, asks: str, *, touchpoint: str = "support", more: str = ""
) -> str:
    return (
        f"\n  - id: {name}\n    follows: {{survey: {survey}, band: low}}\n    survey: {asks}\n"
        f"    touchpoint: {touchpoint}\n{more}"
    )


def faults(text: str) -> list[tuple[str, str]]:
    return [(fault.key, fault.problem) for fault in lint(text, "program.yaml")]


def advised(text: str) -> list[str]:
    return [fault.problem for fault in warnings(text, "program.yaml")]


def test_a_chain_is_read() -> None:
    text = chained(follows("later", "recommend-nps", "support-ces", more="    after: 14d\n"))

    trigger = load_program(text, "program.yaml").trigger("later")

    assert trigger.on is None
    assert trigger.follows is not None
    assert (trigger.follows.survey, trigger.follows.band) == ("recommend-nps", "low")
    assert advised(text) == []


def test_an_ask_is_started_by_an_event_or_an_answer_and_not_both() -> None:
    neither = "\n  - {id: idle, survey: support-ces, touchpoint: support}\n"
    both = follows("both", "recommend-nps", "support-ces", more="    on: order.paid\n")

    assert faults(chained(neither, both)) == [
        ("triggers.1.on", "is missing"),
        (
            "triggers.2.follows",
            "stands beside 'on'; an event starts the ask or an answer, not both",
        ),
    ]


def test_a_chain_after_an_unknown_survey_or_band_is_refused() -> None:
    text = chained(follows("later", "recomend", "support-ces")).replace("band: low", "band: bad")

    found = faults(text)

    assert [key for key, _ in found] == ["triggers.1.follows.survey", "triggers.1.follows.band"]
    assert "there is no survey 'recomend'" in found[0][1]
    assert found[1][1] == "must be 'low', 'mid', 'high' or 'any'"


def test_a_chain_counts_no_occurrences() -> None:
    text = chained(follows("later", "recommend-nps", "support-ces", more="    occurrence: 2\n"))

    assert faults(text) == [
        ("triggers.1.occurrence", "counts events, and an answer starts this trigger")
    ]


def test_chains_that_go_in_a_circle_are_refused() -> None:
    there = follows("there", "recommend-nps", "support-ces")
    back = follows("back", "support-ces", "recommend-nps", touchpoint="recommend")
    itself = follows("itself", "cart-ces", "cart-ces", touchpoint="cart")

    assert faults(chained(there, back, itself)) == [
        (
            "triggers.1.follows.survey",
            "goes in a circle: recommend-nps -> support-ces -> recommend-nps",
        ),
        (
            "triggers.2.follows.survey",
            "goes in a circle: support-ces -> recommend-nps -> support-ces",
        ),
        ("triggers.3.follows.survey", "goes in a circle: cart-ces -> cart-ces"),
    ]


def test_the_question_after_a_complaint_is_started_by_a_resolved_case_alone() -> None:
    other = "\n  - {id: a, on: order.paid, survey: recovered, touchpoint: support}\n"
    score = "\n  - {id: b, on: case.resolved, survey: support-ces, touchpoint: support}\n"
    chain = follows("c", "recommend-nps", "recovered")

    assert [key for key, _ in faults(chained(other, score, chain))] == [
        "triggers.1.survey",
        "triggers.2.survey",
        "triggers.3.survey",
    ]


@pytest.mark.parametrize(
    ("cap", "after", "never"),
    [
        ("{asks: 1, days: 30}", "14d", True),
        ("{asks: 1, days: 30}", "22d", True),
        ("{asks: 1, days: 30}", "23d", False),
        ("{asks: 2, days: 30}", "1d", False),
    ],
)
def test_a_chain_that_the_cap_never_lets_through_is_warned_of(
    cap: str, after: str, never: bool
) -> None:
    more = f"    after: {after}\n"
    text = chained(follows("later", "recommend-nps", "support-ces", more=more), cap=cap)

    found = advised(text)

    assert bool(found) is never
    if never:
        assert "the cap of 1 in 30d" in found[0]
        assert f"after {after}, max_wait 7d" in found[0]
    assert faults(text) == []


def test_a_chain_within_its_own_cooldown_is_warned_of() -> None:
    again = follows("again", "recommend-nps", "subscription-csat", more="    after: 30d\n")
    same = follows("same", "support-ces", "signup-ces", more="    after: 30d\n")
    support = "\n  - {id: s, on: support.solved, survey: support-ces, touchpoint: support}\n"

    found = advised(chained(again, support, same))

    assert len(found) == 1
    assert "the cooldown of 90d" in found[0]


def test_a_file_of_other_shapes_is_the_schemas_business() -> None:
    odd = chained(follows("later", "recommend-nps", "support-ces", more="    after: soon\n"))
    shapeless = "triggers: [1, {follows: 3}]\nsurveys: [2, {variants: 4}]\ncontact_rules: []\n"

    assert [key for key, _ in faults(odd)] == ["triggers.1.after"]
    assert advised(odd) == []
    assert faults(shapeless)
    assert advised(shapeless) == []


def test_editors_learn_of_chains_and_variants() -> None:
    kinds = json_schema()["$defs"]

    assert set(kinds["Follows"]["properties"]) == {"survey", "band"}
    assert set(kinds["Variant"]["properties"]) == {"wording", "share", "question"}
