"""What lies on the bench: a trigger, its survey and what all share, as they are in force and as somebody types them.

Walk of one: ``laid_out`` takes the version and the drafts from a unit of work -> ``typed_over`` lays a form over them ->
``revised`` writes the program that this would be and looks it over -> ``kept`` saves drafts of what differs.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from pydantic import ValidationError

from bot.editor.conditions import ROOT, Node, fields, found, settled
from bot.editor.fields import Units, changes, shown_fields
from bot.editor.parts import units_of, with_names
from surveys.errors import NotFound
from surveys.journey import SLUG
from surveys.model import Json
from surveys.ports import UnitOfWork
from surveys.program import Survey
from surveys.service.context import Context
from surveys.service.drafting import drop_draft, save_draft
from surveys.service.publishing import in_force, version_of
from surveys.service.revising import Revised, entries, revise
from surveys.stored_programs import (
    ADVERTISING,
    BUDGET,
    CHANNELS,
    CONTACT_RULES,
    Owner,
    ProgramDraft,
)

TRIGGER, SURVEY, RULES = "trigger", "survey", "rules"
KINDS: Final = (TRIGGER, SURVEY, RULES, BUDGET, ADVERTISING, CHANNELS)
"""What the names of a form's fields begin with."""

EDITED, PROPOSED, LOOKED_AT = "edited", "proposed", "looked_at"
"""How a part is on the page: to be changed here, to be changed by a patch for git, or to be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One part on the bench.

    Attributes:
        part: its name in the program, e.g. ``trigger:delivery``.
        entry: what the version that was begun on says of it, None where it is new.
        typed: the fields as they are on the screen.
        seen: when the draft that they lie over was saved.
        is_sent: whether a form held it.
    """

    part: str
    entry: Mapping[str, Json] | None
    owner: Owner | None
    typed: Mapping[str, str]
    units: Units
    draft: ProgramDraft | None = None
    seen: datetime | None = None
    is_sent: bool = False

    @property
    def changes(self) -> dict[str, Json]:
        """What is typed that differs from the version, and the names that follow from it."""
        return with_names(self.part, changes(self.units, self.typed, self.entry), self.entry)

    @property
    def is_touched(self) -> bool:
        """Whether it would become another one, or a first one."""
        new = self.entry is None and self.part.startswith((TRIGGER, SURVEY))
        return bool(self.changes) or new


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The pieces of one trigger, and the versions they lie between."""

    trigger: str
    base: int
    live: int
    text: str
    pieces: Mapping[str, Piece] = field(default_factory=dict)

    @property
    def survey(self) -> str:
        """The id of its survey."""
        return self.pieces[SURVEY].part.partition(":")[2]

    @property
    def condition(self) -> Node | None:
        """The condition as it is on the screen."""
        return found(self.pieces[TRIGGER].typed)

    @property
    def changes(self) -> dict[str, dict[str, Json]]:
        """What differs, by part."""
        touched = (piece for piece in self.pieces.values() if piece.is_touched)
        return {piece.part: piece.changes for piece in touched}

    @property
    def drafts(self) -> dict[str, datetime]:
        """When each draft of the pieces was saved, by part."""
        drafts = (piece.draft for piece in self.pieces.values() if piece.draft)
        return {draft.part: draft.saved_at for draft in drafts}

    def settled(self, kinds: Mapping[str, tuple[str, ...]]) -> "Bench":
        """Return the bench with each value that was typed for a field of one kind, by path, taken for one of that."""
        piece = self.pieces[TRIGGER]
        known = settled(self.condition, kinds)
        if known == self.condition:
            return self
        others = {n: text for n, text in piece.typed.items() if not f"{n}.".startswith(f"{ROOT}.")}
        typed = replace(piece, typed=others | fields(known))
        return replace(self, pieces={**self.pieces, TRIGGER: typed})

    def of_git(self) -> "Bench":
        """Return the bench without what is typed about parts that git does not own."""
        pieces = {
            kind: piece
            if piece.owner == Owner.GIT
            else replace(piece, typed=shown_fields(piece.units, piece.entry))
            for kind, piece in self.pieces.items()
        }
        return replace(self, pieces=pieces)

    def revised(self) -> Revised:
        """Write the program that this would be, and look it over."""
        return revise(self.text, self.base, self.changes)

    def worded(self) -> Survey | None:
        """Return the survey as it is on the screen; None where its fields make none yet."""
        piece = self.pieces[SURVEY]
        whole = {"id": self.survey, **(piece.entry or {}), **piece.changes}
        said = {name: value for name, value in whole.items() if value is not None}
        try:
            return Survey.model_validate_json(json.dumps(said))
        except ValidationError:
            return None


def laid_out(tx: UnitOfWork, trigger: str, languages: tuple[str, ...]) -> Bench:
    """Return the bench of a trigger, its drafts on it. Raises NotFound for one that is neither published nor drafted."""
    if not re.fullmatch(SLUG, trigger):
        raise NotFound("trigger", trigger)
    live, draft = in_force(tx), tx.program_drafts.get(f"trigger:{trigger}")
    entry = entries(live.text, [f"trigger:{trigger}"])[f"trigger:{trigger}"]
    if entry is None and draft is None:
        raise NotFound("trigger", trigger)
    content = draft.content if draft else entry or {}
    names = {
        TRIGGER: f"trigger:{trigger}",
        SURVEY: f"survey:{content.get('survey', '')}",
        RULES: CONTACT_RULES,
        BUDGET: BUDGET,
        ADVERTISING: ADVERTISING,
        CHANNELS: CHANNELS,
    }
    drafts = {kind: tx.program_drafts.get(part) for kind, part in names.items()}
    base = version_of(tx, min([live.number, *(each.base for each in drafts.values() if each)]))
    said = entries(base.text, names.values())
    pieces = {
        kind: _piece(part, said[part], live.owners.get(part), drafts[kind], languages)
        for kind, part in names.items()
    }
    return Bench(trigger=trigger, base=base.number, live=live.number, text=base.text, pieces=pieces)


def _piece(
    part: str,
    entry: Mapping[str, Json] | None,
    owner: Owner | None,
    draft: ProgramDraft | None,
    languages: tuple[str, ...],
) -> Piece:
    units = units_of(part, languages)
    drafted = {name: str(value) for name, value in draft.content.items()} if draft else None
    return Piece(
        part=part,
        entry=entry,
        owner=owner,
        typed=shown_fields(units, entry) if drafted is None else drafted,
        units=units,
        draft=draft,
        seen=draft.saved_at if draft else None,
    )


def typed_over(bench: Bench, form: Mapping[str, str]) -> Bench:
    """Return the bench with a form laid over it; a part that the form does not hold stays as it is.

    The form says by ``<kind>.seen`` over which draft it was opened.
    """
    pieces = dict(bench.pieces)
    for kind, piece in bench.pieces.items():
        if f"{kind}.seen" in form:
            own = {n.partition(".")[2]: v for n, v in form.items() if n.startswith(f"{kind}.")}
            seen = own.pop("seen")
            if kind == TRIGGER:  # which survey is asked stands in the address, not in a field
                own["survey"] = bench.survey
            pieces[kind] = replace(piece, typed=own, seen=_instant(seen), is_sent=True)
    return replace(bench, pieces=pieces)


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def kept(tx: UnitOfWork, ctx: Context, bench: Bench, by: str) -> None:
    """Save drafts of the pieces that differ; raises BaseMoved where another draft stands by now, NotOwned for git's.

    Of a piece that is again as it is in force, its draft is kept too: it says so.
    """
    for piece in bench.pieces.values():
        theirs = piece.owner == Owner.GIT
        if (theirs and not piece.is_sent) or not (piece.is_touched or piece.draft):
            continue
        if (
            piece.draft
            and piece.seen == piece.draft.saved_at
            and piece.draft.content == piece.typed
        ):
            continue
        save_draft(tx, ctx, piece.part, piece.typed, base=bench.base, author=by, seen=piece.seen)


def given_up(tx: UnitOfWork, bench: Bench) -> None:
    """Drop the drafts that the form was opened over; raises BaseMoved where another stands by now."""
    for piece in bench.pieces.values():
        if piece.draft and (piece.is_sent or piece.owner != Owner.GIT):
            drop_draft(tx, piece.part, piece.seen if piece.is_sent else None)


def taken_over(tx: UnitOfWork, ctx: Context, bench: Bench, by: str) -> None:
    """Put the drafts on what is in force now, as they are typed: what others changed since has been looked at."""
    for piece in bench.pieces.values():
        if piece.draft is not None:
            save_draft(
                tx, ctx, piece.part, piece.typed, base=bench.live, author=by, seen=piece.seen
            )
