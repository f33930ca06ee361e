"""The dispatcher: one request per claim, none on a claim that runs out, and one account's trouble stays its own."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from bot.delivery import Dispatcher
from bot.metrics import Metrics
from surveys.model import Address, Channel, DeliveryState, Outcome, OutcomeKind, Prompt, Started
from surveys.ports import Storage
from surveys.service import sending
from tests.phones import ACCOUNT, Phone
from tests.world import World

PENDING = DeliveryState.PENDING


class Platform:
    """See surveys.ports.Messenger; takes every message, and ``slowness`` for each."""

    def __init__(self, world: World, *, account: str = ACCOUNT, slowness: float = 0) -> None:
        self.channel, self.account = Channel.TELEGRAM, account
        self.posted: list[tuple[str, str]] = []
        self._world = world
        self._slowness = timedelta(seconds=slowness)

    async def send(self, address: Address, prompt: Prompt, key: str) -> Outcome:
        return self._take(address, prompt)

    async def edit(self, address: Address, ref: Mapping[str, object], prompt: Prompt) -> Outcome:
        return self._take(address, prompt)

    def _take(self, address: Address, prompt: Prompt) -> Outcome:
        self._world.clock.at += self._slowness
        self.posted.append((address.user, prompt.kind))
        ref = {"chat_id": address.chat, "message_id": str(len(self.posted))}
        return Outcome(kind=OutcomeKind.ACCEPTED, ref=ref)


def dispatching(world: World, platform: Platform) -> Dispatcher:
    return Dispatcher(
        storage=world.storage,
        ctx=world.ctx,
        messengers=lambda: {platform.channel: platform},
        metrics=Metrics(),
    )


async def greetings(world: World, *users: str) -> None:
    """Customers who have pressed Start and are to be greeted."""
    for user in users:
        await Phone(world, user).acts(Started())


async def test_no_request_begins_on_a_claim_that_is_about_to_run_out(storage: Storage) -> None:
    """The claim's other end would call it lost, and send it again elsewhere."""
    world = World(storage)
    phone = Phone(world)
    for _ in range(5):
        await phone.acts(Started())
    slow = Platform(world, slowness=8)
    dispatcher = dispatching(world, slow)

    assert await dispatcher.drain() == 5
    assert len(slow.posted) == 3
    waiting = await world.storage.read(lambda tx: tx.deliveries.in_state(PENDING, 9))
    assert [(d.attempts, d.reason) for d in waiting] == [(0, "lease_over")] * 2
    await world.later(seconds=2)
    assert await dispatcher.drain() == 2
    assert len(slow.posted) == 5


async def test_what_is_claimed_at_the_end_goes_back_and_costs_no_try(storage: Storage) -> None:
    world = World(storage)
    await greetings(world, "1")
    platform = Platform(world)
    dispatcher = dispatching(world, platform)
    (due,) = await world.storage.read(
        lambda tx: sending.candidates(tx, world.ctx, (Channel.TELEGRAM,), 9)
    )
    claimed = await world.write(lambda tx: sending.claim(tx, world.ctx, due))
    assert claimed is not None

    dispatcher.stop()
    await dispatcher._send_in_turn([claimed])
    (back,) = await world.storage.read(lambda tx: tx.deliveries.in_state(PENDING, 9))
    assert (back.attempts, back.reason, platform.posted) == (0, "stopping", [])


async def test_chats_of_a_bot_that_was_replaced_hold_up_no_others(storage: Storage) -> None:
    world = World(storage)
    await greetings(world, "1", "2")
    another = Platform(world, account="bot2")
    assert await dispatching(world, another).drain() == 2
    assert another.posted == []

    await Phone(world, "3").acts(Started())
    await world.write(
        lambda tx: tx.addresses.save(_moved(tx.addresses.find(Channel.TELEGRAM, ACCOUNT, "3")))
    )
    assert await dispatching(world, another).drain() == 1
    assert another.posted == [("3", "notice")]


def _moved(address: Address | None) -> Address:
    assert address is not None
    return replace(address, account="bot2")
