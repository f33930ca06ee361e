"""Keeps answers to different questions apart: names of wordings and numbers of survey versions, from history.

A wording name stands for one question of its survey for ever, and a survey's version for one content. Whoever
changes the question without a new name is given one; who goes back to an earlier question gets its earlier name.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from surveys.program.differences import content_of
from surveys.program.editing import canonical
from surveys.program.schema import STANDARD_WORDING, Program

Json = Any
Question = Mapping[str, str] | None

_NUMBERED: Final = re.compile(r"(.+)-([0-9]{1,6})")
_MOST: Final = 56
"""Characters of a name that leave room for a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a survey was given by itself. ``key`` is ``wording``, ``variants.0.wording`` or ``version``."""

    survey: str
    key: str
    old: str | int
    new: str | int


@dataclass(slots=True)
class History:
    """What every wording name and every survey version has stood for, over all programs that were ever in force.

    Attributes:
        questions: by survey and instrument, each name's questions.
        names: all names, by instrument.
        contents: by survey, each version's contents without their version.
    """

    questions: dict[tuple[str, str], dict[str, list[Question]]] = field(default_factory=dict)
    names: dict[str, set[str]] = field(default_factory=dict)
    contents: dict[str, dict[int, set[str]]] = field(default_factory=dict)

    def note(self, survey: Mapping[str, Json]) -> None:
        """Remember a survey's plain values, defaults written out."""
        name, instrument = survey["id"], survey["instrument"]
        for _, wording, question in wordings(survey):
            asked = self.questions.setdefault((name, instrument), {}).setdefault(wording, [])
            if question not in asked:
                asked.append(question)
            self.names.setdefault(instrument, set()).add(wording)
        versions = self.contents.setdefault(name, {})
        versions.setdefault(survey["version"], set()).add(_content(survey))


def wordings(survey: Mapping[str, Json]) -> Iterator[tuple[str, str, Question]]:
    """Yield the key, the name and the question of each wording of a survey, blanks and letters as they are read."""
    for at, variant in enumerate(survey["variants"]):
        yield f"variants.{at}.wording", variant["wording"], _as_read(variant["question"])
    if not survey["variants"]:
        yield "wording", survey["wording"], _as_read(survey["question"])


def _as_read(question: Question) -> Question:
    """Return the question as every customer reads it: with one blank for several, and each letter in one piece (NFC)."""
    if question is None:
        return None
    whole = {name: unicodedata.normalize("NFC", text) for name, text in question.items()}
    return {name: " ".join(text.split()) for name, text in whole.items()}


def told_apart(new: Program, live: Program | None, history: History) -> Iterator[Given]:
    """Yield what surveys of a new program have to be given, so that no name and no version means two things."""
    current = {each["id"]: each for each in content_of(live)["surveys"]} if live else {}
    for survey in content_of(new)["surveys"]:
        named = [*_names(survey, current.get(survey["id"]), history)]
        yield from named
        settled = _with_names(survey, named)
        version = _version(settled, current.get(survey["id"]), history)
        if version != survey["version"]:
            yield Given(survey=survey["id"], key="version", old=survey["version"], new=version)


def _names(
    survey: Mapping[str, Json], live: Mapping[str, Json] | None, history: History
) -> Iterator[Given]:
    kept = {(name, canonical(q)) for _, name, q in wordings(live)} if live else set()
    taken = set(history.names.get(survey["instrument"], ())) | {n for _, n, _ in wordings(survey)}
    asked = history.questions.get((survey["id"], survey["instrument"]), {})
    for key, name, question in wordings(survey):
        if (name, canonical(question)) in kept or not _clash(question, asked.get(name, ())):
            continue
        new = _earlier(name, question, asked) or _free(name, taken)
        taken.add(new)
        yield Given(survey=survey["id"], key=key, old=name, new=new)


def _clash(question: Question, others: Sequence[Question]) -> bool:
    """Say whether a name has stood for another question. A language more is no other question."""
    return any(
        question != other
        and (
            question is None
            or other is None
            or any(question[language] != other[language] for language in question.keys() & other)
        )
        for other in others
    )


def _earlier(name: str, question: Question, asked: Mapping[str, Sequence[Question]]) -> str | None:
    """Return the name by which the same question was asked before, among those made of this one."""
    stem = _stem(name)[0]
    for other, questions in asked.items():
        same = other not in (name, STANDARD_WORDING) and _stem(other)[0] == stem
        if same and question in questions and not _clash(question, questions):
            return other
    return None


def _free(name: str, taken: set[str]) -> str:
    stem, number = _stem(name)
    return next(each for n in count(number + 1) if (each := f"{stem[:_MOST]}-{n}") not in taken)


def _stem(name: str) -> tuple[str, int]:
    found = _NUMBERED.fullmatch(name)
    return (found[1], int(found[2])) if found else (name, 1)


def _with_names(survey: Mapping[str, Json], given: Sequence[Given]) -> Mapping[str, Json]:
    new = {each.key: each.new for each in given}
    variants = [
        {**variant, "wording": new.get(f"variants.{at}.wording", variant["wording"])}
        for at, variant in enumerate(survey["variants"])
    ]
    return {**survey, "variants": variants, "wording": new.get("wording", survey["wording"])}


def _version(survey: Mapping[str, Json], live: Mapping[str, Json] | None, history: History) -> int:
    content, declared = _content(survey), int(survey["version"])
    versions = history.contents.get(survey["id"], {})
    if live is not None and _content(live) == content:
        raised = declared > live["version"] and declared not in versions
        return declared if raised else int(live["version"])
    known = [number for number, contents in versions.items() if content in contents]
    if known:
        return declared if declared in known else max(known)
    return declared if declared not in versions else max(versions) + 1


def _content(survey: Mapping[str, Json]) -> str:
    return canonical({name: value for name, value in survey.items() if name != "version"})
