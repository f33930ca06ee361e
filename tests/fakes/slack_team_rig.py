"""Stands the team's side of the Slack channel in front of stored counts, over either transport."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from bot.slack.team.backing import Backing, Work
from bot.slack.team.roster import StaffList
from storage.memory import MemoryStorage
from surveys.errors import StorageBusy
from surveys.model import Incoming, Receipt
from surveys.program import Program
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_member import Member
from tests.fakes.slack_rig import channel_to, running, serving, until
from tests.golden.test_same_numbers import keep
from tests.journeys import NOW, PROGRAM
from tests.world import World

BASE = "https://cx.example.com/app"
STAFF = StaffList(viewers=frozenset({"UVIEW"}), operators=frozenset({"UOPER"}))


class Desk:
    """The world's desk, as the channel wants it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.busy = 0

    async def order(self, work: Work) -> str | None:
        """Do it, unless the storage is away just now."""
        if self.busy:
            self.busy -= 1
            raise StorageBusy
        return await self._world.desk.ordered(work)

    async def receive(self, incoming: Incoming) -> Receipt:
        return await self._world.desk.receive(incoming)

    async def on_revoked(self) -> None:
        raise AssertionError("nobody took our access away")


@dataclass(frozen=True, slots=True)
class TeamRig:
    """An operator, a viewer and a customer in front of one application."""

    slack: FakeSlack
    world: World
    desk: Desk
    operator: Member
    viewer: Member
    customer: Member

    async def whispered(self, member: Member, count: int = 1) -> Mapping[str, Any]:
        """Return the newest of so many things that only she was shown."""
        await until(lambda: len(member.whispers) >= count)
        assert len(member.whispers) == count
        return member.whispers[-1]


@asynccontextmanager
async def team_rig(
    transport: str = "http",
    staff: StaffList = STAFF,
    language: str = "ko",
    program: Program = PROGRAM,
    base: str = BASE,
) -> AsyncIterator[TeamRig]:
    """Join the fake workspace, whose people speak ``language``, with counts to show."""
    world = World(MemoryStorage(), program)
    world.clock.at = NOW
    world.ctx = replace(world.ctx, base=base)
    await world.write(keep)
    desk = Desk(world)
    backing = Backing(
        storage=world.storage,
        ctx=world.ctx,
        staff=staff,
        base=base,
        order=desk.order,
        receive=world.desk.receive,
    )
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(FakeSlack())
        for user in ("UOPER", "UVIEW", "UCUST"):
            slack.person(user, locale="ko-KR" if language == "ko" else "en-US")
        over_socket = transport == "socket"
        way = {"signing_secret": "", "app_token": slack.app_token} if over_socket else {}
        channel = await stack.enter_async_context(channel_to(slack, desk, None, backing, **way))
        if over_socket:
            await stack.enter_async_context(running(channel))
            await until(lambda: channel.health()["state"] == "ok")
        else:
            root = await stack.enter_async_context(serving(channel.routes()))
            slack.events_url = f"{root}/slack/events"
        people = (Member(slack, user) for user in ("UOPER", "UVIEW", "UCUST"))
        yield TeamRig(slack, world, desk, *people)
