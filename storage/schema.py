"""Brings a database's schema up to what this code knows, and refuses one it does not know."""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from surveys.errors import SchemaMismatch

HEAD = "0007"
"""The newest revision in ``storage/migrations/versions``."""

_MIGRATIONS = Path(__file__).parent / "migrations"
_UPGRADE_LOCK = 0x41465445
"""PostgreSQL advisory lock under which one process at a time upgrades."""


def upgrade(engine: Engine) -> None:
    """Create or upgrade all tables; raises SchemaMismatch where the database is newer."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL lock_timeout = 0"))  # another upgrade may take long
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        if revision_of(connection) != HEAD:
            _run_migrations(connection)


def check(engine: Engine) -> None:
    """Raise SchemaMismatch unless the schema is exactly what this code knows."""
    with engine.connect() as connection:
        revision = revision_of(connection)
    if revision != HEAD:
        message = (
            f"the database has schema {revision or 'none'}, this program needs {HEAD}: "
            "start the server of this version once to upgrade it"
        )
        raise SchemaMismatch(message)


def revision_of(connection: Connection) -> str | None:
    """Return the revision of the schema; None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def _run_migrations(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - slow, and mostly not needed at a start
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    revision = revision_of(connection)
    if revision is not None and revision not in known:
        message = (
            f"the database has schema {revision}, newer than {HEAD}, the newest this program knows: "
            "use the program version that wrote it"
        )
        raise SchemaMismatch(message)
    command.upgrade(config, "head")
