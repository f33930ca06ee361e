"""Long texts: a rating stands at their beginning or their end; between them only another one is looked for."""

import re

# Longer than a rating with a comment ever was; so much of each end is read with care.
LONG = 600
_END = 280
_RATING = re.compile(r"\d\s?(?:점|/|stars?\b|points?\b|out\s?of)|[만빵]\s?점|[⭐★]")


def ends(text: str) -> str:
    """Return the two ends of a long text, without the words that the cuts go through."""
    first = text[:_END].rsplit(maxsplit=1)[0] if text[:_END].strip() else ""
    last = text[-_END:].split(maxsplit=1)[-1:]
    return "\n".join([first, *last])


def rates_between(text: str) -> bool:
    """Say whether what lies between the ends of a long text mentions a score as well."""
    return _RATING.search(text, _END, len(text) - _END) is not None
