"""What a program is made of. Every model is a frozen value; unknown keys are refused."""

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import (
    AfterValidator,
    Field,
    ValidationError,
    WithJsonSchema,
)

from surveys.conditions import Condition, paths
from surveys.errors import NotFound, ProgramFault
from surveys.journey import SLUG, Frozen, Label, Message, Slug, Stage, Touchpoint
from surveys.language.texts import languages
from surveys.model import Layout
from surveys.program.alerting import Alerting
from surveys.program.consents import Advertising, ConsentText
from surveys.program.contact import Budget, ContactRules
from surveys.program.durations import Duration, positive
from surveys.program.segmenting import SEGMENTS, Segment
from surveys.program.worth import ALWAYS, CASES, SOLVED, WorthAsking
from surveys.themes.schema import MOST_THEMES, Theme
from surveys.timing import zone_known

Json = Any
Band = Literal["low", "mid", "high"]
STANDARD_WORDING: Final = "std1"
CASE_RESOLVED: Final = "case.resolved"
"""The event that a complaint was seen to; only this one starts the question whether it is sorted."""

VARIANTS: Final = 8
CHIPS: Final = 4
"""Reasons that fit under one question on a phone."""

PURCHASES: Final = ("order.paid", "subscription.paid")

SCANNED: Final = "touchpoint.scanned."
"""What the type of an event begins with that tells of a scanned code; the touchpoint's id follows."""

REQUESTED: Final = "trigger.requested."
"""What the type of an event begins with by which staff ask for one trigger's question; its id follows."""


def _known_zone(name: str) -> str:
    if not zone_known(name):
        raise ValueError(f"{name!r} is not a time zone such as Asia/Seoul")
    return name


def _spoken(language: str) -> str:
    if language not in languages():
        raise ValueError(f"{language!r} is no language we speak: {', '.join(languages())}")
    return language


Language = Annotated[
    str, AfterValidator(_spoken), WithJsonSchema({"type": "string", "enum": list(languages())})
]
EventType = Annotated[str, Field(pattern=r"^[!-~]{1,255}$", examples=["order.paid"])]
DataPath = Annotated[str, Field(pattern=r"^[^.\s]+(\.[^.\s]+){0,15}$", max_length=255)]


class Company(Frozen):
    """Who asks. ``zone`` decides which day an answer counts for and is the customer's when unknown."""

    name: Label
    zone: Annotated[str, AfterValidator(_known_zone)]
    language: Language


class Chip(Frozen):
    """A reason the customer can tap."""

    id: Annotated[str, Field(pattern=SLUG, max_length=24)]
    label: Label


class Reason(Frozen):
    """The question after the score, for one band of scores."""

    question: Message
    chips: Annotated[tuple[Chip, ...], Field(max_length=CHIPS)] = ()


class Variant(Frozen):
    """One of several wordings of a survey's question, put to a share of the customers.

    Attributes:
        wording: its name, which keeps its results apart.
        question: the sentence; without one the standard question, whose wording is ``std1``.
    """

    wording: Slug
    share: Annotated[float, Field(gt=0, le=1)]
    question: Message | None = None


class Survey(Frozen):
    """One score question with what follows it.

    Attributes:
        about: what the standard question asks about, e.g. "결제 과정".
        question: replaces the standard question; then ``wording`` names this new wording.
        wording: answers of different wordings are never mixed in one result.
        variants: several wordings in place of the one; each customer is always asked in the same.
        layout: how the scale's buttons look; see surveys.model.Layout.
        incentive: ``own_goods`` makes the ask advertising in Korea; see surveys.program.consents.Advertising.
    """

    id: Slug
    version: Annotated[int, Field(ge=1)] = 1
    instrument: Literal["nps", "csat", "ces2", "resolved"]
    about: Label
    question: Message | None = None
    wording: Slug = STANDARD_WORDING
    variants: Annotated[tuple[Variant, ...], Field(max_length=VARIANTS)] = ()
    reasons: Mapping[Band, Reason] = Field(default_factory=dict)
    thanks: Message | None = None
    layout: Layout = Layout.STANDARD
    incentive: Literal["none", "third_party", "own_goods"] = "none"

    @property
    def advertises(self) -> bool:
        """Whether asking it is advertising: answers are rewarded with the company's own goods."""
        return self.incentive == "own_goods"

    @property
    def wordings(self) -> tuple[str, ...]:
        """The names of all wordings it is put in."""
        return tuple(variant.wording for variant in self.variants) or (self.wording,)

    def worded(self, wording: str | None) -> "Survey":
        """Return the survey as it is put in one of its wordings; itself where that is none of them."""
        found = next((variant for variant in self.variants if variant.wording == wording), None)
        if found is None:
            return self
        own = {"wording": found.wording, "question": found.question, "variants": ()}
        return self.model_copy(update=own)


class Follows(Frozen):
    """The answer that starts a later ask of the same customer: to which survey, in which band of scores."""

    survey: Slug
    band: Literal["low", "mid", "high", "any"] = "any"


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise ValueError("names a channel twice")
    return names


Channels = Annotated[tuple[Literal["telegram", "slack", "webchat"], ...], AfterValidator(_distinct)]


class Trigger(Frozen):
    """What starts which survey at which touchpoint: an event, or the customer's answer to another survey.

    Attributes:
        on: the event type; None where it ``follows`` an answer.
        follows: the answer, where no event starts it.
        where: a condition on the event's data.
        after: how long after the event or the answer to ask.
        share: the part of the customers to ask, in (0, 1].
        occurrence: ask only at the person's n-th distinct occasion of this event type.
        max_wait: how long after the planned time the ask may still go out.
        reminder: remind once, 24 h after an unanswered ask.
        withdrawn_by: event types that take the ask back.
        channels: where to ask, the best first, before any other order.
        worth_asking: which cases are worth asking about; see ``worth``.
    """

    id: Slug
    on: EventType | None = None
    follows: Follows | None = None
    survey: Slug
    touchpoint: Slug
    where: Condition | None = None
    after: Duration = timedelta(0)
    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    occurrence: Annotated[int, Field(ge=1, le=1000)] | None = None
    max_wait: Annotated[Duration, AfterValidator(positive)] = timedelta(days=7)
    reminder: bool = False
    withdrawn_by: tuple[EventType, ...] = ()
    channels: Channels = ()
    worth_asking: WorthAsking | None = None

    @property
    def worth(self) -> WorthAsking:
        """What makes an event worth asking about; solved cases have sensible rules where it does not say."""
        return self.worth_asking or (CASES if self.on == SOLVED else ALWAYS)

    @property
    def by_scan(self) -> bool:
        """Whether the customer comes to us and asks to be asked, by scanning a touchpoint's code."""
        return self.on is not None and self.on.startswith(SCANNED)

    def for_scans(self) -> "Trigger":
        """Return the trigger that asks the same at once of whoever scans the touchpoint's code."""
        lent = {"id": f"scan.{self.touchpoint}", "on": f"{SCANNED}{self.touchpoint}"}
        now_or_never = {"after": timedelta(0), "max_wait": timedelta(hours=1), "reminder": False}
        always = {"where": None, "share": 1.0, "occurrence": None, "withdrawn_by": ()}
        return self.model_copy(update={**lent, **now_or_never, **always, "worth_asking": None})


Entry = TypeVar("Entry", Stage, Touchpoint, Survey, Trigger)


def _by_id(entries: tuple[Entry, ...]) -> Mapping[str, Entry]:
    return MappingProxyType({entry.id: entry for entry in entries})


def _found(what: str, entries: Mapping[str, Entry], key: str) -> Entry:
    if key not in entries:
        raise NotFound(what, key)
    return entries[key]


class Program(Frozen):
    """The whole configuration of what is asked, when and whom.

    Attributes:
        attributes: dotted data paths kept with events, besides those that conditions mention.
        segments: by what results can be told apart besides stage, touchpoint, channel and language.
        languages: every text of the program exists in each of them.
        channels: where customers are asked who have several chats and named none, the best first.
        budget: how precise a stage's score is to be each month; it is asked about no more often than that needs.
        fall_back_after: how long a channel may be off or red before its asks go elsewhere.
        purchases: event types by which a customer who comes back is known.
        themes: what customers write about, besides the built-in themes or in their place.
        advertising: what asks must say that are rewarded with the company's own goods.
    """

    company: Company
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    touchpoints: tuple[Touchpoint, ...]
    surveys: tuple[Survey, ...]
    triggers: tuple[Trigger, ...]
    contact_rules: ContactRules = ContactRules()
    budget: Annotated[tuple[Budget, ...], Field(max_length=32)] = ()
    consent: ConsentText
    advertising: Advertising | None = None
    attributes: Annotated[tuple[DataPath, ...], Field(max_length=32)] = ()
    segments: Annotated[tuple[Segment, ...], Field(max_length=SEGMENTS)] = ()
    channels: Channels = ()
    fall_back_after: Duration = timedelta(minutes=15)
    purchases: Annotated[tuple[EventType, ...], Field(max_length=32)] = PURCHASES
    alerts: Alerting = Alerting()
    themes: Annotated[tuple[Theme, ...], Field(max_length=MOST_THEMES)] = ()

    @cached_property
    def version(self) -> str:
        """Short hex hash of the canonical JSON; equal content has equal versions."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:12]

    def to_json(self) -> str:
        """Return the canonical JSON: sorted keys, no spaces, defaults written out."""
        content = self.model_dump(mode="json", by_alias=True)
        return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Program":
        """Read what ``to_json`` wrote; raises ProgramFault for anything that is no program."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as exc:
            faults = tuple(f"{_dotted(e['loc'])}: {e['msg']}" for e in exc.errors())
            raise ProgramFault("program", faults) from exc

    def stage(self, stage_id: str) -> Stage:
        """Return the stage; raises NotFound."""
        return _found("stage", self._stages, stage_id)

    def touchpoint(self, touchpoint_id: str) -> Touchpoint:
        """Return the touchpoint; raises NotFound."""
        return _found("touchpoint", self._touchpoints, touchpoint_id)

    def survey(self, survey_id: str) -> Survey:
        """Return the survey; raises NotFound."""
        return _found("survey", self._surveys, survey_id)

    def trigger(self, trigger_id: str) -> Trigger:
        """Return the trigger; raises NotFound."""
        return _found("trigger", {**self._lent, **self._triggers}, trigger_id)

    def triggers_on(self, event_type: str) -> tuple[Trigger, ...]:
        """Return the triggers that this type of event starts, in file order."""
        own = tuple(trigger for trigger in self.triggers if trigger.on == event_type)
        lent = self._scans.get(event_type) or self._requested.get(event_type)
        return (lent,) if lent and not own else own

    def rules_for(self, trigger: Trigger) -> ContactRules:
        """Return the contact rules of its asks; who comes to us may be asked at any hour."""
        always = {"quiet_hours": None, "holidays": None}
        return self.contact_rules.model_copy(update=always if trigger.by_scan else {})

    def budget_of(self, trigger: Trigger) -> Budget | None:
        """Return the budget of what the trigger asks, at its stage."""
        place = (self.touchpoint(trigger.touchpoint).stage, self.survey(trigger.survey).instrument)
        return next((each for each in self.budget if (each.stage, each.unit) == place), None)

    @property
    def on_request(self) -> tuple[Trigger, ...]:
        """The triggers that staff may start for one customer: an event starts them, and they need no answer or scan."""
        return tuple(self._requested.values())

    def triggers_following(self, survey_id: str) -> tuple[Trigger, ...]:
        """Return the triggers that an answer to this survey starts, in file order."""
        return tuple(t for t in self.triggers if t.follows and t.follows.survey == survey_id)

    def reversing(self, event_type: str) -> bool:
        """Say whether some trigger's ask is withdrawn by this type of event."""
        return event_type in self._reversals

    def kept(self, data: Mapping[str, Json]) -> dict[str, Json]:
        """Return only what is stored of an event's data: declared attributes, segments' and conditions' paths."""
        kept: dict[str, Json] = {}
        for path in self._kept_paths:
            _copy(path, data, kept)
        return kept

    @cached_property
    def _stages(self) -> Mapping[str, Stage]:
        return _by_id(self.stages)

    @cached_property
    def _touchpoints(self) -> Mapping[str, Touchpoint]:
        return _by_id(self.touchpoints)

    @cached_property
    def _surveys(self) -> Mapping[str, Survey]:
        return _by_id(self.surveys)

    @cached_property
    def _triggers(self) -> Mapping[str, Trigger]:
        return _by_id(self.triggers)

    @cached_property
    def _scans(self) -> Mapping[str, Trigger]:
        """What a scan begins, by its event's type: the first ask of its touchpoint that an event starts."""
        asking = (t for t in reversed(self.triggers) if t.on not in (None, CASE_RESOLVED))
        return {f"{SCANNED}{t.touchpoint}": t.for_scans() for t in asking if not t.by_scan}

    @cached_property
    def _requested(self) -> Mapping[str, Trigger]:
        asking = (t for t in self.triggers if t.on not in (None, CASE_RESOLVED) and not t.by_scan)
        return {f"{REQUESTED}{t.id}": t for t in asking}

    @cached_property
    def _lent(self) -> Mapping[str, Trigger]:
        return _by_id(tuple(self._scans.values()))

    @cached_property
    def _reversals(self) -> frozenset[str]:
        return frozenset(kind for trigger in self.triggers for kind in trigger.withdrawn_by)

    @cached_property
    def _kept_paths(self) -> tuple[tuple[str, ...], ...]:
        wanted = {tuple(attribute.split(".")) for attribute in self.attributes}
        wanted |= {segment.data_path for segment in self.segments if segment.data_path}
        for trigger in self.triggers:
            wanted.update(paths(trigger.where) if trigger.where else ())
            wanted.update(trigger.worth.paths if trigger.worth != ALWAYS else ())
        return tuple(
            path for path in sorted(wanted) if not any(path[:n] in wanted for n in range(len(path)))
        )


def _copy(path: tuple[str, ...], source: Json, target: dict[str, Json]) -> None:
    """Copy what ``path`` leads to in ``source``, with the mappings around it, if it is there."""
    *above, last = path
    for name in above:
        source = source.get(name) if isinstance(source, Mapping) else None
    if isinstance(source, Mapping) and last in source:
        for name in above:
            target = target.setdefault(name, {})
        target[last] = source[last]


def _dotted(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc)
