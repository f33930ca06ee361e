"""What is worked out for a filter, when somebody orders it: the same analyses over the answers that have its values.

A figure's numerator and its denominator carry the same filter, for both are counted over the same rows. Whatever is
about events or asks (conversion, fates, coming back) has no filter of answers, and is not among these.
"""

from collections.abc import Mapping
from zlib import crc32

from surveys.analyses.beside import Beside
from surveys.analyses.columns import Frame
from surveys.analyses.importance import drivers
from surveys.analyses.paths import paths
from surveys.analyses.quadrant import quadrant
from surveys.analyses.reasons import reasons
from surveys.analyses.run import Contents, recipe_of, stages
from surveys.model import Json
from surveys.program import Program

Where = tuple[tuple[str, str], ...]
"""Filters and their values, sorted."""


def narrowed(frame: Frame, program: Program, where: Where) -> Mapping[str, Contents]:
    """Return the contents by kind and key; ``frame`` tells answers apart by these filters."""
    parts = frame.by([name for name, _ in where])
    own = parts.pop(tuple(value for _, value in where), frame.of(frame.answers[:0]))
    crossed = len(where) > 1
    beside = Beside(
        frames=tuple(parts.values()),
        wholes=(frame, *(_alone(frame, *each) for each in where if crossed)),
        crossed=crossed,
    )
    of_all = drivers(own, program, _seed("drivers", where), beside=beside)
    found: dict[str, dict[str, dict[str, Json]]] = {
        "drivers": {"": of_all},
        "quadrant": {"": quadrant(own, of_all, beside=beside)},
        "paths": {"": paths(own, program, beside=beside)},
        "reasons": {
            stage: reasons(own, program, stage, _seed(stage, where), beside=beside)
            for stage in stages(own, program)
        },
    }
    recipe = {**recipe_of(own, program), "answers": None, "where": dict(where)}
    return {
        kind: {key: {"recipe": recipe, **content} for key, content in contents.items()}
        for kind, contents in found.items()
    }


def _alone(frame: Frame, name: str, value: str) -> Frame:
    return frame.by([name]).get((value,), frame.of(frame.answers[:0]))


def _seed(what: str, where: Where) -> tuple[int, ...]:
    return (crc32(what.encode()), *(crc32(f"{name}={value}".encode()) for name, value in where))
