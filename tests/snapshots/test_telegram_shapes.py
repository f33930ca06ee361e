"""What Telegram is sent fits the Bot API: limits, button data, and the description where it is at hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.telegram_rules import Spec, check_keyboard, check_text
from tests.shared_data import shared
from tests.snapshots.files import FOLDER

PAYLOADS = sorted((FOLDER / "telegram").glob("*.json"))
DESCRIPTION = shared("telegram/bot_api_10.1.json")

each_file = pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)


def calls(path: Path) -> list[tuple[str, Any]]:
    """Return method and arguments of each call in a file."""
    payloads = json.loads(path.read_text("utf-8")).values()
    return [(one.pop("method"), one) for one in payloads]


@each_file
def test_texts_and_keyboards_are_within_the_limits(path: Path) -> None:
    for _, arguments in calls(path):
        assert check_text(arguments["text"], arguments["parse_mode"])
        for row in check_keyboard(arguments.get("reply_markup")):
            assert not [button for button in row if "style" in button]


@pytest.mark.skipif(DESCRIPTION is None, reason="the Bot API's description is not here")
@each_file
def test_every_call_is_one_of_the_bot_api(path: Path) -> None:
    spec = Spec(DESCRIPTION)

    for method, arguments in calls(path):
        spec.check_call(method, arguments)


def test_the_scale_of_recommending_stands_as_six_and_five_or_as_four_four_and_three() -> None:
    standard = json.loads((FOLDER / "telegram" / "recommend-nps.ko.json").read_text("utf-8"))
    layouts = json.loads((FOLDER / "telegram" / "layouts.ko.json").read_text("utf-8"))

    rows = [
        [len(row) for row in one["reply_markup"]["inline_keyboard"]]
        for one in (standard["question"], layouts["question.roomy.recommend-nps"])
    ]

    assert rows == [[6, 5, 2], [4, 4, 3, 2]]
