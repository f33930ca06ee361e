"""Whether staff mean it: a page between a button that stops or discards and its act.

Walk of one: somebody presses Pause -> the form does not say ``sure`` yet, so its answer is this page: what the act does,
in numbers, the same form again with ``sure`` in it, and a link back -> that form is carried out. It works without scripts,
by keyboard, and keeps the token of the form.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.console.texts import say
from surveys.service.at_stake import AtStake

SURE: Final = "sure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """What is asked back.

    Attributes:
        told: what the act does and what stays, a sentence each.
        button: what carries it out.
        fields: what the form said, to be said again.
        action: where the form goes.
        back: where somebody goes who did not mean it.
    """

    title: str
    told: tuple[str, ...]
    button: str
    fields: Mapping[str, str]
    action: str
    back: str


def is_sure(form: Mapping[str, str]) -> bool:
    """Say whether somebody was asked and means it."""
    return form.get(SURE) == "yes"


def told(language: str, act: str, stake: AtStake, **values: str) -> tuple[str, ...]:
    """Return what an act does, in the reader's words: ``hold``, ``pause``, ``revert`` or ``release_drop``."""
    counts = {"waiting": f"{stake.waiting:,}", "open": f"{stake.open:,}"}
    sentences = ("does", "waiting", "open")
    return tuple(say(language, f"sure.{act}.{each}", **counts, **values) for each in sentences)
