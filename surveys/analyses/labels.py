"""What ids are called, for whoever reads an analysis."""

from surveys.journey import Texts
from surveys.language.texts import languages
from surveys.program import Program


def touchpoint_label(program: Program, touchpoint: str) -> Texts:
    """Return the touchpoint's label; its id where the program no longer has it."""
    labels = {point.id: point.label for point in program.touchpoints}
    return labels.get(touchpoint) or bare(touchpoint)


def chip_label(program: Program, touchpoint: str, chip: str) -> Texts:
    """Return the label of a reason offered at a touchpoint; its id where the program no longer has it."""
    asking = {t.survey for t in program.triggers if not touchpoint or t.touchpoint == touchpoint}
    labels = {
        offered.id: offered.label
        for survey in program.surveys
        if survey.id in asking
        for reason in survey.reasons.values()
        for offered in reason.chips
    }
    return labels.get(chip) or bare(chip)


def bare(name: str) -> Texts:
    """Return an id as its own name in every language."""
    return dict.fromkeys(languages(), name)
