"""Why somebody was asked or not: the verdicts of a customer or an event, in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from surveys.language.texts import say
from surveys.model import Decision, Identifier, StoredEvent, Verdict
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.timing import zone_of

MOST_DECISIONS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One event with its decisions."""

    event: StoredEvent
    decisions: tuple[Decision, ...]


def why(tx: UnitOfWork, query: str) -> tuple[Explanation, ...]:
    """Return what was decided about a customer (id, e-mail, ``namespace=value``) or an event, newest first."""
    events = tx.events.search(query)
    if events:
        return tuple(Explanation(event=e, decisions=tx.decisions.of_event(e.id)) for e in events)
    return tuple(
        explanation for person_id in _people(tx, query) for explanation in _of(tx, person_id)
    )


def _people(tx: UnitOfWork, query: str) -> tuple[str, ...]:
    namespace, equals, value = query.partition("=")
    names = [Identifier(namespace="id", value=query)]
    if "@" in query:
        email = query.strip().casefold()
        names += [Identifier(namespace=n, value=email) for n in ("email", "email_hint")]
    if equals:
        names.append(Identifier(namespace=namespace, value=value))
    found = [p.id for p in tx.people.named(names)]
    own = tx.people.get(query)
    return (*found, *([own.id] if own and own.id not in found else []))


def _of(tx: UnitOfWork, person_id: str) -> tuple[Explanation, ...]:
    decided: dict[str, list[Decision]] = {}
    for decision in tx.decisions.of_person(person_id, MOST_DECISIONS):
        decided.setdefault(decision.event_id, []).append(decision)
    found = ((tx.events.get(event_id), rows) for event_id, rows in decided.items())
    return tuple(Explanation(event=event, decisions=tuple(rows)) for event, rows in found if event)


def in_words(
    explanations: tuple[Explanation, ...], program: Program, language: str
) -> tuple[str, ...]:
    """Return printable lines: each event, its triggers, and each verdict with rule and values."""
    zone, _ = zone_of(program.company.zone, "UTC")
    lines: list[str] = []
    for explanation in explanations:
        event = explanation.event.event
        at = _local(event.time, zone)
        lines.append(say(language, "why.event", time=at, type=event.type, subject=event.subject))
        if not explanation.decisions:
            lines.append(f"  {say(language, 'why.no_trigger')}")
        for decision in explanation.decisions:
            lines.append(f"  {decision.trigger}")
            lines += [f"    {_line(verdict, zone, language)}" for verdict in decision.verdicts]
    return tuple(lines)


def as_json(explanations: tuple[Explanation, ...]) -> list[dict[str, Any]]:
    """Return the same as plain JSON."""
    return [
        {
            "event": {
                "source": e.event.event.source,
                "id": e.event.event.id,
                "type": e.event.event.type,
                "subject": e.event.event.subject,
                "time": e.event.event.time.isoformat(),
            },
            "decisions": [
                {
                    "trigger": d.trigger,
                    "state": d.state.value,
                    "program_version": d.program_version,
                    "verdicts": [
                        {
                            "kind": v.kind.value,
                            "rule": v.rule,
                            "at": v.at.isoformat(),
                            "values": dict(v.values),
                        }
                        for v in d.verdicts
                    ],
                }
                for d in e.decisions
            ],
        }
        for e in explanations
    ]


def _line(verdict: Verdict, zone: ZoneInfo, language: str) -> str:
    kind = say(language, f"why.{verdict.kind.value}")
    values = " ".join(f"{name}={value}" for name, value in verdict.values.items())
    return f"{_local(verdict.at, zone)}  {kind}: {_rule(verdict.rule, language)}  [{verdict.rule}] {values}".rstrip()


def _rule(rule: str, language: str) -> str:
    try:
        return say(language, f"why.rule.{rule}")
    except KeyError:
        return say(language, "why.rule.other", rule=rule)


def _local(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
