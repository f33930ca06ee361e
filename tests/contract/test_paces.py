"""surveys.ports.Paces."""

import contextlib
from datetime import timedelta

from surveys.pacing import Bucket
from surveys.ports import Storage
from tests.contract import examples as ex

SECOND = timedelta(seconds=1)
ACCOUNT = Bucket(scope="telegram", every=SECOND / 25, burst=3)
CHAT = Bucket(scope="address:ann-tg", every=SECOND, address_id="ann-tg")


async def taken(store: Storage, *buckets: Bucket, after: float = 0) -> bool:
    """Take one from each, so many seconds after START."""
    now = ex.START + SECOND * after
    return await store.write(lambda unit: unit.paces.take(buckets, now))


async def room(store: Storage, bucket: Bucket, after: float = 0) -> int:
    now = ex.START + SECOND * after
    return await store.read(lambda unit: unit.paces.room(bucket, now))


async def test_an_untouched_bucket_has_room_for_its_burst(store: Storage) -> None:
    assert await room(store, ACCOUNT) == 3
    assert await room(store, CHAT) == 1


async def test_what_is_taken_comes_back_one_by_one(store: Storage) -> None:
    assert [await taken(store, ACCOUNT) for _ in range(4)] == [True, True, True, False]
    assert [await room(store, ACCOUNT, after) for after in (0, 0.039, 0.04, 0.08, 9)] == [
        *(0, 0, 1, 2, 3)
    ]


async def test_one_is_taken_from_all_buckets_or_from_none(store: Storage) -> None:
    assert await taken(store, CHAT, ACCOUNT)
    assert not await taken(store, CHAT, ACCOUNT, after=0.5)
    assert await room(store, ACCOUNT, 0.5) == 3
    assert await taken(store, CHAT, ACCOUNT, after=1)


async def test_a_bucket_rests_until_the_later_of_two_ends(store: Storage) -> None:
    await store.write(lambda unit: unit.paces.rest(CHAT, ex.at(0.5)))
    await store.write(lambda unit: unit.paces.rest(CHAT, ex.at(0.25)))

    assert not await taken(store, CHAT, after=29)
    assert await taken(store, CHAT, after=30)


async def test_a_bucket_written_before_the_clock_was_set_back_counts_as_untouched(
    store: Storage,
) -> None:
    assert await taken(store, CHAT, after=3600)

    assert [await taken(store, CHAT, after=after) for after in (0, 0.5, 1)] == [True, False, True]


async def test_what_a_failed_work_took_is_given_back(store: Storage) -> None:
    class Broken(Exception):
        pass

    def work(unit: object) -> None:
        assert unit.paces.take([CHAT], ex.START)  # type: ignore[attr-defined]  # a UnitOfWork
        raise Broken

    with contextlib.suppress(Broken):
        await store.write(work)
    assert await taken(store, CHAT)
