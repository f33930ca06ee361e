"""``aftertouch program rehearse`` on a filled database of either kind: what it prints, and that it writes nothing."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, create_engine, select

from storage.engine import parse
from storage.opening import open_storage
from surveys.errors import InvalidInput, NotFound, ProgramFault
from tests.commands import Run, refuse, running_on
from tests.rehearsed_shop import month, shop
from tests.sqlite import migrated

LONG = ("--since", "3660d")
BEGAN = datetime.now(UTC).replace(hour=3, minute=0) - timedelta(days=20)


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = migrated(tmp_path_factory.mktemp("rehearse") / "a.sqlite3")
    asyncio.run(fill(url))
    return url


@pytest.fixture
def run(sqlite: str) -> Run:
    return running_on(sqlite)


async def fill(url: str) -> None:
    """A busy month that ended lately."""
    async with open_storage(url) as storage:
        world = await shop(storage, began=BEGAN)
        await world.write(lambda tx: tx.notes.keep("salt", world.ctx.salt))
        await month(world)


def everything(url: str) -> dict[str, list[Any]]:
    """Return every row of every table."""
    engine, known = create_engine(parse(url)), MetaData()
    known.reflect(engine)
    with engine.connect() as connection:
        rows = {
            name: sorted(map(repr, connection.execute(select(table))))
            for name, table in known.tables.items()
        }
    engine.dispose()
    return rows


def test_what_was_live_is_exact_and_told_in_both_languages(run: Run) -> None:
    found = json.loads(run("program", "rehearse", *LONG, "--json"))
    korean = run("program", "rehearse", *LONG, "--people", "2")
    english = run("program", "rehearse", *LONG, "--lang", "en")

    assert (found["label"], found["compared"]["different"]) == ("exact", 0)
    assert found["compared"]["same"] == found["decisions"] > 50
    ends = ("asked", "waiting", "suppressed")
    assert found["decisions"] == sum(found[end] for end in ends) == len(found["people"])
    assert "정확" in korean
    assert f"{found['decisions'] - 2:,}건은 --people" in korean
    assert "Exact" in english
    assert "unknown" in english
    assert len({row["local"][-6:] for row in found["people"]}) == 3, "of her own zone each"


def test_another_program_is_an_estimate_whether_a_file_or_a_version(
    run: Run, tmp_path: Path
) -> None:
    file, looser = tmp_path / "program.yaml", tmp_path / "looser.yaml"
    file.write_text(run("program", "export"))
    looser.write_text(file.read_text().replace('"asks":1,"days":30', '"asks":9,"days":1'))
    second = json.loads(run("program", "rehearse", *LONG, "--version", "2", "--json"))
    strict, other = (
        json.loads(run("program", "rehearse", str(each), *LONG, "--json"))
        for each in (file, looser)
    )
    told = run("program", "rehearse", str(looser), *LONG)

    assert (second["label"], second["program"]["version"]) == ("estimate", 2)
    assert (other["label"], other["because"]) == ("estimate", ["other_program"])
    assert other["asked"] > strict["asked"] > 0
    assert "추정" in told


def test_it_writes_nothing(run: Run, sqlite: str, tmp_path: Path) -> None:
    file = tmp_path / "program.yaml"
    file.write_text(run("program", "export").replace('"asks":1', '"asks":9'))
    before = everything(sqlite)

    run("program", "rehearse", *LONG)
    run("program", "rehearse", str(file), *LONG)

    assert everything(sqlite) == before
    assert len(before["decision"]) > 50


@pytest.mark.parametrize(
    ("arguments", "refusal", "said"),
    [
        (("--since", "soon"), InvalidInput, "whole days"),
        (("--since", "0d"), InvalidInput, "whole days"),
        (("no-such-file.yaml",), InvalidInput, "no-such-file.yaml"),
        (("--version", "99"), NotFound, "99"),
        (("--survey", "nothing"), NotFound, "nothing"),
        (("x.yaml", "--version", "1"), InvalidInput, "not both"),
    ],
)
def test_what_cannot_be_rehearsed_is_refused_by_name(
    sqlite: str, arguments: tuple[str, ...], refusal: type[Exception], said: str
) -> None:
    refused = refuse(sqlite, "program", "rehearse", *arguments)

    assert isinstance(refused, refusal)
    assert said in str(refused)


def test_a_faulty_file_names_each_fault(sqlite: str, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "program.yaml"
    file.write_text(run("program", "export").replace('"survey":"checkout-csat"', '"survey":"x"'))

    refused = refuse(sqlite, "program", "rehearse", str(file), "--lang", "en")

    assert isinstance(refused, ProgramFault)
    assert "there is no survey 'x'" in str(refused)


def test_a_window_in_which_nothing_came_says_so(run: Run) -> None:
    assert "이벤트가 없어" in run("program", "rehearse", "--since", "1d")
    assert "nothing to go through" in run("program", "rehearse", "--since", "1d", "--lang", "en")


@pytest.mark.postgres
def test_a_server_tells_the_same_as_a_file(run: Run, postgres_url: str, tmp_path: Path) -> None:
    asyncio.run(fill(postgres_url))
    before, file = everything(postgres_url), tmp_path / "program.yaml"
    there = running_on(postgres_url)
    file.write_text(run("program", "export").replace('"asks":1', '"asks":9'))

    for program in ((), (str(file),)):
        here, other = (
            json.loads(each("program", "rehearse", *program, *LONG, "--json"))
            for each in (run, there)
        )
        moving = dict.fromkeys(("since", "until", "people", "peak", "days", "program"))
        assert here | moving == other | moving

    assert everything(postgres_url) == before
