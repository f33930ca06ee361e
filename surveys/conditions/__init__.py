"""Conditions over event data: a closed tree of comparisons that can be stored, shown and never fails.

Written in the program file as ``{path: [amount], gte: 30000}``, ``{all: [...]}``, ``{any: [...]}`` and
``{not: ...}``. A path that leads nowhere, or to null, makes its comparison false; so does a value of
another type, which is also reported as a warning.
"""

from surveys.conditions.evaluation import Evaluation, evaluate
from surveys.conditions.gaps import Gap, Gaps
from surveys.conditions.tree import Comparison, Condition, Every, Negation, Some, paths

__all__ = [
    "Comparison",
    "Condition",
    "Evaluation",
    "Every",
    "Gap",
    "Gaps",
    "Negation",
    "Some",
    "evaluate",
    "paths",
]
