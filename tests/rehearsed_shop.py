"""A shop whose busy month is rehearsed: customers, versions, pauses, reversals, one customer who was two."""

from datetime import datetime, timedelta
from functools import partial

from bot.desk import Desk
from bot.following import Following
from surveys.model import Command, Json
from surveys.ports import Storage, UnitOfWork
from surveys.program import Program
from surveys.service import identities
from surveys.service.pauses import pause, resume
from surveys.stored_programs import ProgramVersion, Source
from tests.phones import BLOCKED, Phone
from tests.programs import standard, varied
from tests.world import NOON, World

AT_ONCE: dict[str, Json] = {t.id: {"after": "0s", "occurrence": None} for t in standard().triggers}
STRICT: Json = {"quiet_hours": None, "cap": {"asks": 1, "days": 30}}
FIRST = varied(rules=STRICT, triggers=AT_ONCE)
SECOND = varied(
    rules={"cap": {"asks": 2, "days": 7}, "cooldown_days": 3},
    triggers={
        **AT_ONCE,
        "checkout": {"after": "2h", "share": 0.5, "withdrawn_by": ["order.cancelled"]},
    },
)


async def publish(world: World, program: Program, number: int) -> None:
    def put(tx: UnitOfWork) -> None:
        tx.programs.put(program.version, program.to_json(), world.clock.now())
        tx.program_versions.add(
            ProgramVersion(
                number=number,
                hash=program.version,
                text=program.to_json(),
                author="cli:ann",
                source=Source.APPLY,
                published_at=world.clock.now(),
            )
        )

    await world.write(put)


async def shop(storage: Storage, program: Program = FIRST, *, began: datetime = NOON) -> World:
    """A shop that follows what is published."""
    world = World(storage, program)
    world.clock.at = began
    world.storage = Following(storage, world.ctx.live)
    world.desk = Desk(storage=world.storage, ctx=world.ctx, wake=lambda: None)
    await publish(world, program, 1)
    world.clock.at += timedelta(minutes=1)
    return world


async def month(world: World) -> None:
    """Customers with and without consent, in three zones; one blocks, one leaves, one pauses, two turn out to be one."""
    phones: dict[int, Phone] = {}
    for number, zone in enumerate(("Asia/Seoul", "America/New_York", None, "Europe/Paris")):
        person = await world.customer(f"c{number}", timezone=zone)
        phones[number] = Phone(world, f"70{number}")
        await phones[number].starts(person)
    await world.customer("silent", consent=False)
    for day in range(10):
        for name in (*(f"c{number}" for number in phones), "silent"):
            await world.happens("order.paid", name, f"o{day}-{name}")
            if day % 3 == 1:
                await world.happens("support.solved", name, f"t{day}-{name}", handler="ann")
            if day % 4 == 2:
                await world.happens("order.cancelled", name, f"o{day}-{name}")
        await happen(world, day, phones)
        await world.later(hours=23, minutes=7)
        for phone in phones.values():
            await phone.reads()


async def happen(world: World, day: int, phones: dict[int, Phone]) -> None:
    """What else one of the days brings."""
    if day == 2:
        await world.write(partial(pause, ctx=world.ctx, of="trigger", name="checkout", by="ann"))
    if day == 4:
        await publish(world, SECOND, 2)
        await world.write(partial(resume, ctx=world.ctx, of="trigger", name="checkout", by="ann"))
    if day == 5:
        for claimed in await phones[2].claims():
            await phones[2].settles(claimed, BLOCKED)
    if day == 6:
        await phones[1].acts(Command(name="stop"))
        await world.write(lambda tx: identities.join_by_hand(tx, world.ctx, "c0", "c3", "cli:ann"))
    if day == 8:
        await publish(world, FIRST, 3)
        await world.customer("silent")


async def consenting(world: World) -> Phone:
    """Return kim's phone."""
    phone = Phone(world)
    await phone.starts(await world.customer("kim"))
    return phone
