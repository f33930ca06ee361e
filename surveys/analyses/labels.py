"""What ids are called, for whoever reads an analysis."""

from collections.abc import Collection

from surveys.journey import Texts
from surveys.language.texts import languages
from surveys.program import Program


def touchpoint_label(program: Program, touchpoint: str) -> Texts:
    """Return the touchpoint's label; its id where the program no longer has it."""
    labels = {point.id: point.label for point in program.touchpoints}
    return labels.get(touchpoint) or bare(touchpoint)


def chip_label(program: Program, touchpoints: Collection[str], chip: str) -> Texts:
    """Return the label of a reason offered at one of these touchpoints; its id where no survey there has it.

    Of several that share the id, the one of the survey that comes first in the program.
    """
    asking = {trigger.survey for trigger in program.triggers if trigger.touchpoint in touchpoints}
    offered = (
        offer
        for survey in program.surveys
        if survey.id in asking
        for reason in survey.reasons.values()
        for offer in reason.chips
    )
    return next((offer.label for offer in offered if offer.id == chip), bare(chip))


def bare(name: str) -> Texts:
    """Return an id as its own name in every language."""
    return dict.fromkeys(languages(), name)
