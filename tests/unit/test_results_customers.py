"""Where every answer counts, customers are counted: in what a live table is compared with, too."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from storage.memory import MemoryStorage
from surveys.results import Change, Row, parse_query, run
from tests.asked import Ask, ask
from tests.journeys import PROGRAM

TODAY = datetime(2026, 11, 22, 3, tzinfo=UTC)
LATELY, BEFORE = TODAY - timedelta(days=2), TODAY - timedelta(days=19)
LIVE = {"since": "10d", "compare": "previous"}
ONE_BAD, TWO = (1,) * 8, (5, 1)


def rated(customer: str, at: datetime, *scores: int) -> list[Ask]:
    """Return one customer's answers, one a minute."""
    return [
        Ask(trigger="checkout", customer=customer, at=at + timedelta(minutes=nth), score=score)
        for nth, score in enumerate(scores)
    ]


async def purchase(asked: list[Ask], **parameters: str) -> Row:
    """Return the row of the stage that twenty others rated lately."""
    storage = MemoryStorage()
    lately = [each for nth in range(20) for each in rated(f"new{nth}", LATELY, 4 + nth % 2)]
    await ask(storage, PROGRAM, [*asked, *lately])
    table = await storage.read(lambda tx: run(tx, PROGRAM, parse_query(parameters), TODAY))
    (row,) = (row for row in table.rows if row.stage == "purchase")
    return row


async def change(asked: list[Ask], parameters: Mapping[str, str] = LIVE) -> Change:
    found = (await purchase(asked, **parameters)).change
    assert found is not None
    return found


async def test_nobody_is_five_customers_before_a_live_window_however_often_they_answered() -> None:
    hidden = await change(rated("one", BEFORE, *ONE_BAD))
    four = await change([each for n in range(4) for each in rated(f"c{n}", BEFORE, *TWO)])
    five = await change([each for n in range(5) for each in rated(f"c{n}", BEFORE, *TWO)])

    assert (hidden.n, hidden.value, hidden.refused) == (None, None, ("few",))
    assert (four.n, four.value, four.refused) == (None, None, ("few",))
    assert (five.n, five.value, five.refused) == (10, 50, ())


async def test_a_filter_does_not_tell_what_the_whole_table_hides() -> None:
    picked = await change(rated("one", BEFORE, *ONE_BAD), {**LIVE, "stage": "purchase"})
    five = [each for n in range(5) for each in rated(f"c{n}", BEFORE, *TWO)]

    assert picked.refused == ("few",)
    assert await change(five, {**LIVE, "stage": "purchase"}) == await change(five)


async def test_the_same_days_have_the_same_change_however_they_are_asked_for() -> None:
    asked = [each for n in range(8) for each in rated(f"c{n}", BEFORE, *([1 + 4 * (n % 2)] * 5))]

    live = await change(asked)
    named = await change(asked, {"from": "2026-11-13", "to": "2026-11-22", "compare": "previous"})
    named_other = await change(asked, {"since": "10d", "compare": "2026-11-03..2026-11-12"})

    assert live.method == "newcombe_clustered"
    assert (live.difference, live.low, live.high) == (named.difference, named.low, named.high)
    assert live == named_other
