"""Writes a message as the HTML of a bubble; how it looks is the style sheet's business."""

from collections.abc import Iterator

from markupsafe import Markup

from bot.preview.messages import Shown
from bot.preview.screens import Picture
from bot.preview.warnings import width
from surveys.model import Channel

_WORDED = 3
_SHORT = 5
"""A row of more buttons than this, each as narrow as this many Latin letters, is of digits and shares its width out."""


def bubble(shown: Shown) -> Markup:
    """Return the bubble: its lines, and its rows of buttons, which do nothing here."""
    if shown.picture is None:
        return Markup("")
    inside = Markup("").join([*_lines(shown, shown.picture), *_rows(shown, shown.picture)])
    return Markup('<div class="bubble {}" lang="{}">{}</div>').format(
        shown.channel.value, shown.language, inside
    )


def _lines(shown: Shown, drawn: Picture) -> Iterator[Markup]:
    last = len(drawn.lines) - shown.hint
    for place, line in enumerate(drawn.lines):
        kind = "heading" if place < shown.heading else "hint" if place >= last else "text"
        yield Markup('<p class="{}">{}</p>').format(kind, line)


def _rows(shown: Shown, drawn: Picture) -> Iterator[Markup]:
    for row in drawn.rows:
        is_short = all(width(key.label) <= _SHORT for key in row)
        kind = "digits" if len(row) > _WORDED and is_short else "words"
        if shown.channel is Channel.WEBCHAT and kind == "digits" and len(row) == 11:  # noqa: PLR2004 0 to 10
            kind = "digits six"
        keys = Markup("").join(Markup("<li>{}</li>").format(key.label) for key in row)
        yield Markup('<ul class="keys {} of-{}">{}</ul>').format(kind, len(row), keys)
