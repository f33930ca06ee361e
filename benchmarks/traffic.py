"""Benches of what comes in over HTTP: events, and answers in each channel."""

import json
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import date

from benchmarks.figures import Figure, Measure, in_turn
from benchmarks.rig import INSERT, NOOP, Rig
from benchmarks.seeding import Question
from benchmarks.wire import (
    BATCH,
    event_batches,
    single_events,
    slack_taps,
    telegram_taps,
    telegram_update,
    webchat_taps,
)
from storage.opening import open_storage
from surveys.model import Channel, CountRule
from surveys.ports import UnitOfWork

DE_JSON = "Update.de_json alone"
BOLT = "Bolt, ack only"
_EVER = (date(2000, 1, 1), date(2999, 1, 1))
_TAPS: Mapping[Channel, Callable[[Sequence[Question]], list[bytes]]] = {
    Channel.WEBCHAT: webchat_taps,
    Channel.TELEGRAM: telegram_taps,
    Channel.SLACK: slack_taps,
}


async def events_accepted(rig: Rig) -> AsyncIterator[Figure]:
    """Single signed events: durable, decided, answered."""
    size = rig.size

    def requests(number: int) -> list[bytes]:
        return single_events(number, size.events, size.customers)

    rounds = await in_turn(
        size.rounds,
        {
            "ours": rig.load(rig.ours, requests, _all_new),
            INSERT: rig.load(rig.insert, requests),
            NOOP: rig.load(rig.noop, requests),
        },
    )
    yield rounds.figure(
        "events_accepted", db=rig.db, n=size.events, unit="events/s", peer=INSERT, limit=NOOP
    )


async def events_batched(rig: Rig) -> AsyncIterator[Figure]:
    """CloudEvents batches of 100, beside servers that are told the same events one at a time."""
    size = rig.size

    def batches(number: int) -> list[bytes]:
        return event_batches(number, size.batches, size.customers)

    def singles(number: int) -> list[bytes]:
        return single_events(number + size.rounds, size.batches * BATCH, size.customers)

    async def ours(number: int) -> float:
        return await rig.load(rig.ours, batches, _all_new)(number) * BATCH

    rounds = await in_turn(
        size.rounds,
        {
            "ours": ours,
            INSERT: rig.load(rig.insert, singles),
            NOOP: rig.load(rig.noop, singles),
        },
    )
    n = size.batches * BATCH
    yield rounds.figure("events_batched", db=rig.db, n=n, unit="events/s", peer=INSERT, limit=NOOP)


async def answers(rig: Rig, channel: Channel) -> AsyncIterator[Figure]:
    """First taps on a score; meanwhile the server sends what follows, as it does in earnest."""
    size, before = rig.size, await _answers_stored(rig.url)

    def questions(number: int) -> Sequence[Question]:
        return rig.questions[channel][number * size.answers : (number + 1) * size.answers]

    def requests(number: int) -> list[bytes]:
        return _TAPS[channel](questions(number))

    contenders = {
        "ours": rig.load(rig.ours, requests),
        INSERT: rig.load(rig.insert, requests),
        NOOP: rig.load(rig.noop, requests),
        **_own_limit(rig, channel, questions, requests),
    }
    rounds = await in_turn(size.rounds, contenders)
    stored = await _answers_stored(rig.url) - before
    assert stored == size.answers * size.rounds, f"{stored} answers were stored"
    name = f"answers_{channel.value}"
    for limit in list(contenders)[2:]:
        yield rounds.figure(
            name, db=rig.db, n=size.answers, unit="answers/s", peer=INSERT, limit=limit
        )


def _own_limit(
    rig: Rig,
    channel: Channel,
    questions: Callable[[int], Sequence[Question]],
    requests: Callable[[int], list[bytes]],
) -> dict[str, Measure]:
    """Return what the platform's own library does at best."""
    if channel is Channel.SLACK:
        return {BOLT: rig.load(rig.bolt, requests)}
    if channel is Channel.TELEGRAM:
        return {DE_JSON: lambda number: _de_json(questions(number))}
    return {}


async def _de_json(questions: Sequence[Question]) -> float:
    from telegram import Update  # noqa: PLC0415 an SDK loads only where it is used

    updates = [telegram_update(n, question) for n, question in enumerate(questions)]
    begun = time.perf_counter()
    for update in updates:
        Update.de_json(update)
    return len(updates) / (time.perf_counter() - begun)


def _all_new(replies: Sequence[bytes]) -> None:
    for reply in replies:
        results = json.loads(reply)["results"]
        assert all(result["status"] == "new" for result in results), reply


async def _answers_stored(url: str) -> int:
    """Count the scores in the histograms: what is not counted there was not answered."""
    async with open_storage(url, writable=False) as storage:
        return await storage.read(_counted)


def _counted(tx: UnitOfWork) -> int:
    scores = tx.reports.scores(CountRule.ALL, *_EVER)
    return sum(sum(score.counts) for score in scores)
