"""Nothing that was deleted from a SQLite database can be read in its files."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from storage.opening import open_inline, open_storage
from storage.threaded import SqlStorage
from surveys.errors import StorageBusy
from surveys.model import Aging, InboxEntry, InboxState
from surveys.ports import UnitOfWork
from tests.contract import examples as ex
from tests.contract.test_forgetting import LATER
from tests.sqlite import migrated

CANARY = b"canary"
ROWS = 4000


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[SqlStorage]:
    async with open_storage(migrated(tmp_path / "a.sqlite3")) as opened:
        yield opened


def readable(folder: Path) -> dict[str, int]:
    """Return how often the canary can be read, by file."""
    counts = {file.name: file.read_bytes().count(CANARY) for file in folder.iterdir()}
    return {name: count for name, count in counts.items() if count}


def fill(unit: UnitOfWork) -> None:
    """Store rows whose keys come in no order, so that pages are split again and again."""
    for number in range(ROWS):
        scattered = f"{number * 7919 % ROWS:04}-{'canary' if number % 50 == 0 else 'common'}"
        state = InboxState.DONE if number % 50 == 0 else InboxState.FAILED
        padding = {"text": scattered * (number % 40)}
        unit.inbox.add(ex.entry(scattered, state=state, body=padding, due_at=None))


def add(unit: UnitOfWork, entry: InboxEntry) -> None:
    unit.inbox.add(entry)


async def test_a_wiped_file_holds_nothing_that_was_deleted(
    storage: SqlStorage, tmp_path: Path
) -> None:
    await storage.write(fill)
    await storage.write(lambda unit: unit.forgetting.aged(Aging.INBOX, LATER, ROWS))
    assert readable(tmp_path)

    assert await storage.wipe()

    assert readable(tmp_path) == {}
    assert await storage.read(lambda unit: unit.inbox.failures()) == ROWS - ROWS // 50


async def test_what_is_written_while_it_wipes_is_stored(storage: SqlStorage) -> None:
    entries = [ex.entry(f"e{number}") for number in range(20)]
    writes = [storage.write(partial(add, entry=entry)) for entry in entries]

    *_, wiped = await asyncio.gather(*writes, storage.wipe())

    assert wiped
    assert await storage.read(lambda unit: unit.inbox.undone(99)) == tuple(entries)


async def test_a_reader_that_stays_makes_it_say_so(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    async with open_storage(f"sqlite:///{file}", patience=0.1) as storage:
        await storage.write(lambda unit: unit.inbox.add(ex.entry("one")))
        with closing(sqlite3.connect(file, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM inbox").fetchall()
            assert not await storage.wipe()
        assert await storage.wipe()


async def test_a_closed_storage_is_not_wiped(tmp_path: Path) -> None:
    storage = open_storage(migrated(tmp_path / "a.sqlite3"))
    await storage.close()

    with pytest.raises(StorageBusy):
        await storage.wipe()


async def test_the_storage_of_a_simulation_wipes_too(tmp_path: Path) -> None:
    async with open_inline(migrated(tmp_path / "a.sqlite3")) as storage:
        await storage.write(fill)
        await storage.write(lambda unit: unit.forgetting.aged(Aging.INBOX, LATER, ROWS))

        assert await storage.wipe()

        assert readable(tmp_path) == {}
