"""A plan as the command line writes it."""

from collections.abc import Iterator
from typing import Final

from bot.program_texts import say
from bot.program_words.reading import Change, Reading, part_named, readings
from bot.program_words.vocabulary import Vocabulary
from surveys.program.differences import Kind
from surveys.service.publishing import Plan

_SIGNS: Final = {Kind.ADDED: "+", Kind.CHANGED: "~", Kind.REMOVED: "-"}


def plan_lines(plan: Plan, language: str) -> Iterator[str]:
    """Yield a plan's lines."""
    if plan.is_empty:
        yield say(language, "plan.empty", number=str(plan.number))
        return
    yield say(language, "plan.against", number=str(plan.number))
    if not plan.changes:
        yield say(language, "plan.comments")
    for each in readings(plan.before, plan.program, plan.changes, language, plan.under_way):
        yield from _lines(each, language)
    yield from more(plan, language)


def more(plan: Plan, language: str) -> Iterator[str]:
    """Yield what a plan does beside changing parts: names that it gives, parts that change their owner."""
    words = Vocabulary(language=language, program=plan.program, other=plan.before)
    for given in plan.given:
        if given.key != "version":  # which is told among what changes
            values = {"old": str(given.old), "new": str(given.new)}
            yield say(language, "given.wording", survey=words.survey(given.survey), **values)
    for part in plan.taken:
        owner = plan.owners[part].value
        yield say(language, f"plan.taken.{owner}", part=part_named(words, part))


def _lines(reading: Reading, language: str) -> Iterator[str]:
    title = say(language, f"change.{reading.kind.value}", part=reading.title)
    yield f"{_SIGNS[reading.kind]} {title}  [{reading.part}]"
    yield from (f"    {row.label}: {row.words}" for row in reading.says)
    yield from (f"    {change_line(each, language)}" for each in reading.changes)
    yield from (f"    {note}" for note in reading.notes)


def change_line(change: Change, language: str) -> str:
    """Return a change as one line."""
    if change.old is None or change.new is None:
        kind = "new" if change.old is None else "gone"
        value = change.new or change.old or ""
        return say(language, f"value.{kind}", label=change.label, value=value)
    values = {"old": change.old, "new": change.new}
    return say(language, "value.changed", label=change.label, **values)
