"""What the gallery's pages show, decided before any markup."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final, Literal

from babel.units import format_unit

from bot.preview import Html, Shown, Warned, bubble, opening, preview
from bot.setup_texts import say
from surveys.errors import InvalidInput
from surveys.instruments import instrument
from surveys.journey import say as choose
from surveys.model import Channel
from surveys.program import Program, Trigger
from surveys.program.durations import duration_text
from surveys.templates import Note, Template, fit, library, plain, spoken, templates, to_yaml

_UNITS: Final[Mapping[str, str]] = {
    "s": "duration-second",
    "m": "duration-minute",
    "h": "duration-hour",
    "d": "duration-day",
}
_LENGTHS: Final[tuple[Literal["long"], Literal["short"]]] = ("long", "short")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What an address asks for. ``speak`` is the language of the bubbles."""

    industry: str | None
    stage: str | None
    channel: Channel
    speak: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One template in the list."""

    id: str
    title: str
    purpose: str
    industry: str
    stage: str
    facts: tuple[tuple[str, str], ...]
    question: Html


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message on the way, with what is wrong with it; ``payload`` is what the platform is sent."""

    step: str
    bubble: Html
    warnings: tuple[str, ...]
    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """All messages of one channel."""

    channel: str
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One template with all that is to be known of it; ``notes`` tell what it meets in this program."""

    card: Card
    ways: tuple[Way, ...]
    command: str
    part: str
    notes: tuple[str, ...]


def cards(program: Program, choice: Choice, language: str) -> tuple[Card, ...]:
    """Return the templates of the choice, in the order of the industries and their stages."""
    wanted = templates(industry=choice.industry, stage=choice.stage)
    return tuple(_card(program, each, choice, language) for each in wanted)


def detail(program: Program, template: Template, choice: Choice, language: str) -> Detail:
    """Return everything about one template."""
    survey = spoken(template, program)
    part, notes = part_of(template, program, language)
    return Detail(
        card=_card(program, template, choice, language),
        ways=tuple(
            Way(
                channel=channel.value,
                messages=tuple(
                    _messages(preview(program, survey, choice.speak, channel), language)
                ),
            )
            for channel in Channel
        ),
        command=f"aftertouch program add {template.id} --to program.yaml",
        part=part,
        notes=notes,
    )


def part_of(template: Template, program: Program, language: str) -> tuple[str, tuple[str, ...]]:
    """Return the part of a program file, and what to know about it here."""
    try:
        parts = fit(template, program)
    except InvalidInput as refusal:
        return to_yaml(plain(template, program)), (
            say(language, "gallery.misfit", why=str(refusal)),
        )
    notes = (_noted(note, template, program, language) for note in parts.notes)
    return to_yaml(parts.sections()), tuple(notes)


def _noted(note: Note, template: Template, program: Program, language: str) -> str:
    """Return what is to be known, its ids beside what staff call them."""
    words = dict(note.values)
    named = partial(choose, language=language, default=program.company.language)
    places = {each.id: named(each.label) for each in program.touchpoints}
    if "place" in words:
        words["place"] = f"{places[words['place']]} ({words['place']})"
    if "stage" in words:
        stages = {each.id: named(each.label) for each in program.stages}
        words["stage"] = stages[words["stage"]]
    if "others" in words:
        started = program.triggers_on(template.event)
        labels = [f"{places[t.touchpoint]} ({t.id})" for t in started if not t.by_scan]
        words |= {"others": ", ".join(labels), "event": _started_by(template, language)}
    return say(language, f"add.{note.key}", **words)


def _card(program: Program, template: Template, choice: Choice, language: str) -> Card:
    survey = spoken(template, program)
    trade = next(each for each in library() if template in each.templates)
    return Card(
        id=template.id,
        title=template.title[language],
        purpose=template.purpose[language],
        industry=trade.label[language],
        stage=say(language, f"stage.{template.stage}"),
        facts=tuple(_facts(template, language)),
        question=bubble(opening(program, survey, choice.speak, choice.channel)),
    )


def _facts(template: Template, language: str) -> Iterator[tuple[str, str]]:
    trigger = template.trigger
    yield say(language, "gallery.instrument"), instrument(template.survey.instrument).short
    yield say(language, "gallery.event"), _started_by(template, language)
    yield say(language, "gallery.after"), _waits(trigger, language)
    if trigger.occurrence:
        yield say(language, "gallery.occurrence"), str(trigger.occurrence)


def _started_by(template: Template, language: str) -> str:
    return f"{say(language, f'gallery.on.{template.event}')} ({template.event})"


def _waits(trigger: Trigger, language: str) -> str:
    after, at_most = _span(trigger.after, language), _span(trigger.max_wait, language)
    return say(language, "gallery.waits", after=after, max_wait=at_most)


def _span(span: timedelta, language: str) -> str:
    """Write a duration in words, in its greatest whole unit, e.g. ``2일``, ``30 minutes``.

    CLDR 48 has no long form of a span in Korean, whose short form is the same words; Babel then gives the unit's key.
    """
    written = duration_text(span)
    number, unit = int(written[:-1]), _UNITS[written[-1]]
    long, short = (format_unit(number, unit, each, locale=language) for each in _LENGTHS)
    return str(short if unit in long else long)


def _messages(shown: tuple[Shown, ...], language: str) -> Iterator[Message]:
    for each in shown:
        payload = each.picture.payload if each.picture else {}
        yield Message(
            step=say(language, f"step.{each.step}"),
            bubble=bubble(each),
            warnings=tuple(_warned(warned, language) for warned in each.warnings),
            payload=json.dumps(payload, ensure_ascii=False, indent=2),
        )


def _warned(warned: Warned, language: str) -> str:
    return say(language, f"flaw.{warned.flaw}", what=warned.what)
