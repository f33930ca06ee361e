"""What the page of a person shows, decided before any markup."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.console.people.offers import Names
from bot.console.people.saying import (
    instrument_in_words,
    proof_in_words,
    score_in_words,
    source_in_words,
    zone_in_words,
)
from bot.console.people_texts import named, say
from bot.console.sent import reason_in_words, wait_in_words
from bot.console.words import Words
from surveys.instruments import instrument
from surveys.model import (
    Address,
    Answer,
    Channel,
    Delivery,
    DeliveryState,
    Invitation,
    InvitationState,
    Json,
)
from surveys.program import Program
from surveys.service.explaining import Explanation
from surveys.service.overviews import Asked, NextAsk, Portrait
from surveys.service.reasons import Told, rule_in_words, told
from surveys.timing import zone_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where she can be reached; ``id`` is ours, and so is the ``user`` of a browser, which tells nobody anything."""

    id: str
    channel: str
    user: str
    is_told: bool
    since: str
    reachable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Until when a rule keeps asks back; ``about`` says which, "" for all."""

    rule: str
    at: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the consent ledger: ``shown`` says what kind of ``proof`` there is.

    ``until`` is "" where it counts for as long as she likes.
    """

    at: str
    granted: bool
    purpose: str
    channel: str
    source: str
    version: str
    text: str
    proof: str
    shown: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """What was decided for a trigger; ``trigger`` is "" where there was none, ``exact`` is for engineers."""

    trigger: str
    lines: tuple[str, ...]
    exact: tuple[str, ...]


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

    ``barriers`` are the rules that keep every ask back until something about her changes.
    """

    id: str
    typed: str
    facts: tuple[tuple[str, str], ...]
    names: tuple[tuple[str, str], ...]
    places: tuple[Place, ...]
    earliest: str
    there: str
    barriers: tuple[str, ...]
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
        self._names = Names(program, language)
        self._words = Words(program, language)

    def page(self, portrait: Portrait, *, reads_words: bool) -> PersonPage:
        """Return all of it."""
        person = portrait.person
        timeline = sorted((*portrait.explanations, *portrait.idle), key=_happened, reverse=True)
        waits = portrait.earliest.at > self._now
        return PersonPage(
            id=person.id,
            typed=person.external_id or person.id,
            facts=self._facts(portrait),
            names=tuple(
                (named(self._language, "namespace", name.namespace), name.value)
                for name in portrait.names
                if (name.namespace, name.value) != ("id", person.external_id)
            ),
            places=tuple(self._place(each) for each in portrait.addresses),
            earliest=self._at(portrait.earliest.at) if waits else "",
            there=self._there(portrait, person.timezone) if waits else "",
            barriers=tuple(self._rule(rule) for rule in portrait.barriers),
            limits=tuple(self._limit(each) for each in portrait.limits),
            ledger=tuple(self._entry(each) for each in portrait.ledger),
            timeline=tuple(self._happening(each) for each in timeline),
            messages=tuple(self._message(portrait, each) for each in portrait.deliveries),
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
            zone=zone_in_words(self._zone.key, self._language, self._now),
        )

    def _there(self, portrait: Portrait, hers: str | None) -> str:
        """Return the same instant where she lives; "" where the clocks show the same."""
        zone, _ = zone_of(hers, self._program.company.zone)
        there = f"{portrait.earliest.at.astimezone(zone):%Y-%m-%d %H:%M}"
        return (
            ""
            if there == self._at(portrait.earliest.at)
            else f"{there} · {zone_in_words(zone.key, self._language, portrait.earliest.at)}"
        )

    def _facts(self, portrait: Portrait) -> tuple[tuple[str, str], ...]:
        person = portrait.person
        known = {
            "customer": person.external_id,
            "language": named(self._language, "language", person.locale or ""),
            "zone": person.timezone and zone_in_words(person.timezone, self._language, self._now),
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
            is_told=address.channel is not Channel.WEBCHAT,
            since=self._at(address.created_at),
            reachable=address.reachable,
        )

    def _limit(self, limit: NextAsk) -> Limit:
        stage = self._words.label("stage", limit.stage)
        about = (
            [stage, instrument_in_words(limit.instrument, self._language)] if limit.stage else []
        )
        return Limit(
            rule=self._rule(limit.rule),
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
            source=source_in_words(str(entry["source"]), self._language),
            version=str(entry["text_version"]),
            text=str(entry["text"] or ""),
            proof=str(entry["proof"] or ""),
            shown=proof_in_words(str(entry["proof"] or ""), self._language),
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
        trigger = self._names.trigger(told.trigger)
        return Ruled(trigger=trigger, lines=told.lines, exact=told.exact)

    def _message(self, portrait: Portrait, delivery: Delivery) -> Message:
        known = (delivery, self._program, self._language)
        waits = delivery.state is DeliveryState.PENDING
        return Message(
            at=self._at(delivery.sent_at or delivery.created_at),
            kind=named(self._language, "kind", delivery.kind.partition(".")[0]),
            channel=self._channel(delivery.channel),
            state=named(self._language, "state", delivery.state),
            reason=wait_in_words(*known, self._now, is_held=portrait.is_held)
            if waits
            else reason_in_words(*known),
            attempts=str(delivery.attempts),
        )

    def _said(self, asked: Asked, *, reads_words: bool) -> Said:
        ask = asked.invitation
        scores = (each.score for each in asked.answers if each.score is not None)
        band = next((instrument(ask.instrument).band(score) for score in scores), "")
        answers = [self._answer(each, ask, band, reads_words=reads_words) for each in asked.answers]
        is_answering = ask.state is InvitationState.OPEN and bool(asked.answers)
        return Said(
            at=self._at(ask.sent_at or ask.created_at),
            survey=self._names.surveys.get(ask.survey, ask.survey),
            place=f"{self._stage(ask)} · {self._words.label('touchpoint', ask.touchpoint)}",
            state=named(self._language, "ask", "answering" if is_answering else ask.state),
            answers=tuple(each for each in answers if each[1]),
            hides_words=not reads_words and any(each.text for each in asked.answers),
        )

    def _answer(
        self, answer: Answer, ask: Invitation, band: str, *, reads_words: bool
    ) -> tuple[str, str]:
        """Return what was asked and what was said; "" where the reader may not see it."""
        question = named(self._language, "question", answer.question)
        if answer.score is not None:
            asked = (
                question,
                instrument_in_words(ask.instrument, self._language),
                self._stage(ask),
            )
            said = score_in_words(ask.instrument, answer.score, self._language)
            return " · ".join(asked), said
        if answer.choice is not None:
            return question, self._words.chip(ask.survey, answer.choice, band)
        return question, (answer.text or "") if reads_words else ""

    def _stage(self, ask: Invitation) -> str:
        return self._words.label("stage", ask.stage)

    def _rule(self, rule: str) -> str:
        return rule_in_words(rule, self._program, self._language)

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
