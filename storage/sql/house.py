"""API keys, notes, the audit trail and program versions."""

from dataclasses import replace
from datetime import UTC, datetime
from operator import attrgetter

from sqlalchemy import String, bindparam, func, or_, select

from storage.sql.session import Session
from storage.sql.shapes import (
    decoder,
    encoder,
    fields_of,
    insert_into,
    insert_new,
    plain,
    table_of,
)
from storage.sql.statements import Query, Statement
from storage.tables.house import ApiKeyRow, AuditRow, NoteRow, ProgramRow, TriedProgramRow
from surveys.errors import NotFound
from surveys.model import ApiKey, Deed
from surveys.staffing import AuditEntry, AuditWanted
from surveys.stored_analyses import Version

_key = table_of(ApiKeyRow)
_note = table_of(NoteRow)
_audit = table_of(AuditRow)
_program = table_of(ProgramRow)
_tried = table_of(TriedProgramRow)

_KEY = plain("API key", ApiKey, ApiKeyRow)
_KEYS = _KEY.query(order=(_key.c.created_at, _key.c.number))


class SqlApiKeys:
    """See surveys.ports.ApiKeys."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, key: ApiKey) -> None:
        """Insert."""
        _KEY.add(self._session, key)

    def get(self, key_id: str) -> ApiKey | None:
        """Return the key."""
        return _KEY.get(self._session, key_id)

    def all(self) -> tuple[ApiKey, ...]:
        """Return all keys."""
        return self._session.all(_KEYS)

    def revoke(self, key_id: str, at: datetime) -> None:
        """Mark the key revoked."""
        key = self.get(key_id)
        if key is None:
            raise NotFound(_KEY.what, key_id)
        _KEY.save(self._session, replace(key, revoked_at=at))


_VALUE = Statement(select(_note.c.value).where(_note.c.name == bindparam("name")))
_SET = Statement(
    insert_into(_note, ("name", "value")).on_conflict_do_update(
        index_elements=["name"], set_={"value": bindparam("value")}
    )
)
_KEEP = insert_new(_note, ("name", "value"))


class SqlNotes:
    """See surveys.ports.Notes."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, name: str) -> str | None:
        """Return the value."""
        value: str | None = self._session.scalar(_VALUE, name=name)
        return value

    def set(self, name: str, value: str) -> None:
        """Insert or replace."""
        self._session.run(_SET, {"name": name, "value": value})

    def keep(self, name: str, value: str) -> str:
        """Insert unless there is one."""
        self._session.run(_KEEP, {"name": name, "value": value})
        found = self.get(name)
        return value if found is None else found


_DEED_FIELDS = fields_of(Deed)
_ADD_DEED = insert_new(_audit, _DEED_FIELDS)
_encode_deed = encoder(_DEED_FIELDS)
_NEWEST_DEEDS = Query(
    select(*(_audit.c[name] for name in _DEED_FIELDS))
    .order_by(_audit.c.number.desc())
    .limit(bindparam("limit")),
    decoder(Deed, _DEED_FIELDS),
)
_EARLIEST, _LATEST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
_LAST = 2**62
_SEARCH = Query(
    select(_audit.c.number, *(_audit.c[name] for name in _DEED_FIELDS))
    .where(
        func.lower(_audit.c.by).like(bindparam("by"), escape="\\"),
        or_(bindparam("act", type_=String) == "", _audit.c.act == bindparam("act")),
        or_(bindparam("subject", type_=String) == "", _audit.c.subject == bindparam("subject")),
        _audit.c.at >= bindparam("since"),
        _audit.c.at < bindparam("until"),
        _audit.c.number < bindparam("before"),
    )
    .order_by(_audit.c.number.desc())
    .limit(bindparam("limit")),
    lambda row: AuditEntry(row[0], Deed(**dict(zip(_DEED_FIELDS, row[1:], strict=True)))),
)
_ACTS = Statement(select(_audit.c.act).distinct())


class SqlAudit:
    """See surveys.ports.Audit."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, deed: Deed) -> None:
        """Append."""
        self._session.run(_ADD_DEED, _encode_deed(deed))

    def newest(self, limit: int) -> tuple[Deed, ...]:
        """Return the newest entries."""
        return self._session.all(_NEWEST_DEEDS, limit=limit)

    def search(
        self, wanted: AuditWanted, limit: int, before: int | None = None
    ) -> tuple[AuditEntry, ...]:
        """Return the newest entries that are asked for."""
        return self._session.all(
            _SEARCH,
            by=f"%{_literally(wanted.by.lower())}%",
            act=wanted.act,
            subject=wanted.subject,
            since=wanted.since or _EARLIEST,
            until=wanted.until or _LATEST,
            before=_LAST if before is None else before,
            limit=limit,
        )

    def acts(self) -> tuple[str, ...]:
        """Return what was ever done."""
        return tuple(sorted(row[0] for row in self._session.rows(_ACTS)))


def _literally(text: str) -> str:
    for special in ("\\", "%", "_"):
        text = text.replace(special, f"\\{special}")
    return text


_CONTENT = Statement(select(_program.c.content).where(_program.c.version == bindparam("version")))
_TRIED = Statement(select(_tried.c.content).where(_tried.c.version == bindparam("version")))
_HISTORY = Query(
    select(_program.c.version, _program.c.created_at, _program.c.content).order_by(
        _program.c.created_at
    ),
    decoder(Version, fields_of(Version)),
)
_COLUMNS = ("version", "content", "created_at")
_PUT = insert_new(_program, _COLUMNS)
_TRY = insert_new(_tried, _COLUMNS)


class SqlPrograms:
    """See surveys.ports.Programs."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, version: str) -> str | None:
        """Return the canonical JSON of the version."""
        found = (self._session.scalar(each, version=version) for each in (_CONTENT, _TRIED))
        return next((str(content) for content in found if content is not None), None)

    def put(self, version: str, content: str, at: datetime) -> None:
        """Insert unless known."""
        self._session.run(_PUT, {"version": version, "content": content, "created_at": at})

    def put_tried(self, version: str, content: str, at: datetime) -> None:
        """Insert unless known."""
        self._session.run(_TRY, {"version": version, "content": content, "created_at": at})

    def history(self) -> tuple[Version, ...]:
        """Return all versions."""
        found = self._session.all(_HISTORY)
        return tuple(sorted(found, key=attrgetter("at", "version")))
