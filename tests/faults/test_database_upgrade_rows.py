"""Row D12: the process is killed in the middle of an upgrade of the schema."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from storage import schema
from storage.engine import parse, writing_engine
from storage.opening import prepare

ROOT = Path(__file__).parent.parent.parent


def at_revision(url: str, revision: str | None) -> None:
    """Build the schema as it was released with a revision; None leaves the database empty."""
    if revision is None:
        return
    engine = writing_engine(parse(url), patience=1, size=1)
    with engine.begin() as connection:
        command.upgrade(migrations(connection=connection), revision)
    engine.dispose()


def migrations(**attributes: Any) -> Config:
    config = Config(attributes=attributes)
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    return config


def released() -> list[str | None]:
    """Every state an upgrade may start from, the newest released revision first, an empty database last."""
    scripts = ScriptDirectory.from_config(migrations()).walk_revisions()
    return [*(s.revision for s in scripts if s.revision != schema.HEAD), None]


def upgrade(url: str, last: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 our own module
        [sys.executable, "-m", "tests.faults.upgrade", url, str(last)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def picture(url: str) -> dict[str, list[str]]:
    """All tables with their columns, and the revision they say they have."""
    engine = create_engine(parse(url))
    try:
        looked = inspect(engine)
        tables = {t: [c["name"] for c in looked.get_columns(t)] for t in looked.get_table_names()}
        with engine.connect() as connection:
            return tables | {"revision": [str(schema.revision_of(connection))]}
    finally:
        engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Each call gives the URL of a new database without any table."""
    names: list[str] = []
    if request.param == "sqlite":
        numbers = count(1)
        yield lambda: f"sqlite:///{tmp_path}/{next(numbers)}.sqlite3"
        return
    server = request.getfixturevalue("postgres_server")

    def make() -> str:
        names.append(server.create())
        return str(server.url(names[-1]))

    yield make
    for name in names:
        server.drop(name)


@pytest.mark.parametrize("revision", released(), ids=str)
def test_d12_a_killed_upgrade_leaves_the_old_schema_and_can_be_run_again(
    new_url: Callable[[], str], revision: str | None
) -> None:
    whole = new_url()
    at_revision(whole, revision)
    statements = int(upgrade(whole, 0).stdout)

    for last in (statements // 2, statements):
        url = new_url()
        at_revision(url, revision)
        before = picture(url)
        killed = upgrade(url, last)
        left = picture(url)
        prepare(url)

        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert left == before
        assert picture(url) == picture(whole)
