"""surveys.stored_analyses.Analyses and surveys.stored_analyses.Alerts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.analyses.analyst import analyse
from surveys.errors import AlreadyStored
from surveys.model import TRIAL, Channel
from surveys.ports import Storage, UnitOfWork
from surveys.stored_analyses import KINDS, Alert, Analysis, Ask, Happening
from tests.contract import examples as ex
from tests.world import World

TREND = Analysis(
    kind="trend", key="배송", as_of=ex.at(0), content={**ex.NESTED, "n": None}, state={}
)
ALERT = Alert(
    id="a1",
    stage="delivery",
    instrument="nps",
    series="nps:0-10:up:std1",
    at=ex.at(1),
    raised_at=ex.at(9),
    since=ex.at(0),
    bad=9,
    answers=14,
    usual=0.15,
    restart="answer-1",
)


async def test_an_analysis_is_replaced_by_the_next_of_its_kind_and_key(store: Storage) -> None:
    newer = replace(TREND, as_of=ex.at(5), content={"n": 7}, state={"level": 0.5})
    other = replace(TREND, key="")

    await ex.store_all(store, lambda unit: unit.analyses.save, TREND, other, newer)

    assert await store.read(lambda unit: unit.analyses.all("trend")) == (other, newer)
    assert await store.read(lambda unit: unit.analyses.get("trend", "배송")) == newer
    assert await store.read(lambda unit: unit.analyses.get("surge", "배송")) is None


async def test_what_is_no_longer_analysed_goes(store: Storage) -> None:
    gone, same, another = replace(TREND, key="a"), replace(TREND, key="b"), replace(TREND, kind="x")
    await ex.store_all(store, lambda unit: unit.analyses.save, gone, same, another)

    await store.write(lambda unit: unit.analyses.keep_only("trend", {"b", "c"}))

    assert await store.read(lambda unit: unit.analyses.all("trend")) == (same,)
    assert await store.read(lambda unit: unit.analyses.all("x")) == (another,)


async def test_events_are_paged_in_the_order_they_were_stored(world: Storage) -> None:
    def work(unit: UnitOfWork) -> None:
        late = datetime(2026, 11, 1, 9, tzinfo=timezone(timedelta(hours=9)))
        unit.events.add(ex.stored_event("late", time=late), reversing=False)
        unit.events.add(ex.stored_event("back"), reversing=True)
        unit.events.add(ex.stored_event("nobody", person_id=None), reversing=False)
        unit.events.add(ex.stored_event("early", person_id="ben", handler="mina"), reversing=False)

    await world.write(work)

    first, second = await world.read(lambda unit: unit.analyses.happenings(0, 9))
    assert first == Happening(
        number=first.number,
        subject_id="subject-ann",
        occasion="order-late",
        type="order.paid",
        at=datetime(2026, 11, 1, tzinfo=UTC),
        data=ex.NESTED,
    )
    assert (second.subject_id, second.occasion) == ("subject-ben", "order-early")
    assert (first.handler, second.handler) == (None, "mina")
    assert await world.read(lambda unit: unit.analyses.happenings(0, 1)) == (first,)
    assert await world.read(lambda unit: unit.analyses.happenings(first.number, 9)) == (second,)


async def test_asks_are_those_that_were_sent(world: Storage) -> None:
    sent = ex.invitation("sent", sent_at=ex.at(3), subject_id="s1", stage="purchase")
    web = replace(sent, id="web", occasion="other", channel=Channel.WEBCHAT, sent_at=ex.at(1))
    nobodys = replace(sent, id="nobodys", occasion="third", subject_id="")
    unsent = replace(sent, id="unsent", occasion="fourth", sent_at=None)
    trial = replace(sent, id="trial", trigger=f"{TRIAL}support")
    await ex.store_all(world, lambda unit: unit.invitations.add, sent, nobodys, unsent, trial, web)

    first, second = await world.read(lambda unit: unit.analyses.asks(0, 9))

    assert first == Ask(number=first.number, subject_id="s1", stage="purchase", sent_at=ex.at(3))
    assert second.sent_at == ex.at(1)
    assert await world.read(lambda unit: unit.analyses.asks(first.number, 1)) == (second,)


async def test_alerts_come_newest_first_and_once(store: Storage) -> None:
    older, same = replace(ALERT, id="a0", at=ex.at(0)), replace(ALERT, id="a2", bad=10)
    await ex.store_all(store, lambda unit: unit.alerts.add, ALERT, older, same)

    with pytest.raises(AlreadyStored):
        await store.write(lambda unit: unit.alerts.add(replace(ALERT, bad=1)))

    assert await store.read(lambda unit: unit.alerts.newest(9)) == (same, ALERT, older)
    assert await store.read(lambda unit: unit.alerts.newest(1)) == (same,)
    assert await store.read(lambda unit: unit.alerts.get("a1")) == ALERT
    assert await store.read(lambda unit: unit.alerts.get("nope")) is None


async def test_answers_are_paged_by_time_to_the_last(world: Storage) -> None:
    """Every analysis and export rests on it: a cursor that finds nothing would end them early and quietly."""
    answers = [
        ex.answer(f"a{place}", invitation_id=f"invitation-{place}", answered_at=ex.at(at))
        for place, at in ((1, 5), (2, 1), (3, 5))
    ]
    await ex.store_all(world, lambda unit: unit.answers.add, *answers)

    def work(unit: UnitOfWork) -> list[str]:
        after, found = None, list[str]()
        while page := unit.reports.answer_rows(ex.DAY, ex.DAY, after, 1):
            found += [row.id for row in page]
            after = page[-1].place
        return found

    assert await world.read(work) == ["a2", "a1", "a3"]


async def test_a_run_is_the_same_over_every_store(world: Storage) -> None:
    """Twelve customers bought and answered; eleven of them are happy."""
    here = World(world)
    for place in range(12):
        name = f"c{place}"
        session = await here.browser(await here.customer(name))
        await here.happens("order.paid", name, subject=f"order of {name}")
        await here.later(minutes=31)
        await here.taps(session, "5" if place else "1")

    counts = await analyse(world, here.ctx, KINDS, page=5)

    found = await world.read(lambda unit: unit.analyses.get("trend", "purchase"))
    assert found is not None
    assert (counts["kinds"], found.as_of) == (len(KINDS), here.clock.now())
    (line,) = found.content["series"]
    shown = {name: line["weeks"][-1][name] for name in ("customers", "n", "suppressed")}
    assert shown == {"customers": 12, "n": 12, "suppressed": False}
    assert line["weeks"][-1]["score"]["value"] == pytest.approx(1100 / 12)
    recipe = found.content["recipe"]
    assert (recipe["answers"], recipe["events"], recipe["asks"]) == (12, 12, 12)
