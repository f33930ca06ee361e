"""Kiwi, a morphological analyser of Korean, where the extra ``nlp-ko`` is installed."""

from bisect import bisect_right
from collections.abc import Sequence
from enum import StrEnum
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, Protocol

from surveys.errors import InvalidInput

if TYPE_CHECKING:
    from surveys.themes import Analyser

WHERE: Final = "themes_analyser"


class Analysing(StrEnum):
    """How Korean words are taken apart."""

    PLAIN = "plain"
    """By particles and endings: no memory, no dictionary of the language."""
    KIWI = "kiwi"
    """By Kiwi, which also finds a word inside a longer one; it takes some 500 MB of memory."""


class Tokenizer(Protocol):
    """What of ``kiwipiepy.Kiwi`` is used; a token has ``form`` and ``start``, a character's place in the text."""

    def tokenize(self, text: str) -> Any:
        """Return the tokens of a text, in order."""


class KiwiAnalyser:
    """See surveys.themes.Analyser."""

    def __init__(self, kiwi: Tokenizer) -> None:
        self._kiwi = kiwi

    def morphemes(self, words: Sequence[str]) -> Sequence[Sequence[str]]:
        """Return the forms of each word's tokens; a verb's stem is one, with what stands before it in one word."""
        begins = list(accumulate((len(word) + 1 for word in words[:-1]), initial=0))
        found: list[list[str]] = [[] for _ in words]
        for token in self._kiwi.tokenize(" ".join(words)):
            found[bisect_right(begins, token.start) - 1].append(str(token.form))
        return found


def analyser_of(kind: Analysing) -> "Analyser | None":
    """Return the analyser; raises InvalidInput where Kiwi is wanted and not installed. Loading it takes seconds."""
    if kind is Analysing.PLAIN:
        return None
    try:
        from kiwipiepy import Kiwi  # noqa: PLC0415 an extra, and 500 MB
    except ImportError as exc:
        raise InvalidInput(WHERE, "kiwi needs the extra: pip install 'aftertouch[nlp-ko]'") from exc
    return KiwiAnalyser(Kiwi(num_workers=1))
