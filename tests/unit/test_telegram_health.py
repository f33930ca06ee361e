"""The channel's health: one line in the log per change, and a refused message outlives a good poll."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bot.telegram.health import REFUSED, SETTLED, Health
from tests.world import SetClock


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    with capture_logs() as lines:
        yield lines


def test_each_change_is_one_line_and_a_repeat_none(logged: list[EventDict]) -> None:
    health = Health(SetClock())
    for reason in ("unreachable", "unreachable", "someone else"):
        health.red(reason)
    health.ok()
    health.ok()
    health.standby("another process receives")
    health.stop()

    assert [(line["log_level"], line.get("problem")) for line in logged] == [
        ("warning", "unreachable"),
        ("warning", "someone else"),
        ("info", None),
    ]
    assert (health.state, health.reason) == ("red", "stopped")


def test_tg08_a_poll_that_works_does_not_hide_a_refused_message() -> None:
    clock = SetClock()
    health = Health(clock)
    health.refused()
    health.ok()
    clock.at += SETTLED - timedelta(seconds=1)
    health.ok()

    assert (health.state, health.reason) == ("red", REFUSED)


def test_tg08_a_refusal_is_over_with_the_next_message_or_when_none_was_refused_for_long() -> None:
    clock = SetClock()
    by_message, by_time = Health(clock), Health(clock)
    for health in (by_message, by_time):
        health.ok()
        health.refused()
    by_message.sent()
    clock.at += SETTLED
    by_time.ok()

    assert (by_message.state, by_time.state) == ("ok", "ok")


def test_what_keeps_updates_away_is_named_before_a_refused_message() -> None:
    health = Health(SetClock())
    health.refused()
    health.red("Telegram can't be reached (dns); retrying")

    assert health.reason == "Telegram can't be reached (dns); retrying"
