"""A past to read results of: asks and their answers, stored and counted by the real rules, many in one commit."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

from surveys.interview import Record
from surveys.model import Channel, FunnelStep, Invitation, InvitationState, Side
from surveys.ports import Storage, UnitOfWork
from surveys.program import Program
from surveys.service.cohorts import reach
from surveys.service.context import Context
from surveys.service.recording import record
from tests.world import World

ANSWERED = (FunnelStep.STARTED, FunnelStep.ANSWERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One ask of one customer and what became of it; ``score`` None is no answer."""

    customer: str
    trigger: str
    at: datetime
    score: int | None = None
    channel: Channel = Channel.WEBCHAT
    language: str = "ko"
    segments: tuple[Side, ...] = ()
    handler: str | None = None
    reason: str | None = None
    wording: str | None = None
    completed: bool = True
    delivered: bool = True


async def ask(storage: Storage, program: Program, asks: Iterable[Ask]) -> Context:
    """Store and count them all; return the context they were asked in."""
    world = World(storage, program)
    first = datetime(2026, 1, 1, tzinfo=UTC)

    def work(tx: UnitOfWork) -> None:
        tx.programs.put(program.version, program.to_json(), first)
        for number, each in enumerate(asks):
            _store(tx, world.ctx, each, number)

    await storage.write(work)
    return world.ctx


def _store(tx: UnitOfWork, ctx: Context, each: Ask, number: int) -> None:
    trigger = ctx.program.trigger(each.trigger)
    survey = ctx.program.survey(trigger.survey)
    sides = tuple(tx.counts.segment(side.attribute, side.value) for side in each.segments)
    invitation = Invitation(
        id=ctx.new_id(),
        decision_id=f"decision{number}",
        event_id=f"event{number}",
        trigger=trigger.id,
        person_id=f"person-{each.customer}",
        subject_id=f"subject-{each.customer}",
        occasion=f"occasion{number}",
        program_version=ctx.program.version,
        survey=survey.id,
        survey_version=survey.version,
        touchpoint=trigger.touchpoint,
        stage=ctx.program.touchpoint(trigger.touchpoint).stage,
        instrument=survey.instrument,
        event_at=each.at,
        ask_by=each.at + timedelta(days=7),
        state=InvitationState.FINISHED,
        created_at=each.at,
        due_at=None,
        fell_due_on=ctx.day(each.at),
        sent_at=each.at,
        channel=each.channel,
        language=each.language,
        handler=each.handler,
        wording=each.wording,
        segments=tuple(sorted(sides)),
    )
    reached = reach(tx, ctx, invitation, _steps(each))
    tx.invitations.add(reached)
    if each.score is not None:
        _answer(tx, ctx, reached, each)


def _steps(each: Ask) -> tuple[FunnelStep, ...]:
    delivered = (FunnelStep.DELIVERED,) if each.delivered else ()
    answered = ANSWERED if each.score is not None else ()
    completed = (FunnelStep.COMPLETED,) if answered and each.completed else ()
    return (FunnelStep.INVITED, *delivered, *answered, *completed)


def _answer(tx: UnitOfWork, ctx: Context, invitation: Invitation, each: Ask) -> None:
    what = Record(question="score", score=each.score)
    record(tx, ctx, invitation, what, order=1.0, at=each.at)
    if each.reason is not None:
        reason = Record(question="reason", choice=each.reason)
        record(tx, ctx, invitation, reason, order=2.0, at=each.at)


def many(program: Program, *, first: datetime, days: int, seed: int, count: int) -> list[Ask]:
    """Return asks spread over days, triggers, channels, languages and segments; some customers come again."""
    rng = Random(seed)  # noqa: S311 a seeded simulation
    triggers = [trigger for trigger in program.triggers if trigger.on]
    asks = [_ask(rng, program, [t.id for t in triggers], first, days) for _ in range(count)]
    return sorted(asks, key=lambda each: each.at)


def _ask(rng: Random, program: Program, triggers: list[str], first: datetime, days: int) -> Ask:
    trigger = rng.choice(triggers)
    top = {"nps": 10, "csat": 5, "ces2": 7}
    instrument = program.survey(program.trigger(trigger).survey).instrument
    score = min(top.get(instrument, 3), max(1, int(rng.gauss(0.75, 0.3) * top.get(instrument, 3))))
    tier = rng.choice(("gold", "silver", "silver", "bronze"))
    return Ask(
        customer=str(rng.randrange(200)),
        trigger=trigger,
        at=first + timedelta(seconds=rng.randrange(days * 86_400)),
        score=score if rng.random() < 0.5 else None,
        channel=rng.choice((Channel.WEBCHAT, Channel.WEBCHAT, Channel.TELEGRAM)),
        language=rng.choice(("ko", "ko", "en")),
        segments=(Side("tier", tier),),
        handler=rng.choice((None, None, "minji", "jun")),
        delivered=rng.random() < 0.95,
        completed=rng.random() < 0.8,
    )


def repeated(each: Ask, times: int) -> list[Ask]:
    """Return the same ask of as many customers."""
    return [replace(each, customer=f"{each.customer}{number}") for number in range(times)]
