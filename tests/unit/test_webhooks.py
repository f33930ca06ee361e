"""The life of what other systems are told: tried by the schedule, never lost, each destination for itself."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from random import Random

import pytest

from surveys.errors import NotFound
from surveys.model import (
    Destination,
    DestinationState,
    Reception,
    ReceptionKind,
    WebhookMessage,
    WebhookState,
    WebhookType,
)
from surveys.ports import Storage, UnitOfWork
from surveys.service import webhooks
from surveys.service.webhooks import AT_ONCE, LEASE, Round, Settled, Standing
from tests.world import World

ACTIVE, DISABLED, REMOVED = DestinationState
ACCEPTED = Reception(kind=ReceptionKind.ACCEPTED)
DOWN = Reception(kind=ReceptionKind.FAILED, reason="http_500")
GONE = Reception(kind=ReceptionKind.GONE, reason="http_410")
SCHEDULE = [
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
]


class Luck(Random):
    """Always the same draw."""

    def __init__(self, draw: float) -> None:
        super().__init__(0)
        self._draw = draw

    def random(self) -> float:
        return self._draw


class Line:
    """The queues of one deployment with a set clock; ``draw`` is what its dice always show."""

    def __init__(self, storage: Storage, *names: str, draw: float = 0.0) -> None:
        self.world = World(storage)
        self.ctx = replace(self.world.ctx, rng=Luck(draw))
        self.storage = storage
        self.names = names or ("crm",)

    async def declared(self) -> "Line":
        await self.storage.write(lambda tx: webhooks.declare(tx, self.ctx, self.names))
        return self

    async def told(self, *ids: str, to: str = "crm") -> None:
        """Facts happened."""
        now = self.world.clock.now()
        for message_id in ids:
            message = WebhookMessage(
                id=message_id,
                destination=to,
                type=WebhookType.ANSWER_RECORDED,
                created_at=now,
                data={"score": 2},
                person_id=None,
                state=WebhookState.PENDING,
                due_at=now,
            )
            await self.storage.write(partial(_add, message=message))

    def later(self, span: timedelta) -> None:
        self.world.clock.at += span

    async def claims(self) -> list[Round]:
        return list(await self.storage.write(lambda tx: webhooks.claim(tx, self.ctx, self.names)))

    async def settles(self, claimed: Round, receptions: Mapping[str, Reception]) -> Settled | None:
        return await self.storage.write(
            lambda tx: webhooks.settle(tx, self.ctx, claimed, receptions)
        )

    async def tries(self, reception: Reception) -> list[str]:
        """One round in which every message meets the same end; return their ids."""
        (claimed,) = await self.claims()
        await self.settles(claimed, {m.id: reception for m in claimed.messages})
        return [m.id for m in claimed.messages]

    async def message(self, message_id: str = "m1") -> WebhookMessage:
        found = await self.storage.read(lambda tx: tx.webhooks.get(message_id))
        assert found is not None
        return found

    async def destination(self, name: str = "crm") -> Destination:
        found = await self.storage.read(lambda tx: tx.destinations.get(name))
        assert found is not None
        return found

    async def standing(self) -> Standing:
        (standing,) = await self.storage.read(webhooks.standings)
        return standing

    async def enables(self, name: str = "crm") -> int:
        return await self.storage.write(lambda tx: webhooks.enable(tx, self.ctx, name))


def _add(tx: UnitOfWork, *, message: WebhookMessage) -> None:
    tx.webhooks.add(message)


# --- the schedule ---------------------------------------------------------------------------------


async def test_a_message_is_tried_ten_times_by_the_schedule_under_one_id(storage: Storage) -> None:
    line = await Line(storage).declared()
    await line.told("m1")
    waits = []
    for _ in range(9):
        assert await line.tries(DOWN) == ["m1"]
        due_at = (await line.message()).due_at
        assert due_at is not None
        assert await storage.read(lambda tx: tx.next_due()) == due_at
        waits.append(due_at - line.world.clock.now())
        line.later(waits[-1] - timedelta(microseconds=1))
        assert await line.claims() == []
        line.later(timedelta(microseconds=1))

    assert waits == SCHEDULE
    assert await line.tries(DOWN) == ["m1"]
    crm = await line.destination()
    assert (crm.state, crm.reason, crm.since) == (DISABLED, "http_500", line.world.clock.now())
    assert (await line.message()).state is WebhookState.PENDING
    assert await storage.read(lambda tx: tx.next_due()) is None


async def test_those_that_failed_together_do_not_all_come_back_together(storage: Storage) -> None:
    line = await Line(storage, draw=0.5).declared()
    await line.told("m1")
    await line.tries(DOWN)

    due_at = (await line.message()).due_at
    assert due_at == line.world.clock.now() + timedelta(seconds=5.25)


async def test_what_was_accepted_is_sent_for_good_and_its_data_is_gone(storage: Storage) -> None:
    line = await Line(storage).declared()
    await line.told("m1")
    await line.tries(DOWN)
    line.later(timedelta(minutes=1))
    await line.tries(ACCEPTED)

    sent, now = await line.message(), line.world.clock.now()
    assert (sent.state, sent.data, sent.ended_at, sent.reason) == (
        WebhookState.SENT,
        None,
        now,
        None,
    )
    crm = await line.destination()
    assert (crm.accepted_at, crm.reason, crm.leased_until) == (now, None, None)
    assert await line.claims() == []


async def test_one_message_that_a_receiver_chokes_on_does_not_silence_it(storage: Storage) -> None:
    line = await Line(storage).declared()
    await line.told("bad")
    given_up: list[str] = []
    for number in range(10):
        await line.told(f"good{number}")
        (claimed,) = await line.claims()
        settled = await line.settles(claimed, {"bad": DOWN, f"good{number}": ACCEPTED})
        assert settled is not None
        given_up += [m.id for m in settled.failed]
        line.later(timedelta(hours=25))

    assert given_up == ["bad"]
    standing = await line.standing()
    assert (standing.destination.state, standing.waiting, standing.failed) == (ACTIVE, 0, 1)
    assert (await line.message("bad")).data == {"score": 2}


# --- what a destination may say -------------------------------------------------------------------


async def test_410_disables_at_once_and_loses_nothing(storage: Storage) -> None:
    line = await Line(storage).declared()
    await line.told("m1", "m2")
    await line.tries(GONE)

    standing = await line.standing()
    assert (standing.destination.state, standing.waiting) == (DISABLED, 2)
    await line.told("m3")
    line.later(timedelta(days=9))
    assert await line.claims() == []
    assert await line.enables() == 3
    assert await line.tries(ACCEPTED) == ["m1", "m2", "m3"]


async def test_too_many_requests_rests_the_whole_destination_and_costs_no_try(
    storage: Storage,
) -> None:
    line = await Line(storage).declared()
    await line.told("m1", "m2")
    busy = Reception(kind=ReceptionKind.PAUSED, reason="http_429", retry_after=120)
    (claimed,) = await line.claims()
    await line.settles(claimed, {"m1": ACCEPTED, "m2": busy})
    await line.told("m3")

    assert await line.claims() == []
    until = line.world.clock.now() + timedelta(seconds=120)
    assert await storage.read(lambda tx: tx.next_due()) == until
    line.later(timedelta(seconds=120))
    assert await line.tries(ACCEPTED) == ["m2", "m3"]
    assert (await line.message("m2")).tries == 0


async def test_a_failure_that_names_a_time_waits_for_the_later_of_both(storage: Storage) -> None:
    line = await Line(storage).declared()
    await line.told("m1")
    await line.tries(Reception(kind=ReceptionKind.FAILED, reason="http_503", retry_after=60))

    assert (await line.message()).tries == 1
    assert await storage.read(lambda tx: tx.next_due()) == line.world.clock.now() + timedelta(
        seconds=60
    )


# --- claims ---------------------------------------------------------------------------------------


async def test_a_worker_that_dies_leaves_everything_to_the_next_one(storage: Storage) -> None:
    """It costs no try, and the id stays the same."""
    line = await Line(storage).declared()
    await line.told("m1", "m2")
    (lost,) = await line.claims()

    assert await line.claims() == []
    assert await storage.read(lambda tx: tx.next_due()) == line.world.clock.now() + LEASE
    line.later(LEASE)
    (again,) = await line.claims()
    assert [m.id for m in again.messages] == [m.id for m in lost.messages] == ["m1", "m2"]
    assert {m.tries for m in again.messages} == {0}


async def test_what_a_worker_brings_after_its_lease_is_void(storage: Storage) -> None:
    line = await Line(storage).declared()
    await line.told("m1")
    (late,) = await line.claims()
    line.later(LEASE)
    (current,) = await line.claims()

    assert await line.settles(late, {"m1": GONE}) is None
    assert (await line.destination()).leased_until == line.world.clock.now() + LEASE
    assert await line.settles(current, {"m1": ACCEPTED}) is not None
    assert (await line.message()).state is WebhookState.SENT


async def test_a_long_queue_goes_out_in_rounds_oldest_first(storage: Storage) -> None:
    line = await Line(storage).declared()
    ids = [f"m{number:02}" for number in range(AT_ONCE + 3)]
    for message_id in ids:
        await line.told(message_id)
        line.later(timedelta(seconds=1))

    assert await line.tries(ACCEPTED) == ids[:AT_ONCE]
    assert await line.tries(ACCEPTED) == ids[AT_ONCE:]


async def test_destinations_are_claimed_each_for_itself(storage: Storage) -> None:
    line = await Line(storage, "bi", "crm", "idle").declared()
    await line.told("m1", to="crm")
    first = await line.claims()
    await line.told("m2", to="bi")
    second = await line.claims()

    assert [[r.destination.name for r in rounds] for rounds in (first, second)] == [
        ["crm"],
        ["bi"],
    ]


async def test_a_worker_claims_only_what_its_own_config_names(storage: Storage) -> None:
    line = await Line(storage, "bi", "crm").declared()
    await line.told("m1", to="bi")
    line.names = ("crm",)
    assert await line.claims() == []

    line.names = ("bi", "crm")
    assert await line.tries(ACCEPTED) == ["m1"]


async def test_an_empty_round_changes_nothing_but_the_lease(storage: Storage) -> None:
    line = await Line(storage).declared()
    await line.told("m1")
    await line.tries(DOWN)
    before = await line.destination()
    line.later(timedelta(seconds=5))
    (claimed,) = await line.claims()
    await line.settles(claimed, {})

    after = await line.destination()
    assert (after.leased_until, after.accepted_at) == (None, before.accepted_at)
    assert (await line.message()).tries == 1


# --- staff and the config -------------------------------------------------------------------------


async def test_enabled_again_everything_that_waited_goes_out_at_once(storage: Storage) -> None:
    line = await Line(storage).declared()
    await line.told("m1")
    for _ in range(10):
        await line.tries(DOWN)
        line.later(timedelta(hours=27))
    await line.told("m2")

    assert await line.enables() == 2
    crm = await line.destination()
    assert (crm.state, crm.reason) == (ACTIVE, None)
    assert await line.tries(DOWN) == ["m1", "m2"]
    assert (await line.message("m1")).tries == 1


async def test_enabling_what_nobody_declared_is_refused(storage: Storage) -> None:
    line = await Line(storage).declared()
    with pytest.raises(NotFound):
        await line.enables("nobody")
    line.names = ("bi",)
    await line.declared()
    with pytest.raises(NotFound):
        await line.enables("crm")


async def test_a_destination_that_left_the_config_is_sent_nothing_and_goes_on_when_it_returns(
    storage: Storage,
) -> None:
    line = await Line(storage).declared()
    await line.told("m1")
    line.names = ("bi",)
    await line.declared()
    assert await line.claims() == []
    assert (await line.destination()).state is REMOVED
    assert await storage.read(lambda tx: tx.next_due()) is None

    line.names = ("bi", "crm")
    await line.declared()
    assert await line.tries(ACCEPTED) == ["m1"]


async def test_a_restart_enables_nothing_that_was_disabled(storage: Storage) -> None:
    line = await Line(storage).declared()
    await line.told("m1")
    await line.tries(GONE)
    await line.declared()

    assert (await line.destination()).state is DISABLED
