"""Publishing a program: a plan of what changes first, then a new version; nothing is changed in place.

What is handed in is merged with what the other side owns, checked, told apart from earlier wordings, and compared
with what is in force. ``plan`` says all that and writes nothing; ``publish`` is the same with the version stored.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from pydantic import ValidationError

from surveys.deeds import DeedAct
from surveys.errors import InvalidInput, NotFound, ProgramFault
from surveys.model import Deed
from surveys.ports import UnitOfWork
from surveys.program import Fault, Program, Survey, lint, load_program
from surveys.program.differences import PartChange, differences
from surveys.program.document import read
from surveys.program.merging import changed_parts, merged, rebased, with_given
from surveys.program.parts import part_named, parts_of
from surveys.program.patching import without_header
from surveys.program.series import Given, History, told_apart
from surveys.service.context import Context
from surveys.service.one_at_a_time import one_at_a_time
from surveys.service.owning import none_overwritten, none_published_since, theirs_of
from surveys.stored_programs import Owner, ProgramVersion, Source, UnderWay

Json = Any

FROM_FILES: Final = (Source.START, Source.SHIPPED, Source.APPLY)
"""Versions that a file was for; a start looks at what it has seen of each before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What somebody hands in.

    Attributes:
        text: the whole program; from git without what the console owns, or with that as it is in force.
        by: whose change it is.
        author: who makes it, as the audit trail names them.
        base: the number of the version it was begun on; None skips that check.
        take: parts of the other side that are this side's from now on.
        where: what the text is called in faults.
        reverts: the version that it brings back, parts of either side.
    """

    text: str
    by: Owner
    author: str
    source: Source
    base: int | None = None
    take: tuple[str, ...] = ()
    note: str = ""
    where: str = "program"
    reverts: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a proposal comes to.

    Attributes:
        number: the version it is held against, in force now.
        before: what that version says.
        text: the program as it would be published.
        changes: part by part; nothing is told of comments.
        given: names and versions that surveys were given by themselves.
        taken: the parts that change their owner.
        under_way: the asks that are not over, by the part that changes.
        is_empty: whether there is nothing to publish, not even another comment.
    """

    number: int
    before: Program
    text: str
    program: Program
    owners: Mapping[str, Owner]
    changes: tuple[PartChange, ...]
    given: tuple[Given, ...]
    taken: tuple[str, ...]
    under_way: Mapping[str, UnderWay]
    is_empty: bool

    def to_json(self) -> dict[str, Json]:
        """Return it as plain JSON."""
        asks = {part: {"waiting": a.waiting, "open": a.open} for part, a in self.under_way.items()}
        given = [{"survey": g.survey, "key": g.key, "old": g.old, "new": g.new} for g in self.given]
        return {
            "in_force": self.number,
            "changes": [
                {**change.to_json(), "under_way": asks.get(change.part)} for change in self.changes
            ],
            "given": given,
            "taken": list(self.taken),
            "empty": self.is_empty,
        }


TURN: Final = "program"
"""What is published and drafted, one at a time."""

PLANNED: Final = "program_planned"
"""The note that says which file was planned last; a start leaves it alone."""

PROBLEM: Final = "program_problem"
"""The note that says why the configured file is not in force; no program file was refused since where it is empty."""


def in_force(tx: UnitOfWork) -> ProgramVersion:
    """Return the newest version; raises NotFound before the first start."""
    newest = tx.program_versions.newest()
    if newest is None:
        raise NotFound("program version", "1: start the server once")
    return newest


def version_of(tx: UnitOfWork, number: int) -> ProgramVersion:
    """Return a version; raises NotFound."""
    version = tx.program_versions.get(number)
    if version is None:
        raise NotFound("program version", str(number))
    return version


def reverting(
    tx: UnitOfWork,
    number: int,
    *,
    author: str,
    by: Owner = Owner.GIT,
    base: int | None = None,
    note: str = "",
) -> Proposal:
    """Return the proposal that brings an earlier version back; ``base`` is what it was planned against.

    Raises NotFound, InvalidInput for the version in force, NotOwned where the console would change what is git's,
    and BaseMoved where somebody published since.
    """
    live, version = in_force(tx), version_of(tx, number)
    if number == live.number:
        raise InvalidInput("", f"version {number} is in force")
    if base is not None:
        none_published_since(version.text, live, version_of(tx, base), (), by)
    if by == Owner.CONSOLE:
        none_overwritten(version.text, live, live, theirs_of(live, by), by)
    return Proposal(
        text=version.text,
        by=by,
        author=author,
        source=Source.REVERT,
        note=note,
        where=f"version {number}",
        reverts=number,
    )


def plan(tx: UnitOfWork, proposal: Proposal) -> Plan:
    """Return what would change.

    Raises ProgramFault, NotOwned for parts of the other side, and BaseMoved where somebody changed the same since.
    """
    live = in_force(tx)
    text = proposal.text if proposal.reverts else _merged(tx, live, proposal)
    old, new = _program_of(tx, live), load_program(text, proposal.where)
    given = tuple(told_apart(new, old, history(tx))) if new.surveys != old.surveys else ()
    if given:
        text = with_given(text, given)
        new = load_program(text, proposal.where)
    owners = _owners(tx, live, text, proposal)
    changes = differences(old, new)
    return Plan(
        number=live.number,
        before=old,
        text=text,
        program=new,
        owners=owners,
        changes=changes,
        given=given,
        taken=tuple(sorted(p for p in owners if owners[p] != live.owners.get(p, owners[p]))),
        under_way=_under_way(tx, changes),
        is_empty=text == live.text and owners == live.owners,
    )


def publish(tx: UnitOfWork, ctx: Context, proposal: Proposal) -> tuple[Plan, int]:
    """Store what a proposal comes to as a new version; return the plan, and the number in force afterwards.

    A plan that changes nothing stores nothing. Raises as ``plan`` does, and AlreadyStored where somebody else publishes
    at the same instant.
    """
    one_at_a_time(tx, TURN)
    found = plan(tx, proposal)
    if proposal.source in FROM_FILES:
        tx.notes.set(f"program_{proposal.source.value}", digest(proposal.text))
        tx.notes.set(PROBLEM, "")
    if found.is_empty:
        return found, found.number
    version = _version(found, proposal, ctx.now())
    keep(tx, version, found.program)
    for change in found.changes:
        tx.program_drafts.remove(change.part)
    details = {"changes": [change.part for change in found.changes], "taken": list(found.taken)}
    told = {"source": proposal.source.value, "note": proposal.note, "reverts": proposal.reverts}
    note(tx, ctx, version, **details, **told)
    return found, version.number


def _version(found: Plan, proposal: Proposal, at: datetime) -> ProgramVersion:
    return ProgramVersion(
        number=found.number + 1,
        hash=found.program.version,
        text=found.text,
        owners=found.owners,
        author=proposal.author,
        source=proposal.source,
        published_at=at,
        note=proposal.note,
        reverts=proposal.reverts,
    )


def digest(text: str) -> str:
    """Return what a file is known by that was seen before, whatever version it says it is."""
    return sha256(without_header(text).encode()).hexdigest()


def keep(tx: UnitOfWork, version: ProgramVersion, program: Program) -> None:
    """Store a version and what it means; from the next unit of work on it is in force."""
    tx.program_versions.add(version)
    tx.programs.put(version.hash, program.to_json(), version.published_at)
    tx.notes.set("program", version.hash)


def note(tx: UnitOfWork, ctx: Context, version: ProgramVersion, **details: Json) -> None:
    """Write a publish into the audit trail."""
    act: DeedAct = "program_revert" if version.source == Source.REVERT else "program_publish"
    subject = str(version.number)
    tx.audit.add(Deed(at=ctx.now(), by=version.author, act=act, subject=subject, details=details))


def history(tx: UnitOfWork) -> History:
    """Return what wording names and survey versions have stood for so far."""
    found, seen = History(), set[str]()
    for version in tx.programs.history():
        for stored in json.loads(version.content).get("surveys", ()):
            written = json.dumps(stored)
            if written not in seen:
                seen.add(written)
                _recall(found, written)
    return found


def _recall(found: History, written: str) -> None:
    """Note a survey; what this Aftertouch no longer understands takes part in nothing."""
    try:
        survey = Survey.model_validate_json(written)
    except ValidationError:
        return
    found.note(survey.model_dump(mode="json", by_alias=True))


def _program_of(tx: UnitOfWork, version: ProgramVersion) -> Program:
    return Program.from_json(tx.programs.get(version.hash) or "")


def _merged(tx: UnitOfWork, live: ProgramVersion, proposal: Proposal) -> str:
    """Return what is handed in with what the other side owns, sound."""
    text, by = without_header(proposal.text), proposal.by
    _mergeable(text, proposal.where)
    theirs = theirs_of(live, by) - _taken(live, proposal)
    base = live if proposal.base is None else version_of(tx, proposal.base)
    none_overwritten(text, live, base, theirs, by)
    none_published_since(text, live, base, theirs, by)
    if by == Owner.CONSOLE:
        whole = text if base.number == live.number else rebased(base.text, text, live.text)
    else:
        whole = merged(text, live.text, theirs)
    _sound(text, whole, proposal.where)
    return whole


def _taken(live: ProgramVersion, proposal: Proposal) -> frozenset[str]:
    return frozenset(part_named(name, live.owners) for name in proposal.take)


def _mergeable(text: str, where: str) -> None:
    """Raise ProgramFault for a text whose parts cannot even be told apart."""
    value = read(text).value
    sections = ("surveys", "triggers")
    apart = isinstance(value, dict) and all(_is_list(value.get(name) or []) for name in sections)
    if read(text).problems or not apart:
        load_program(text, where)


def _is_list(entries: Json) -> bool:
    """Say whether it is a list of entries with an id each."""
    return isinstance(entries, list) and all(
        isinstance(entry, dict) and isinstance(entry.get("id"), str) for entry in entries
    )


def _sound(handed: str, whole: str, where: str) -> None:
    """Raise ProgramFault with every fault; what was handed in has its own lines, the rest those it got."""
    faults = lint(whole, where)
    own = {(fault.key, fault.problem): fault for fault in lint(handed, where)} if faults else {}
    told = [own.get((fault.key, fault.problem)) or _merged_in(fault) for fault in faults]
    if told:
        raise ProgramFault(where, tuple(str(fault) for fault in told))


def _merged_in(fault: Fault) -> Fault:
    return replace(fault, where=f"{fault.where} with what the other side owns")


def _owners(
    tx: UnitOfWork, live: ProgramVersion, text: str, proposal: Proposal
) -> dict[str, Owner]:
    parts = parts_of(read(text).value)
    if proposal.reverts:
        known = {**version_of(tx, proposal.reverts).owners, **live.owners}
        return {part: known[part] for part in parts if part in known}
    ours = frozenset(parts) - (theirs_of(live, proposal.by) - _taken(live, proposal))
    if proposal.source == Source.SHIPPED:
        ours = frozenset()
    if proposal.by == Owner.CONSOLE:
        before = {part for part, owner in live.owners.items() if owner == Owner.CONSOLE}
        changed = changed_parts(live.text, text)
        ours &= before | changed | _taken(live, proposal)
    kept = {part: owner for part, owner in live.owners.items() if part in parts}
    return {**kept, **dict.fromkeys(sorted(ours), proposal.by)}


def _under_way(tx: UnitOfWork, changes: tuple[PartChange, ...]) -> dict[str, UnderWay]:
    """Return the asks that each change touches; contact rules and what all share touch every one."""
    asks = [
        each for each in tx.program_versions.under_way() if not each.trigger.startswith("test.")
    ]
    return {change.part: _touched(change.part, asks) for change in changes}


def _touched(part: str, asks: list[UnderWay]) -> UnderWay:
    kind, _, name = part.partition(":")
    found = [a for a in asks if not name or name == (a.survey if kind == "survey" else a.trigger)]
    return UnderWay(
        trigger=name if kind == "trigger" else "",
        survey=name if kind == "survey" else "",
        waiting=sum(each.waiting for each in found),
        open=sum(each.open for each in found),
    )
