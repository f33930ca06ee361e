"""Messages to staff: one request for each claim, its outcome kept, what is unknown never sent again by itself."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from math import inf
from pathlib import Path
from typing import TypeVar

import pytest

from bot.metrics import Metrics
from bot.orders import Act, Order, obeyed
from bot.staff.files import page_of
from bot.staff.sender import StaffSender
from storage.memory import MemoryStorage
from surveys.errors import InvalidInput, NotFound, NotWaiting
from surveys.model import Channel, Outcome, OutcomeKind
from surveys.pacing import Pacing
from surveys.ports import SENDING_LEASE, Storage, UnitOfWork
from surveys.service import operating, staff_messages
from surveys.service.staff_messages import MOST_TRIES, STALE_AFTER, tell
from surveys.staff_messages import Place, StaffBody, StaffMessage, StaffState, parse_place
from tests.contract import examples as ex
from tests.world import World

T = TypeVar("T")
BODY = StaffBody(text="NPS +22", page="<!doctype html><p>NPS +22")
ACCEPTED = Outcome(kind=OutcomeKind.ACCEPTED, ref={"ts": "1.2"})
LOST = Outcome(kind=OutcomeKind.UNKNOWN, reason="timeout")
REFUSED = Outcome(kind=OutcomeKind.REJECTED, reason="channel_not_found", unreachable=True)
PENDING, SENDING, SENT, FAILED, UNKNOWN = StaffState


def flood(seconds: float, scope: str = "chat") -> Outcome:
    return Outcome(kind=OutcomeKind.PAUSED, reason="flood", retry_after=seconds, scope=scope)


class Platform:
    """See bot.staff.sender.Teller; takes everything, or what it was told to answer."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.told: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self._outcomes = list(outcomes)

    async def tell(self, name: str, body: StaffBody) -> Outcome:
        self.told.append(name)
        await self.gate.wait()
        return self._outcomes.pop(0) if self._outcomes else ACCEPTED


@asynccontextmanager
async def sending(
    world: World,
    slack: Platform | None = None,
    folder: Path | None = None,
    storage: Storage | None = None,
) -> AsyncIterator[StaffSender]:
    async def before() -> None:
        """Nothing counts batches here."""

    async with StaffSender(
        storage=storage or world.storage,
        ctx=world.ctx,
        tellers=lambda: {Channel.SLACK: slack} if slack else {},
        folder=folder,
        metrics=Metrics(),
        wake=lambda: None,
        before=before,
    ) as sender:
        yield sender


async def told(world: World, name: str = "m1", destination: str = "slack:C1") -> None:
    await world.write(lambda tx: tell(tx, world.ctx, name, "digest", destination, BODY))


async def drained(sender: StaffSender) -> int:
    total = 0
    while found := await sender.drain():
        total += found
        await sender.settled()
    return total


async def row(world: World, name: str = "m1") -> StaffMessage:
    found = await world.storage.read(lambda tx: tx.staff_messages.get(name))
    assert found is not None
    return found


async def test_a_message_goes_out_once_and_its_words_go_with_it(storage: Storage) -> None:
    world, slack = World(storage), Platform()
    await told(world)
    await told(world)

    async with sending(world, slack) as sender:
        assert await drained(sender) == 1

    sent = await row(world)
    assert (sent.state, sent.body, sent.ref) == (SENT, None, {"ts": "1.2"})
    assert slack.told == ["C1"]


async def test_what_nobody_knows_is_shown_and_not_sent_again_by_itself(storage: Storage) -> None:
    world, slack = World(storage), Platform(LOST)
    await told(world)

    async with sending(world, slack) as sender:
        await drained(sender)
        world.clock.at += timedelta(days=3)
        assert await drained(sender) == 0

    lost = await row(world)
    assert (lost.state, lost.reason, lost.due_at) == (UNKNOWN, "timeout", None)
    assert (await storage.read(operating.standing)).staff_unknown == 1
    assert slack.told == ["C1"]


async def test_staff_send_it_again_by_hand(storage: Storage) -> None:
    world, slack = World(storage), Platform(LOST)
    order = Order(act=Act.RETELL, subject="m1")
    await told(world)

    async with sending(world, slack) as sender:
        with pytest.raises(NotWaiting):
            await obeyed(storage, world.ctx, order, "cli:minji")
        await drained(sender)
        await obeyed(storage, world.ctx, order, "cli:minji")
        await drained(sender)

    assert (await row(world)).state is SENT
    (deed,) = await storage.read(lambda tx: tx.audit.newest(1))
    assert (deed.act, deed.by, deed.subject) == ("retell", "cli:minji", "m1")
    with pytest.raises(NotFound):
        await obeyed(storage, world.ctx, Order(act=Act.RETELL, subject="none"), "cli:minji")


async def test_staff_say_that_it_arrived(storage: Storage) -> None:
    world, order = World(storage), Order(act=Act.ARRIVED, subject="m1")
    await told(world)
    async with sending(world, Platform(LOST)) as sender:
        with pytest.raises(NotWaiting):
            await obeyed(storage, world.ctx, order, "cli:minji")
        await drained(sender)
    assert await obeyed(storage, world.ctx, order, "cli:minji") == "arrived"

    settled = await row(world)
    assert (settled.state, settled.body, settled.ended_at) == (SENT, None, world.clock.at)
    assert (await storage.read(operating.standing)).staff_unknown == 0


async def test_a_claim_whose_worker_never_came_back_is_unknown(storage: Storage) -> None:
    world, slack = World(storage), Platform()
    await told(world)
    (claimed,) = await world.write(lambda tx: staff_messages.claim(tx, world.ctx))

    async with sending(world, slack) as sender:
        assert await drained(sender) == 0
        world.clock.at += SENDING_LEASE + timedelta(seconds=1)
        assert await drained(sender) == 1

    assert ((await row(world)).state, (await row(world)).reason) == (UNKNOWN, "worker_lost")
    late = await world.write(lambda tx: staff_messages.settle(tx, world.ctx, claimed, ACCEPTED))
    assert late is None
    assert slack.told == []


async def test_too_many_requests_is_waited_out() -> None:
    world, slack = World(pacing=Pacing()), Platform(flood(30))
    await told(world)

    async with sending(world, slack) as sender:
        await drained(sender)
        await told(world, "m2")
        world.clock.at += timedelta(seconds=29)
        assert await drained(sender) == 0
        for _ in range(2):
            world.clock.at += timedelta(seconds=1)
            assert await drained(sender) == 1

    assert slack.told == ["C1", "C1", "C1"]
    assert (await row(world)).tries == 0


async def test_a_pause_of_the_whole_account_is_the_customers_messages_pause_too() -> None:
    world, slack = World(), Platform(flood(600, "account"))
    await told(world)
    async with sending(world, slack) as sender:
        await drained(sender)

    asked = ex.delivery("d1", channel=Channel.SLACK, due_at=world.clock.at)
    await world.write(lambda tx: tx.deliveries.add(asked))
    free = [
        await world.write(lambda tx: tx.deliveries.claimable(world.clock.at, (Channel.SLACK,), 9))
        for world.clock.at in (world.clock.at, world.clock.at + timedelta(seconds=600))
    ]
    assert [len(found) for found in free] == [0, 1]


async def test_a_platform_is_written_to_at_its_pace() -> None:
    world, slack = World(pacing=Pacing(telegram=inf, slack=inf, chats=1)), Platform()
    for name in ("m1", "m2"):
        await told(world, name)

    async with sending(world, slack) as sender:
        assert await drained(sender) == 1
        world.clock.at += timedelta(seconds=1)
        assert await drained(sender) == 1


async def test_one_that_is_refused_has_failed() -> None:
    world, slack = World(), Platform(REFUSED)
    await told(world)
    async with sending(world, slack) as sender:
        await drained(sender)

    failed = await row(world)
    assert (failed.state, failed.reason) == (FAILED, "channel_not_found")
    assert failed.body == BODY


async def test_one_that_never_gets_through_is_given_up_after_its_tries() -> None:
    world = World()
    slack = Platform(*[Outcome(kind=OutcomeKind.NOT_SENT, reason="dns")] * MOST_TRIES)
    await told(world)
    async with sending(world, slack) as sender:
        for _ in range(MOST_TRIES):
            await drained(sender)
            world.clock.at += timedelta(minutes=15)

    assert ((await row(world)).state, len(slack.told)) == (FAILED, MOST_TRIES)


async def test_a_channel_that_is_off_is_waited_for_until_the_message_is_no_news() -> None:
    world = World()
    await told(world)
    async with sending(world) as sender:
        await drained(sender)
        waiting = await row(world)
        world.clock.at += STALE_AFTER + timedelta(minutes=1)
        await drained(sender)

    assert (waiting.state, waiting.reason, waiting.tries) == (PENDING, "channel_down", 0)
    assert (await row(world)).state is FAILED


async def test_while_sending_is_held_staff_are_told_nothing_either() -> None:
    world, slack = World(), Platform()
    await told(world)
    await world.write(lambda tx: operating.hold(tx, world.ctx, "why", "cli:x"))
    async with sending(world, slack) as sender:
        assert await drained(sender) == 0
        await world.write(lambda tx: operating.release(tx, world.ctx, "cli:x"))
        assert await drained(sender) == 1


async def test_a_destination_that_hangs_holds_up_its_own_messages_only() -> None:
    world, slack = World(), Platform()
    slack.gate.clear()
    for name, to in (("m1", "C1"), ("m2", "C1"), ("m3", "C2")):
        await told(world, name, f"slack:{to}")

    async with sending(world, slack) as sender:
        assert [await sender.drain(), await sender.drain()] == [2, 0]
        slack.gate.set()
        await sender.settled()
        assert await drained(sender) == 1
    assert slack.told == ["C1", "C2", "C1"]


async def test_nothing_begins_while_stopping_and_it_goes_out_after_the_restart() -> None:
    world, slack = World(), Platform()
    await told(world)
    async with sending(world, slack) as sender:
        found = sender.drain()
        await found
        sender.stop()
        await sender.settled()
        assert slack.told == []
    world.clock.at += timedelta(seconds=1)
    async with sending(world, slack) as sender:
        await drained(sender)

    assert (slack.told, (await row(world)).state) == (["C1"], SENT)


class Stalled:
    """See surveys.ports.Storage; the process stands still for a while after each commit."""

    def __init__(self, world: World, stall: timedelta) -> None:
        self._world, self._stall = world, stall

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        return await self._world.storage.read(work)

    async def wipe(self) -> bool:
        return await self._world.storage.wipe()

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        result = await self._world.storage.write(work)
        self._world.clock.at += self._stall
        return result


async def test_no_request_begins_on_a_claim_that_is_about_to_run_out() -> None:
    """Its other end would call it lost while it goes out."""
    world, slack = World(), Platform()
    await told(world)
    async with sending(world, slack, storage=Stalled(world, timedelta(seconds=25))) as sender:
        assert await sender.drain() == 1
        await sender.settled()

    assert (slack.told, (await row(world)).state) == ([], PENDING)


# --- files ----------------------------------------------------------------------------------------


async def test_a_file_is_written_whole_inside_the_folder(tmp_path: Path) -> None:
    world, folder = World(), tmp_path / "pages"
    await told(world, "m1", "file:weekly/한글.html")
    async with sending(world, folder=folder) as sender:
        await drained(sender)
        await told(world, "m2", "file:weekly/한글.html")
        await drained(sender)

    file = folder / "weekly" / "한글.html"
    assert file.read_text("utf-8") == BODY.page
    assert [path.name for path in file.parent.iterdir()] == ["한글.html"]
    assert (await row(world)).ref == {"path": str(file)}
    assert oct(file.stat().st_mode & 0o027) == "0o0"


async def test_a_link_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    world, folder, elsewhere = World(), tmp_path / "pages", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    (folder / "out").symlink_to(elsewhere)
    (folder / "page.html").symlink_to(elsewhere / "page.html")
    await told(world, "m1", "file:out/page.html")
    await told(world, "m2", "file:page.html")
    async with sending(world, folder=folder) as sender:
        await drained(sender)

    states = [
        ((await row(world, name)).state, (await row(world, name)).reason) for name in ("m1", "m2")
    ]
    assert states == [(FAILED, "outside"), (SENT, None)]
    assert [*elsewhere.iterdir()] == []


async def test_a_disk_that_refuses_is_tried_again_and_no_folder_is_told(tmp_path: Path) -> None:
    world, blocked = World(), tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    await told(world, "m1", "file:a.html")
    async with sending(world, folder=blocked) as sender:
        await drained(sender)
    assert ((await row(world)).state, (await row(world)).reason) == (PENDING, "disk")

    await told(world, "m2", "file:b.html")
    async with sending(world) as sender:
        await drained(sender)
    assert (await row(world, "m2")).reason == "no_folder"


def test_a_message_without_a_page_is_its_text_escaped() -> None:
    assert "<pre>a &lt;b&gt;</pre>" in page_of(StaffBody(text="a <b>"))


# --- destinations ---------------------------------------------------------------------------------


def test_destinations_are_read() -> None:
    assert parse_place("slack:C024BE91L") == Place(Channel.SLACK, "C024BE91L")
    assert parse_place("telegram:-1001234") == Place(Channel.TELEGRAM, "-1001234")
    assert parse_place("telegram:@our_team") == Place(Channel.TELEGRAM, "@our_team")
    assert parse_place("file:a/b.html") == Place(None, "a/b.html")


@pytest.mark.parametrize(
    "wrong",
    ["", "slack:", "slack:#general", "telegram:--1", "telegram:\uff11", "file:/etc/passwd", "file:../a",
     "file:a/../../b", "file:..\\a", "file:", "mail:a@example.com", "slack:C1\n", "file:" + "a" * 300],
)  # fmt: skip
def test_what_is_no_destination_is_named(wrong: str) -> None:
    with pytest.raises(InvalidInput, match="destination"):
        parse_place(wrong)


async def test_nobody_can_be_told_at_a_wrong_place() -> None:
    world = World(MemoryStorage())
    with pytest.raises(InvalidInput):
        await told(world, destination="nowhere")
