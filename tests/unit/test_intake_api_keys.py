"""Keys of the HTTP API: what opens, and that everything else does not (rows H2, I06)."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.api_keys import Authenticator, KeyScopes, create
from storage.memory import MemoryStorage
from surveys.errors import InvalidInput
from surveys.model import ApiKey

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SECRET = bytes(range(32))


class At:
    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now


def made(*scopes: str, expires_at: datetime | None = None) -> tuple[ApiKey, str]:
    return create(
        scopes, now=NOW, new_id=lambda: "k_1-a", new_secret=lambda: SECRET, expires_at=expires_at
    )


async def ask(store: MemoryStorage, header: str | None, now: datetime = NOW) -> KeyScopes | None:
    return await Authenticator(store, At(now)).authenticate(header)


async def holding(key: ApiKey) -> MemoryStorage:
    store = MemoryStorage()
    await store.write(lambda tx: tx.keys.add(key))
    return store


def test_only_a_hash_of_the_secret_is_kept() -> None:
    key, token = made("events:write")

    assert token == f"sk_k_1-a_{SECRET.hex()}"
    assert SECRET.hex() not in repr(key)


async def test_a_key_is_known_by_its_token() -> None:
    key, token = made("events:write", "results:read")
    store = await holding(key)

    for header in (f"Bearer {token}", f"bearer  {token} "):
        found = await ask(store, header)
        assert found == KeyScopes(
            key_id="k_1-a", scopes=frozenset({"events:write", "results:read"})
        )


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer sk_",
        "Bearer sk_k_1-a_",
        f"Bearer sk_k_1-a_{'0' * 64}",
        f"Bearer sk_other_{SECRET.hex()}",
        f"Basic sk_k_1-a_{SECRET.hex()}",
        f"Bearer sk_k_1-a_{SECRET.hex().upper()}",
        f"Bearer sk_k_1-a_{SECRET.hex()}\xff",
        f"Bearer sk_{'a' * 5000}_{SECRET.hex()}",
    ],
)
async def test_anything_else_is_nobody(header: str | None) -> None:
    store = await holding(made("admin")[0])

    assert await ask(store, header) is None


async def test_an_expired_key_opens_nothing() -> None:
    key, token = made("admin", expires_at=NOW + timedelta(days=1))
    store = await holding(key)

    assert await ask(store, f"Bearer {token}", NOW + timedelta(hours=23)) is not None
    assert await ask(store, f"Bearer {token}", NOW + timedelta(days=1)) is None


async def test_a_revoked_key_opens_nothing() -> None:
    key, token = made("admin")
    store = await holding(key)
    await store.write(lambda tx: tx.keys.revoke(key.id, NOW))

    assert await ask(store, f"Bearer {token}") is None


def test_admin_allows_everything_and_other_scopes_only_themselves() -> None:
    admin = KeyScopes(key_id="k", scopes=frozenset({"admin"}))
    reader = KeyScopes(key_id="k", scopes=frozenset({"results:read"}))

    assert admin.allows("answers:read")
    assert reader.allows("results:read")
    assert not reader.allows("answers:read")


@pytest.mark.parametrize("scopes", [(), ("events:read",), ("admin", "root")])
def test_a_scope_that_is_none_makes_no_key(scopes: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput, match="scope"):
        made(*scopes)
