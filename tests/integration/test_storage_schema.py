import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, Row, Table, create_engine, inspect, select, text
from sqlalchemy.schema import CreateIndex

from storage import schema
from storage.engine import parse, writing_engine
from storage.opening import open_storage, prepare
from storage.tables.catalogue import METADATA
from surveys.errors import InvalidInput, SchemaMismatch


def engine_of(url: str) -> Engine:
    return writing_engine(parse(url), patience=1, size=1)


def differences(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found: list[object] = compare_metadata(context, METADATA)
        return found


def index_conditions(tables: MetaData, engine: Engine) -> dict[str, bool]:
    """Which indexes are partial."""
    indexes = (index for table in tables.tables.values() for index in table.indexes)
    return {str(i.name): " WHERE " in str(CreateIndex(i).compile(engine)) for i in indexes}


def reflected(engine: Engine) -> MetaData:
    tables = MetaData()
    for name in inspect(engine).get_table_names():
        if name != "alembic_version":
            Table(name, tables, autoload_with=engine)
    return tables


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'a.sqlite3'}"


def assert_migrations_build_the_tables(url: str) -> None:
    prepare(url)
    engine = engine_of(url)
    try:
        assert differences(engine) == []
        assert index_conditions(reflected(engine), engine) == index_conditions(METADATA, engine)
    finally:
        engine.dispose()


def test_migrations_build_the_tables_on_sqlite(sqlite_url: str) -> None:
    assert_migrations_build_the_tables(sqlite_url)


@pytest.mark.postgres
def test_migrations_build_the_tables_on_postgresql(empty_postgres_url: str) -> None:
    assert_migrations_build_the_tables(empty_postgres_url)


def test_the_newest_revision_is_the_one_the_code_names() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))

    assert ScriptDirectory.from_config(config).get_heads() == [schema.HEAD]


def test_preparing_twice_changes_nothing(sqlite_url: str) -> None:
    prepare(sqlite_url)
    prepare(sqlite_url)

    assert_migrations_build_the_tables(sqlite_url)


def everything_in(url: str) -> dict[str, list[Row[Any]]]:
    """All rows of all tables, Alembic's included."""
    engine, tables = engine_of(url), MetaData()
    try:
        tables.reflect(engine)
        with engine.connect() as connection:
            return {t.name: list(connection.execute(select(t))) for t in tables.sorted_tables}
    finally:
        engine.dispose()


def assert_newer_schema_is_refused(url: str) -> None:
    prepare(url)
    engine = engine_of(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    before = everything_in(url)

    with pytest.raises(SchemaMismatch, match="9999, newer than"):
        prepare(url)
    with pytest.raises(SchemaMismatch, match="9999"):
        open_storage(url, writable=False)

    assert everything_in(url) == before


def test_d06_a_newer_schema_is_refused_on_sqlite(sqlite_url: str) -> None:
    assert_newer_schema_is_refused(sqlite_url)


@pytest.mark.postgres
def test_d06_a_newer_schema_is_refused_on_postgresql(
    postgres_url_factory: Callable[[], str],
) -> None:
    assert_newer_schema_is_refused(postgres_url_factory())


def test_reading_an_empty_file_says_that_it_has_no_schema(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "a.sqlite3").close()

    with pytest.raises(SchemaMismatch, match="schema none"):
        open_storage(f"sqlite:///{tmp_path / 'a.sqlite3'}", writable=False)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("sqlite:///{home}/missing/a.sqlite3", "there is no directory"),
        ("sqlite:///{home}", "is a directory"),
        ("sqlite://", "SQLite needs a file"),
        ("sqlite:///:memory:", "SQLite needs a file"),
        ("mysql://root@localhost/a", "neither sqlite nor postgresql"),
        ("a file", "not a URL"),
    ],
)
def test_d05_a_url_that_leads_nowhere_is_refused_in_one_line(
    url: str, problem: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInput, match=problem) as refused:
        open_storage(url.format(home=tmp_path))

    assert "\n" not in str(refused.value)


def test_d05_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite3").write_text("These are my holiday plans. " * 100)

    with pytest.raises(InvalidInput, match="no database of ours"):
        prepare(f"sqlite:///{tmp_path / 'a.sqlite3'}")


def test_sqlalchemy_can_make_every_table_anew() -> None:
    engine = create_engine("sqlite://")
    METADATA.create_all(engine)

    assert sorted(inspect(engine).get_table_names()) == sorted(METADATA.tables)
    engine.dispose()
