"""What a program may say and yet reads badly: warnings, which keep nothing from being used.

Like the checks, these look at plain values and pass over what has another shape than they expect.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from surveys.instruments import INSTRUMENTS
from surveys.language.josa import final_sound, inflected, undecided
from surveys.program import sequences
from surveys.program.checks import TEXTS, Key, Problem, select

Json = Any


def _unreadable(program: Json) -> Iterator[Problem]:
    """Name each Korean noun whose particle cannot be chosen."""
    for key, survey in select(program, "surveys.*"):
        about = _korean(survey, "about")
        if about and "about" in inflected(_question(survey)) and final_sound(about) is None:
            problem = (
                f"how {about!r} ends when read aloud is unknown, so both particles are shown, as in 을(를); "
                "write it in Hangul, or add the Hangul in brackets"
            )
            yield (*key, "about", "ko"), problem


def _question(survey: Json) -> str:
    own = _korean(survey, "question")
    standard = INSTRUMENTS.get(survey.get("instrument"))
    return own or (standard.wording("ko").question if standard else "")


def _korean(survey: Json, name: str) -> str:
    texts = survey.get(name) if isinstance(survey, dict) else None
    text = texts.get("ko") if isinstance(texts, dict) else None
    return text if isinstance(text, str) else ""


def _left_to_the_reader(program: Json) -> Iterator[Problem]:
    for pattern in TEXTS:
        for key, text in select(program, f"{pattern}.ko"):
            found = undecided(text) if isinstance(text, str) else None
            if found is not None:
                yield key, f"{found!r} leaves the particle to the reader"


def _one_name_for_two(program: Json) -> Iterator[Problem]:
    """Name each own question whose wording has, for the same instrument, another question in an earlier survey."""
    known: dict[tuple[str, str], tuple[Json, Mapping[str, Json]]] = {}
    for key, survey, own in _own_questions(program):
        name, instrument = (own.get("wording"), survey.get("instrument"))
        if not isinstance(name, str) or not isinstance(instrument, str):
            continue
        of, question = known.setdefault((instrument, name), (survey.get("id"), own["question"]))
        if of != survey.get("id") and _differ(question, own["question"]):
            problem = (
                f"{name!r} is another question in survey {of!r}, and answers to wordings of one name "
                "may be counted together; name this one differently"
            )
            yield (*key, "wording"), problem


def _own_questions(program: Json) -> Iterator[tuple[Key, Mapping[str, Json], Mapping[str, Json]]]:
    """Yield where each question of a survey's own stands, its survey, and what holds its wording and question."""
    for key, survey in select(program, "surveys.*"):
        parts = [(key, survey), *((key + at, each) for at, each in select(survey, "variants.*"))]
        for at, part in parts:
            if isinstance(part, Mapping) and isinstance(part.get("question"), Mapping):
                yield at, survey, part


def _differ(one: Mapping[str, Json], other: Mapping[str, Json]) -> bool:
    return any(one[language] != other[language] for language in one.keys() & other)


ADVICE: Final[tuple[Callable[[Json], Iterator[Problem]], ...]] = (
    _unreadable,
    _left_to_the_reader,
    _one_name_for_two,
    sequences.advice,
)


def advice(program: Json) -> Iterator[Problem]:
    """Yield what reads badly in a program, as key and sentence."""
    for advise in ADVICE:
        yield from advise(program)
