"""What is worked out for a filter, when somebody orders it: the same analyses over the answers that have its values.

A figure's numerator and its denominator carry the same filter, for both are counted over the same rows. Whatever is
about events (going on, retention) is among these where events hold the filter's value, and what is about asks (fates) is
not (surveys.carrying).
"""

from collections.abc import Mapping
from zlib import crc32

from surveys.analyses.beside import Beside
from surveys.analyses.columns import Frame
from surveys.analyses.cut import Cut, Where
from surveys.analyses.going import conversion
from surveys.analyses.importance import drivers
from surveys.analyses.paths import paths
from surveys.analyses.quadrant import quadrant
from surveys.analyses.reasons import reasons
from surveys.analyses.repeat import repeat
from surveys.analyses.run import Contents, recipe_of, stages
from surveys.analyses.trend import trend
from surveys.carrying import carried
from surveys.model import HANDLER, Json
from surveys.program import Program
from surveys.results.crossing import APART, PLACE

Found = dict[str, dict[str, dict[str, Json]]]
"""Contents by kind and key, without their recipes."""


def narrowed(frame: Frame, program: Program, where: Where) -> Mapping[str, Contents]:
    """Return the contents by kind and key; ``frame`` tells answers apart by these filters."""
    parts = frame.by([name for name, _ in where])
    own = parts.pop(tuple(value for _, value in where), frame.of(frame.answers[:0]))
    crossed = len(where) > 1
    beside = Beside(
        frames=(*parts.values(), *_thirds(frame, where)),
        wholes=(frame, *(_alone(frame, *each) for each in where if crossed)),
        crossed=crossed,
    )
    recipe = {**recipe_of(own, program), "answers": None, "where": dict(where)}
    found = _of_own(own, program, where, beside) | _of_parts(frame, own, program, where)
    return {
        kind: {key: {"recipe": recipe, **content} for key, content in contents.items()}
        for kind, contents in found.items()
    }


def _of_own(own: Frame, program: Program, where: Where, beside: Beside) -> Found:
    """Return what is said of these answers alone."""
    of_all = drivers(own, program, _seed("drivers", where), beside=beside)
    return {
        "drivers": {"": of_all},
        "quadrant": {"": quadrant(own, of_all, beside=beside)},
        "paths": {"": paths(own, program, beside=beside)},
        "reasons": {
            stage: reasons(own, program, stage, _seed(stage, where), beside=beside)
            for stage in stages(own, program)
        },
    }


def _of_parts(frame: Frame, own: Frame, program: Program, where: Where) -> Found:
    """Return what is said of everybody's rows, of which these are a part, where they carry the filters."""
    kinds = carried(program, (name for name, _ in where))
    cut = Cut.of(frame.axes, frame.groups, where)
    found: Found = {
        kind: {stage: told(frame, program, stage, cut=cut) for stage in stages(own, program)}
        for kind, told in (("trend", trend), ("repeat", repeat))
        if kind in kinds
    }
    if "conversion" in kinds:
        found["conversion"] = {"": conversion(frame, program, cut=cut)}
    return found


def _thirds(frame: Frame, where: Where) -> tuple[Frame, ...]:
    """Return the parts by two filters and a third before them, of those that are ordered (surveys.results.crossing)."""
    names = [name for name, _ in where]
    if not names[1:]:
        return ()
    before = min(map(_rank, names))
    earlier = [axis for axis in frame.axes if axis not in names and _rank(axis) < before]
    return tuple(part for axis in earlier for part in frame.by([axis, *names]).values())


def _rank(axis: str) -> tuple[int, str]:
    """Return an axis's place in the order in which results take them: the last two of three are not told together."""
    tags = (*PLACE, *APART)
    return (tags.index(axis) if axis in tags else len(tags) + (axis == HANDLER)), axis


def _alone(frame: Frame, name: str, value: str) -> Frame:
    return frame.by([name]).get((value,), frame.of(frame.answers[:0]))


def _seed(what: str, where: Where) -> tuple[int, ...]:
    return (crc32(what.encode()), *(crc32(f"{name}={value}".encode()) for name, value in where))
