"""Why somebody was asked or not: finds the verdicts of a customer or an event."""

from dataclasses import dataclass
from typing import Any

from surveys.model import Decision, Identifier, StoredEvent, VerdictKind
from surveys.ports import UnitOfWork

MOST_DECISIONS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One event with its decisions; ``took_back`` names the triggers whose asks it withdrew."""

    event: StoredEvent
    decisions: tuple[Decision, ...]
    took_back: tuple[str, ...] = ()


def why(tx: UnitOfWork, query: str) -> tuple[Explanation, ...]:
    """Return what was decided about a customer (id, e-mail, ``namespace=value``) or an event, newest first."""
    events = tx.events.search(query)
    if events:
        return tuple(_explained(tx, event) for event in events)
    return tuple(
        explanation for person_id in _people(tx, query) for explanation in of_person(tx, person_id)
    )


def _explained(tx: UnitOfWork, event: StoredEvent) -> Explanation:
    decisions = tx.decisions.of_event(event.id)
    took_back = () if decisions else _taken_back(tx, event)
    return Explanation(event=event, decisions=decisions, took_back=took_back)


def _taken_back(tx: UnitOfWork, reversal: StoredEvent) -> tuple[str, ...]:
    event = reversal.event
    return tuple(
        decision.trigger
        for original in tx.events.of_occasions((event.subject, *event.refs))
        for decision in tx.decisions.of_event(original.id)
        for verdict in decision.verdicts
        if (verdict.kind, verdict.rule) == (VerdictKind.WITHDRAWN, "reversed")
        and verdict.values.get("by") == event.type
        and verdict.at >= reversal.received_at
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


def of_person(tx: UnitOfWork, person_id: str) -> tuple[Explanation, ...]:
    """Return what was decided about the person lately, newest first."""
    decided: dict[str, list[Decision]] = {}
    for decision in tx.decisions.of_person(person_id, MOST_DECISIONS):
        decided.setdefault(decision.event_id, []).append(decision)
    found = ((tx.events.get(event_id), rows) for event_id, rows in decided.items())
    return tuple(Explanation(event=event, decisions=tuple(rows)) for event, rows in found if event)


def undecided(tx: UnitOfWork, person_id: str, limit: int) -> tuple[Explanation, ...]:
    """Return the person's newest events that started nothing, with what came of them."""
    events = reversed(tx.events.of_person(person_id)[-limit:])
    explained = (_explained(tx, event) for event in events)
    return tuple(each for each in explained if not each.decisions)


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
            "took_back": list(e.took_back),
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
