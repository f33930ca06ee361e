"""Everybody beside whom a side is shown: the other values of its attribute, and who has none."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from operator import attrgetter

from surveys.reports import Apart, Reports
from surveys.results.certainty import sure_of
from surveys.results.counted import Part, answers_of, crowds_of
from surveys.results.crowds import Amounts, Crowds, Find, Found, Place, beside_rest
from surveys.results.windows import Window

_walked: Callable[[Part], Amounts] = attrgetter("steps")


def beside_values(
    reports: Reports, window: Window, attribute: str, everybody: tuple[Part, ...], values: int
) -> Crowds:
    """Return everybody by the values of one attribute, of which there are so many: each has its own counts."""
    days = (window.since, window.until)

    def answers() -> Iterator[Found]:
        return map(_told, reports.answers_apart(attribute, window.rule, *days, window.period))

    def steps() -> Iterator[Found]:
        return map(_told, reports.steps_apart(attribute, *days))

    crowds = _crowds(everybody, answers, steps, (attribute,))
    return replace(crowds, sure=sure_of(reports, window, attribute, everybody, values))


def beside_combinations(
    told: Iterable[Part], attributes: Place, everybody: tuple[Part, ...]
) -> Crowds:
    """Return everybody by the values of several attributes, of whose combinations ``told`` are the parts."""
    found = crowds_of(told, attributes)
    return _crowds(everybody, found.answers, found.steps, attributes)


def _crowds(
    everybody: tuple[Part, ...],
    answers: Callable[[], Iterable[Found]],
    steps: Callable[[], Iterable[Found]],
    attributes: Place,
) -> Crowds:
    def beside(amounts: Callable[[Part], Amounts], told: Callable[[], Iterable[Found]]) -> Find:
        whole = ((part.dimensions, amounts(part)) for part in everybody)
        return lambda: beside_rest(whole, told(), attributes)

    tags = tuple(part.dimensions for part in everybody)
    return Crowds(tags, beside(answers_of, answers), beside(_walked, steps), attributes)


def _told(apart: Apart) -> Found:
    return apart.dimensions, {(value,): amounts for value, amounts in apart.values.items()}
