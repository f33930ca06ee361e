"""Console sessions: codes are used once, both expire, and memory stays bounded."""

from datetime import timedelta
from itertools import count

from bot.logins import LINK_LASTS, MOST, SESSION_LASTS, Logins
from tests.world import SetClock


def logins() -> tuple[Logins, SetClock]:
    clock, numbers = SetClock(), count(1)
    return Logins(clock, lambda: f"token{next(numbers)}"), clock


def test_a_code_opens_one_session() -> None:
    door, _ = logins()
    code = door.issue()

    session = door.redeem(code)

    assert session is not None
    assert door.knows(session)
    assert door.redeem(code) is None


def test_codes_and_sessions_expire() -> None:
    door, clock = logins()
    late, session = door.issue(), door.redeem(door.issue())
    assert session is not None

    clock.at += LINK_LASTS
    assert door.redeem(late) is None
    assert door.knows(session)
    clock.at += SESSION_LASTS - LINK_LASTS
    assert not door.knows(session)


def test_a_code_is_no_session_and_junk_is_nothing() -> None:
    door, _ = logins()

    assert not door.knows(door.issue())
    assert not door.knows("")
    assert door.redeem("\ud800") is None


def test_the_oldest_code_gives_way() -> None:
    door, clock = logins()
    first = door.issue()
    for _ in range(MOST):
        clock.at += timedelta(milliseconds=1)
        door.issue()

    assert door.redeem(first) is None
