"""Puts into words why somebody was asked or not; every time is told in the company's zone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from surveys.language.texts import say
from surveys.model import Decision, Json, Verdict, VerdictKind
from surveys.program import Program
from surveys.service.explaining import Explanation
from surveys.timing import zone_of

_IMPLIED = frozenset({"addresses", "after", "max_wait", "purpose"})
"""Values that rule or times say already; the JSON has them."""

_ENDS = frozenset({"not_before", "ask_by"})
_WEIGHED = frozenset({"need", "freshness", "score", "target", "half_width"})
"""Values of the ranking, which tell nobody but an engineer anything."""

_OVER = frozenset({VerdictKind.SKIPPED, VerdictKind.EXPIRED, VerdictKind.WITHDRAWN})
"""After these, as after a verdict that another one followed, when she could have been asked is no promise."""


def in_words(
    explanations: tuple[Explanation, ...], program: Program, language: str
) -> tuple[str, ...]:
    """Return printable lines: each event, its triggers, and each verdict with rule and values."""
    teller = _teller(program, language)
    lines = [line for explanation in explanations for line in teller.lines(explanation)]
    return (*lines, say(language, "why.zone", zone=teller.zone.key))


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A trigger with each of its verdicts in words; without a trigger, what came of an event that started nothing.

    ``exact`` are the lines of ``in_words``, with codes and the numbers of the ranking, where they say more.
    """

    trigger: str
    lines: tuple[str, ...]
    exact: tuple[str, ...] = ()


def told(explanation: Explanation, program: Program, language: str) -> tuple[Told, ...]:
    """Return what was decided about an event, in the words of ``in_words`` and without its codes."""
    teller = _teller(program, language)
    if not explanation.decisions:
        return (Told(trigger="", lines=(teller.effect(explanation),)),)
    subject = explanation.event.event.subject
    return tuple(
        Told(
            trigger=each.trigger,
            lines=tuple(replace(teller, is_plain=True).verdicts(each, subject)),
            exact=tuple(teller.verdicts(each, subject)),
        )
        for each in explanation.decisions
    )


def verdicts_in_words(decision: Decision, program: Program, language: str) -> tuple[str, ...]:
    """Return each verdict of a decision with its rule and values, in the words of ``in_words``."""
    return tuple(_teller(program, language).verdicts(decision, ""))


def rule_in_words(rule: str, program: Program, language: str) -> str:
    """Return what a rule of a verdict is called."""
    return _teller(program, language).rule(rule)


def was_hopeless(verdict: Verdict) -> bool:
    """Say whether an ask was given up before its deadline, as it would have been allowed only after it."""
    ask_by, allowed = (_moment(verdict.values.get(name)) for name in ("ask_by", "not_before"))
    return verdict.kind is VerdictKind.EXPIRED and bool(
        ask_by and allowed and verdict.at < ask_by < allowed
    )


def _teller(program: Program, language: str) -> "_Teller":
    zone, _ = zone_of(program.company.zone, "UTC")
    return _Teller(program, language, zone)


@dataclass(frozen=True, slots=True)
class _Teller:
    program: Program
    language: str
    zone: ZoneInfo
    is_plain: bool = False

    def lines(self, explanation: Explanation) -> Iterator[str]:
        event = explanation.event.event
        at = self._local(event.time)
        yield self._say("why.event", time=at, type=event.type, subject=event.subject)
        if not explanation.decisions:
            yield f"  {self.effect(explanation)}"
        for decision in explanation.decisions:
            yield f"  {decision.trigger}"
            yield from (f"    {line}" for line in self.verdicts(decision, event.subject))

    def verdicts(self, decision: Decision, subject: str) -> Iterator[str]:
        last = decision.verdicts[-1]
        for verdict in decision.verdicts:
            over = verdict is not last or verdict.kind in _OVER
            yield self._verdict(verdict, subject, ".over" if over else "")

    def effect(self, explanation: Explanation) -> str:
        """Say what came of an event that started nothing."""
        if explanation.took_back:
            return self._say("why.took_back", triggers=", ".join(explanation.took_back))
        reversing = self.program.reversing(explanation.event.event.type)
        return self._say("why.nothing_to_take_back" if reversing else "why.no_trigger")

    def _verdict(self, verdict: Verdict, subject: str, over: str) -> str:
        kind = self._say("why.hopeless" if was_hopeless(verdict) else f"why.{verdict.kind.value}")
        told = [
            self._value(f"{name}{over}" if name in _ENDS else name, value)
            for name, value in _worth_telling(verdict.values, subject)
            if not (self.is_plain and name in _WEIGHED)
        ]
        head = f"{self._local(verdict.at)}  {kind}: {self.rule(verdict.rule)}"
        head += " ·" * any(told) if self.is_plain else f"  [{verdict.rule}]"
        return f"{head} {' · '.join(filter(None, told))}".rstrip()

    def rule(self, rule: str) -> str:
        return self._say_or(f"why.rule.{rule}", self._say("why.rule.other", rule=rule))

    def _value(self, name: str, value: Json) -> str:
        if name == "steps":
            return self._steps(value)
        if name == "cap" and isinstance(value, str):
            asks, _, days = value.rstrip("d").partition("/")
            return self._say("why.value.cap", asks=asks, days=days)
        if name == "chosen_by":
            return self._say_or(f"why.chosen_by.{value}", str(value))
        if name == "channel":
            value = self._say_or(f"why.channel.{value}", str(value))
        text = self._text(value)
        return self._say_or(f"why.value.{name}", f"{name}={text}", value=text)

    def _steps(self, value: Json) -> str:
        """Return what put the time off, one after the other; a single cause is the rule itself."""
        steps = (
            [step for step in value if isinstance(step, list)] if isinstance(value, list) else []
        )
        if len(steps) < 2:  # noqa: PLR2004 see above
            return ""
        return " → ".join(f"{self.rule(str(rule))} {self._text(at)}" for rule, at in steps)

    def _text(self, value: Json) -> str:
        if isinstance(value, list):
            return ", ".join(map(self._text, value))
        if isinstance(value, Mapping):
            return ", ".join(f"{name}={self._text(inner)}" for name, inner in value.items())
        moment = _moment(value)
        return self._local(moment) if moment else str(value)

    def _local(self, at: datetime) -> str:
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M}"

    def _say(self, key: str, **values: str) -> str:
        return say(self.language, key, **values)

    def _say_or(self, key: str, otherwise: str, **values: str) -> str:
        try:
            return self._say(key, **values)
        except KeyError:
            return otherwise


def _worth_telling(values: Mapping[str, Json], subject: str) -> Iterator[tuple[str, Json]]:
    """Leave out what is empty, what is said already, and contact rules where there was no contact."""
    untouched = values.get("last_contact") is None
    for name, value in values.items():
        known = name in _IMPLIED or (name == "occasion" and value == subject)
        idle = untouched and name in {"cap", "cooldown_days"}
        if not (known or idle or value in (None, "", [], {}, 0)):
            yield name, value


def _moment(value: Json) -> datetime | None:
    """Return a stored point in time, or None for any other value."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None
