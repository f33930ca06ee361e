"""A town of customers whose deliveries got worse in October, stored as a deployment would store them."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.requests import Request

from bot.analyses.analyst import analyse
from bot.console.beside import Beside, Wanted, beside
from bot.console.browsing import Admit
from bot.console.routes import routes
from surveys.instruments import instrument
from surveys.model import Answer, Dimensions, Event, FunnelStep, Person, Side, StoredEvent
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.program.segmenting import Segment
from surveys.reports import ScoreChange, StepChange
from surveys.results import Query, ResultTable, run, run_all
from surveys.results.build import Further
from surveys.service import theming
from surveys.service.recording import take_in
from surveys.stored_analyses import KINDS
from tests.serving import serve
from tests.world import World

ChangeT = TypeVar("ChangeT", ScoreChange, StepChange)
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
BEGIN = datetime(2026, 8, 31, 3, 0, tzinfo=UTC)
CUSTOMERS = 236
BAD_WORDS = "사흘 늦었어요 <script>alert(1)</script>"
REGION = Segment.model_validate(
    {"id": "region", "label": {"ko": "지역", "en": "Region"}, "from": "customer.region"}
)
_EVENTS = {
    "checkout": "order.paid",
    "delivery": "order.delivered",
    "support": "support.solved",
    "recommend": "order.delivered",
}


def town_world() -> World:
    """Return an empty town that tells its customers apart by region."""
    world = World()
    program = world.program.model_copy(update={"segments": (REGION,)})
    settled = World(program=Program.from_json(program.to_json()))
    settled.clock.at = NOW
    return settled


async def filled(world: World) -> World:
    """Fill the town with three months of orders, and analyse it."""
    await world.write(lambda tx: _live(tx, world))
    await analyse(world.storage, world.ctx, KINDS)
    return world


def _live(tx: UnitOfWork, world: World) -> None:
    older = world.program.model_copy(update={"purchases": ("order.paid", "subscription.paid")})
    tx.programs.put("p0", older.to_json(), BEGIN)
    tx.programs.put(world.program.version, _changed(older).to_json(), BEGIN + timedelta(days=40))
    chance = Random(7)  # noqa: S311 customers to tell of
    counted = _Counted()
    for number in range(CUSTOMERS):
        who = Person(id=f"person-{number}", subject_id=f"subject-{number}", created_at=BEGIN)
        tx.people.add(who)
        began = BEGIN + timedelta(days=number * 64 / CUSTOMERS, hours=number % 7)
        for visit in _visits(began, chance):
            _visit(tx, world, number, visit, counted)
    tx.counts.add_steps(_summed(counted.steps))
    tx.counts.add_scores(_summed(counted.scores))


@dataclass(frozen=True, slots=True)
class _Counted:
    """What is to be counted, all at once: one by one it takes the store in memory seconds."""

    steps: list[StepChange] = field(default_factory=list)
    scores: list[ScoreChange] = field(default_factory=list)


def _summed(changes: Sequence[ChangeT]) -> list[ChangeT]:
    sums = Counter[ChangeT]()
    for change in changes:
        sums[replace(change, by=0)] += change.by
    return [replace(change, by=by) for change, by in sums.items() if by]


def _changed(program: Program) -> Program:
    first, *rest = program.triggers
    return program.model_copy(
        update={"triggers": (first, *(each.model_copy(update={"share": 0.9}) for each in rest))}
    )


def _visits(began: datetime, chance: Random) -> Iterator[dict[str, Any]]:
    """Yield one customer's answers: from October on her parcel is late half the time, and she holds it against us."""
    at = began + timedelta(days=3)
    late = chance.random() < (0.55 if at.month in (10, 11) else 0.1)
    pays = chance.choice((2, 3, 4, 4, 5, 5))
    delivered = chance.choice((1, 1, 2)) if late else chance.choice((3, 4, 5, 5))
    yield {
        "point": "checkout",
        "at": began,
        "score": pays,
        "reason": "quick" if pays > 3 else "steps",
    }
    yield {
        "point": "delivery",
        "at": at,
        "score": delivered,
        "reason": "late" if late else chance.choice(("speed", "packaging")),
        "text": BAD_WORDS if late else "Came quickly, thank you",
    }
    helped = max(1, min(7, delivered + chance.choice((0, 1, 2, 3))))
    yield {"point": "support", "at": at + timedelta(days=4), "score": helped}
    if not late:
        yield {"point": "checkout", "at": at + timedelta(days=9), "score": pays}
    recommends = max(0, min(10, delivered + pays + chance.choice((-2, -1, 0, 0, 1))))
    yield {"point": "recommend", "at": at + timedelta(days=14), "score": recommends}


def _visit(
    tx: UnitOfWork, world: World, number: int, visit: dict[str, Any], counted: _Counted
) -> None:
    point, at = visit["point"], visit["at"]
    name, event = f"{point}-{number}-{at:%m%d}", _EVENTS[point]
    happened = Event(source="shop", id=f"e-{name}", type=event, subject=f"o-{name}", time=at)
    person = f"person-{number}"
    tx.events.add(
        StoredEvent(id=f"s-{name}", event=happened, person_id=person, received_at=at),
        reversing=False,
    )
    tags, sides = _tags(world.program, point, number), _sides(tx, number)
    answered = number % 10 != 0
    steps = list(FunnelStep) if answered else [FunnelStep.INVITED, FunnelStep.DELIVERED]
    day = world.ctx.day(at)
    counted.steps.extend(
        StepChange(step=step, day=day, dimensions=tags, by=1, sides=sides) for step in steps
    )
    if answered:
        _answer(tx, world, name, _Said(number, tags, sides, visit), counted)


class _Said:
    """What one customer said at one place."""

    def __init__(
        self, number: int, tags: Dimensions, sides: tuple[Side, ...], visit: dict[str, Any]
    ) -> None:
        self.shared: dict[str, Any] = {
            "subject_id": f"subject-{number}",
            "dimensions": tags,
            "survey_version": 1,
            "answered_at": visit["at"],
            "order": 1.0,
            "segments": sides,
        }
        self.parts = {
            "score": {"score": visit["score"]},
            "reason": {"choice": visit.get("reason")},
            "comment": {"text": visit.get("text")},
        }


def _answer(tx: UnitOfWork, world: World, name: str, said: _Said, counted: _Counted) -> None:
    for question, part in said.parts.items():
        if any(value is not None for value in part.values()):
            answer = Answer(
                id=f"a-{name}-{question}",
                invitation_id=f"i-{name}",
                question=question,
                day=world.ctx.day(said.shared["answered_at"]),
                **said.shared,
                **part,
            )
            counted.scores.extend(take_in(tx, answer))
    theming.retag(tx, world.ctx, f"i-{name}")


def _sides(tx: UnitOfWork, number: int) -> tuple[Side, ...]:
    return (tx.counts.segment("region", ("seoul", "busan")[number % 3 == 0]),)


def _tags(program: Program, point: str, number: int) -> Dimensions:
    trigger = next(each for each in program.triggers if each.touchpoint == point)
    survey = program.survey(trigger.survey)
    kind = instrument(survey.instrument)
    return Dimensions(
        trigger=trigger.id,
        survey=survey.id,
        touchpoint=point,
        stage=program.touchpoint(point).stage,
        instrument=kind.id,
        scale=kind.scale,
        polarity=kind.polarity,
        wording=survey.wordings[0],
        channel=("telegram", "webchat")[number % 4 == 0],
        language=("ko", "en")[number % 5 == 0],
    )


@asynccontextmanager
async def console(world: World, admit: Admit | None = None) -> AsyncIterator[str]:
    """Serve the town's console, to everybody unless told otherwise; yield its address."""

    async def results(query: Query) -> ResultTable:
        return await world.storage.read(lambda tx: run(tx, world.program, query, world.clock.now()))

    async def tables(queries: Sequence[Query], further: Further) -> tuple[ResultTable, ...]:
        return await world.storage.read(
            lambda tx: run_all(tx, world.program, queries, world.clock.now(), further)
        )

    async def found(wanted: Wanted) -> Beside:
        return await world.storage.read(lambda tx: beside(tx, world.ctx, wanted))

    async def anybody(_: Request, __: str) -> None:
        return None

    app = Starlette(
        routes=routes(
            read_results=results,
            read_beside=found,
            read_tables=tables,
            require=anybody,
            admit=admit or anybody,
            program=lambda: world.program,
        )
    )
    async with serve(app) as url:
        yield url
