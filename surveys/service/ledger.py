"""The consent ledger: every grant and withdrawal is written down with what proves it, and told with the text it names.

Rows are only ever added. An erasure takes them away with everything else of the person.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from surveys.agreements import Standing, agreement, good_until
from surveys.language.texts import say as words
from surveys.model import Address, Channel, Consent, Incoming, Invitation, Json, Person, Purpose
from surveys.ports import UnitOfWork
from surveys.program import Program, say
from surveys.service.context import Context
from surveys.timing import zone_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What shows that she said so: the channel, and the link, message or question in which she did."""

    id: str
    channel: Channel | None = None


def by_link(token_hash: str, channel: Channel) -> Proof:
    """Return what the use of a one-time link proves."""
    return Proof(id=f"link:{token_hash[:32]}", channel=channel)


def by_act(incoming: Incoming) -> Proof:
    """Return what a message, a tap or a platform's notice proves."""
    return Proof(id=f"{incoming.source}/{incoming.key}", channel=incoming.channel)


def in_answer_to(invitation: Invitation) -> Proof:
    """Return what a button of a question proves."""
    return Proof(id=f"ask:{invitation.id}", channel=invitation.channel)


def grant(
    tx: UnitOfWork,
    ctx: Context,
    person: Person,
    *,
    source: str,
    proof: Proof,
    address: Address | None = None,
    at: datetime | None = None,
) -> None:
    """Write down that she agrees to service surveys, by the text that is shown now."""
    tx.consents.add(
        Consent(
            person_id=person.id,
            purpose=Purpose.SERVICE_SURVEY,
            granted=True,
            at=at or _heard(tx, ctx, person, Purpose.SERVICE_SURVEY),
            source=source,
            text_version=ctx.program.consent.version,
            locale=ctx.language_for(person, address),
            address_id=address.id if address else None,
            channel=proof.channel,
            proof=proof.id,
        )
    )


def withdraw(tx: UnitOfWork, ctx: Context, person: Person, *, source: str, proof: Proof) -> None:
    """Write down that she takes back all she agreed to; only what she agrees to anew counts again."""
    now = ctx.now()
    ledger = tx.consents.of_person(person.id)
    advertised = agreement(ledger, Purpose.MARKETING, now)
    standing = advertised.standing in (Standing.GRANTED, Standing.LAPSED)
    versions = {Purpose.SERVICE_SURVEY: ctx.program.consent.version}
    if advertised.entry is not None and standing:
        versions[Purpose.MARKETING] = advertised.entry.text_version
    for purpose, version in versions.items():
        tx.consents.add(
            Consent(
                person_id=person.id,
                purpose=purpose,
                granted=False,
                at=_heard(tx, ctx, person, purpose),
                source=source,
                text_version=version,
                locale=person.locale,
                channel=proof.channel,
                proof=proof.id,
            )
        )


def _heard(tx: UnitOfWork, ctx: Context, person: Person, purpose: Purpose) -> datetime:
    """Return when she said so herself: now, and after all that was known by then, which a company may date too late."""
    known = (each.at for each in tx.consents.of_person(person.id) if each.purpose is purpose)
    return max((ctx.now(), *known))


# --- reading it -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Texts:
    """Every consent text that was ever live, with since when; whatever a ledger row names is found again."""

    _known: dict[tuple[Purpose, str], list[tuple[datetime | None, Mapping[str, str]]]] = field(
        default_factory=dict
    )

    def add(self, content: Mapping[str, Json], at: datetime | None) -> None:
        """Add the texts of a program, given as its canonical JSON reads."""
        own = {Purpose.SERVICE_SURVEY: content, Purpose.MARKETING: content.get("advertising") or {}}
        for purpose, part in own.items():
            text = part.get("consent")
            if text:
                self._known.setdefault((purpose, text["version"]), []).append((at, text["text"]))

    def of(self, consent: Consent, company: str) -> str | None:
        """Return the text a row names, in its language, else in the ``company``'s; None where we never showed one.

        Where a version had several texts, it is the one that was live then.
        """
        shown = self._known.get((consent.purpose, consent.text_version), [])
        then = [texts for since, texts in shown if since is None or since <= consent.at]
        found = then[-1] if then else next((texts for _, texts in shown), None)
        return None if found is None else say(found, consent.locale or company, company)


def texts_shown(tx: UnitOfWork, program: Program) -> Texts:
    """Return all texts of the versions that were live, and of the live one."""
    texts, history = Texts(), tx.programs.history()
    for version in history:
        texts.add(json.loads(version.content), version.at)
    if not any(version.version == program.version for version in history):
        texts.add(json.loads(program.to_json()), None)
    return texts


def told(consent: Consent, texts: Texts, program: Program) -> dict[str, Json]:
    """Return a row as plain JSON, with its text."""
    until = good_until(consent) if consent.granted else None
    return {
        "purpose": consent.purpose.value,
        "granted": consent.granted,
        "at": consent.at.isoformat(),
        "channel": consent.channel.value if consent.channel else None,
        "source": consent.source,
        "proof": consent.proof,
        "text_version": consent.text_version,
        "locale": consent.locale,
        "text": texts.of(consent, program.company.language),
        "counts_until": until.isoformat() if until else None,
    }


def ledger_of(tx: UnitOfWork, person_id: str, program: Program) -> list[dict[str, Json]]:
    """Return a person's ledger, oldest first."""
    texts = texts_shown(tx, program)
    return [told(each, texts, program) for each in tx.consents.of_person(person_id)]


def in_words(
    ledger: Sequence[Mapping[str, Json]], program: Program, language: str, now: datetime
) -> tuple[str, ...]:
    """Return printable lines: each entry with where it comes from, what proves it and what it was that she read."""
    if not ledger:
        return (words(language, "ledger.none"),)
    zone, _ = zone_of(program.company.zone, "UTC")
    heading = words(language, "ledger.heading", count=str(len(ledger)), zone=zone.key)
    return (heading, *(line for entry in ledger for line in _lines(entry, zone, language, now)))


def _lines(
    entry: Mapping[str, Json], zone: ZoneInfo, language: str, now: datetime
) -> Iterator[str]:
    def local(iso: str) -> str:
        return f"{datetime.fromisoformat(iso).astimezone(zone):%Y-%m-%d %H:%M}"

    def stated(name: str) -> str:
        return str(entry[name] or "-")

    purpose = words(language, f"mydata.purpose_{entry['purpose']}")
    key = "ledger.granted" if entry["granted"] else "ledger.withdrawn"
    yield words(language, key, at=local(entry["at"]), purpose=purpose)
    where = {"channel": stated("channel"), "source": stated("source"), "locale": stated("locale")}
    yield "    " + words(language, "ledger.source", version=entry["text_version"], **where)
    yield "    " + words(language, "ledger.proof", proof=stated("proof"))
    until = entry["counts_until"]
    if until is not None:
        key = "ledger.lapsed" if now >= datetime.fromisoformat(until) else "ledger.until"
        yield "    " + words(language, key, at=local(until))
    text = entry["text"]
    shown = "ledger.no_text" if text is None else "ledger.text"
    yield "    " + words(language, shown, **({} if text is None else {"text": text}))
