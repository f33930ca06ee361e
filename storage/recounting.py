"""Counts a whole database anew: to compare, or to replace what is kept."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, text

from storage.engine import parse, sqlite_file, writing_engine
from storage.faults import translated
from storage.opening import PATIENCE, ready
from storage.sql.recounting import TABLES, Difference, Recount, TagsOf
from storage.sql.session import Session
from storage.sql.themes import SqlThemes

Note = Callable[[str, int, int], None]
"""Told before each step: what it is about, how many are done, how many there are."""

_EVER: Final = (date.min, date.max)
_THEMES: Final = "themes"


def rows(url: str) -> int:
    """Return how many answers are to be counted."""
    with _connected(url, writing=False) as connection:
        return int(connection.scalar(text("SELECT count(*) FROM answer WHERE score IS NOT NULL")))


def check(url: str, tags_of: TagsOf, note: Note) -> tuple[Difference, ...]:
    """Count anew beside what is kept, and return what differs. A server may run meanwhile."""
    with _connected(url, writing=False) as connection:
        recount = Recount(connection, tags_of)
        _take(recount.steps(beside=True), note)
        return (*recount.differences(), *_wrong_themes(connection))


def rebuild(url: str, tags_of: TagsOf, note: Note) -> None:
    """Replace all counts by what the answers say, in one transaction.

    Raises AnotherWriter while a server owns the SQLite file. On PostgreSQL servers that count wait until it is done.
    """
    with _connected(url, writing=True) as connection:
        if connection.dialect.name == "postgresql":
            names = ", ".join(("answer", "invitation", *(kept.name for kept in TABLES)))
            connection.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))
        _take(Recount(connection, tags_of).steps(beside=False), note)
        themes = _themes(connection)
        for day in themes.days():
            themes.rebuild(day)


def _take(steps: Iterator[tuple[str, Callable[[], None]]], note: Note) -> None:
    all_steps = list(steps)
    for done, (what, how) in enumerate(all_steps):
        note(what, done, len(all_steps))
        how()
    note("", len(all_steps), len(all_steps))


def _wrong_themes(connection: Connection) -> Iterator[Difference]:
    themes = _themes(connection)
    kept = {_name(row): row.counts for row in themes.counts_apart(*_EVER)}
    anew = {_name(row): row.counts for row in themes.recount(*_EVER)}
    for name in sorted(kept.keys() | anew.keys()):
        if kept.get(name) != anew.get(name):
            key = dict(zip(("tags", "theme"), name, strict=True))
            yield Difference(_THEMES, key, _counted(kept.get(name)), _counted(anew.get(name)))


def _name(row: Any) -> tuple[str, str]:
    return str(row.dimensions), row.theme


def _counted(counts: Any) -> dict[str, Any] | None:
    return None if counts is None else {f"s{score}": n for score, n in enumerate(counts)}


def _themes(connection: Connection) -> SqlThemes:
    cursor = connection.connection.cursor()
    return SqlThemes(Session(cursor, connection.dialect, numbers={}, locking=False))


@contextmanager
def _connected(url: str, *, writing: bool) -> Iterator[Connection]:
    """Give a connection in one transaction, which sees one state of the database."""
    place = parse(url)
    with ExitStack() as opened:
        engine = ready(place, opened, writable=writing, patience=PATIENCE, threads=1)
        if not writing and sqlite_file(place) is None:
            engine = writing_engine(place, patience=PATIENCE, size=1)  # it makes temporary tables
            opened.callback(engine.dispose)
        try:
            connection = opened.enter_context(engine.connect())
            if sqlite_file(place) is None:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection
        except Exception as error:
            raise translated(error) or error from error
