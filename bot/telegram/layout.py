"""Lays a Prompt out for Telegram: HTML text and an inline keyboard within the platform's limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.telegram.text import clean, shorten, units
from surveys.errors import InvalidInput
from surveys.model import ROOMY_ROW, Button, Layout, Prompt

TEXT_LIMIT = 4096  # UTF-16 units after entity parsing: Bot API, sendMessage
DATA_LIMIT = 64  # bytes: Bot API, InlineKeyboardButton
ROW_LIMIT = 8  # telegram.constants.InlineKeyboardMarkupLimit has only the total; clients show eight
KEYBOARD_LIMIT = 100  # telegram.constants.InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """A message as Telegram takes it: ``text`` is HTML."""

    text: str
    keyboard: InlineKeyboardMarkup | None


def lay_out(prompt: Prompt) -> Laid:
    """Lay the prompt out; an over-long sentence is cut. Raises InvalidInput for what can't be sent."""
    return Laid(text=_text(prompt), keyboard=_keyboard(prompt))


def _text(prompt: Prompt) -> str:
    heading, hint = clean(prompt.heading).strip(), clean(prompt.hint).strip()
    around = sum(units(part) + 1 for part in (heading, hint) if part)
    text = shorten(clean(prompt.text).strip(), TEXT_LIMIT - around)
    if not text:
        raise InvalidInput("prompt.text", "is empty or leaves no room beside heading and hint")
    lines = (f"<b>{_html(heading)}</b>" if heading else "", _html(text), _html(hint))
    return "\n".join(line for line in lines if line)


def _html(text: str) -> str:
    return escape(text, quote=False)


def _keyboard(prompt: Prompt) -> InlineKeyboardMarkup | None:
    rows = [
        *_scale_rows(prompt),
        *((chip,) for chip in prompt.chips),
        *_even_rows(prompt.controls),
    ]
    if sum(map(len, rows)) > KEYBOARD_LIMIT:
        raise InvalidInput("prompt", f"has more than {KEYBOARD_LIMIT} buttons")
    if not rows:
        return None
    return InlineKeyboardMarkup([[_button(prompt.token, each) for each in row] for row in rows])


def _scale_rows(prompt: Prompt) -> list[Sequence[Button]]:
    scale = prompt.scale
    match prompt.layout:
        case Layout.LABELS:
            return [(button,) for button in scale]
        case Layout.ROOMY:
            return [scale[at : at + ROOMY_ROW] for at in range(0, len(scale), ROOMY_ROW)]
        case _:
            return _even_rows(scale)


def _even_rows(buttons: Sequence[Button]) -> list[Sequence[Button]]:
    """Share buttons out over as few rows as fit, the upper ones longer: 11 become 6 and 5."""
    count = -(-len(buttons) // ROW_LIMIT)
    rows: list[Sequence[Button]] = []
    start = 0
    for left in range(count, 0, -1):
        size = -(-(len(buttons) - start) // left)
        rows.append(buttons[start : start + size])
        start += size
    return rows


def _button(token: str | None, button: Button) -> InlineKeyboardButton:
    data = f"1:{token}:{button.value}"
    label = clean(button.label).strip()
    if not token or not button.value.isascii() or len(data) > DATA_LIMIT:
        raise InvalidInput(
            "prompt.token", f"button {button.value!r} does not fit {DATA_LIMIT} bytes"
        )
    if not label:
        raise InvalidInput("prompt", f"button {button.value!r} has no label")
    return InlineKeyboardButton(label, callback_data=data)
