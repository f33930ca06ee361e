"""Whether two figures may be compared, and what to know of it if they are: each cause a code with a text."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from surveys.results.words import word


class Refusal(StrEnum):
    """Why two figures are not compared.

    instrument, scale, polarity, wording: another question is no other result. few: one side is hidden, or empty.
    """

    INSTRUMENT = "instrument"
    SCALE = "scale"
    POLARITY = "polarity"
    WORDING = "wording"
    FEW = "few"


class Note(StrEnum):
    """What else differs between two figures that are compared.

    rule: other answers count, as the newest of a quarter beside the newest of a month.
    """

    CHANNEL_MIX = "channel_mix"
    LANGUAGE_MIX = "language_mix"
    PROGRAM = "program"
    RULE = "rule"


MIX_POINTS = 10.0
"""How many percent points a channel's or a language's part may move before it is noted."""

_SERIES = (Refusal.INSTRUMENT, Refusal.SCALE, Refusal.POLARITY, Refusal.WORDING)


def told(code: str, language: str) -> str:
    """Return a refusal's or a note's sentence; raises KeyError for an unknown code."""
    return word(language, f"{'refused' if code in tuple(Refusal) else 'note'}.{code}")


def refusals(series: str, others: Iterable[str]) -> tuple[str, ...]:
    """Return what sets a series apart from the most alike of others; too few answers where there are none.

    A series is ``instrument:scale:polarity:wording``. Of another instrument nothing more is said.
    """
    apart = [_differences(series, other) for other in sorted(others)]
    nearest = min(apart, key=len, default=[Refusal.FEW])
    instruments = [causes for causes in apart if Refusal.INSTRUMENT not in causes]
    causes = min(instruments, key=len) if instruments else nearest
    if Refusal.INSTRUMENT in causes:
        return (Refusal.INSTRUMENT.value,)
    return tuple(cause.value for cause in causes)


def changed_mix(before: Mapping[str, int], after: Mapping[str, int]) -> bool:
    """Say whether any part of the answers moved by more than ten percent points."""
    first, second = sum(before.values()), sum(after.values())
    return bool(first and second) and any(
        abs(100 * after.get(name, 0) / second - 100 * before.get(name, 0) / first) > MIX_POINTS
        for name in before.keys() | after.keys()
    )


def _differences(series: str, other: str) -> list[Refusal]:
    pairs = zip(_SERIES, series.split(":"), other.split(":"), strict=True)
    return [cause for cause, mine, theirs in pairs if mine != theirs]
