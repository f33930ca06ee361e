"""A line of what a part says: a label and a value."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.program_words.vocabulary import Vocabulary, is_texts, spaced

Json = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that a part says.

    Attributes:
        at: which value it is, dotted, its first name the key of the part; a line of another program with the same is its
            counterpart.
        label: what the value is called.
        words: the value.
        is_inner: whether it is worth telling only where it changes.
    """

    at: str
    label: str
    words: str
    is_inner: bool = False

    @property
    def key(self) -> str:
        """The key of the part."""
        return self.at.partition(".")[0]


def texts(
    words: Vocabulary, at: str, label: str, said: Mapping[str, str], *, is_own: bool = True
) -> Iterator[Row]:
    """Yield a text in each of its languages; one that is not the program's own is said to be the standard."""
    for language in sorted(said, key=words.rank):
        quoted = words.quoted(said[language])
        shown = quoted if is_own else words.say("standard", text=quoted)
        yield Row(at=f"{at}.{language}", label=f"{label} · {words.tongue(language)}", words=shown)


def unnamed(
    words: Vocabulary, content: Mapping[str, Json], known: Container[str], above: str = ""
) -> Iterator[Row]:
    """Yield what has no words of its own yet, under its name."""
    for key, value in content.items():
        at = f"{above}.{key}" if above else key
        if key in known:
            continue
        if is_texts(value):
            yield from texts(words, at, spaced(key), value)
        else:
            yield Row(at=at, label=spaced(key), words=words.plain(value))
