"""surveys.stored_pasts.Pasts: a window's events with their decisions, a page at a time, person by person."""

from surveys.ports import Storage
from surveys.stored_pasts import Past, Place
from tests.contract import examples as ex

SINCE, UNTIL = ex.at(9000), ex.at(9999)


async def pages(world: Storage, limit: int) -> list[tuple[Past, ...]]:
    """Read the window in pages of so many events."""
    found: list[tuple[Past, ...]] = []
    after: Place | None = None
    while not found or found[-1]:
        after = found[-1][-1].place if found else None
        page = await world.read(
            lambda tx, after=after: tx.pasts.page(SINCE, UNTIL, after, limit)  # type: ignore[misc]  # a bound default
        )
        found.append(tuple(page))
    return found[:-1]


async def test_a_window_is_read_person_by_person_in_the_order_of_storing(world: Storage) -> None:
    events = [
        ex.stored_event("p1", person_id="ben", received_at=ex.at(9900)),
        ex.stored_event("p2", person_id="ann", received_at=SINCE),
        ex.stored_event("p3", person_id=None, received_at=ex.at(9100)),
        ex.stored_event("p4", person_id="ben", received_at=ex.at(9200)),
        ex.stored_event("p5", person_id="ann", received_at=UNTIL),
        ex.stored_event("p6", person_id="ann", received_at=ex.at(8999)),
    ]
    for event in events:
        await world.write(lambda tx, event=event: tx.events.add(event, reversing=False))  # type: ignore[misc]  # as above

    for limit in (1, 2, 9):
        read = [past for page in await pages(world, limit) for past in page]
        assert [past.stored for past in read] == [events[n] for n in (2, 1, 0, 3)]


async def test_each_event_brings_its_decisions_and_the_customers_own_id(world: Storage) -> None:
    await world.write(lambda tx: tx.people.add(ex.person("zoe", external_id="z-1")))
    known = ex.stored_event("k", person_id="zoe", received_at=SINCE)
    stranger = ex.stored_event("s", person_id=None, received_at=SINCE)
    seen = {"now": ex.START.isoformat(), "known": True}
    verdicts = (ex.verdict(seen=seen), ex.verdict(at=ex.at(1)))
    rows = [ex.decision(f"d{t}", event_id="k", trigger=t, verdicts=verdicts) for t in ("b", "a")]
    for event in (known, stranger):
        await world.write(lambda tx, event=event: tx.events.add(event, reversing=False))  # type: ignore[misc]  # as above
    await ex.store_all(world, lambda tx: tx.decisions.add, *rows)

    first, second = (past for page in await pages(world, 1) for past in page)

    assert (first.stored, first.customer, first.decisions) == (stranger, None, ())
    assert (second.stored, second.customer) == (known, "z-1")
    assert [decision.trigger for decision in second.decisions] == ["a", "b"]
    assert [v.seen for v in second.decisions[0].verdicts] == [seen, None]
