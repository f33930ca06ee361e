"""Slack's limits on blocks and views, checked strictly: each fault is one line, none means accepted."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from tests.fakes.slack_data_blocks import DATA_BLOCKS, chart_faults, table_faults, too_many

MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100

_KEYS = {
    "section": {"type", "block_id", "text", "fields", "accessory", "expand"},
    "context": {"type", "block_id", "elements"},
    "actions": {"type", "block_id", "elements"},
    "header": {"type", "block_id", "text"},
    "divider": {"type", "block_id"},
    "input": {"type", "block_id", "label", "element", "hint", "optional", "dispatch_action"},
    "button": {
        "type",
        "action_id",
        "text",
        "value",
        "url",
        "style",
        "confirm",
        "accessibility_label",
    },
    "plain_text_input": {
        "type",
        "action_id",
        "initial_value",
        "multiline",
        "min_length",
        "max_length",
        "dispatch_action_config",
        "focus_on_load",
        "placeholder",
    },
    "checkboxes": {"type", "action_id", "options", "initial_options", "confirm", "focus_on_load"},
    "radio_buttons": {"type", "action_id", "options", "initial_option", "confirm", "focus_on_load"},
    "static_select": {
        "type",
        "action_id",
        "options",
        "initial_option",
        "placeholder",
        "confirm",
        "focus_on_load",
    },
    "option": {"text", "value", "description"},
    "view": {
        "type",
        "title",
        "submit",
        "close",
        "blocks",
        "private_metadata",
        "callback_id",
        "clear_on_close",
        "notify_on_close",
        "external_id",
    },
}
_OPTIONS = {"checkboxes": 10, "radio_buttons": 10, "static_select": 100}


def block_faults(blocks: Any, limit: int = MESSAGE_BLOCKS) -> list[str]:
    """Return every fault of a list of blocks."""
    if not isinstance(blocks, list) or not 0 < len(blocks) <= limit:
        return [f"blocks must be a list of 1 to {limit}"]
    ids = [block["block_id"] for block in blocks if isinstance(block, dict) and "block_id" in block]
    faults = [f"block_id {one!r} twice" for one in sorted(set(ids)) if ids.count(one) > 1]
    faults += too_many(blocks)
    if limit != MESSAGE_BLOCKS:
        faults += [f"no {kind} in a view" for kind in _kinds(blocks) & DATA_BLOCKS]
    return faults + list(chain.from_iterable(_block(block) for block in blocks))


def _kinds(blocks: list[Any]) -> set[str]:
    return {str(block.get("type")) for block in blocks if isinstance(block, dict)}


def has_data_blocks(blocks: Any) -> bool:
    """Say whether a message holds a block that came in 2026 and is not everywhere yet."""
    return isinstance(blocks, list) and bool(_kinds(blocks) & DATA_BLOCKS)


def view_faults(view: Any) -> list[str]:
    """Return every fault of a modal or home view."""
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        return ["a view is a modal or a home"]
    words = ("title",) if view["type"] == "modal" else ()
    return [
        *_unknown("view", view),
        *(f"view needs {word}" for word in words if word not in view),
        *chain.from_iterable(
            _plain(view[word], 24) for word in ("title", "submit", "close") if word in view
        ),
        *_long(view, "private_metadata", 3000),
        *_long(view, "callback_id", 255),
        *_submit(view),
        *block_faults(view.get("blocks"), VIEW_BLOCKS),
    ]


def _submit(view: Mapping[str, Any]) -> Iterator[str]:
    kinds = {block.get("type") for block in view.get("blocks") or () if isinstance(block, dict)}
    if "input" in kinds and "submit" not in view:
        yield "a view with inputs needs submit"


def _block(block: Any) -> list[str]:
    checks = {
        "section": _section,
        "context": _context,
        "actions": _actions,
        "header": lambda block: _plain(block.get("text"), 150),
        "divider": lambda _: (),
        "input": _input,
        "data_table": table_faults,
        "data_visualization": chart_faults,
    }
    kind = block.get("type") if isinstance(block, dict) else None
    if kind not in checks:
        return [f"unsupported block {kind!r}"]
    unknown = [] if kind in DATA_BLOCKS else _unknown(kind, block)
    return [*unknown, *_long(block, "block_id", 255), *checks[kind](block)]


def _section(block: Mapping[str, Any]) -> Iterable[str]:
    if "text" not in block and "fields" not in block:
        return ["section needs text or fields"]
    fields = block.get("fields", [])
    texts = [_text(block["text"], 3000)] if "text" in block else []
    too_many = ["section has more than 10 fields"] if len(fields) > 10 else []
    return [*too_many, *chain.from_iterable([*texts, *(_text(field, 2000) for field in fields)])]


def _context(block: Mapping[str, Any]) -> Iterable[str]:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 0 < len(elements) <= 10:
        return ["context needs 1 to 10 elements"]
    return chain.from_iterable(
        _text(element, 3000) for element in elements if element.get("type") != "image"
    )


def _actions(block: Mapping[str, Any]) -> Iterable[str]:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 0 < len(elements) <= 25:
        return ["actions need 1 to 25 elements"]
    ids = [element.get("action_id") for element in elements]
    twice = ["action_id twice in a block"] if len(set(ids)) < len(ids) else []
    return [*twice, *chain.from_iterable(_element(element) for element in elements)]


def _input(block: Mapping[str, Any]) -> Iterable[str]:
    return [
        *_plain(block.get("label"), 2000),
        *_element(block.get("element")),
        *(["optional is a boolean"] if not isinstance(block.get("optional", False), bool) else []),
    ]


def _element(element: Any) -> Iterable[str]:
    kind = element.get("type") if isinstance(element, dict) else None
    if kind == "button":
        return [*_common(kind, element), *_button(element)]
    if kind == "plain_text_input":
        length = element.get("max_length", 1)
        bad = [] if isinstance(length, int) and 1 <= length <= 3000 else ["max_length 1..3000"]
        return [*_common(kind, element), *bad]
    if kind in _OPTIONS:
        return [*_common(kind, element), *_options(element.get("options"), _OPTIONS[kind])]
    return [f"unsupported element {kind!r}"]


def _common(kind: str, element: Mapping[str, Any]) -> Iterable[str]:
    missing = [] if element.get("action_id") else [f"{kind} needs action_id"]
    return [*missing, *_unknown(kind, element), *_long(element, "action_id", 255)]


def _button(button: Mapping[str, Any]) -> Iterable[str]:
    style = button.get("style", "primary")
    return [
        *_plain(button.get("text"), 75),
        *_long(button, "value", 2000),
        *_long(button, "accessibility_label", 75),
        *([] if style in ("primary", "danger") else [f"style {style!r}"]),
    ]


def _options(options: Any, limit: int) -> Iterable[str]:
    if not isinstance(options, list) or not 0 < len(options) <= limit:
        return [f"options must be 1 to {limit}"]
    return chain.from_iterable(
        [*_unknown("option", one), *_text(one.get("text"), 75), *_long(one, "value", 150)]
        for one in options
    )


def _plain(text: Any, limit: int) -> list[str]:
    if isinstance(text, dict) and text.get("type") != "plain_text":
        return ["text must be plain_text"]
    return _text(text, limit)


def _text(text: Any, limit: int) -> list[str]:
    if not isinstance(text, dict) or text.get("type") not in ("plain_text", "mrkdwn"):
        return ["a text is plain_text or mrkdwn"]
    extra = "emoji" if text["type"] == "plain_text" else "verbatim"
    unknown = set(text) - {"type", "text", extra}
    words = text.get("text")
    fits = isinstance(words, str) and 0 < len(words) <= limit
    return [f"text has {sorted(unknown)}"] * bool(unknown) + [f"text of 1 to {limit}"] * (not fits)


def _unknown(kind: str, part: Mapping[str, Any]) -> list[str]:
    return [f"{kind} has {key!r}" for key in sorted(set(part) - _KEYS[kind])]


def _long(part: Mapping[str, Any], key: str, limit: int) -> list[str]:
    value = part.get(key, "")
    fits = isinstance(value, str) and len(value) <= limit
    return [] if fits else [f"{key} is longer than {limit} or no string"]
