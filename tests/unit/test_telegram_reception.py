"""Failing updates are counted one by one, and only so many at a time."""

import pytest

from bot.telegram.reception import TRIES, NotTaken, Reception
from surveys.model import Json, Typed
from tests.fakes.telegram_kit import RecordingDesk, StillClock


def message(number: int) -> Json:
    sender = {"id": 31, "is_bot": False, "first_name": "x"}
    chat = {"id": 31, "type": "private"}
    return {"update_id": number, "message": {"from": sender, "chat": chat, "text": "9", "date": 1}}


def reception(desk: RecordingDesk) -> Reception:
    return Reception(bot_id=lambda: "7001", receive=desk.receive, clock=StillClock())


async def fails(taker: Reception, number: int) -> bool:
    try:
        await taker.take(message(number))
    except NotTaken:
        return True
    return False


async def test_tries_are_counted_for_each_update() -> None:
    taker = reception(RecordingDesk(poison=lambda _: True))

    first = [await fails(taker, 1) for _ in range(TRIES - 1)]
    other = await fails(taker, 2)
    last = await fails(taker, 1)

    assert (first, other, last) == ([True] * 4, True, False)


async def test_a_success_starts_the_count_again() -> None:
    desk = RecordingDesk(troubles=[RuntimeError("x")])
    taker = reception(desk)

    assert await fails(taker, 1)
    assert not await fails(taker, 1)
    assert [each.act for each in desk.acts] == [Typed(text="9")]


async def test_the_oldest_of_a_thousand_failing_updates_is_forgotten() -> None:
    taker = reception(RecordingDesk(poison=lambda _: True))

    for number in range(1001):
        with pytest.raises(NotTaken):
            await taker.take(message(number))

    assert len(taker._failures) == 1000
    assert "0" not in taker._failures
