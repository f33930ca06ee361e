"""surveys.ports.ApiKeys, surveys.ports.Notes and surveys.ports.Programs."""

from dataclasses import replace

from surveys.ports import Storage, UnitOfWork
from tests.contract import examples as ex


async def test_api_keys_come_oldest_first(store: Storage) -> None:
    newer = ex.api_key("a", created_at=ex.at(2), expires_at=ex.at(9), scopes=frozenset())
    older = ex.api_key("b", created_at=ex.at(1), revoked_at=ex.at(3))
    same = ex.api_key("0", created_at=ex.at(2))

    await ex.store_all(store, lambda unit: unit.keys.add, newer, older, same)

    assert await store.read(lambda unit: unit.keys.all()) == (older, newer, same)
    assert await store.read(lambda unit: unit.keys.get("a")) == newer


async def test_a_revoked_key_says_when(store: Storage) -> None:
    await ex.store_all(store, lambda unit: unit.keys.add, ex.api_key("k1"), ex.api_key("k2"))

    await store.write(lambda unit: unit.keys.revoke("k1", ex.at(1)))

    revoked = replace(ex.api_key("k1"), revoked_at=ex.at(1))
    assert await store.read(lambda unit: unit.keys.all()) == (revoked, ex.api_key("k2"))


async def test_a_note_holds_its_last_value(store: Storage) -> None:
    def work(unit: UnitOfWork) -> None:
        unit.notes.set("offset", "1")
        unit.notes.set("offset", "2")
        unit.notes.set("Offset", "소금 🧂")
        unit.notes.set("empty", "")

    await store.write(work)

    names = ("offset", "Offset", "empty", "other")
    values = await store.read(lambda unit: [unit.notes.get(name) for name in names])
    assert values == ["2", "소금 🧂", "", None]


async def test_a_program_version_is_kept_as_first_put(store: Storage) -> None:
    content = '{"title":"구매 후 한 가지만","n":1}'
    await store.write(lambda unit: unit.programs.put("v1", content, ex.at(0)))

    await store.write(lambda unit: unit.programs.put("v1", "{}", ex.at(1)))

    assert await store.read(lambda unit: unit.programs.get("v1")) == content
