"""How far asks came is hidden by how many customers answered, and not by how many asks they did."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from storage.memory import MemoryStorage
from surveys.model import Channel
from surveys.results import ResultTable, parse_query, run
from tests.asked import Ask, ask
from tests.programs import standard

PAST = datetime(2026, 11, 10, 3, tzinfo=UTC)
TODAY = datetime(2026, 11, 22, 3, tzinfo=UTC)


def asked(
    who: str, times: int, *, trigger: str = "checkout", channel: Channel = Channel.WEBCHAT
) -> list[Ask]:
    """Return asks that a customer answered, so many."""
    return [
        Ask(
            trigger=trigger,
            customer=who,
            at=PAST + timedelta(hours=nth),
            score=4,
            channel=channel,
        )
        for nth in range(times)
    ]


def customers(count: int, name: str = "", **parts: object) -> list[Ask]:
    """Return asks that so many customers answered once each."""
    return [each for nth in range(count) for each in asked(f"{name}{nth}", 1, **parts)]  # type: ignore[arg-type]  # named as above


async def told(asks: Sequence[Ask], **parameters: str) -> ResultTable:
    storage, program = MemoryStorage(), standard()
    await ask(storage, program, asks)
    query = parse_query(parameters)
    return await storage.read(lambda tx: run(tx, program, query, TODAY))


async def steps(asks: Sequence[Ask], **parameters: str) -> list[int | None]:
    """Return invited, started and answered of each touchpoint where anybody was asked."""
    table = await told(asks, **parameters)
    return [
        step
        for row in table.rows
        if row.invited
        for step in (row.invited, row.started, row.answered)
    ]


@pytest.mark.parametrize("window", [{}, {"period": "2026-11"}], ids=["live", "a month"])
@pytest.mark.parametrize(
    ("asks", "shown"),
    [
        (asked("mina", 6), [6, None, None]),
        (asked("mina", 3) + asked("jun", 3), [6, None, None]),
        (customers(4) + asked("mina", 9), [13, 13, 13]),
        (customers(5), [5, 5, 5]),
    ],
    ids=["one customer", "two customers", "five of whom one came often", "five customers"],
)
async def test_a_step_is_told_of_five_customers_and_not_of_five_asks(
    asks: list[Ask], shown: list[int | None], window: dict[str, str]
) -> None:
    assert await steps(asks, **window) == shown


async def test_a_touchpoint_of_one_customer_is_not_the_stage_less_the_other() -> None:
    both = [*customers(20), *asked("mina", 6, trigger="delivery")]

    assert await steps(both) == [26, 26, 26]
    assert await steps(both, by="touchpoint") == [20, None, None, 6, None, None]


async def test_a_channel_of_one_customer_is_told_nowhere() -> None:
    table = await told([*customers(20), *asked("mina", 6, channel=Channel.TELEGRAM)])

    cells = {cell.channel: cell.answered for cell in table.funnel}

    assert cells == {"telegram": None, "webchat": None}


async def test_the_journeys_total_does_not_tell_two_hidden_stages_of_a_customer_each() -> None:
    few = [*asked("mina", 6), *asked("jun", 6, trigger="support")]
    many = customers(20, "s", trigger="signup")

    tables = [await told([*customers(others), *few, *many]) for others in (0, 3)]

    assert [table.totals and table.totals.answered for table in tables] == [None, 35]
    assert [[row.answered for row in table.rows if row.n] for table in tables] == [[20], [20]]
