"""Published versions of the program, drafts, and planned publishes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, delete, func, select, text

from storage.sql.session import Session
from storage.sql.shapes import Shape, encoder, fields_of, insert_into, plain, table_of
from storage.sql.statements import Statement
from storage.tables.asking import LIVE, InvitationRow
from storage.tables.columns import is_now
from storage.tables.program import PlannedPublishRow, ProgramDraftRow, ProgramVersionRow
from surveys.model import InvitationState
from surveys.stored_programs import (
    Owner,
    PlannedPublish,
    PlanState,
    ProgramDraft,
    ProgramVersion,
    UnderWay,
)

_version = table_of(ProgramVersionRow)
_draft = table_of(ProgramDraftRow)
_ask = table_of(InvitationRow)

_NAMES = fields_of(ProgramVersion)
_plain = encoder(_NAMES)


def _encode(version: ProgramVersion) -> Mapping[str, Any]:
    owners = {part: owner.value for part, owner in version.owners.items()}
    return {**_plain(version), "owners": owners}


def _decode(row: Sequence[Any]) -> ProgramVersion:
    values = dict(zip(_NAMES, row, strict=True))
    owners = {part: Owner(owner) for part, owner in values.pop("owners").items()}
    return ProgramVersion(**values, owners=owners)


_VERSION = Shape("program version", ProgramVersionRow, _NAMES, _encode, _decode, key="number")
_NEWEST_FIRST = (_version.c.number.desc(),)
_NEWEST = _VERSION.query(order=_NEWEST_FIRST, limited=True, lock=False)
_BEFORE = _VERSION.query(
    _version.c.number < bindparam("before"), order=_NEWEST_FIRST, limited=True, lock=False
)
_ONE = _VERSION.query(_version.c.number == bindparam("number"), lock=False)
_IN_FORCE = Statement(select(_version.c.hash).order_by(*_NEWEST_FIRST).limit(1))

_PLACE = (_ask.c.trigger, _ask.c.survey)
_STATES = (InvitationState.WAITING, InvitationState.OPEN)
_COUNTS = (func.sum(case((is_now(_ask.c.state, state), 1), else_=0)) for state in _STATES)
_UNDER_WAY = Statement(
    select(*_PLACE, *_COUNTS).where(text(LIVE)).group_by(*_PLACE).order_by(*_PLACE)
)


class SqlProgramVersions:
    """See surveys.stored_programs.ProgramVersions."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, version: ProgramVersion) -> None:
        """Insert."""
        _VERSION.add(self._session, version)

    def get(self, number: int) -> ProgramVersion | None:
        """Return the version."""
        return self._session.one(_ONE, number=number)

    def newest(self) -> ProgramVersion | None:
        """Return the version in force."""
        return self._session.one(_NEWEST, limit=1)

    def in_force(self) -> str | None:
        """Return its hash."""
        found: str | None = self._session.scalar(_IN_FORCE)
        return found

    def history(self, limit: int, before: int | None = None) -> tuple[ProgramVersion, ...]:
        """Return the newest ones."""
        if before is None:
            return self._session.all(_NEWEST, limit=limit)
        return self._session.all(_BEFORE, limit=limit, before=before)

    def under_way(self) -> tuple[UnderWay, ...]:
        """Return the asks that are not over."""
        rows = self._session.rows(_UNDER_WAY)
        return tuple(
            UnderWay(trigger=trigger, survey=survey, waiting=waiting, open=sent)
            for trigger, survey, waiting, sent in rows
        )


_DRAFT_NAMES = fields_of(ProgramDraft)
_DRAFT = plain("program draft", ProgramDraft, ProgramDraftRow, key="part")
_DRAFTS = _DRAFT.query(order=(_draft.c.part,))
_PUT_DRAFT = Statement(
    insert_into(_draft, _DRAFT_NAMES).on_conflict_do_update(
        index_elements=["part"],
        set_={name: bindparam(name) for name in _DRAFT_NAMES if name != "part"},
    )
)
_REMOVE_DRAFT = Statement(delete(_draft).where(_draft.c.part == bindparam("part")))


class SqlProgramDrafts:
    """See surveys.stored_programs.ProgramDrafts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, draft: ProgramDraft) -> None:
        """Insert or replace."""
        self._session.run(_PUT_DRAFT, _DRAFT.encode(draft))

    def get(self, part: str) -> ProgramDraft | None:
        """Return the draft."""
        return _DRAFT.get(self._session, part)

    def all(self) -> tuple[ProgramDraft, ...]:
        """Return all drafts."""
        return self._session.all(_DRAFTS)

    def remove(self, part: str) -> None:
        """Delete it."""
        self._session.run(_REMOVE_DRAFT, {"part": part})


_planned = table_of(PlannedPublishRow)
_PLANNED = plain("planned publish", PlannedPublish, PlannedPublishRow)
_WAITS = is_now(_planned.c.state, PlanState.WAITING)
_IN_TURN = (_planned.c.due_at, _planned.c.id)
_WAITING = _PLANNED.query(_WAITS, order=_IN_TURN, lock=False)
_DUE = _PLANNED.query(
    _WAITS, _planned.c.due_at <= bindparam("now"), order=_IN_TURN, limited=True, claim=True
)
_ENDED = _PLANNED.query(
    _planned.c.ended_at.is_not(None),
    order=(_planned.c.ended_at.desc(), _planned.c.id.desc()),
    limited=True,
    lock=False,
)
_NEXT_PLANNED = Statement(select(func.min(_planned.c.due_at)).where(_WAITS))


class SqlPlannedPublishes:
    """See surveys.stored_programs.PlannedPublishes."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, planned: PlannedPublish) -> None:
        """Insert."""
        _PLANNED.add(self._session, planned)

    def save(self, planned: PlannedPublish) -> None:
        """Replace."""
        _PLANNED.save(self._session, planned)

    def get(self, planned_id: str) -> PlannedPublish | None:
        """Return it."""
        return _PLANNED.get(self._session, planned_id)

    def waiting(self) -> tuple[PlannedPublish, ...]:
        """Return those that wait."""
        return self._session.all(_WAITING)

    def ended(self, limit: int) -> tuple[PlannedPublish, ...]:
        """Return those that ended last."""
        return self._session.all(_ENDED, limit=limit)

    def due(self, now: datetime, limit: int) -> tuple[PlannedPublish, ...]:
        """Claim those whose time has come."""
        return self._session.all(_DUE, now=now, limit=limit)

    def next_due(self) -> datetime | None:
        """Return when the next one is due."""
        due: datetime | None = self._session.scalar(_NEXT_PLANNED)
        return due
