"""A company's months under a precision budget: stages of their own size, response and mood, in batches of hours.

The shares, the stops and the counts are the real ones, over a real store; only the customers are drawn.
"""

from calendar import monthrange
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from zoneinfo import ZoneInfo

from surveys.instruments import NPS
from surveys.model import CountRule, Dimensions, FunnelStep
from surveys.ports import UnitOfWork
from surveys.program import Program
from surveys.reports import ScoreChange, StepChange
from surveys.results import headline
from surveys.service.budgeting import allotment, keep_up
from surveys.statistics.planning import answers_for_half_width, shares_variance
from tests.programs import standard, varied
from tests.world import World

TARGET = 10.0
MOODS = (4, 8, 10)
"""The scores that stand for a detractor, a passive and a promoter."""


@dataclass(frozen=True)
class Stage:
    """One stage: events a month, the part of the asked who answer, and how detractors, passives and promoters mix."""

    name: str
    events: int
    rate: float
    moods: tuple[float, float, float]

    @property
    def needed(self) -> float:
        """How many answers its true mix needs."""
        return answers_for_half_width(shares_variance(*self.moods), TARGET / 100)


@dataclass(frozen=True)
class Spent:
    """What one month came to."""

    contacts: int
    half_widths: dict[str, float]


def stages_of(rng: Random) -> tuple[Stage, ...]:
    """Draw one stage that can just be measured, and others with more customers or kinder ones."""
    names = [stage.id for stage in standard().stages]
    made = []
    for place, name in enumerate(names):
        low = rng.uniform(0.1, 0.35)
        mid = rng.uniform(0.2, 0.4)
        rate = rng.uniform(0.1, 0.45)
        moods = (low, mid, 1 - low - mid)
        need = answers_for_half_width(shares_variance(*moods), TARGET / 100)
        room = rng.uniform(1.7, 2.2) if place == 0 else rng.uniform(3, 12)
        made.append(Stage(name, round(need / rate * room), rate, moods))
    return tuple(made)


def company(stages: tuple[Stage, ...]) -> Program:
    """Return a program that asks for recommendation at each stage, within a budget."""
    touchpoints = {each.id: each.stage for each in standard().touchpoints}
    asked = {
        t.id: {"survey": "recommend-nps"}
        for t in standard().triggers
        if t.on and "case" not in t.on
    }
    used = {touchpoints[t.touchpoint] for t in standard().triggers if t.id in asked}
    lines = [
        {"stage": stage.name, "target": TARGET, "unit": "nps"}
        for stage in stages
        if stage.name in used
    ]
    return varied(triggers=asked, budget=lines)


class Months:
    """Lives one month after the other."""

    def __init__(self, stages: tuple[Stage, ...], rng: Random, hours: int = 4) -> None:
        self.stages = stages
        self.world = World(program=company(stages))
        self._rng, self._hours = rng, hours
        live = self.world.program
        self._trigger = {
            live.touchpoint(t.touchpoint).stage: t
            for t in reversed(live.triggers)
            if live.budget_of(t)
        }

    async def live(self, month: int) -> Spent:
        """Live a calendar month of 2026 in the company's zone."""
        clock = self.world.clock
        clock.at = _midnight(month, self.world.program.company.zone)
        steps = monthrange(2026, month)[1] * 24 // self._hours
        arrivals = {
            s.name: Counter(self._rng.choices(range(steps), k=s.events)) for s in self.stages
        }
        counts, contacts = {s.name: [0] * 11 for s in self.stages}, 0
        for step in range(steps):
            await self.world.write(lambda tx: keep_up(tx, self.world.ctx))
            for stage in self.stages:
                batch = partial(self._ask, stage, arrivals[stage.name][step], counts[stage.name])
                contacts += await self.world.write(batch)
            clock.at += timedelta(hours=self._hours)
        widths = {name: _half_width(found) for name, found in counts.items()}
        return Spent(contacts=contacts, half_widths=widths)

    def _ask(self, stage: Stage, arrived: int, counts: list[int], tx: UnitOfWork) -> int:
        ctx, trigger = self.world.ctx, self._trigger[stage.name]
        allowed = allotment(tx, ctx, trigger, ctx.now())
        assert allowed is not None
        if allowed.met_at is not None:
            return 0
        asked = self._drawn(arrived, allowed.share)
        day, place = ctx.day(ctx.now()), _place(trigger.id, stage.name, trigger.touchpoint)
        tx.counts.add_steps(
            [StepChange(step=FunnelStep.INVITED, day=day, dimensions=place, by=asked)]
        )
        answered = self._drawn(asked, stage.rate)
        changes = []
        for score in self._rng.choices(MOODS, stage.moods, k=answered):
            counts[score] += 1
            changes.append(
                ScoreChange(
                    rule=CountRule.MONTH,
                    period=f"{day:%Y-%m}",
                    day=day,
                    dimensions=place,
                    score=score,
                    by=1,
                )
            )
        tx.counts.add_scores(changes)
        return asked

    def _drawn(self, tries: int, chance: float) -> int:
        return sum(self._rng.random() < chance for _ in range(tries))


def flat_contacts(stages: tuple[Stage, ...]) -> float:
    """Return the contacts of a month at the smallest one share for all that gives each stage what it needs.

    As if that share were known, and luck even: a flat rate that leaves itself no margin.
    """
    share = max(stage.needed / (stage.rate * stage.events) for stage in stages)
    return share * sum(stage.events for stage in stages)


def _midnight(month: int, zone: str) -> datetime:
    return datetime(2026, month, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _half_width(counts: list[int]) -> float:
    found = headline(NPS, tuple(counts))
    return found.half_width if found else 100.0


def _place(trigger: str, stage: str, touchpoint: str) -> Dimensions:
    return Dimensions(
        trigger=trigger,
        survey="recommend-nps",
        touchpoint=touchpoint,
        stage=stage,
        instrument="nps",
        scale="0-10",
        polarity="up",
        wording="std1",
        channel="webchat",
        language="ko",
    )
