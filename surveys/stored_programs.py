"""Versions of the program as they were published, drafts of the next one, and who may change which part.

A *part* is what has one owner: ``survey:<id>``, ``trigger:<id>``, ``contact_rules``, ``budget``, ``advertising`` or
``channels``. What is none of these (company, languages, stages, touchpoints, consent, ...) belongs to the program file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Protocol

CONTACT_RULES: Final = "contact_rules"
BUDGET: Final = "budget"
ADVERTISING: Final = "advertising"
CHANNELS: Final = "channels"
SHARED: Final = (CONTACT_RULES, BUDGET, ADVERTISING, CHANNELS)
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


class PlanState(StrEnum):
    """What became of a planned publish: it waits for its time, or ended so."""

    WAITING = "waiting"
    PUBLISHED = "published"
    REFUSED = "refused"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPublish:
    """A publish at a set time, with its own copy of everything that it publishes.

    Attributes:
        trigger: whose page it was planned on; "" for a file.
        parts: what it changes; a part has one that waits.
        drafts: when each draft that it was made of was saved, by part, as ISO 8601.
        author: who planned it, and whose version it will be.
        base: the number of the version it was begun on.
        named: what the text is called in faults.
        text: the program as it was handed in.
        digest: SHA-256 of the text.
        shown: the plan as it was shown, as JSON.
        first: the version that already asks a first share of the customers, where there is one.
        wall: the local time as it was typed, e.g. ``2026-11-23T09:00``.
        zone: whose time that is.
        due_at: the instant that it was when it was planned.
        number: the version that came of it.
        why: why it was refused, as JSON with a ``code``.
    """

    id: str
    trigger: str
    parts: tuple[str, ...]
    drafts: Mapping[str, str]
    author: str
    side: Owner
    source: Source
    base: int
    take: tuple[str, ...]
    note: str
    named: str
    text: str
    digest: str
    shown: Mapping[str, Any]
    first: int | None
    decided_at: datetime
    wall: str
    zone: str
    due_at: datetime
    state: PlanState = PlanState.WAITING
    ended_at: datetime | None = None
    ended_by: str | None = None
    number: int | None = None
    why: Mapping[str, Any] | None = None

    @property
    def waits(self) -> bool:
        """Whether its time is still to come."""
        return self.state == PlanState.WAITING

    @property
    def late(self) -> timedelta:
        """How long after its time it ended; less than nothing for one that was cancelled before."""
        return (self.ended_at or self.due_at) - self.due_at


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


class PlannedPublishes(Protocol):
    """Publishes at a set time, those that ended too."""

    def add(self, planned: PlannedPublish) -> None:
        """Insert; raises AlreadyStored."""

    def save(self, planned: PlannedPublish) -> None:
        """Replace; raises NotFound."""

    def get(self, planned_id: str) -> PlannedPublish | None:
        """Return it."""

    def waiting(self) -> tuple[PlannedPublish, ...]:
        """Return those that wait, the next one first."""

    def ended(self, limit: int) -> tuple[PlannedPublish, ...]:
        """Return those that ended last, newest first."""

    def due(self, now: datetime, limit: int) -> tuple[PlannedPublish, ...]:
        """Claim those that wait and whose time has come, the earliest first."""

    def next_due(self) -> datetime | None:
        """Return when the next one is due."""
