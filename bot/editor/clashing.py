"""What staff are told of triggers that ask the same customers about the same thing."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from pydantic import ValidationError

from bot import rehearsal_texts
from bot.editor.bench import RULES, SURVEY, TRIGGER, Bench
from surveys.journey import say as choose
from surveys.program import Program
from surveys.program.clashes import Asking, asking_of, clashes
from surveys.program.contact import ContactRules
from surveys.program.durations import duration

Json = Any


def of_bench(program: Program, bench: Bench, language: str) -> tuple[str, ...]:
    """Return what clashes with the trigger as it is typed, under the rules as they are typed."""
    return tuple(_told(program, _rules(program, bench), _typed(program, bench), language))


def of_program(program: Program, trigger: str, language: str) -> tuple[str, ...]:
    """Return what clashes with a trigger of a program."""
    mine = asking_of(program, program.trigger(trigger))
    return tuple(_told(program, program.contact_rules, mine, language))


def labels(program: Program, language: str) -> dict[str, str]:
    """Return how triggers are named to staff, by id: ``배송 (delivery)``."""
    places = {each.id: each.label for each in program.touchpoints}
    said = partial(choose, language=language, default=program.company.language)
    return {t.id: f"{said(places[t.touchpoint])} ({t.id})" for t in program.triggers}


def _told(program: Program, rules: ContactRules, mine: Asking, language: str) -> Iterator[str]:
    cap = rules.cap
    days = {"cap": str(cap.days), "asks": str(cap.asks), "cooldown": str(rules.cooldown_days)}
    names = labels(program, language)
    for clash in clashes(program, rules, mine):
        other = names[clash.trigger]
        where = "event" if clash.same_event else "stage"
        parts = [
            rehearsal_texts.say(language, f"clash.{where}", event=clash.event, other=other),
            rehearsal_texts.say(language, f"clash.{clash.kind}", **days),
        ]
        if clash.kind != "both" and clash.first is not None:
            first = "theirs" if clash.first else "ours"
            parts.append(rehearsal_texts.say(language, f"clash.{first}", other=other))
        yield " ".join(parts)


def _typed(program: Program, bench: Bench) -> Asking:
    trigger, survey = _said(bench, TRIGGER), _said(bench, SURVEY)
    places = {each.id: each.stage for each in program.touchpoints}
    return Asking(
        trigger=bench.trigger,
        on=trigger.get("on"),
        after=_span(trigger.get("after", "0s")),
        stage=places.get(str(trigger.get("touchpoint", ""))),
        instrument=survey.get("instrument"),
    )


def _said(bench: Bench, kind: str) -> dict[str, Json]:
    """Return what a part says as it is typed."""
    piece = bench.pieces[kind]
    whole: Mapping[str, Json] = {**(piece.entry or {}), **piece.changes}
    return {name: value for name, value in whole.items() if value is not None}


def _span(text: Json) -> Any:
    try:
        return duration(text)
    except ValueError:
        return None


def _rules(program: Program, bench: Bench) -> ContactRules:
    """Return the rules as they are typed; those in force where they make none yet."""
    said = {name: value for name, value in _said(bench, RULES).items() if name != "quiet_hours"}
    try:
        return ContactRules.model_validate(said)
    except ValidationError:
        return program.contact_rules
