"""What ids are called, for whoever reads an analysis."""

from collections import Counter
from collections.abc import Iterable

from surveys.instruments import Band
from surveys.journey import Texts
from surveys.language.texts import languages
from surveys.program import Program


def touchpoint_label(program: Program, touchpoint: str) -> Texts:
    """Return the touchpoint's label; its id where the program no longer has it."""
    labels = {point.id: point.label for point in program.touchpoints}
    return labels.get(touchpoint) or bare(touchpoint)


def chip_label(program: Program, touchpoint: str, chip: str, bands: Iterable[Band]) -> Texts:
    """Return the label of a reason offered at the touchpoint; its id where no survey there has it.

    One id may be called a lack below a low score and a merit below a high one: then it is called as most of those
    who chose it read it. ``bands`` are theirs, of the scores they gave.
    """
    asking = {trigger.survey for trigger in program.triggers if trigger.touchpoint == touchpoint}
    offered = (
        (band, offer.label)
        for survey in program.surveys
        if survey.id in asking
        for band, reason in survey.reasons.items()
        for offer in reason.chips
        if offer.id == chip
    )
    said = Counter(bands)
    return max(offered, key=lambda each: said[each[0]], default=("", bare(chip)))[1]


def bare(name: str) -> Texts:
    """Return an id as its own name in every language."""
    return dict.fromkeys(languages(), name)
