"""Which other triggers ask the same customers about the same thing, and by which rule only one of them does."""

import json
from datetime import UTC, datetime

import pytest

from bot.editor.clashing import labels, of_program
from surveys.model import Json
from surveys.pausing import Pause, PauseOf
from surveys.program import Program
from surveys.program.clashes import Clash, asking_of, clashes
from tests.programs import varied

HERE, BESIDE = "delivery", "delivery-again"


def shop(*, rules: Json = None, **other: Json) -> Program:
    """The default program, in which another trigger asks about a delivery; its survey is the first one's."""
    content = json.loads(varied(rules=rules).to_json())
    first = next(each for each in content["triggers"] if each["id"] == HERE)
    content["triggers"].append({**first, "id": BESIDE, **other})
    return Program.from_json(json.dumps(content))


def found(program: Program) -> list[Clash]:
    """What clashes between the two; the default program has others."""
    mine = asking_of(program, program.trigger(HERE))
    return [c for c in clashes(program, program.contact_rules, mine) if c.trigger == BESIDE]


@pytest.mark.parametrize(
    ("rules", "other", "kind"),
    [
        ({}, {}, "cooldown"),
        ({"cooldown_days": 0}, {}, "cap"),
        ({"cooldown_days": 0, "cap": {"asks": 3, "days": 30}}, {}, "both"),
        (
            {"cap": {"asks": 1, "days": 30}},
            {"survey": "support-ces", "touchpoint": "support"},
            "cap",
        ),
    ],
)
def test_the_rule_that_leaves_only_one_of_two_on_one_event_is_named(
    rules: Json, other: Json, kind: str
) -> None:
    (clash,) = found(shop(rules=rules, **other))

    assert (clash.trigger, clash.kind, clash.same_event) == (BESIDE, kind, True)


def test_whoever_waits_less_long_asks_first() -> None:
    assert [each.first for each in found(shop())] == [None]
    assert [each.first for each in found(shop(after="1s"))] == [True]
    assert [each.first for each in found(shop(after="20d"))] == [False]


def test_the_same_measure_at_one_stage_clashes_on_another_event_too() -> None:
    (clash,) = found(shop(on="parcel.arrived", withdrawn_by=[]))

    assert (clash.kind, clash.same_event, clash.event) == ("cooldown", False, "parcel.arrived")
    assert found(shop(on="parcel.arrived", withdrawn_by=[], rules={"cooldown_days": 0})) == []


def test_staff_are_told_the_other_by_its_label_with_what_happens() -> None:
    program = shop(after="1s")
    name = labels(program, "ko")[BESIDE]

    (told,) = (t.text for t in of_program(program, HERE, (), "ko") if t.rival.trigger == BESIDE)

    assert name.endswith(f"({BESIDE})")
    assert not name.startswith(HERE)
    assert told.count(f"‘{name}’") == 2
    assert "order.delivered 이벤트에는" in told
    assert "90일 동안" in told
    assert "먼저 묻습니다" in told


@pytest.mark.parametrize(
    ("of", "name"), [("trigger", BESIDE), ("survey", "delivery-csat"), ("trigger", HERE)]
)
def test_of_a_paused_one_it_is_told_that_it_asks_nobody(of: PauseOf, name: str) -> None:
    pause = Pause(of=of, id=name, by="ana", since=datetime(2026, 11, 1, tzinfo=UTC))

    (told,) = (
        each
        for each in of_program(shop(after="1s"), HERE, (pause,), "en")
        if each.rival.trigger == BESIDE
    )

    is_paused = name != HERE
    assert told.rival.is_paused is is_paused
    assert ("is paused now" in told.text, "asks first" in told.text) == (is_paused, not is_paused)
