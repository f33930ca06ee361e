"""Who keeps an eye on the channels looks once a minute, and writes only what is news."""

from datetime import timedelta

from bot.lookout import Lookout
from storage.memory import MemoryStorage
from tests.unit.test_reaching import SLACK, TELEGRAM, kim


async def test_asks_leave_a_channel_that_the_health_check_calls_red_for_too_long() -> None:
    customer = await kim(MemoryStorage(), (SLACK, TELEGRAM))
    world = customer.world
    health = {"telegram": {"state": "ok"}, "slack": {"state": "ok"}, "webchat": {"state": "ok"}}
    lookout = Lookout(storage=world.storage, ctx=world.ctx, health=lambda: health)
    rescued = [await lookout.chore()]
    await customer.due()
    health["telegram"] = {"state": "red"}
    for _ in range(17):
        world.clock.at += timedelta(minutes=1)
        rescued.append(await lookout.chore())
        rescued.append(await lookout.chore())
    await world.drain()

    assert sum(rescued) == 1
    assert rescued.index(1) == 31
    assert (await customer.ask()).channel is SLACK
