"""What a typed text says: a rating, something to ask about, or none."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a text says on one instrument's scale.

    Attributes:
        kind: rated, unsure (a rating is meant, or may be; ask), none (nothing to rate by was said).
        score: the rating, on the scale; set only for ``rated``.
        suggestion: for ``unsure``, the one score worth asking about; None where there is none or several.
        comment: what the text says beside the rating, as typed; only for ``rated``.
        confidence: 0 to 1, by rule: how surely texts of this form mean this score.
        rule: the name of the rule that decided.
    """

    kind: Literal["rated", "unsure", "none"]
    score: int | None = None
    suggestion: int | None = None
    comment: str = ""
    confidence: float = 0.0
    rule: str = "nothing"

    @property
    def is_plain(self) -> bool:
        """Whether the text is a number of the scale and nothing else: ``6``, ``6점``, ``6/10``; a bare word is not."""
        return self.rule in _PLAIN and self.confidence >= _SURELY and not self.comment


_PLAIN = frozenset({"alone", "points", "ratio"})
_SURELY = 0.95

NOTHING = Reading(kind="none")
