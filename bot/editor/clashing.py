"""What staff are told of triggers that ask the same customers about the same thing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import ValidationError

from bot import rehearsal_texts
from bot.editor.bench import RULES, SURVEY, TRIGGER, Bench
from surveys.journey import say as choose
from surveys.pausing import Pause
from surveys.program import Program
from surveys.program.clashes import Asking, Clash, asking_of, clashes
from surveys.program.contact import ContactRules
from surveys.program.durations import duration

Json = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """Another trigger that may be asked instead, and how it can be reached: opened, or paused unless it is."""

    trigger: str
    label: str
    is_paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is told of a clash, and with which trigger."""

    text: str
    rival: Rival


def of_bench(
    program: Program, bench: Bench, paused: Sequence[Pause], language: str
) -> tuple[Told, ...]:
    """Return what clashes with the trigger as it is typed, under the rules as they are typed."""
    rules, mine = _rules(program, bench), _typed(program, bench)
    return tuple(_told(program, rules, mine, paused, language))


def of_program(
    program: Program, trigger: str, paused: Sequence[Pause], language: str
) -> tuple[Told, ...]:
    """Return what clashes with a trigger of a program."""
    mine = asking_of(program, program.trigger(trigger))
    return tuple(_told(program, program.contact_rules, mine, paused, language))


def rival(program: Program, name: str, paused: Sequence[Pause], language: str) -> Rival | None:
    """Return a trigger as one that may be asked instead of another; None for one that the program does not have."""
    known = {each.id: each for each in program.triggers}
    if name not in known:
        return None
    own = {("trigger", name), ("survey", known[name].survey)}
    return Rival(
        trigger=name,
        label=labels(program, language)[name],
        is_paused=any((each.of, each.id) in own for each in paused),
    )


def labels(program: Program, language: str) -> dict[str, str]:
    """Return how triggers are named to staff, by id: ``배송 (delivery)``."""
    places = {each.id: each.label for each in program.touchpoints}
    said = partial(choose, language=language, default=program.company.language)
    return {t.id: f"{said(places[t.touchpoint])} ({t.id})" for t in program.triggers}


def titled(program: Program, trigger: str, language: str) -> str:
    """Return how a trigger is named in a title; one that was never published by its id."""
    return labels(program, language).get(trigger, trigger)


def _told(
    program: Program, rules: ContactRules, mine: Asking, paused: Sequence[Pause], language: str
) -> Iterator[Told]:
    cap = rules.cap
    days = {"cap": str(cap.days), "asks": str(cap.asks), "cooldown": str(rules.cooldown_days)}
    for clash in clashes(program, rules, mine):
        beside = rival(program, clash.trigger, paused, language)
        if beside is None:
            continue
        other = beside.label
        where = "event" if clash.same_event else "stage"
        parts = [
            rehearsal_texts.say(language, f"clash.{where}", event=clash.event, other=other),
            rehearsal_texts.say(language, f"clash.{clash.kind}", **days),
        ]
        if turn := _turn(clash, beside):
            parts.append(rehearsal_texts.say(language, f"clash.{turn}", other=other))
        yield Told(text=" ".join(parts), rival=beside)


def _turn(clash: Clash, beside: Rival) -> str:
    """Return which sentence says who of both asks; "" where nothing is to be said."""
    if beside.is_paused:
        return "paused"
    if clash.kind == "both" or clash.first is None:
        return ""
    return "theirs" if clash.first else "ours"


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
