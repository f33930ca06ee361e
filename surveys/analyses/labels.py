"""What ids are called, for whoever reads an analysis."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from surveys.analyses.measuring import BANDS
from surveys.instruments import Band
from surveys.journey import Texts
from surveys.language.texts import languages
from surveys.program import Program


def touchpoint_label(program: Program, touchpoint: str) -> Texts:
    """Return the touchpoint's label; its id where the program no longer has it."""
    labels = {point.id: point.label for point in program.touchpoints}
    return labels.get(touchpoint) or bare(touchpoint)


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason of a touchpoint as those read it who chose it: two wordings of one id are two reasons.

    ``bands`` are those of the scores below which it reads so; none where it reads alike below every score.
    """

    touchpoint: str
    chip: str
    bands: tuple[Band, ...]
    label: Texts = field(compare=False)

    @property
    def key(self) -> str:
        """A name of its own among all reasons of the journey."""
        return "/".join((self.touchpoint, self.chip, *filter(None, ["+".join(self.bands)])))


class Wordings:
    """Tells how a reason read below a score: one id may be a lack below a low score and a merit below a high one."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._known: dict[tuple[str, str], Mapping[Band, Reason]] = {}

    def read(self, touchpoint: str, chip: str, band: Band) -> Reason:
        """Return the reason that a customer chose at a touchpoint, by the band of her score."""
        place = touchpoint, chip
        if place not in self._known:
            self._known[place] = self._reasons(touchpoint, chip)
        return self._known[place][band]

    def _reasons(self, touchpoint: str, chip: str) -> Mapping[Band, Reason]:
        labels = self._labels(touchpoint, chip)
        alike = all(label == labels[BANDS[0]] for label in labels.values())
        return {
            band: Reason(
                touchpoint,
                chip,
                () if alike else tuple(each for each in BANDS if labels[each] == label),
                label,
            )
            for band, label in labels.items()
        }

    def _labels(self, touchpoint: str, chip: str) -> Mapping[Band, Texts]:
        """Return what it is called below each score.

        A band that does not offer it, as after a score was changed, calls it as the others do where these agree,
        else by its id: nobody knows then which of them was read.
        """
        offered = self._offered(touchpoint, chip)
        said = list(offered.values())
        agreed = said[0] if said and all(each == said[0] for each in said) else bare(chip)
        return {band: offered.get(band, agreed) for band in BANDS}

    def _offered(self, touchpoint: str, chip: str) -> Mapping[Band, Texts]:
        triggers = self._program.triggers
        asking = {trigger.survey for trigger in triggers if trigger.touchpoint == touchpoint}
        found: dict[Band, Texts] = {}
        for survey in self._program.surveys:
            for band, asked in survey.reasons.items() if survey.id in asking else ():
                for each in asked.chips:
                    if each.id == chip:
                        found.setdefault(band, each.label)
        return found


def bare(name: str) -> Texts:
    """Return an id as its own name in every language."""
    return dict.fromkeys(languages(), name)
