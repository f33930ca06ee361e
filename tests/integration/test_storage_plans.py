import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from storage.opening import prepare
from storage.sql import (
    analyses,
    answers,
    asking,
    changes,
    house,
    intake,
    locks,
    numbers,
    outbox,
    overview,
    people,
    reading,
    reports,
    staff,
    verbatims,
    webhooks,
)
from storage.sql.shapes import Rows, Shape
from storage.sql.statements import Query, Statement

MODULES = (
    analyses,
    answers,
    asking,
    changes,
    house,
    intake,
    locks,
    numbers,
    outbox,
    overview,
    people,
    reading,
    reports,
    staff,
    verbatims,
    webhooks,
)
DIALECT = SQLiteDialect_pysqlite()
READ_WHOLE = {
    "house._KEYS",
    "numbers._ALL_TAGS",
    "reports._RECOUNT",
    "house._NEWEST_DEEDS",
    "house._ACTS",
    "house._HISTORY",
    "analyses._NEWEST",
    "intake._NEWEST_OF",
    "staff._NEWEST",
    "staff._ALL",
    "staff._DUE",
    "staff._NEXT",
    "staff._COUNTS sent",
    "staff._COUNTS failed",
    "overview._TOLD",
}
"""A list of all API keys, of all combinations of tags, the audit of kept counts against all answers, the audit trail, alerts and messages to staff
and to other systems from their ends, the newest event of a type and the kinds of deeds in the trail (asked by hand), and the few rows of program versions and of what recurs."""

DERIVED = "anon_"
"""A subquery's own rows, which were searched already."""

POSTGRESQL_ONLY = {"locks._HOLD", "answers._NEWEST postgresql"}


def named(module: ModuleType) -> Iterator[tuple[str, object]]:
    for name, value in vars(module).items():
        full = f"{module.__name__.rpartition('.')[2]}.{name}"
        if isinstance(value, dict):
            yield from ((f"{full} {key}", part) for key, part in value.items())
        parts = value if isinstance(value, tuple) else (value,)
        yield from ((full, part) for part in parts)


def statements() -> dict[str, Statement]:
    found: dict[str, Statement] = {}
    for module in MODULES:
        for name, value in named(module):
            if isinstance(value, Statement):
                found[name] = value
            if isinstance(value, Query):
                found[name] = value.reading
            if isinstance(value, Shape):
                found[f"{name} by key"] = value.by_key.reading
            rows = value.rows if isinstance(value, Shape) else value
            if isinstance(rows, Rows):
                found[f"{name} update"] = rows.update
                found[f"{name} exists"] = rows.exists
    return {name: s for name, s in found.items() if name not in READ_WHOLE | POSTGRESQL_ONLY}


STATEMENTS = statements()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    file: Path = tmp_path_factory.mktemp("plans") / "a.sqlite3"
    prepare(f"sqlite:///{file}")
    connection = sqlite3.connect(file)
    yield connection
    connection.close()


@pytest.mark.parametrize("name", STATEMENTS)
def test_every_lookup_and_queue_is_an_index_search(name: str, database: sqlite3.Connection) -> None:
    compiled = STATEMENTS[name]._for(DIALECT)
    nothing = [None] * len(compiled.binds)

    plan = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {compiled.sql}", nothing)]

    scanned = [step.split()[1] for step in plan if step.startswith("SCAN") and "USING" not in step]
    assert not [table for table in scanned if not table.startswith(DERIVED)]


@pytest.mark.parametrize(
    "name", ["asking._DUE", "asking._LIVE_OF_PERSON", "asking._SLOTS", "intake._UNHANDLED"]
)
def test_a_queue_is_read_in_its_order_without_sorting(
    name: str, database: sqlite3.Connection
) -> None:
    compiled = STATEMENTS[name]._for(DIALECT)
    nothing = [None] * len(compiled.binds)

    plan = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {compiled.sql}", nothing)]

    assert not [step for step in plan if "TEMP B-TREE" in step]
