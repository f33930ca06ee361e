"""What every use case is given, made from an open storage and the program: the first thing a process does."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from random import Random  # noqa: TID251 the type of the injected source

import structlog

from bot import clock as system
from bot.channels import Channels
from bot.program_file import written
from scheduler.alarm import ApsAlarm, RingingAlarm
from surveys.errors import AlreadyStored
from surveys.model import Subscription
from surveys.pacing import Pacing
from surveys.ports import Clock, Storage, UnitOfWork
from surveys.program import Program
from surveys.service.context import Context
from surveys.service.live import LiveProgram
from surveys.service.starting import Configured, TakenUp, take_up
from surveys.themes import Analyser

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What tests and the simulation replace."""

    clock: Clock = field(default_factory=system.SystemClock)
    new_id: Callable[[], str] = system.new_id
    new_token: Callable[[], str] = system.new_token
    rng: Random = field(default_factory=Random)
    zones: Callable[[], str] = system.zones
    alarm: Callable[[], AbstractAsyncContextManager[RingingAlarm]] = ApsAlarm
    channels: Callable[..., Channels] = Channels


async def prepare(
    storage: Storage,
    program: Program | Configured,
    outside: Outside,
    pacing: Pacing | None = None,
    told: tuple[Subscription, ...] = (),
    base: str = "",
    analyser: Analyser | None = None,
    *,
    applies: bool = False,
) -> Context:
    """Make the context of the program in force, and on the first start draw the sampling salt.

    A database without a program takes this one; where ``applies``, so does one that has seen another in this file.
    """
    given = program if isinstance(program, Configured) else written(program)

    def work(tx: UnitOfWork) -> tuple[Context, TakenUp]:
        ctx = Context(
            clock=outside.clock,
            live=LiveProgram(given.program),
            salt=tx.notes.keep("salt", outside.new_token()),
            new_id=outside.new_id,
            new_token=outside.new_token,
            rng=outside.rng,
            pacing=pacing or Pacing(),
            subscriptions=told,
            base=base,
            analyser=analyser,
        )
        return ctx, take_up(tx, ctx, given, applies=applies)

    try:
        ctx, taken = await storage.write(work)
    except AlreadyStored:  # another process started at the same instant
        ctx, taken = await storage.write(work)
    if applies:
        _tell(taken)
    return replace(ctx, live=LiveProgram(taken.program))


def _tell(taken: TakenUp) -> None:
    """Log what a start did to the program."""
    if taken.problem:
        _log.error("the program file is not in force", why=taken.problem, in_force=taken.number)
    for change in taken.plan.changes if taken.plan else ():
        _log.info("the program changed", **change.to_json(), version=taken.number)
