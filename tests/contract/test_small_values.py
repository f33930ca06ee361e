"""surveys.ports.ApiKeys, surveys.ports.Notes, surveys.ports.Audit and surveys.ports.Programs."""

from dataclasses import replace

from surveys.model import Deed
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


async def test_program_versions_are_told_by_when_they_first_went_live(store: Storage) -> None:
    def work(unit: UnitOfWork) -> None:
        for version, minutes in (("v9", 0), ("v2", 3), ("v1", 3), ("v9", 5)):
            unit.programs.put(version, "{}", ex.at(minutes))

    await store.write(work)

    history = await store.read(lambda unit: unit.programs.history())

    assert [(each.version, each.at) for each in history] == [
        ("v9", ex.at(0)),
        ("v1", ex.at(3)),
        ("v2", ex.at(3)),
    ]
    assert history[0].content == "{}"


async def test_the_audit_trail_tells_the_newest_first(store: Storage) -> None:
    early = Deed(at=ex.at(5), by="console", act="hold")
    late = Deed(at=ex.at(1), by="cli:민지", act="settle", subject="d1", details=ex.NESTED)

    await ex.store_all(store, lambda unit: unit.audit.add, early, late)

    assert await store.read(lambda unit: unit.audit.newest(9)) == (late, early)
    assert await store.read(lambda unit: unit.audit.newest(1)) == (late,)


async def test_what_is_undone_leaves_no_trace_in_the_audit_trail(store: Storage) -> None:
    await ex.fail(store, lambda unit: unit.audit.add(Deed(at=ex.START, by="cli", act="hold")))

    assert await store.read(lambda unit: unit.audit.newest(9)) == ()


async def test_a_store_stays_in_its_place(store: Storage) -> None:
    """Where nothing tells the place it is None; what a copy changes is tested with real copies."""
    assert await store.read(lambda unit: unit.place()) == await store.write(
        lambda unit: unit.place()
    )
