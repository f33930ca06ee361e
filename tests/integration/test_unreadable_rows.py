"""A row that can't be read stands in nobody's way: it is parked for an operator, and everything else goes on."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.delivery import Dispatcher
from bot.desk import Desk
from bot.metrics import Metrics
from storage.opening import open_inline, open_storage
from storage.sql.statements import Statement
from storage.unit import SqlUnitOfWork
from surveys.errors import NotWaiting, Unreadable
from surveys.model import Channel, Delivery, DeliveryState, Finding, FindingKind, Started
from surveys.ports import Storage, UnitOfWork
from surveys.service import operating
from surveys.service.operating import Settlement
from surveys.service.outcomes import QUARANTINE
from tests.phones import LOST, Phone
from tests.sqlite import migrated
from tests.unit.test_dispatcher import Platform
from tests.world import World

PENDING, PARKED = DeliveryState.PENDING, DeliveryState.PARKED
JUNK = ("delivery_class = 'shout'", "args = '{'", "created_at = 'long ago', ref = '{'")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    if request.param == "sqlite":
        async with open_inline(migrated(tmp_path / "world.sqlite3")) as opened:
            yield opened
    else:
        new_url: Callable[[], str] = request.getfixturevalue("postgres_url_factory")
        async with open_storage(new_url()) as server:
            yield server


def sql(statement: str) -> Callable[[UnitOfWork], None]:
    """Write what no repository would."""

    def work(unit: UnitOfWork) -> None:
        assert isinstance(unit, SqlUnitOfWork)
        unit.session.run(Statement(text(statement)), {})

    return work


async def spoil(world: World, delivery: Delivery, junk: str) -> None:
    changed = f"UPDATE delivery SET {junk} WHERE id = '{delivery.id}'"  # noqa: S608 the test's own words
    await world.write(sql(changed))


@asynccontextmanager
async def dispatching(world: World, *platforms: Platform) -> AsyncIterator[Dispatcher]:
    async with Dispatcher(
        storage=world.storage,
        ctx=world.ctx,
        messengers=lambda: {platform.channel: platform for platform in platforms},
        metrics=Metrics(),
        wake=lambda: None,
    ) as dispatcher:
        yield dispatcher


async def settle(world: World, delivery: Delivery, verdict: Settlement) -> None:
    await world.write(
        lambda tx: operating.settle_by_hand(tx, world.ctx, delivery.id, verdict, "cli:x")
    )


async def in_state(world: World, state: DeliveryState) -> tuple[Delivery, ...]:
    return await world.storage.read(lambda tx: tx.deliveries.in_state(state, 9))


async def test_a_row_that_cannot_be_read_is_named_by_its_error(storage: Storage) -> None:
    world = World(storage)
    await Phone(world, "1").acts(Started())
    (waiting,) = await in_state(world, PENDING)
    await spoil(world, waiting, JUNK[0])

    with pytest.raises(Unreadable) as raised:
        await in_state(world, PENDING)
    assert (raised.value.what, raised.value.key) == ("delivery", waiting.id)
    assert "shout" not in str(raised.value)


@pytest.mark.parametrize("junk", JUNK)
async def test_one_unreadable_among_the_candidates_is_parked_and_all_others_go_out(
    storage: Storage, junk: str, request: pytest.FixtureRequest
) -> None:
    if "postgres" in request.node.name and junk != JUNK[0]:
        pytest.skip("PostgreSQL takes neither broken JSON nor a word for a time")
    world = World(storage)
    for user in ("1", "2"):
        await Phone(world, user).acts(Started())
    await Phone(world, "3", Channel.SLACK).acts(Started())
    first, *_ = await in_state(world, PENDING)
    await spoil(world, first, junk)
    telegram, slack = Platform(world), Platform(world, channel=Channel.SLACK)
    async with dispatching(world, telegram, slack) as dispatcher:
        while await dispatcher.drain():
            await dispatcher.settled()

    assert [user for user, _ in telegram.posted + slack.posted] == ["2", "3"]
    (parked,) = await in_state(world, PARKED)
    assert (parked.id, parked.due_at) == (first.id, None)
    assert (parked.reason or "").startswith("unreadable: ")


async def test_an_operator_sees_what_was_unreadable_and_can_only_drop_it(storage: Storage) -> None:
    world = World(storage)
    await Phone(world, "1").acts(Started())
    (waiting,) = await in_state(world, PENDING)
    await spoil(world, waiting, JUNK[0])
    async with dispatching(world, Platform(world)) as dispatcher:
        await dispatcher.drain()

    (shown,) = await storage.read(lambda tx: operating.unsettled(tx, 9))
    assert (shown.delivery.id, shown.delivery.reason) == (waiting.id, "unreadable: delivery_class")
    for verdict in (Settlement.RESEND, Settlement.SENT):
        with pytest.raises(NotWaiting):
            await settle(world, waiting, verdict)
    await settle(world, waiting, Settlement.DROP)
    assert await in_state(world, PARKED) == ()


async def test_one_unreadable_among_the_unsettled_keeps_no_other_from_being_looked_up(
    storage: Storage,
) -> None:
    world = World(storage)
    telegram, slack = Platform(world), Platform(world, channel=Channel.SLACK)
    telegram.lost, slack.lost = [LOST, LOST], [LOST]
    slack.findings = [Finding(kind=FindingKind.FOUND, ref={"channel": "c", "ts": "1"})]
    for user in ("1", "2"):
        await Phone(world, user).acts(Started())
    await Phone(world, "3", Channel.SLACK).acts(Started())
    async with dispatching(world, telegram, slack) as dispatcher:
        while await dispatcher.drain():
            await dispatcher.settled()
        first, *_ = await in_state(world, DeliveryState.UNKNOWN)
        await spoil(world, first, JUNK[0])
        world.clock.at += QUARANTINE
        while await dispatcher.look_up():
            await dispatcher.settled()

    assert [each.id for each in await in_state(world, PARKED)] == [first.id]
    assert len(slack.looks) == 1
    assert await in_state(world, DeliveryState.UNKNOWN) == ()


async def test_one_unreadable_among_the_expired_and_the_lost_keeps_no_other_from_ending(
    storage: Storage,
) -> None:
    world = World(storage)
    desk = Desk(storage=storage, ctx=world.ctx, wake=lambda: None)
    for user in ("1", "2"):
        await Phone(world, user).acts(Started())
    first, _ = await in_state(world, PENDING)
    await spoil(world, first, JUNK[0])
    world.clock.at += timedelta(days=1)
    while await desk.tidy():
        pass

    assert [each.id for each in await in_state(world, PARKED)] == [first.id]
    assert len(await in_state(world, DeliveryState.EXPIRED)) == 1
