"""Fixtures that any test may ask for."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import TEMPLATE, Postgres, PostgresMissing, running

settings.register_profile(
    "unhurried", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unhurried")
_MISSING = pytest.StashKey[str]()
_TURNS = 50
"""Tests that one after the other have the same PostgreSQL database, before its dead rows are dropped with it."""
_PATIENT = (
    "tests/browser/test_every_look.py",
    "tests/browser/test_first_walk.py",
    "tests/contract/test_leases.py",
    "tests/e2e/test_listening.py",
    "tests/e2e/test_webhooks.py",
    "tests/faults/test_clock_rows.py",
    "tests/faults/test_contact_clock.py",
    "tests/faults/test_crash_rows",
    "tests/faults/test_database_",
    "tests/faults/test_joining_races.py",
    "tests/faults/test_load_rows.py",
    "tests/faults/test_network_rows",
    "tests/faults/test_restore_rows.py",
    "tests/faults/test_settling_rows.py",
    "tests/faults/test_slack_rows",
    "tests/faults/test_supervision_rows.py",
    "tests/faults/test_worker_rows.py",
    "tests/integration/test_app_process.py",
    "tests/integration/test_benchmarks.py",
    "tests/integration/test_cli_operators.py",
    "tests/proofs/",
    "tests/simulation/",
)
"""Files that start, kill and freeze real servers, wait out real leases, race or simulate at length, or open every page in
each look: ``make faults`` runs them."""


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[Postgres]:
    """A running PostgreSQL; with CI=true a missing one fails, elsewhere its tests are skipped, loudly."""
    try:
        with running() as postgres:
            yield postgres
    except PostgresMissing as problem:
        request.config.stash[_MISSING] = str(problem)
        if os.environ.get("CI") == "true":
            pytest.fail(f"no PostgreSQL: {problem}")
        pytest.skip("no PostgreSQL")


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Postgres) -> str:
    """The name of a database whose schema is up to date."""
    from storage.opening import prepare  # noqa: PLC0415 - SQLAlchemy loads only where it is needed

    name = postgres_server.create(name=TEMPLATE)
    prepare(postgres_server.url(name))
    return name


@pytest.fixture
def postgres_url_factory(
    postgres_server: Postgres, postgres_template: str
) -> Iterator[Callable[[], str]]:
    """Each call gives the URL of a new migrated database, dropped after the test."""
    made: list[str] = []

    def make() -> str:
        made.append(postgres_server.create(template=postgres_template))
        return postgres_server.url(made[-1])

    yield make
    for name in made:
        postgres_server.drop(name)


@pytest.fixture(scope="session")
def _emptied(postgres_server: Postgres, postgres_template: str) -> Iterator[str]:
    """Each turn gives the name of a migrated database without rows: the same one for a while."""

    def turns() -> Iterator[str]:
        while True:
            name = postgres_server.create(template=postgres_template)
            yield name
            for _ in range(_TURNS):
                postgres_server.empty(name)
                yield name
            postgres_server.drop(name)

    return turns()


@pytest.fixture
def postgres_url(postgres_server: Postgres, _emptied: Iterator[str]) -> str:
    """The URL of a migrated database without rows, for who changes rows only and has closed it in the end."""
    return postgres_server.url(next(_emptied))


@pytest.fixture
def empty_postgres_url(postgres_server: Postgres) -> Iterator[str]:
    """The URL of a database without any table, dropped after the test."""
    name = postgres_server.create()
    yield postgres_server.url(name)
    postgres_server.drop(name)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Read no file whose tests ``-m`` leaves out anyway: each of several workers would read them all."""
    wanted = config.getoption("markexpr")
    if wanted not in {"patient", "not patient"} or collection_path.suffix != ".py":
        return None
    patient = collection_path.relative_to(config.rootpath).as_posix().startswith(_PATIENT)
    return True if patient != (wanted == "patient") else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what takes its time."""
    for item in items:
        if item.nodeid.startswith(_PATIENT):
            item.add_marker(pytest.mark.patient)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say in one line that nothing was proven on PostgreSQL, where that is so."""
    if problem := config.stash.get(_MISSING, ""):
        terminalreporter.write_line(
            f"NOT TESTED ON POSTGRESQL: the server did not start ({problem})", red=True, bold=True
        )
