"""What Slack is sent is what two libraries that know its blocks would send: neither finds a fault."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import slackblocks
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from tests.fakes.slack_blocks import block_faults, view_faults
from tests.snapshots.files import FOLDER

Json = Any
PAYLOADS = sorted((FOLDER / "slack").glob("*.json"))

each_file = pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)


def sent(path: Path) -> Mapping[str, Json]:
    """Return the payloads of a file."""
    payloads: Mapping[str, Json] = json.loads(path.read_text("utf-8"))
    return payloads


def messages(path: Path) -> list[Json]:
    return [one for one in sent(path).values() if one["method"] != "views.open"]


def views(path: Path) -> list[Json]:
    return [one["view"] for one in sent(path).values() if one["method"] == "views.open"]


@each_file
def test_slacks_own_models_read_and_write_each_block_as_it_is(path: Path) -> None:
    blocks = [block for one in (*messages(path), *views(path)) for block in one["blocks"]]

    read = [Block.parse(block) for block in blocks]

    assert [block.to_dict() for block in read if block] == blocks


@each_file
def test_slacks_own_model_writes_each_form_as_it_is(path: Path) -> None:
    for view in views(path):
        assert View(**view).to_dict() == view


@each_file
def test_slackblocks_builds_the_same_messages(path: Path) -> None:
    for one in messages(path):
        built = slackblocks.Message(
            channel=one["channel"], text=one["text"], blocks=[_block(b) for b in one["blocks"]]
        )
        assert _plain(built.to_dict()["blocks"]) == _plain(one["blocks"])


@each_file
def test_slackblocks_builds_the_same_forms(path: Path) -> None:
    for view in views(path):
        words = {name: view[name]["text"] for name in ("title", "submit", "close")}
        names = {name: view[name] for name in ("callback_id", "private_metadata")}
        built = slackblocks.ModalView(blocks=[_block(b) for b in view["blocks"]], **words, **names)
        for theirs, ours in zip(built.to_dict()["blocks"], view["blocks"], strict=True):
            assert _plain({**theirs, "block_id": ours.get("block_id")}) == _plain(
                {"block_id": None, **ours}
            )


@each_file
def test_every_message_has_words_for_screen_readers_and_new_names_for_its_blocks(
    path: Path,
) -> None:
    for one in messages(path):
        assert one["text"].strip()
        assert block_faults(one["blocks"]) == []
        assert [b["block_id"] for b in one["blocks"]] == [
            f"stamp:{place}" for place in range(len(one["blocks"]))
        ]
    assert [fault for view in views(path) for fault in view_faults(view)] == []


@each_file
def test_every_score_says_itself_and_none_has_a_colour(path: Path) -> None:
    buttons = [
        element
        for one in messages(path)
        for block in one["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
    ]

    assert not [one for one in buttons if "style" in one]
    scores = [one for one in buttons if one["action_id"].startswith("score:")]
    assert all(0 < len(one["accessibility_label"]) <= 75 for one in scores)


def _block(block: Json) -> slackblocks.Block:
    match block["type"]:
        case "actions":
            buttons: list[slackblocks.Element] = [_button(each) for each in block["elements"]]
            return slackblocks.ActionsBlock(elements=buttons, block_id=block["block_id"])
        case "input":
            return slackblocks.InputBlock(
                label=block["label"]["text"],
                element=_field(block["element"]),
                block_id=block["block_id"],
                optional=block["optional"],
            )
        case _:
            return slackblocks.Block.from_dict(block)


def _button(element: Json) -> slackblocks.Button:
    return slackblocks.Button(
        text=element["text"]["text"],
        action_id=element["action_id"],
        value=element["value"],
        accessibility_label=element.get("accessibility_label"),
    )


def _field(element: Json) -> slackblocks.Element:
    if element["type"] == "plain_text_input":
        return slackblocks.PlainTextInput(
            action_id=element["action_id"],
            multiline=element["multiline"],
            max_length=element["max_length"],
        )
    options = [slackblocks.Option.from_dict(option) for option in element["options"]]
    return slackblocks.RadioButtonGroup(action_id=element["action_id"], options=options)


def _plain(value: Json) -> Json:
    """Leave out what means the same said or unsaid: no emoji names, an input that must be filled."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _plain(each)
        for name, each in value.items()
        if (name, each) not in (("emoji", False), ("optional", False), ("dispatch_action", False))
    }
