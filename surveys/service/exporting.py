"""What is held about a person, as JSON and in words of her language."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, Final

from surveys.errors import NotFound
from surveys.language.dates import day, moment
from surveys.language.texts import say
from surveys.model import (
    Address,
    Answer,
    Decision,
    Delivery,
    Invitation,
    Json,
    StoredEvent,
)
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.program import say as choose
from surveys.reports import IMPORTED
from surveys.service.ledger import ledger_of
from surveys.timing import zone_of

FORMAT: Final = "aftertouch-customer-1"
LONGEST_MESSAGE: Final = 2800
"""Characters: Slack shows 3,000 in a section, Telegram 4,096 in a message."""

_PLACE: Final = ("stage", "touchpoint", "channel", "wording")
_MOST_DECISIONS: Final = 10_000


def export(tx: UnitOfWork, person_id: str, *, program: Program, now: datetime) -> dict[str, Json]:
    """Return everything that is held about the person, as plain JSON. Raises NotFound."""
    person = tx.people.get(person_id)
    if person is None:
        raise NotFound("customer", person_id)
    held = tx.belongings.of(person_id)
    asks = [tx.invitations.look(each) for each in held.get("invitation", ())]
    decisions = tx.decisions.of_person(person_id, _MOST_DECISIONS)
    return {
        "format": FORMAT,
        "as_of": now.isoformat(),
        "customer": {
            "id": person.external_id,
            "created_at": person.created_at.isoformat(),
            "locale": person.locale,
            "timezone": person.timezone,
            "attributes": dict(person.attributes),
            "preferred_channel": person.preferred_channel,
            "paused_until": _iso(person.paused_until),
            "opted_out_at": _iso(person.opted_out_at),
            "identifiers": [
                {"namespace": n.namespace, "value": n.value} for n in tx.people.names(person_id)
            ],
        },
        "addresses": [_address(each) for each in tx.addresses.of_person(person_id)],
        "consents": ledger_of(tx, person_id, program),
        "events": [_event(each) for each in tx.events.of_person(person_id)],
        "decisions": [_decision(each) for each in decisions],
        "asks": [_ask(tx, each) for each in _by_time(asks)],
        "imported": list(_imported(tx.answers.of_subject(person.subject_id))),
        "messages": [_message(each) for each in _messages(tx, held.get("delivery", ()))],
        "webhook_messages": len(held.get("webhook", ())),
    }


def in_words(data: Mapping[str, Any], program: Program, language: str) -> str:
    """Return an export as one message: all that fits, the newest first where something does not."""
    zone, _ = zone_of(program.company.zone, "UTC")
    now = datetime.fromisoformat(data["as_of"])
    lines: list[str] = []
    room = LONGEST_MESSAGE
    told = list(_lines(data, _Teller(program, language, zone, now)))
    for number, line in enumerate(told):
        more = say(language, "mydata.more", count=str(len(told) - number))
        if len(line) + len(more) + 2 > room:
            return "\n".join([*lines, more])
        lines.append(line)
        room -= len(line) + 1
    return "\n".join(lines)


class _Teller:
    """Words for the parts of an export."""

    def __init__(self, program: Program, language: str, zone: tzinfo, now: datetime) -> None:
        self.program = program
        self.language = language
        self._zone = zone
        self._now = now

    def say(self, key: str, **values: str) -> str:
        return say(self.language, f"mydata.{key}", **values)

    def day(self, iso: str) -> str:
        return day(datetime.fromisoformat(iso), self._zone, self.language, now=self._now)

    def moment(self, iso: str) -> str:
        return moment(datetime.fromisoformat(iso), self._zone, self.language, now=self._now)


def _lines(data: Mapping[str, Any], teller: _Teller) -> Iterator[str]:
    company = choose(teller.program.company.name, teller.language, teller.program.company.language)
    yield teller.say("heading", company=company, day=teller.day(data["as_of"]))
    yield from _about(data["customer"], teller)
    for each in data["addresses"]:
        key = "address" if each["reachable"] else "address_blocked"
        yield teller.say(key, channel=each["channel"], user=each["user"])
    for each in data["consents"]:
        key = "consent_given" if each["granted"] else "consent_withdrawn"
        about = teller.say(f"purpose_{each['purpose']}")
        at = teller.day(each["at"])
        yield teller.say(key, day=at, version=each["text_version"], purpose=about)
    for ask in reversed(data["asks"]):
        yield from _of_ask(ask, teller)
    for each in reversed(data["imported"]):
        yield from _of_imported(each, teller)
    for each in reversed(data["events"]):
        yield teller.say(
            "event", day=teller.day(each["time"]), type=each["type"], subject=each["subject"]
        )
    counts = {"decisions": str(len(data["decisions"])), "messages": str(len(data["messages"]))}
    yield teller.say("counts", **counts)


def _about(customer: Mapping[str, Any], teller: _Teller) -> Iterator[str]:
    names = [f"{n['namespace']}={n['value']}" for n in customer["identifiers"]]
    if names:
        yield teller.say("names", names=", ".join(names))
    known = [str(customer[key]) for key in ("locale", "timezone") if customer[key]]
    if known:
        yield teller.say("settings", settings=", ".join(known))
    if customer["attributes"]:
        said = ", ".join(f"{key}: {value}" for key, value in customer["attributes"].items())
        yield teller.say("attributes", attributes=said)
    if customer["opted_out_at"]:
        yield teller.say("opted_out", day=teller.day(customer["opted_out_at"]))
    if customer["paused_until"]:
        yield teller.say("paused", day=teller.day(customer["paused_until"]))


def _of_ask(ask: Mapping[str, Any], teller: _Teller) -> Iterator[str]:
    if ask["sent_at"] is None:
        yield teller.say("waiting", survey=ask["survey"], occasion=ask["occasion"])
        return
    at = teller.moment(ask["sent_at"])
    yield teller.say("asked", moment=at, survey=ask["survey"], occasion=ask["occasion"])
    yield from _said(ask["answers"], teller)


def _of_imported(given: Mapping[str, Any], teller: _Teller) -> Iterator[str]:
    at = teller.moment(given["answers"][0]["answered_at"])
    yield teller.say("imported", moment=at, source=given["wording"])
    yield from _said(given["answers"], teller)


def _said(answers: Sequence[Mapping[str, Any]], teller: _Teller) -> Iterator[str]:
    for answer in answers:
        said = next((answer[k] for k in ("text", "choice", "score") if answer[k] is not None), "")
        yield teller.say(f"answer_{answer['question']}", said=str(said))


# --- as JSON ----------------------------------------------------------------------------------------


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _by_time(asks: Sequence[Invitation | None]) -> list[Invitation]:
    return sorted((each for each in asks if each is not None), key=lambda each: each.created_at)


def _messages(tx: UnitOfWork, ids: Sequence[str]) -> list[Delivery]:
    found = (tx.deliveries.look(each) for each in ids)
    return sorted((d for d in found if d is not None), key=lambda d: d.created_at)


def _address(address: Address) -> dict[str, Json]:
    return {
        "channel": address.channel.value,
        "account": address.account,
        "user": address.user,
        "chat": address.chat,
        "locale": address.locale,
        "reachable": address.reachable,
        "since": address.created_at.isoformat(),
    }


def _event(stored: StoredEvent) -> dict[str, Json]:
    event = stored.event
    return {
        "source": event.source,
        "id": event.id,
        "type": event.type,
        "subject": event.subject,
        "refs": list(event.refs),
        "time": event.time.isoformat(),
        "received_at": stored.received_at.isoformat(),
        "data": dict(event.data),
        "handler": event.handler,
        "customer": {
            "id": event.customer.id,
            "email": event.customer.email,
            "locale": event.customer.locale,
            "timezone": event.customer.timezone,
            "identifiers": [[i.namespace, i.value] for i in event.customer.identifiers],
        },
    }


def _decision(decision: Decision) -> dict[str, Json]:
    return {
        "trigger": decision.trigger,
        "verdicts": [
            {"kind": v.kind.value, "rule": v.rule, "at": v.at.isoformat(), "values": dict(v.values)}
            for v in decision.verdicts
        ],
    }


def _ask(tx: UnitOfWork, invitation: Invitation) -> dict[str, Json]:
    return {
        "survey": invitation.survey,
        "trigger": invitation.trigger,
        "occasion": invitation.occasion,
        "stage": invitation.stage,
        "touchpoint": invitation.touchpoint,
        "state": invitation.state.value,
        "channel": invitation.channel,
        "created_at": invitation.created_at.isoformat(),
        "sent_at": _iso(invitation.sent_at),
        "closes_at": _iso(invitation.closes_at),
        "answers": [_answer(each) for each in tx.answers.of_invitation(invitation.id)],
    }


def _imported(answers: Sequence[Answer]) -> Iterator[dict[str, Json]]:
    """Yield what came from other systems, its score first: no ask of ours has it."""
    scores = [each for each in answers if each.given == IMPORTED]
    for scored in scores:
        beside = [each for each in answers if each.invitation_id == scored.invitation_id]
        beside.sort(key=lambda each: each.question != scored.question)
        place = {name: getattr(scored.dimensions, name) for name in _PLACE}
        yield {**place, "answers": [_answer(each) for each in beside]}


def _answer(answer: Answer) -> dict[str, Json]:
    return {
        "question": answer.question,
        "score": answer.score,
        "scale": answer.dimensions.scale,
        "choice": answer.choice,
        "text": answer.text,
        "answered_at": answer.answered_at.isoformat(),
        "version": answer.version,
    }


def _message(delivery: Delivery) -> dict[str, Json]:
    return {
        "kind": delivery.kind,
        "channel": delivery.channel.value,
        "state": delivery.state.value,
        "created_at": delivery.created_at.isoformat(),
        "sent_at": _iso(delivery.sent_at),
    }
