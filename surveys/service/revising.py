"""What forms do to parts of the program: drafts laid over a version, looked over, compared, published.

Walk of one: somebody begins on version 4 (``base``) and changes a trigger and its survey. ``revise`` writes both into
the text of version 4 and says what is wrong, part by part; ``proposal`` hands that text in as the console's. What was
published since is held against it by ``surveys.service.publishing``, which ``publish_drafts`` calls: it publishes only
the drafts that were on the screen, and takes them away.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from surveys.errors import BaseMoved, NotFound
from surveys.model import Json
from surveys.ports import UnitOfWork
from surveys.program import Fault, lint
from surveys.program.document import read
from surveys.program.parts import field_named, fields_of, parts_of, place_of
from surveys.program.patching import FieldFault, edit
from surveys.service.context import Context
from surveys.service.one_at_a_time import one_at_a_time
from surveys.service.publishing import TURN, Plan, Proposal, in_force, note, publish
from surveys.stored_programs import Owner, Source

Changes = Mapping[str, Mapping[str, Json]]
"""Fields by part; None takes a field out, ``surveys.program.patching.NULL`` writes null."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised:
    """The text of a program with several parts changed.

    Attributes:
        faults: what is wrong with each of these parts, by field.
        elsewhere: what the change breaks in other parts.
    """

    base: int
    text: str
    faults: Mapping[str, tuple[FieldFault, ...]]
    elsewhere: tuple[Fault, ...]

    @property
    def is_sound(self) -> bool:
        """Whether it may be published."""
        return not self.elsewhere and not any(self.faults.values())


def revise(text: str, base: int, changes: Changes) -> Revised:
    """Return a sound program's text with fields of parts changed; parts that are not there are added."""
    for part, fields in changes.items():
        text = edit(text, part, fields).text
    found: dict[str, list[FieldFault]] = {part: [] for part in changes}
    elsewhere = list[Fault]()
    for fault in lint(text, "program"):
        own = _part_of(read(text).value, fault, changes)
        if own is None:
            elsewhere.append(fault)
        else:
            found[own].append(_within(read(text).value, own, fault))
    faults = {part: tuple(each) for part, each in found.items()}
    return Revised(base=base, text=text, faults=faults, elsewhere=tuple(elsewhere))


def _dotted(value: Mapping[str, Json], part: str) -> str:
    return ".".join(str(step) for step in place_of(value, part))


def _part_of(value: Mapping[str, Json], fault: Fault, parts: Iterable[str]) -> str | None:
    places = ((part, _dotted(value, part)) for part in parts)
    inside = (part for part, at in places if at and f"{fault.key}.".startswith(f"{at}."))
    return next(inside, None)


def _within(value: Mapping[str, Json], part: str, fault: Fault) -> FieldFault:
    key = fault.key[len(_dotted(value, part)) + 1 :]
    return FieldFault(field=field_named(part, key), problem=fault.problem)


def located(revised: Revised, fault: Fault) -> tuple[str | None, str]:
    """Return the part that a fault is in and the field of it that is meant; None and the whole key where it is in none."""
    value = read(revised.text).value
    part = _part_of(value, fault, parts_of(value))
    return (part, _within(value, part, fault).field) if part else (None, fault.key)


def entries(text: str, parts: Iterable[str]) -> dict[str, Mapping[str, Json] | None]:
    """Return the fields of each part in a program's text, None where there is none."""
    known = parts_of(read(text).value)
    there = {part: known.get(part) for part in parts}
    return {part: None if said is None else fields_of(part, said) for part, said in there.items()}


def proposal(revised: Revised, author: str) -> Proposal:
    """Return it as the console's."""
    return Proposal(
        text=revised.text,
        by=Owner.CONSOLE,
        author=author,
        source=Source.CONSOLE,
        base=revised.base,
    )


def publish_drafts(
    tx: UnitOfWork, ctx: Context, wanted: Proposal, seen: Mapping[str, datetime]
) -> tuple[Plan, int]:
    """Publish what the drafts on the screen come to, and take them away; ``seen`` is when each was saved.

    Raises BaseMoved where a draft is not the one that was seen, and as ``surveys.service.publishing.publish``.
    """
    one_at_a_time(tx, TURN)
    as_seen(tx, wanted, seen)
    found = publish(tx, ctx, wanted)
    for part in seen:
        tx.program_drafts.remove(part)
    return found


def as_seen(tx: UnitOfWork, wanted: Proposal, seen: Mapping[str, datetime]) -> None:
    """Raise BaseMoved where a draft is not the one that was on the screen; ``seen`` is when each was saved."""
    for part, at in seen.items():
        draft = tx.program_drafts.get(part)
        if draft is None or draft.saved_at != at:
            who = draft.author if draft else wanted.author
            problem = (
                f"the draft of {part} was changed or published meanwhile by {who}: look at it first"
            )
            raise BaseMoved((part,), wanted.base or 0, who, problem)


def hand_over(tx: UnitOfWork, ctx: Context, part: str, to: Owner, by: str) -> int:
    """Make a part one side's from now on; return the number of the version in force, which says what it said before.

    A draft of what git owns is dropped. Raises NotFound for a part that the program does not have.
    """
    one_at_a_time(tx, TURN)
    live = in_force(tx)
    if part not in parts_of(read(live.text).value):
        raise NotFound("part", part)
    if live.owners.get(part) == to:
        return live.number
    owned = replace(
        live,
        number=live.number + 1,
        owners={**live.owners, part: to},
        author=by,
        source=Source.CONSOLE,
        published_at=ctx.now(),
        note="",
        reverts=None,
    )
    tx.program_versions.add(owned)
    if to == Owner.GIT:
        tx.program_drafts.remove(part)
    note(tx, ctx, owned, source=owned.source.value, changes=[], taken=[part])
    return owned.number
