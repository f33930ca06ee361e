"""Lays a Prompt out in Slack's blocks. Everything shown is ``plain_text``, so nothing typed is ever markup.

Limits are those of slack_sdk.models.blocks 3.47: button text and accessibility_label 75 characters,
25 elements a row, section text 3,000.
"""

from collections.abc import Iterator, Sequence

from surveys.language.texts import say
from surveys.model import ROOMY_ROW, Button, Json, Layout, Prompt

LABEL_MAX = 75
ROW_MAX = 25
SECTION_MAX = 3000
FALLBACK_MAX = 4000
"""Slack advises to keep the top-level text below 4,000 characters."""

ONE_ROW_SCALE = 7
"""Longer scales break in the middle: 0-10 becomes 6+5 at every width of the client."""

Block = dict[str, Json]


def blocks(prompt: Prompt, stamp: str) -> list[Block]:
    """Return the message's blocks.

    ``stamp`` makes the block ids new with each post and each update, as Slack asks for; otherwise
    clients may keep the state of the older block.
    """
    laid = [*_words(prompt), *_rows(prompt)]
    return [{**block, "block_id": f"{stamp}:{place}"} for place, block in enumerate(laid)]


def fallback(prompt: Prompt) -> str:
    """Return the top-level text, which screen readers and notifications use; it is markup, so escaped."""
    parts = (prompt.heading, prompt.text, prompt.hint)
    return escape(clip("\n".join(part for part in parts if part), FALLBACK_MAX))


def escape(text: str) -> str:
    """Disarm mentions, links and channels in a markup text; Slack needs only these three escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clip(text: str, limit: int) -> str:
    """Return the text, ended by an ellipsis where it is longer than ``limit``."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def plain(text: str, limit: int) -> Block:
    """Return a text object that is shown literally."""
    return {"type": "plain_text", "text": clip(text, limit), "emoji": False}


def _words(prompt: Prompt) -> Iterator[Block]:
    if prompt.heading:
        yield _small(prompt.heading)
    for start in range(0, len(prompt.text), SECTION_MAX):
        part = prompt.text[start : start + SECTION_MAX]
        yield {"type": "section", "text": plain(part, SECTION_MAX)}
    if prompt.hint:
        yield _small(prompt.hint)


def _small(text: str) -> Block:
    return {"type": "context", "elements": [plain(text, SECTION_MAX)]}


def _rows(prompt: Prompt) -> Iterator[Block]:
    if prompt.token is None:
        return
    for row in _scale_rows(prompt):
        yield _row("score", row, prompt.token)
    for row in _chunks(prompt.chips, ROW_MAX):
        yield _row("chip", row, prompt.token)
    for row in _chunks((*_write(prompt), *prompt.controls), ROW_MAX):
        yield _row("do", row, prompt.token)


def _write(prompt: Prompt) -> tuple[Button, ...]:
    """Offer the form where words are wanted; a question with a scale wants its score first."""
    if not prompt.typing or prompt.scale:
        return ()
    return (Button(value="write", label=say(prompt.language, "reason.write")),)


def _scale_rows(prompt: Prompt) -> Iterator[Sequence[Button]]:
    return _chunks(prompt.scale, min(_scale_width(prompt.layout, len(prompt.scale)), ROW_MAX))


def _scale_width(layout: Layout, scores: int) -> int:
    match layout:
        case Layout.LABELS:
            return 1
        case Layout.ROOMY:
            return ROOMY_ROW
        case _:
            return scores if scores <= ONE_ROW_SCALE else (scores + 1) // 2


def _chunks(buttons: tuple[Button, ...], size: int) -> Iterator[Sequence[Button]]:
    return (buttons[at : at + size] for at in range(0, len(buttons), size or 1))


def _row(group: str, row: Sequence[Button], token: str) -> Block:
    return {"type": "actions", "elements": [_button(group, button, token) for button in row]}


def _button(group: str, button: Button, token: str) -> Block:
    element: Block = {
        "type": "button",
        "action_id": f"{group}:{button.value}",
        "value": f"1:{token}:{button.value}",
        "text": plain(button.label, LABEL_MAX),
    }
    if button.spoken:
        element["accessibility_label"] = clip(button.spoken, LABEL_MAX)
    return element
