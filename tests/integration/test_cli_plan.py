"""``aftertouch plan``: answers for a precision or a difference."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app
from surveys.errors import InvalidInput


def planned(*words: str) -> Any:
    result = CliRunner().invoke(app, ["plan", *words, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_answers_and_asks_follow_from_the_precision_and_the_difference() -> None:
    """0.6275 (1.96 / 0.1)^2 = 241.06; 0.25 (1.96 / 0.05)^2 = 384.15; R power.prop.test(p1=.5, p2=.4) = 387.34."""
    nps = planned("--width", "10", "--rate", "40")
    csat = planned("--instrument", "csat", "--width", "5", "--difference", "10")

    assert nps == {"instrument": "nps", "width": {"points": 10, "answers": 242, "asks": 605}}
    assert csat["width"] == {"points": 5, "answers": 385, "asks": 385}
    assert csat["difference"] == {"points": 10, "answers": 388, "asks": 388}


def test_the_plan_is_told_in_the_staffs_language() -> None:
    korean = CliRunner().invoke(app, ["plan", "--width", "10"]).stdout
    english = CliRunner().invoke(app, ["plan", "--difference", "8", "--lang", "en"]).stdout

    assert korean == "±10점: 답변 242개, 그러려면 242명에게 물어야 합니다.\n"
    assert english.startswith("8 points apart, found four times in five: 1,540 answers on each")


@pytest.mark.parametrize(
    ("words", "where"),
    [
        ((), "width"),
        (("--width", "0"), "width"),
        (("--width", "10", "--instrument", "stars"), "instrument"),
        (("--difference", "60", "--instrument", "csat"), "difference"),
        (("--width", "5", "--instrument", "csat", "--share", "100"), "share"),
        (("--width", "5", "--rate", "0"), "rate"),
    ],
)
def test_what_cannot_be_planned_with_is_named(words: tuple[str, ...], where: str) -> None:
    fault = CliRunner().invoke(app, ["plan", *words]).exception

    assert isinstance(fault, InvalidInput)
    assert fault.where == where
