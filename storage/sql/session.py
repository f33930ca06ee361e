"""One transaction as the repositories see it."""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import Dialect

from storage.sql.statements import BadRow, Cursor, Query, Statement
from surveys.errors import Unreadable
from surveys.model import Dimensions

T = TypeVar("T")


class Committed(Generic[T]):
    """Numbers known to be committed, and those that the running transaction would add."""

    def __init__(self, shared: dict[T, int]) -> None:
        self._shared = shared
        self._fresh: dict[T, int] = {}

    def get(self, key: T) -> int | None:
        """Return the number, where known."""
        return self._shared.get(key) or self._fresh.get(key)

    def note(self, key: T, number: int) -> None:
        """Remember until the end of the transaction."""
        self._fresh[key] = number

    def mark(self) -> int:
        """Return a mark for ``forget_since``."""
        return len(self._fresh)

    def forget_since(self, mark: int) -> None:
        """Forget what was noted after the mark."""
        while len(self._fresh) > mark:
            self._fresh.popitem()

    def settle(self, *, kept: bool) -> None:
        """Remember for good, or forget what was not committed."""
        if kept:
            self._shared.update(self._fresh)
        self._fresh.clear()


class Session:
    """Runs statements on one connection; ``locking`` where what is read may be saved by rivals."""

    def __init__(
        self,
        cursor: Cursor,
        dialect: Dialect,
        *,
        dimensions: dict[Dimensions, int],
        locking: bool,
    ) -> None:
        self._cursor = cursor
        self._dialect = dialect
        self.locking = locking
        self.dimensions = Committed(dimensions)

    @property
    def dialect_name(self) -> str:
        """Which database it is: ``sqlite`` or ``postgresql``."""
        return self._dialect.name

    def run(self, statement: Statement, values: Mapping[str, Any]) -> int:
        """Execute; return how many rows changed."""
        return statement.run(self._cursor, self._dialect, values)

    def rows(self, statement: Statement, **values: Any) -> list[Sequence[Any]]:
        """Return all rows."""
        return statement.rows(self._cursor, self._dialect, values)

    def scalar(self, statement: Statement, **values: Any) -> Any:
        """Return the first column of the first row, or None."""
        rows = statement.rows(self._cursor, self._dialect, values)
        return rows[0][0] if rows else None

    def all(self, query: Query[T], **values: Any) -> tuple[T, ...]:
        """Return all values. Raises Unreadable for the first row that holds what its columns can't."""
        statement = query.writing if self.locking else query.reading
        try:
            rows = statement.rows(self._cursor, self._dialect, values)
        except BadRow as bad:
            if query.named is None:
                raise
            what, place = query.named
            raise Unreadable(what, str(bad.row[place])) from None
        return tuple([query.decode(row) for row in rows])

    def one(self, query: Query[T], **values: Any) -> T | None:
        """Return the first value, or None."""
        found = self.all(query, **values)
        return found[0] if found else None
