"""Rows with a key, a unique name and groups; every change can be undone."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from operator import attrgetter
from typing import Any, Generic, TypeVar

from storage.memory.values import settled
from surveys.errors import AlreadyStored, NotFound

Row = TypeVar("Row")


class UndoLog:
    """How to take back what the running unit of work has done; ``tables`` are all that it covers, by what is in them."""

    def __init__(self) -> None:
        self._steps: list[Callable[[], None]] = []
        self.tables: dict[str, Table[Any]] = {}

    def note(self, step: Callable[[], None]) -> None:
        """Remember how to take back one change."""
        self._steps.append(step)

    def keep(self) -> None:
        """Make the changes final."""
        self._steps.clear()

    def undo(self) -> None:
        """Take all changes back, newest first."""
        while self._steps:
            self._steps.pop()()


@dataclass(frozen=True, slots=True)
class _Entry(Generic[Row]):
    number: int
    row: Row


class Table(Generic[Row]):
    """Rows in the order of their insertion.

    ``key``, ``unique`` and ``groups`` are attribute paths. A unique name of None is never taken.
    """

    def __init__(
        self,
        what: str,
        log: UndoLog,
        *,
        key: Iterable[str] = ("id",),
        unique: Iterable[str] = (),
        groups: Iterable[str] = (),
    ) -> None:
        self._what = what
        self._log = log
        log.tables[what] = self
        self._key = attrgetter(*key)
        self._unique = attrgetter(*unique) if unique else self._key
        self._readers = {"unique": self._unique} | {path: attrgetter(path) for path in groups}
        self._rows: dict[Hashable, _Entry[Row]] = {}
        self._groups: dict[str, dict[Hashable, set[Hashable]]] = {n: {} for n in self._readers}
        self._numbers = count()

    def __iter__(self) -> Iterator[Row]:
        return iter(self.pick(self._rows))

    def __len__(self) -> int:
        return len(self._rows)

    def key_of(self, row: Row) -> Hashable:
        """Return the row's key."""
        key: Hashable = self._key(row)
        return key

    def get(self, key: Hashable) -> Row | None:
        """Return the row of this key."""
        entry = self._rows.get(key)
        return entry.row if entry else None

    def find(self, name: Hashable) -> Row | None:
        """Return the row of this unique name."""
        return next(iter(self.of("unique", name)), None)

    def of(self, group: str, value: Hashable) -> list[Row]:
        """Return the rows whose attribute ``group`` has this value."""
        return self.pick(self._groups[group].get(value, ()))

    def pick(self, keys: Iterable[Hashable]) -> list[Row]:
        """Return the rows that have one of these distinct keys."""
        entries = (self._rows[key] for key in keys if key in self._rows)
        return [entry.row for entry in sorted(entries, key=attrgetter("number"))]

    def add(self, row: Row) -> None:
        """Insert; raises AlreadyStored when the key or the unique name is taken."""
        row = settled(row)
        key = self._key(row)
        if key in self._rows:
            raise AlreadyStored(self._what, str(key))
        self._swap(key, None, _Entry(next(self._numbers), row))

    def save(self, row: Row) -> None:
        """Replace the row of the same key, in its place; raises NotFound or AlreadyStored."""
        row = settled(row)
        key = self._key(row)
        old = self._rows.get(key)
        if old is None:
            raise NotFound(self._what, str(key))
        self._swap(key, old, _Entry(old.number, row))

    def put(self, row: Row) -> None:
        """Insert or replace."""
        if self._key(row) in self._rows:
            self.save(row)
        else:
            self.add(row)

    def remove(self, key: Hashable) -> None:
        """Remove the row of this key, if any."""
        if old := self._rows.get(key):
            self._swap(key, old, None)

    def _swap(self, key: Hashable, old: _Entry[Row] | None, new: _Entry[Row] | None) -> None:
        if new:
            self._refuse_taken(key, self._unique(new.row))
        self._place(key, old, new)
        self._log.note(partial(self._place, key, new, old))

    def _refuse_taken(self, key: Hashable, name: Hashable) -> None:
        if name is not None and self._groups["unique"].get(name, set()) - {key}:
            raise AlreadyStored(self._what, str(name))

    def _place(self, key: Hashable, old: _Entry[Row] | None, new: _Entry[Row] | None) -> None:
        if old:
            del self._rows[key]
            for group, read in self._readers.items():
                self._groups[group][read(old.row)].discard(key)
        if new:
            self._rows[key] = new
            for group, read in self._readers.items():
                self._groups[group].setdefault(read(new.row), set()).add(key)
