"""Versions of the program as they were published, drafts of the next one, and who may change which part.

A *part* is what has one owner: ``survey:<id>``, ``trigger:<id>``, ``contact_rules``, ``budget`` or ``advertising``. What
is none of these (company, languages, stages, touchpoints, consent, ...) belongs to the program file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

CONTACT_RULES: Final = "contact_rules"
BUDGET: Final = "budget"
ADVERTISING: Final = "advertising"
SHARED: Final = (CONTACT_RULES, BUDGET, ADVERTISING)
"""The parts that hold for every trigger, each a key of the file."""

HOUSE: Final = "program"
"""What all parts share; it is nobody's but the file's, and stands in no map of owners."""


class Owner(StrEnum):
    """Who may change a part: never both. A part that nobody owns yet is whose who changes it first."""

    GIT = "git"
    CONSOLE = "console"


class Source(StrEnum):
    """How a version came about.

    ``shipped``: the program that Aftertouch ships with; ``start``: the configured file, when the server started;
    ``apply``: a file, by the command; ``upgrade``: the same text, which a new Aftertouch reads differently.
    """

    SHIPPED = "shipped"
    START = "start"
    APPLY = "apply"
    CONSOLE = "console"
    REVERT = "revert"
    UPGRADE = "upgrade"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramVersion:
    """One published version; never changed afterwards.

    Attributes:
        number: counts from 1 without gaps; the greatest is in force.
        hash: of what it means, as decisions and invitations pin it (``Program.version``); versions that differ in
            comments only share it.
        text: the YAML with its comments.
        owners: the owner of each part that has one.
        author: who published it, as the audit trail names them.
        reverts: the version whose content this one brings back.
    """

    number: int
    hash: str
    text: str
    owners: Mapping[str, Owner] = field(default_factory=dict)
    author: str
    source: Source
    published_at: datetime
    note: str = ""
    reverts: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramDraft:
    """What somebody is about to change about a part.

    Attributes:
        part: what is changed; one draft each.
        base: the number of the version it was begun on.
        content: what was typed, as the form keeps it.
        author: who saved it last.
    """

    part: str
    base: int
    content: Mapping[str, object]
    author: str
    saved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """How many asks of a trigger for a survey are not over: not sent yet, and sent with their answer still open."""

    trigger: str
    survey: str
    waiting: int
    open: int


class ProgramVersions(Protocol):
    """The published versions. Append-only."""

    def add(self, version: ProgramVersion) -> None:
        """Insert; raises AlreadyStored where the number is taken, as by who published at the same time."""

    def get(self, number: int) -> ProgramVersion | None:
        """Return the version."""

    def newest(self) -> ProgramVersion | None:
        """Return the version in force."""

    def in_force(self) -> str | None:
        """Return the hash of the version in force; every unit of work of a server asks."""

    def history(self, limit: int, before: int | None = None) -> tuple[ProgramVersion, ...]:
        """Return the newest versions, newest first; those below the number ``before`` where it is given."""

    def under_way(self) -> tuple[UnderWay, ...]:
        """Return the asks that are not over, by trigger and survey."""


class ProgramDrafts(Protocol):
    """Drafts, by part."""

    def put(self, draft: ProgramDraft) -> None:
        """Insert or replace."""

    def get(self, part: str) -> ProgramDraft | None:
        """Return the draft of a part."""

    def all(self) -> tuple[ProgramDraft, ...]:
        """Return all drafts, by part."""

    def remove(self, part: str) -> None:
        """Delete the draft, if any."""
