"""What is wrong with how a message looks: buttons too wide for a phone, particles that nobody chose."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.preview.screens import Picture
from surveys.language.josa import undecided
from surveys.model import Channel

SLACK_SHOWS: Final = 30
"""Characters of a button that Slack promises to show: docs.slack.dev, block kit, button, text."""

_BUBBLE: Final = 296
"""Pixels of a bubble in Telegram on a phone that is 360 px wide."""
_BETWEEN: Final = 4
_BESIDE: Final = 16
_LETTER: Final = 8
"""Pixels between two buttons, beside a button's label on both sides together, and of a Latin letter in it."""
_WIDE: Final = frozenset({"W", "F"})


class Flaw(StrEnum):
    """What may be wrong.

    cut: the end of a button's label is not seen. particle: both forms of a particle are shown, as in 을(를).
    unsendable: the channel would refuse the message.
    """

    CUT = "cut"
    PARTICLE = "particle"
    UNSENDABLE = "unsendable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """One flaw; ``what`` is the label, the particle or the refusal."""

    flaw: Flaw
    what: str


def flaws(channel: Channel, drawn: Picture) -> Iterator[Warned]:
    """Yield what is wrong with a message as it is drawn; web chat wraps its buttons, so it cuts none."""
    for row in drawn.rows:
        for key in row:
            if _is_cut(channel, key.label, len(row)):
                yield Warned(flaw=Flaw.CUT, what=key.label)
    labels = (key.label for key in drawn.keys)
    for text in (*drawn.lines, *labels):
        if (found := undecided(text)) is not None:
            yield Warned(flaw=Flaw.PARTICLE, what=found)


def _is_cut(channel: Channel, label: str, columns: int) -> bool:
    match channel:
        case Channel.TELEGRAM:
            return width(label) > room(columns)
        case Channel.SLACK:
            return len(label) > SLACK_SHOWS
        case _:
            return False


def room(columns: int) -> int:
    """Return how many Latin letters a button of Telegram shows that stands beside others in a row of so many."""
    button = (_BUBBLE - _BETWEEN * (columns - 1)) // columns
    return max(button - _BESIDE, 0) // _LETTER


def width(label: str) -> int:
    """Return a label's width in Latin letters; Hangul, Han and emoji are as wide as two, joiners as none."""
    return sum(_width(character) for character in unicodedata.normalize("NFC", label))


def _width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Cf", "Mn"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1
