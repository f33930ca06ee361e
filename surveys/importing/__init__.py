"""Answers that another system asked for: which column means what, what a cell says, and why a row is refused.

One row's walk: cells and a line number come in; each cell that a column was found for is read; a row is an
``ImportedRow`` or a ``Refusal`` with its line, its column and the reason. Nothing is rescaled, and nothing guessed that
the file does not show. What is stored (surveys.service.importing) is a series of its own: its wording is named by
whoever imports, and no invitation, contact clock, cohort, trigger or case knows of it.
"""

from surveys.importing.columns import Column, Field, guess_columns
from surveys.importing.plan import Plan
from surveys.importing.presets import PRESETS, Preset
from surveys.importing.rows import ImportedRow, Reader, Refusal

__all__ = [
    "PRESETS",
    "Column",
    "Field",
    "ImportedRow",
    "Plan",
    "Preset",
    "Reader",
    "Refusal",
    "guess_columns",
]
