"""An entry of the audit trail in words: who did it, to what or whom with the page it is on, and each detail of it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.console.actors import CATALOGUE, actor_in_words
from bot.console.addresses import PEOPLE, SETTINGS, TEAM
from bot.console.deeds import deed_in_words
from bot.program_words.reading import part_named
from bot.program_words.vocabulary import Vocabulary, spaced
from surveys.language.josa import fill
from surveys.language.texts import said, template
from surveys.model import Deed
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.staffing import AuditEntry, Member
from surveys.timing import zone_of

Json = Any
SURVEYS: Final = "/console/surveys"
DELIVERIES: Final = "/console/deliveries"
_OF_PEOPLE: Final = ("look", "takeout", "join", "split", "request")
_OF_STAFF: Final = ("login", "logout", "session_revoke")
_OF_VERSIONS: Final = ("program_publish", "program_revert")
_PLACES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("settle", "retry", "drop", "retell", "arrived"), DELIVERIES),
    **dict.fromkeys(("key_create", "key_revoke"), SETTINGS),
    "program_plan": SURVEYS,
}
"""The page that tells more of what was done, by the kind of entry, where the entry's own has none."""

_LISTS: Final = ("changes", "taken", "parts")
_TIMES: Final = ("due", "since", "until", "after")
_ROLES: Final = ("role", "from", "to")
_STAFF_WORDS: Final = "staffing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An entry as its table shows it.

    Attributes:
        path: the page of its subject; "" for none.
        details: sentences.
        raw: the entry as it is stored, for engineers.
    """

    at: str
    by: str
    act: str
    subject: str
    path: str
    details: tuple[str, ...]
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """Says entries of the audit trail in one language; ``other`` has names that ``program`` no longer has."""

    language: str
    program: Program
    people: Mapping[str, str]
    staff: Mapping[str, Member]
    other: Program | None = None

    def line(self, entry: AuditEntry) -> Line:
        """Return an entry in words."""
        deed = entry.deed
        subject, path = self.subject(deed)
        return Line(
            at=self._at(deed.at),
            by=self.actor(deed.by),
            act=deed_in_words(self.language, deed),
            subject=subject,
            path=path,
            details=tuple(self._details(deed)),
            raw=_raw(entry),
        )

    def actor(self, by: str) -> str:
        """Return who it was."""
        names = {member.named: called(member) for member in self.staff.values()}
        return actor_in_words(self.language, by, names)

    # --- to what or whom ------------------------------------------------------------------------------

    def subject(self, deed: Deed) -> tuple[str, str]:
        """Return what or whom it was done to, and its page."""
        name = deed.subject
        if not name:
            return "", ""
        if deed.act in _OF_PEOPLE:
            return self._person(name)
        if deed.act in _OF_STAFF or deed.act.startswith("staff_"):
            member = self.staff.get(name)
            return (called(member), TEAM) if member else (self._said("subject.member"), "")
        if deed.act in _OF_VERSIONS:
            return self._said("subject.version", name=name), f"{SURVEYS}/versions/{name}"
        if name.startswith(("trigger:", "survey:")):
            return self._part(name)
        known = template(self.language, f"subject.{deed.act}", CATALOGUE) is not None
        told = self._said(f"subject.{deed.act}", name=name) if known else name
        return told, _PLACES.get(deed.act, "")

    def _person(self, person_id: str) -> tuple[str, str]:
        named = self.people.get(person_id)
        if named is None:
            return self._said("subject.erased"), ""
        return named, f"{PEOPLE}/{person_id}"

    def _part(self, part: str) -> tuple[str, str]:
        kind, _, name = part.partition(":")
        known = kind == "trigger" and any(each.id == name for each in self.program.triggers)
        return part_named(self._words, part), f"{SURVEYS}/edit/{name}" if known else SURVEYS

    # --- its details ----------------------------------------------------------------------------------

    def _details(self, deed: Deed) -> Iterator[str]:
        for key, value in deed.details.items():
            if value in (None, "", [], {}) or (key == "as" and deed.act == "settle"):
                continue
            yield self._said(
                "detail", label=self._label(deed.act, key), value=self._value(key, value)
            )

    def _label(self, act: str, key: str) -> str:
        keys = (f"label.{act}.{key}", f"label.{key}")
        found = (template(self.language, each, CATALOGUE) for each in keys)
        return next(filter(None, found), spaced(key))

    def _value(self, key: str, value: Json) -> str:
        words = self._words
        if key in _LISTS and isinstance(value, list):
            return words.listed(part_named(words, each) for each in value)
        if key == "why" and isinstance(value, Mapping):
            return self._why(value)
        return self._text(key, value) if isinstance(value, str) else words.plain(value)

    def _why(self, why: Mapping[str, Json]) -> str:
        """Return why a planned publish was refused, as the pages of surveys say it."""
        sentence = template(self.language, f"why.{why.get('code')}", "planning")
        if sentence is None:
            return self._words.plain(why)
        given = {name: str(why.get(name, "")) for name in ("number", "problem")}
        given |= {name: self._words.listed(why.get(name, ())) for name in ("faults",)}
        parts = (part_named(self._words, each) for each in why.get("parts", ()))
        by = self.actor(str(why.get("by", "")))
        return fill(sentence, by=by, parts=self._words.listed(parts), **given)

    def _text(self, key: str, value: str) -> str:
        if key == "author":
            return self.actor(value)
        if key == "trigger":
            return self._words.trigger(value)
        if key in _TIMES and (moment := _moment(value)):
            return self._at(moment)
        role = template(self.language, f"role.{value}", _STAFF_WORDS) if key in _ROLES else None
        customer = self.people.get(value) if key in _ROLES else None
        return (
            template(self.language, f"value.{key}.{value}", CATALOGUE) or role or customer or value
        )

    # --- helpers --------------------------------------------------------------------------------------

    @property
    def _words(self) -> Vocabulary:
        return Vocabulary(language=self.language, program=self.program, other=self.other)

    def _said(self, key: str, **values: str) -> str:
        return said(CATALOGUE, self.language, key, **values)

    def _at(self, moment: datetime) -> str:
        zone, _ = zone_of(self.program.company.zone, "UTC")
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def parts_of(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """Yield the parts of a program that the entries tell of."""
    for deed in (entry.deed for entry in entries):
        yield deed.subject
        for value in map(deed.details.get, _LISTS):
            if isinstance(value, list):
                yield from map(str, value)


def called(member: Member) -> str:
    """Return what a member of the staff is called: two may have the same name."""
    if member.name and member.email and member.name != member.email:
        return f"{member.name} ({member.email})"
    return member.name or member.email or member.id


def persons_of(tx: UnitOfWork, entries: tuple[AuditEntry, ...]) -> dict[str, str]:
    """Return what the customers of these entries are called, by our ids; whoever is erased is left out."""
    deeds = [entry.deed for entry in entries if entry.deed.act in _OF_PEOPLE]
    ids = {name for deed in deeds for name in (deed.subject, str(deed.details.get("from", "")))}
    found = (tx.people.get(each) for each in sorted(ids) if each)
    living = (person for person in found if person and person.erased_at is None)
    return {person.id: person.external_id or _identified(tx, person.id) for person in living}


def _identified(tx: UnitOfWork, person_id: str) -> str:
    """Return a name that another system has for somebody, else our own."""
    return next((each.value for each in tx.people.names(person_id)), person_id)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _raw(entry: AuditEntry) -> str:
    deed = entry.deed
    stored = {
        "number": entry.number,
        "at": deed.at.isoformat(timespec="seconds"),
        "by": deed.by,
        "act": deed.act,
        "subject": deed.subject,
        "details": dict(deed.details),
    }
    return json.dumps(stored, ensure_ascii=False)
