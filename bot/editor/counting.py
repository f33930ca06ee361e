"""What the editor says beside a condition: how many events of the last days meet it, and what that number means."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

from bot import rehearsal_texts
from bot.editor.bench import TRIGGER, Bench
from bot.editor.conditions import unfinished, written
from bot.editor.faults import Told
from bot.editor.naming import label_of
from bot.editor.texts import say, told
from surveys.ports import UnitOfWork
from surveys.seen_events import SeenEvent
from surveys.service.context import Context
from surveys.service.matching import Matches, count, sound

_TYPED_WRONGLY: Final = ("number", "time", "yesno")
"""What is unfinished about a condition though something is typed."""


def mistyped(bench: Bench, language: str) -> tuple[Told, ...]:
    """Return the values of a condition that are not of the kind that their fields hold."""
    found = unfinished(bench.condition)
    names = [(f"{TRIGGER}.{name}", code) for name, code in found if code in _TYPED_WRONGLY]
    return tuple(
        Told(name=name, label=label_of(language, name), problem=say(language, f"unfinished.{code}"))
        for name, code in names
    )


def counted(
    tx: UnitOfWork, ctx: Context, bench: Bench, came: tuple[SeenEvent, ...], language: str
) -> tuple[str, ...]:
    """Return how many of the events meet the condition, and what must be known to read that; or why it is not counted."""
    if wrong := mistyped(bench, language):
        return tuple(map(str, wrong))
    node = bench.condition
    condition = sound(written(node)) if node else None
    if any(unfinished(node)) or (node and condition is None):
        return (say(language, "matches.unfinished"),)
    return tuple(lines(count(tx, ctx, came, condition), ctx, language))


def lines(found: Matches, ctx: Context, language: str) -> Iterator[str]:
    """Yield how many events meet a condition, and what must be known to read that."""
    days = ctx.day(found.since), ctx.day(found.until)
    counts = found.matched, found.of
    yield rehearsal_texts.matching(language, days, *counts, is_all=found.is_all)
    yield from (rehearsal_texts.gap(asdict(gap), language) for gap in found.gaps)
    yield from (told(language, each) for each in found.unfit)
    yield rehearsal_texts.say(language, "matching.what")
