"""Cuts a plain text into clauses: stretches between sentence signs, emoticons and emoji."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

_BREAK = re.compile(
    r"[\n!;:?ㄱ-ㅎㅏ-ㅣ]|[.,](?!\d)|(?<!\d)[.,]|~(?!\s?\d)|(?<![\d\s점])~|\s-+(?=\s|[^\d\s])"
    r"|(?<=[\d점요다])-+\s|(?<=\d)-+(?=[^\d\s])|[^\w\s%/&+#@$€£₩¥'~.,:★⭐-]"
)


@dataclass(frozen=True, slots=True)
class Clauses:
    """Where the clauses of a text begin and end."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def around(self, start: int, end: int) -> tuple[int, int]:
        """Return the bounds of the clause that holds the stretch."""
        before = bisect_right(self.starts, start) - 1
        after = bisect_left(self.ends, end)
        return self.starts[before], self.ends[min(after, len(self.ends) - 1)]

    def asks(self, end: int) -> bool:
        """Say whether the clause that ends here is a question."""
        return self.text[end : end + 3].lstrip().startswith("?")

    def all(self) -> Iterator[tuple[int, int]]:
        """Return the bounds of every clause that says something."""
        for start, end in zip(self.starts, self.ends, strict=True):
            if self.text[start:end].strip(" .,-~"):
                yield start, end


def clauses(text: str) -> Clauses:
    """Find the clauses of a plain text."""
    breaks = [match.span() for match in _BREAK.finditer(text)]
    starts = (0, *(end for _, end in breaks))
    ends = (*(start for start, _ in breaks), len(text))
    return Clauses(text, starts, ends)
