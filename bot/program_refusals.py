"""A program's faults, and why it is not published, in the language of the command line.

The checks word their faults in English; what they say is told in another language by the words of the console's form,
and by words of the command line's own where a file can be wrong as no form can.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from bot.console.actors import actor_in_words
from bot.editor.texts import told
from bot.program_texts import say
from surveys.errors import BaseMoved, NotOwned, ProgramFault
from surveys.program import Fault

ENGLISH: Final = "en"
_LINE: Final = re.compile(r"(?P<place>.+?:[0-9]+: (?:[^\s:]+: )?)(?P<problem>.*)", re.DOTALL)
_OF_FILES: Final = (
    (re.compile(r"is not a known key; did you mean '(?P<near>.+)'\?"), "near"),
    (re.compile(r"is not a known key"), "key"),
    (re.compile(r"must be a list"), "list"),
    (re.compile(r"must be keys with values"), "keys"),
    (re.compile(r"must be a text; put it in quotes"), "text"),
    (re.compile(r"must be true or false"), "yesno"),
    (re.compile(r"(?P<word>'.*') is too short to stand alone: .*"), "word.short"),
    (re.compile(r"(?P<word>'.*') must be words of letters and digits, .*"), "word.signs"),
    (re.compile(r"(?P<word>'.*') has (?P<n>\d+) words; at most (?P<most>\d+) are .*"), "word.long"),
    (re.compile(r"(?P<word>'.*') only says what it must not stand beside; .*"), "word.beside"),
    (re.compile(r"(?P<name>'.*') is none of the built-in themes, so .*"), "theme.label"),
    (re.compile(r"there is no \w+ '(?P<name>.*)'; there are: (?P<known>.*)"), "unknown"),
)


def problem_in_words(problem: str, language: str) -> str:
    """Return a fault in a language; as the checks word it where nobody has words for it."""
    if language == ENGLISH:
        return problem
    for pattern, name in _OF_FILES:
        if matched := pattern.fullmatch(problem):
            return say(language, f"fault.{name}", **matched.groupdict())
    return told(language, problem)


def fault_in_words(fault: Fault, language: str) -> Fault:
    """Return the fault, at the same place, in a language."""
    return replace(fault, problem=problem_in_words(fault.problem, language))


def _line(written: str, language: str) -> str:
    matched = _LINE.fullmatch(written)
    if matched is None:
        return problem_in_words(written, language)
    return matched["place"] + problem_in_words(matched["problem"], language)


@contextmanager
def refusing(language: str) -> Iterator[None]:
    """Let refusals of a program be told in a language; each stays of its kind."""
    try:
        yield
    except ProgramFault as fault:
        lines = tuple(_line(each, language) for each in fault.faults)
        raise ProgramFault(fault.where, lines) from fault
    except BaseMoved as moved:
        raise _moved(moved, language) from moved
    except NotOwned as refused:
        raise _not_owned(refused, language) from refused


def _moved(moved: BaseMoved, language: str) -> BaseMoved:
    if language == ENGLISH:
        return moved
    values = {"parts": ", ".join(moved.parts), "number": str(moved.number)}
    problem = say(language, "refused.moved", by=actor_in_words(language, moved.by), **values)
    return BaseMoved(moved.parts, moved.number, moved.by, problem)


def _not_owned(refused: NotOwned, language: str) -> NotOwned:
    if language == ENGLISH:
        return refused
    take = " ".join(f"--take {part}" for part in refused.parts)
    values = {"parts": ", ".join(refused.parts), "take": take}
    problem = say(language, f"refused.owned.{refused.owner}", **values)
    return NotOwned(refused.parts, refused.owner, problem)
