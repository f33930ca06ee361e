"""Benches of how long customers wait: all of them at once, and beside one who never stops."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any

from benchmarks.figures import Figure, Measure, in_turn
from benchmarks.load import Driven, drive
from benchmarks.processes import Served
from benchmarks.rig import Rig
from benchmarks.traffic import BOLT
from benchmarks.wire import slack_taps
from surveys.model import Channel

ALONE = "the same without her"
NOISE = 1000
"""Messages of the noisy customer in a round: what she may send in a minute, at once."""

FEW = 8
"""Connections of the others: a server that is busy, and not at its end."""


async def slack_ack_p99(rig: Rig) -> AsyncIterator[Figure]:
    """Time until Slack has its ack, while every connection is kept busy; Slack waits for three seconds."""
    rounds = await in_turn(
        rig.size.rounds, {"ours": _acks(rig, rig.ours), BOLT: _acks(rig, rig.bolt)}
    )
    yield rounds.figure("slack_ack_p99", db=rig.db, n=rig.size.answers, unit="ms", peer=BOLT)


async def noisy_customer(rig: Rig) -> AsyncIterator[Figure]:
    """How long others wait for their answer, p95, while one customer sends as fast as she can."""
    noisy, *others = rig.questions[Channel.SLACK]

    def taps() -> Sequence[bytes]:
        return slack_taps(others[: rig.size.answers - 1])

    async def alone() -> Driven:
        return await drive(rig.ours.port, taps(), FEW)

    async def beside_her() -> Driven:
        waiting, noise = taps(), slack_taps([noisy] * NOISE)
        driven, _ = await asyncio.gather(
            drive(rig.ours.port, waiting, FEW), drive(rig.ours.port, noise, 1)
        )
        return driven

    rounds = await in_turn(rig.size.rounds, {"ours": _p95(beside_her), ALONE: _p95(alone)})
    yield rounds.figure("noisy_customer", db=rig.db, n=rig.size.answers - 1, unit="ms", peer=ALONE)


def _acks(rig: Rig, served: Served) -> Measure:
    async def measure(_: int) -> float:
        taps = slack_taps(rig.questions[Channel.SLACK][: rig.size.answers])
        return (await drive(served.port, taps, rig.size.connections)).percentile(99)

    return measure


def _p95(run: Callable[[], Coroutine[Any, Any, Driven]]) -> Measure:
    async def measure(_: int) -> float:
        return (await run()).percentile(95)

    return measure
