"""Which raw values are answers: whole numbers of the scale, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

NPS_SCORES = range(11)
_HIGHEST_DETRACTOR, _HIGHEST_PASSIVE = 6, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Answers to the recommendation question by band, and the values that were no answer."""

    detractors: int
    passives: int
    promoters: int
    excluded: int

    @property
    def n(self) -> int:
        """How many answered: a question shown and left is not among them."""
        return self.detractors + self.passives + self.promoters


def answer_on(scale: range, value: object) -> int | None:
    """Return the score that a raw value gives, None if it gives none.

    A whole number of the scale does, also as 9.0 or "9"; nothing, words, fractions, truth values and numbers
    off the scale do not (CRAN NPS 1.1: they become NA and leave n).
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return next((score for score in scale if str(score) == value), None)
    if isinstance(value, int | float) and value in scale:
        return int(value)
    return None


def nps_tally(values: Sequence[object]) -> Tally:
    """Count raw values of a 0-10 question by band (0-6, 7-8, 9-10: Reichheld 2003)."""
    read = [answer_on(NPS_SCORES, value) for value in values]
    answers = [score for score in read if score is not None]
    promoters = sum(score > _HIGHEST_PASSIVE for score in answers)
    detractors = sum(score <= _HIGHEST_DETRACTOR for score in answers)
    return Tally(
        detractors=detractors,
        passives=len(answers) - promoters - detractors,
        promoters=promoters,
        excluded=len(values) - len(answers),
    )


def nps_points(score: int) -> int:
    """Return what an answer of 0-10 counts: -1, 0 or 1."""
    return (score > _HIGHEST_PASSIVE) - (score <= _HIGHEST_DETRACTOR)
