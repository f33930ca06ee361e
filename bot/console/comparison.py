"""A row beside what it is compared with: an arrow and a word only where the query layer gives a verdict."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.console.texts import say as sentence
from surveys.results import Change
from surveys.results.comparable import told
from surveys.results.display import change_interval_text, change_text
from surveys.results.values import Verdict
from surveys.results.words import verdict_word, word

_ARROWS: Mapping[Verdict, str] = {"better": "▲", "worse": "▼", "same": "·"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A change in words. ``refused`` says why there is none; ``notes`` what else differs, ``look`` that it is worth one."""

    against: str
    difference: str
    interval: str
    verdict: str
    arrow: str
    word: str
    refused: str
    notes: str
    look: str


def compared(change: Change | None, language: str) -> Compared | None:
    """Return the change; None where the query compares with nothing."""
    if change is None:
        return None
    verdict = change.verdict
    others = change.against == "others"
    return Compared(
        against=sentence(
            language,
            "change.others" if others else "change.against",
            against=change.against.replace("..", " – "),
        ),
        difference=change_text(change),
        interval=change_interval_text(change),
        verdict=verdict or "",
        arrow=_ARROWS[verdict] if verdict else "",
        word=verdict_word(change, language),
        refused=", ".join(told(code, language) for code in change.refused),
        notes=", ".join(told(code, language) for code in change.notes),
        look=word(language, "look") if change.look else "",
    )
