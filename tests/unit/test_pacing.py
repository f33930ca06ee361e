"""The buckets: never more in any window than they promise."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.model import Address, Channel
from surveys.pacing import Bucket, Pacing

START = datetime(2026, 11, 16, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def address(channel: Channel, chat: str = "31") -> Address:
    return Address(
        id="a1",
        person_id="p1",
        channel=channel,
        account="7001",
        user="31",
        chat=chat,
        created_at=START,
    )


def passed(bucket: Bucket, arrivals: list[timedelta]) -> list[datetime]:
    """Return when those that arrive one after the other pass."""
    free_at, passing = None, []
    now = START
    for pause in arrivals:
        now += pause
        if bucket.room(free_at, now):
            free_at = bucket.after_one(free_at, now)
            passing.append(now)
    return passing


@given(
    st.lists(st.integers(0, 400).map(lambda ms: timedelta(milliseconds=ms)), max_size=120),
    st.integers(1, 5),
)
def test_no_second_sees_more_than_the_rate_and_the_burst(
    arrivals: list[timedelta], burst: int
) -> None:
    bucket = Bucket(scope="s", every=SECOND / 10, burst=burst)
    times = passed(bucket, arrivals)
    for start in times:
        assert sum(start <= t < start + SECOND for t in times) <= 10 + burst - 1


@given(st.lists(st.integers(0, 1500).map(lambda ms: timedelta(milliseconds=ms)), max_size=60))
def test_messages_to_one_chat_are_a_second_apart(arrivals: list[timedelta]) -> None:
    times = passed(Pacing().chat(address(Channel.TELEGRAM)), arrivals)
    assert all(later - earlier >= SECOND for earlier, later in pairwise(times))


def test_a_group_gets_at_most_eighteen_a_minute() -> None:
    group = Pacing().chat(address(Channel.TELEGRAM, "-1001234567890123"))
    times = passed(group, [timedelta(milliseconds=100)] * 1200)
    assert all(sum(s <= t < s + 60 * SECOND for t in times) <= 18 for s in times)


@pytest.mark.parametrize("channel", [Channel.TELEGRAM, Channel.SLACK])
def test_an_edit_takes_nothing_from_its_chat(channel: Channel) -> None:
    edits = Pacing().of(address(channel), editing=True)
    news = Pacing().of(address(channel), editing=False)
    assert next(b.scope for b in news) == "address:a1"
    assert "address:a1" not in [b.scope for b in edits]


def test_a_browser_pulls_at_its_own_pace() -> None:
    assert Pacing().of(address(Channel.WEBCHAT), editing=False) == ()


def test_without_limits_everything_passes_at_once() -> None:
    everywhere = Pacing(telegram=inf, slack=inf, chats=inf)
    for bucket in everywhere.of(address(Channel.SLACK), editing=False):
        assert bucket.room(None, START) > 10**9
        assert bucket.room(bucket.after_one(START, START), START) > 10**9
