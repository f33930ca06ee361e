"""What the page of a person shows, decided before any markup."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.console.people_texts import named, say
from surveys.journey import say as choose
from surveys.model import Address, Answer, Delivery, Json
from surveys.program import Program
from surveys.service.explaining import Explanation
from surveys.service.overviews import Asked, NextAsk, Portrait
from surveys.service.reasons import Told, rule_in_words, told
from surveys.timing import zone_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where she can be reached; ``id`` is ours."""

    id: str
    channel: str
    user: str
    since: str
    reachable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Until when a rule keeps asks back; ``about`` says which, "" for all."""

    rule: str
    code: str
    at: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the consent ledger. ``until`` is "" where it counts for as long as she likes."""

    at: str
    granted: bool
    purpose: str
    channel: str
    source: str
    version: str
    text: str
    proof: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """What was decided for a trigger; ``survey`` is "" where the program has the trigger no more, or there is none."""

    trigger: str
    survey: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event, and what was decided about it."""

    at: str
    type: str
    subject: str
    told: tuple[Ruled, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something that was sent, or is to be."""

    at: str
    kind: str
    channel: str
    state: str
    reason: str
    attempts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An ask and what was answered; ``words`` are hers, and only for whoever may read them."""

    at: str
    survey: str
    place: str
    state: str
    answers: tuple[tuple[str, str], ...]
    hides_words: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPage:
    """All of it. ``typed`` is what has to be typed to erase her; ``there`` is ``earliest`` on her own clock.

    ``barriers`` are the rules, in words and by code, that keep every ask back until something about her changes.
    """

    id: str
    typed: str
    facts: tuple[tuple[str, str], ...]
    names: tuple[str, ...]
    places: tuple[Place, ...]
    earliest: str
    there: str
    barriers: tuple[tuple[str, str], ...]
    limits: tuple[Limit, ...]
    ledger: tuple[Entry, ...]
    timeline: tuple[Happening, ...]
    messages: tuple[Message, ...]
    asks: tuple[Said, ...]
    joined: tuple[str, ...]
    zone: str


def person_page(
    portrait: Portrait, program: Program, language: str, now: datetime, *, reads_words: bool
) -> PersonPage:
    """Return the page's content; customers' own words only where ``reads_words``."""
    return _Teller(program, language, now).page(portrait, reads_words=reads_words)


class _Teller:
    """Says everything in one language and in the company's zone."""

    def __init__(self, program: Program, language: str, now: datetime) -> None:
        self._program = program
        self._language = language
        self._now = now
        self._zone, _ = zone_of(program.company.zone, "UTC")
        stages = {each.id: each.label for each in program.stages}
        self._surveys = {each.id: each.survey for each in program.triggers}
        self._labels = stages | {each.id: each.label for each in program.touchpoints}

    def page(self, portrait: Portrait, *, reads_words: bool) -> PersonPage:
        """Return all of it."""
        person = portrait.person
        timeline = sorted((*portrait.explanations, *portrait.idle), key=_happened, reverse=True)
        waits = portrait.earliest.at > self._now
        return PersonPage(
            id=person.id,
            typed=person.external_id or person.id,
            facts=self._facts(portrait),
            names=tuple(f"{name.namespace}={name.value}" for name in portrait.names),
            places=tuple(self._place(each) for each in portrait.addresses),
            earliest=self._at(portrait.earliest.at) if waits else "",
            there=self._there(portrait, person.timezone) if waits else "",
            barriers=tuple((self._rule(rule), rule) for rule in portrait.barriers),
            limits=tuple(self._limit(each) for each in portrait.limits),
            ledger=tuple(self._entry(each) for each in portrait.ledger),
            timeline=tuple(self._happening(each) for each in timeline),
            messages=tuple(self._message(each) for each in portrait.deliveries),
            asks=tuple(self._said(each, reads_words=reads_words) for each in portrait.asks),
            joined=tuple(
                self._say(
                    "joined." + ("split" if j.how == "split" else "join"),
                    at=self._at(j.at),
                    by=j.by,
                    how=named(self._language, "how", j.how),
                )
                for j in portrait.joinings
                if j.undone_at is None
            ),
            zone=self._zone.key,
        )

    def _there(self, portrait: Portrait, hers: str | None) -> str:
        """Return the same instant where she lives; "" where the clocks show the same."""
        zone, _ = zone_of(hers, self._program.company.zone)
        there = f"{portrait.earliest.at.astimezone(zone):%Y-%m-%d %H:%M}"
        return "" if there == self._at(portrait.earliest.at) else f"{there} ({zone.key})"

    def _facts(self, portrait: Portrait) -> tuple[tuple[str, str], ...]:
        person = portrait.person
        known = {
            "customer": person.external_id,
            "language": named(self._language, "language", person.locale or ""),
            "zone": person.timezone,
            "prefers": person.preferred_channel and self._channel(person.preferred_channel),
            "since": self._at(person.created_at),
            "opted_out": person.opted_out_at and self._at(person.opted_out_at),
            "paused": person.paused_until and self._at(person.paused_until),
        }
        return tuple((self._say(f"fact.{name}"), value) for name, value in known.items() if value)

    def _place(self, address: Address) -> Place:
        return Place(
            id=address.id,
            channel=self._channel(address.channel),
            user=address.user,
            since=self._at(address.created_at),
            reachable=address.reachable,
        )

    def _limit(self, limit: NextAsk) -> Limit:
        about = [self._label(limit.stage), limit.instrument.upper()] if limit.stage else []
        return Limit(
            rule=self._rule(limit.rule),
            code=limit.rule,
            at=self._at(limit.at),
            about=" · ".join(about),
        )

    def _entry(self, entry: Mapping[str, Json]) -> Entry:
        until = entry["counts_until"]
        return Entry(
            at=self._iso(entry["at"]),
            granted=bool(entry["granted"]),
            purpose=self._say(f"purpose.{entry['purpose']}"),
            channel=self._channel(str(entry["channel"])) if entry["channel"] else "",
            source=str(entry["source"]),
            version=str(entry["text_version"]),
            text=str(entry["text"] or ""),
            proof=str(entry["proof"] or ""),
            until=self._iso(until) if until else "",
        )

    def _happening(self, explanation: Explanation) -> Happening:
        event = explanation.event.event
        return Happening(
            at=self._at(event.time),
            type=event.type,
            subject=event.subject,
            told=tuple(self._ruled(x) for x in told(explanation, self._program, self._language)),
        )

    def _ruled(self, told: Told) -> Ruled:
        return Ruled(
            trigger=told.trigger, survey=self._surveys.get(told.trigger, ""), lines=told.lines
        )

    def _message(self, delivery: Delivery) -> Message:
        return Message(
            at=self._at(delivery.sent_at or delivery.created_at),
            kind=named(self._language, "kind", delivery.kind.partition(".")[0]),
            channel=self._channel(delivery.channel),
            state=named(self._language, "state", delivery.state),
            reason=delivery.reason or "",
            attempts=str(delivery.attempts),
        )

    def _said(self, asked: Asked, *, reads_words: bool) -> Said:
        ask = asked.invitation
        answers = [self._answer(each, reads_words=reads_words) for each in asked.answers]
        return Said(
            at=self._at(ask.sent_at or ask.created_at),
            survey=ask.survey,
            place=f"{self._label(ask.stage)} · {self._label(ask.touchpoint)}",
            state=named(self._language, "ask", ask.state),
            answers=tuple(each for each in answers if each[1]),
            hides_words=not reads_words and any(each.text for each in asked.answers),
        )

    def _answer(self, answer: Answer, *, reads_words: bool) -> tuple[str, str]:
        said = answer.score if answer.score is not None else answer.choice
        words = answer.text if said is None and reads_words else None
        told_as = str(said) if said is not None else words or ""
        return named(self._language, "question", answer.question), told_as

    def _rule(self, rule: str) -> str:
        return rule_in_words(rule, self._program, self._language)

    def _label(self, place: str) -> str:
        labels = self._labels.get(place)
        return choose(labels, self._language, self._program.company.language) if labels else place

    def _channel(self, channel: str) -> str:
        return self._say(f"channel.{channel}")

    def _say(self, key: str, **values: str) -> str:
        return say(self._language, key, **values)

    def _iso(self, moment: Json) -> str:
        return self._at(datetime.fromisoformat(str(moment)))

    def _at(self, moment: datetime) -> str:
        return f"{moment.astimezone(self._zone):%Y-%m-%d %H:%M}"


def _happened(explanation: Explanation) -> datetime:
    return explanation.event.event.time
