"""The form a customer writes her reason in: what is shown, and what comes back.

Limits: title, submit and close 24 characters, 10 radio options, private_metadata 3,000
(docs.slack.dev, modal views).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.slack.layout import LABEL_MAX, SECTION_MAX, plain
from surveys.language.texts import pick, say
from surveys.model import Button, Json, Prompt

CALLBACK = "write"
COMMENT_MAX = 1000
WORD_MAX = 24
OPTIONS_MAX = 10
ELSEWHERE = "en"
"""The form's language where it is asked for in none of ours."""

_FRAME = ("title", "submit", "close")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A submitted form. ``chat`` is None where the form does not say where it was opened."""

    token: str | None
    chat: str | None
    text: str
    chips: tuple[str, ...]


def form(prompt: Prompt, chat: str) -> Json:
    """Return the view for ``views.open``; it carries the question's token and its conversation."""
    language = pick(prompt.language, ELSEWHERE)
    words = {name: say(language, f"form.{name}") for name in (*_FRAME, "chips", "comment")}
    blocks: list[Json] = [{"type": "section", "text": plain(prompt.text, SECTION_MAX)}]
    if prompt.chips:
        blocks.append(_chips(words["chips"], prompt.chips[:OPTIONS_MAX]))
    blocks.append(_comment(words["comment"], optional=bool(prompt.chips)))
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": f"{prompt.token or ''} {chat}",
        **{name: plain(words[name], WORD_MAX) for name in _FRAME},
        "blocks": blocks,
    }


def filled(view: Mapping[str, Json]) -> Filled:
    """Read a submitted view; parts that are missing or of another shape count as left empty."""
    token, _, chat = str(view.get("private_metadata") or "").partition(" ")
    comment = _state(view, "comment").get("value")
    option = _state(view, "chips").get("selected_option")
    chip = option.get("value") if isinstance(option, dict) else None
    return Filled(
        token=token or None,
        chat=chat or None,
        text=comment if isinstance(comment, str) else "",
        chips=(chip,) if isinstance(chip, str) else (),
    )


def _chips(label: str, chips: tuple[Button, ...]) -> Json:
    options = [{"value": chip.value, "text": plain(chip.label, LABEL_MAX)} for chip in chips]
    element = {"type": "radio_buttons", "action_id": "v", "options": options}
    return _input("chips", label, element, optional=True)


def _comment(label: str, *, optional: bool) -> Json:
    element = {
        "type": "plain_text_input",
        "action_id": "v",
        "multiline": True,
        "max_length": COMMENT_MAX,
    }
    return _input("comment", label, element, optional=optional)


def _input(block_id: str, label: str, element: Json, *, optional: bool) -> Json:
    return {
        "type": "input",
        "block_id": block_id,
        "optional": optional,
        "label": plain(label, LABEL_MAX),
        "element": element,
    }


def _state(view: Mapping[str, Json], block_id: str) -> Mapping[str, Json]:
    found: Json = view
    for key in ("state", "values", block_id, "v"):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}
