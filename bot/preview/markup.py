"""Writes a message as the HTML of a bubble; how it looks is the style sheet's business."""

from collections.abc import Iterator
from html import escape
from typing import NewType

from bot.preview.messages import Shown
from bot.preview.screens import Picture
from bot.preview.warnings import width
from surveys.instruments import NPS
from surveys.model import Channel

_WORDED = 3
_SHORT = 5
"""A row of more buttons than this, each as narrow as this many Latin letters, is of digits and shares its width out."""


Html = NewType("Html", str)
"""What may stand in a page as it is: everything in it that anybody wrote is escaped."""


def bubble(shown: Shown) -> Html:
    """Return the bubble: its lines, and its rows of buttons, which do nothing here."""
    if shown.picture is None:
        return Html("")
    inside = "".join([*_lines(shown, shown.picture), *_rows(shown, shown.picture)])
    kind, language = shown.channel.value, escape(shown.language)
    return Html(f'<div class="bubble {kind}" lang="{language}">{inside}</div>')


def _lines(shown: Shown, drawn: Picture) -> Iterator[str]:
    last = len(drawn.lines) - shown.hint
    for place, line in enumerate(drawn.lines):
        kind = "heading" if place < shown.heading else "hint" if place >= last else "text"
        yield f'<p class="{kind}">{escape(line)}</p>'


def _rows(shown: Shown, drawn: Picture) -> Iterator[str]:
    for row in drawn.rows:
        is_short = all(width(key.label) <= _SHORT for key in row)
        kind = "digits" if len(row) > _WORDED and is_short else "words"
        if shown.channel is Channel.WEBCHAT and kind == "digits" and len(row) == NPS.high + 1:
            kind = "digits six"
        keys = "".join(f"<li>{escape(key.label)}</li>" for key in row)
        yield f'<ul class="keys {kind} of-{len(row)}">{keys}</ul>'
