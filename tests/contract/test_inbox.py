"""surveys.ports.Inbox."""

from dataclasses import replace

from surveys.model import InboxState
from surveys.ports import Storage, UnitOfWork
from tests.contract import examples as ex


async def test_an_entry_is_found_by_its_source_and_key(store: Storage) -> None:
    entry = ex.entry("k1", body=ex.NESTED, tries=2, error="boom", due_at=ex.at(3))

    await store.write(lambda unit: unit.inbox.add(entry))

    assert await store.read(lambda unit: unit.inbox.find("event:shop", "k1")) == entry
    assert await store.read(lambda unit: unit.inbox.find("event:desk", "k1")) is None


async def test_saving_replaces_how_far_an_entry_was_handled(store: Storage) -> None:
    handled = replace(
        ex.entry("k1"), state=InboxState.FAILED, body=[1], tries=3, error="no", due_at=None
    )

    def work(unit: UnitOfWork) -> None:
        unit.inbox.add(ex.entry("k1", body=ex.NESTED))
        unit.inbox.save(handled)

    await store.write(work)

    assert await store.read(lambda unit: unit.inbox.find("event:shop", "k1")) == handled


async def test_unhandled_are_new_and_due_and_oldest_first(store: Storage) -> None:
    await ex.store_all(
        store,
        lambda unit: unit.inbox.add,
        ex.entry("second", received_at=ex.at(2)),
        ex.entry("first", received_at=ex.at(1), due_at=ex.at(5)),
        ex.entry("later", due_at=ex.at(5.01)),
        ex.entry("undated", due_at=None),
        ex.entry("done", state=InboxState.DONE),
        ex.entry("failed", state=InboxState.FAILED),
        ex.entry("third", received_at=ex.at(2)),
    )

    due = await store.write(lambda unit: unit.inbox.unhandled(ex.at(5), 9))
    assert [entry.key for entry in due] == ["first", "second", "third"]
    due = await store.write(lambda unit: unit.inbox.unhandled(ex.at(5), 2))
    assert [entry.key for entry in due] == ["first", "second"]


async def test_what_failed_comes_oldest_first_and_is_counted(store: Storage) -> None:
    failed = {"state": InboxState.FAILED, "due_at": None}
    await ex.store_all(
        store,
        lambda unit: unit.inbox.add,
        ex.entry("second", received_at=ex.at(2), **failed),
        ex.entry("first", received_at=ex.at(1), **failed),
        ex.entry("new"),
        ex.entry("done", state=InboxState.DONE),
    )

    found = await store.read(lambda unit: unit.inbox.failed(9))
    assert [entry.key for entry in found] == ["first", "second"]
    assert [entry.key for entry in await store.read(lambda unit: unit.inbox.failed(1))] == ["first"]
    assert await store.read(lambda unit: unit.inbox.failures()) == 2


async def test_an_entry_is_got_by_its_id(store: Storage) -> None:
    entry = ex.entry("k1", body=ex.NESTED)

    await store.write(lambda unit: unit.inbox.add(entry))

    assert await store.read(lambda unit: unit.inbox.get("entry-k1")) == entry
    assert await store.read(lambda unit: unit.inbox.get("entry-k2")) is None
