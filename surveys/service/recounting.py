"""Tags what was asked from what its invitation pins, for counting it anew."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from surveys.errors import NotFound
from surveys.model import Dimensions
from surveys.program import Program
from surveys.service.cohorts import tags


@dataclass(frozen=True, slots=True)
class Tagger:
    """Returns the tags of invitations; ``known`` are program versions already read, or not stored."""

    known: dict[str, Program] = field(default_factory=dict)

    def __call__(
        self, asked: Mapping[str, str], content_of: Callable[[str], str | None]
    ) -> Dimensions:
        """Return the tags; raises NotFound for a program version that is nowhere."""
        pinned = dict(asked)
        version, survey = pinned.pop("program_version"), pinned.pop("survey")
        wording = pinned.pop("wording") or None
        if version not in self.known:
            content = content_of(version)
            if content is None:
                raise NotFound("program version", version)
            self.known[version] = Program.from_json(content)
        return tags(self.known[version].survey(survey).worded(wording), **pinned)
