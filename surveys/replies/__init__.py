"""Typed answers: reads a rating out of a short text in Korean, English or a mix, and never guesses.

Flow: ``plain`` folds the text; ``mentions`` finds its numbers; ``weighing`` keeps those that are ratings by the
company they keep; ``levels`` reads words of degree; ``judging`` decides. Words and patterns live in one
module group per language (``korean*``, ``english*``), in the shape that ``tongue`` describes.
"""

from surveys.replies.judging import read
from surveys.replies.reading import Reading

__all__ = ["Reading", "read"]
