"""API keys, notes and program versions."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, select

from storage.sql.session import Session
from storage.sql.shapes import insert_into, insert_new, plain, table_of
from storage.sql.statements import Statement
from storage.tables.house import ApiKeyRow, NoteRow, ProgramRow
from surveys.errors import NotFound
from surveys.model import ApiKey

_key = table_of(ApiKeyRow)
_note = table_of(NoteRow)
_program = table_of(ProgramRow)

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


_CONTENT = Statement(select(_program.c.content).where(_program.c.version == bindparam("version")))
_PUT = insert_new(_program, ("version", "content", "created_at"))


class SqlPrograms:
    """See surveys.ports.Programs."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, version: str) -> str | None:
        """Return the canonical JSON of the version."""
        content: str | None = self._session.scalar(_CONTENT, version=version)
        return content

    def put(self, version: str, content: str, at: datetime) -> None:
        """Insert unless known."""
        self._session.run(_PUT, {"version": version, "content": content, "created_at": at})
