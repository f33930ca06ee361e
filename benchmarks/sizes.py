"""How much a run measures."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Counts of one run.

    Attributes:
        rounds: with the one that warms up.
        connections: connections that a load keeps busy.
        events, batches, answers: requests a round.
        customers: people whom the events are about.
        pending: invitations that wait, in the benches of memory and start-up; answers, in that of results.
        jobs: scheduler jobs held in memory by the peer of the memory bench.
        starts: starts of a process, with the one that warms up.
        queries: queries a round; pages asked for, in the benches of pages.
        history: numbers of answers over three years, in the benches of pages.
        databases: where the server benches run.
    """

    rounds: int
    events: int
    batches: int
    answers: int
    customers: int
    pending: int
    jobs: int
    starts: int
    queries: int
    history: tuple[int, ...]
    connections: int = 32
    databases: tuple[str, ...] = ("sqlite", "postgres")


SIZES = {
    "tiny": Size(
        rounds=1,
        events=40,
        batches=2,
        answers=8,
        customers=20,
        pending=100,
        jobs=100,
        starts=1,
        queries=2,
        history=(500, 1_000),
        connections=4,
        databases=("sqlite",),
    ),
    "small": Size(
        rounds=2,
        events=500,
        batches=5,
        answers=60,
        customers=100,
        pending=2_000,
        jobs=1_000,
        starts=1,
        queries=10,
        history=(5_000, 50_000),
    ),
    "full": Size(
        rounds=5,
        events=2_000,
        batches=20,
        answers=300,
        customers=2_000,
        pending=100_000,
        jobs=20_000,
        starts=4,
        queries=50,
        history=(100_000, 1_000_000),
    ),
}
