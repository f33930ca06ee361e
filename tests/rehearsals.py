"""Rehearses what a storage holds, and holds every verdict list against the recorded one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any, Never

from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.rehearsing import Rehearsal, Wish
from surveys.service.context import Context
from surveys.service.live import LiveProgram
from surveys.service.rehearsing import rehearse

BEGIN, END = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class Stopped:
    """See surveys.ports.Clock; nothing may ask it."""

    def now(self) -> datetime:
        raise AssertionError("a rehearsal knows the instants at which it looks")


def nothing_new() -> Never:
    raise AssertionError("a rehearsal makes nothing")


def rehearsed(tx: UnitOfWork, live: Program, salt: str = "salt", **wanted: Any) -> Rehearsal:
    """Rehearse everything that is stored, unless told otherwise."""
    ctx = Context(
        clock=Stopped(),
        live=LiveProgram(live),
        salt=salt,
        new_id=nothing_new,
        new_token=nothing_new,
        rng=Random(0),  # noqa: S311 nothing is drawn
    )
    return rehearse(tx, ctx, Wish(**{"since": BEGIN, "until": END, "people": 100_000, **wanted}))


def differences(found: Rehearsal) -> Iterator[str]:
    """Tell each verdict list that did not come out as it is recorded."""
    if found.unknown:
        yield f"{found.unknown} decisions do not know what their rules looked at"
    for each in found.different:
        recorded = [(v.kind.value, v.rule, v.at, v.values) for v in each.decision.verdicts]
        made = [(v.kind.value, v.rule, v.at, v.values) for v in each.verdicts]
        yield f"{each.decision.id} {each.decision.trigger}:\n  recorded {recorded}\n  made {made}"
