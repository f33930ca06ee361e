"""What is wrong with what was typed, at the input it is about and in the reader's language; and why a publish is refused."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bot.console.actors import actor_in_words
from bot.editor.bench import RULES, TRIGGER, Bench, Piece
from bot.editor.bounds import bounded
from bot.editor.conditions import ROOT, field_of, unfinished
from bot.editor.fields import input_of
from bot.editor.naming import label_of, part_in_words
from bot.editor.texts import say, told
from surveys.errors import BaseMoved, InvalidInput, NotOwned
from surveys.program import Fault
from surveys.service.revising import Revised, located
from surveys.stored_programs import CONTACT_RULES

NUL: Final = "\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A fault, at the input it is about, which is labelled so; both ``""`` where it is about none of the page's."""

    name: str
    problem: str
    label: str = ""

    def __str__(self) -> str:
        """Return it as one sentence, for a page that has not the input."""
        return f"{self.label}: {self.problem}" if self.label else self.problem


def faults(bench: Bench, revised: Revised, language: str) -> tuple[Told, ...]:
    """Return what is wrong, each thing once, at its field."""
    found = [*_unfinished(bench, language)]
    waiting = {fault.name for fault in found}
    for kind, piece in bench.pieces.items():
        for fault in revised.faults.get(piece.part, ()):
            name = _input(bench, kind, piece, fault.field, fault.problem)
            if name not in waiting:
                found.append(_told(language, name, _in_words(language, name, fault.problem)))
    others = (
        _told(language, "", _elsewhere(revised, each, language)) for each in revised.elsewhere
    )
    return tuple(dict.fromkeys([*found, *others]))


def _elsewhere(revised: Revised, fault: Fault, language: str) -> str:
    """Return what the change breaks in a part that is not on the page, and in which."""
    problem = told(language, fault.problem)
    part, field = located(revised, fault)
    if part is None:
        return f"{fault.key}: {problem}"
    kind = RULES if part == CONTACT_RULES else part.partition(":")[0]
    where = dict.fromkeys((part_in_words(language, part), label_of(language, f"{kind}.{field}")))
    return f"{' · '.join(where)}: {problem}"


def _told(language: str, name: str, problem: str) -> Told:
    return Told(name=name, label=label_of(language, name), problem=problem)


def unstorable(form: Mapping[str, str], language: str) -> tuple[Told, ...]:
    """Return the fields of a form that hold a NUL, which no text of a database may."""
    problem = say(language, "fault.character")
    return tuple(_told(language, name, problem) for name, text in form.items() if NUL in text)


def storable(form: Mapping[str, str]) -> dict[str, str]:
    """Return what can be kept of a form."""
    return {name: text.replace(NUL, "") for name, text in form.items()}


def _in_words(language: str, name: str, problem: str) -> str:
    """Return what is wrong; with a number, which ones its input takes."""
    return bounded(language, name, problem) or told(language, problem)


def _unfinished(bench: Bench, language: str) -> Iterator[Told]:
    for name, code in unfinished(bench.condition):
        yield _told(language, f"{TRIGGER}.{name}", say(language, f"unfinished.{code}"))


def _input(bench: Bench, kind: str, piece: Piece, field: str, problem: str) -> str:
    """Return the name of the input that a fault's key means, the nearest where it has none of its own."""
    if field.split(".", maxsplit=1)[0] == ROOT and kind == TRIGGER:
        return f"{kind}.{field_of(bench.condition, field)}"
    spoken = next((part for part in problem.split("'")[1:2]), "")
    field = input_of(piece.typed, field)
    steps = field.split(".")
    above = (".".join(steps[:end]) for end in range(len(steps) - 1, 0, -1))
    for name in (f"{field}.{spoken}", field, *above):
        if name in piece.typed:
            return f"{kind}.{name}"
    inside = [name for name in piece.typed if field and name.startswith(f"{field}.")]
    below = next((name for name in inside if piece.typed[name]), next(iter(inside), field))
    return f"{kind}.{below}" if below else ""


def refusal(language: str, exc: InvalidInput) -> str:
    """Return why nothing was published, as staff read it; in the checks' words where we have none."""
    match exc:
        case BaseMoved(parts=parts, by=by) if by:
            who = actor_in_words(language, by)
            return say(language, "refused.moved", parts=_listed(language, parts), by=who)
        case BaseMoved(parts=parts):
            return say(language, "refused.drafted", parts=_listed(language, parts))
        case NotOwned(parts=parts):
            return say(language, "refused.owned", parts=_listed(language, parts))
        case _:
            return str(exc)


def _listed(language: str, parts: Iterable[str]) -> str:
    return ", ".join(part_in_words(language, part) for part in parts)
