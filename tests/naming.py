"""What customers named, where each answer is another customer's."""

from collections.abc import Iterable

from surveys.results.naming import Naming
from surveys.themes.tags import Named, ThemeCount


def each_another(counts: Iterable[ThemeCount]) -> Naming:
    """Return these counts, with an answer of a customer of its own for each."""
    counts = tuple(counts)
    answers = [
        Named(customer="", theme=each.theme, dimensions=each.dimensions, score=score)
        for each in counts
        for score, n in enumerate(each.counts)
        for _ in range(n)
    ]
    named = (
        Named(customer=str(place), theme=a.theme, dimensions=a.dimensions, score=a.score)
        for place, a in enumerate(answers)
    )
    return Naming(counts, tuple(named))
