"""Surveys ready to be used: five stages of five industries, each with its question, trigger, reasons and thanks.

One file is an industry. ``library`` reads all of them; ``fit`` turns a template into the parts that one program lacks
(its company's name filled in, its own stage), and ``insert`` writes those parts into the program's file, leaving every
line that stands there as it is. Walk of one: ``commerce-delivery`` -> ``fit`` for a program that has the touchpoint
``delivery`` -> a survey and a trigger -> two entries at the ends of ``surveys:`` and ``triggers:`` -> the file is read
again and must say exactly that, else nothing is written.
"""

from surveys.templates.fitting import Note, Parts, fit, plain, spoken, with_parts
from surveys.templates.inserting import insert
from surveys.templates.library import find, library, templates
from surveys.templates.schema import INDUSTRIES, STAGES, Industry, Template
from surveys.templates.writing import to_yaml

__all__ = [
    "INDUSTRIES",
    "STAGES",
    "Industry",
    "Note",
    "Parts",
    "Template",
    "find",
    "fit",
    "insert",
    "library",
    "plain",
    "spoken",
    "templates",
    "to_yaml",
    "with_parts",
]
