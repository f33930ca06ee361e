"""A stage's budget: a share a month, from the month before, and a stop once its score is precise enough."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from surveys.decisions import draw
from surveys.instruments import NPS
from surveys.model import CountRule, Dimensions, FunnelStep, Json
from surveys.ports import Storage, UnitOfWork
from surveys.program import Program, default_program_text, lint
from surveys.reports import ScoreChange, StepChange
from surveys.results import headline
from surveys.service.budgeting import KIND, keep_up
from surveys.service.reasons import in_words
from surveys.statistics.planning import answers_for_half_width, share_to_ask, shares_variance
from tests.programs import standard, varied
from tests.spending import TARGET, Months, flat_contacts, stages_of
from tests.world import World

NOVEMBER = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
FREE = {"cap": {"asks": 99, "days": 1}, "cooldown_days": 0, "quiet_hours": None}


def budgeted(target: float = 10, **rules: Json) -> Program:
    line = {"stage": "purchase", "target": target, "unit": "csat", "per": "month"}
    return varied(rules={**FREE, **rules}, budget=[line])


def place(trigger: str = "checkout") -> Dimensions:
    return Dimensions(
        trigger=trigger,
        survey=f"{trigger}-csat",
        touchpoint=trigger,
        stage="purchase",
        instrument="csat",
        scale="1-5",
        polarity="up",
        wording="std1",
        channel="webchat",
        language="ko",
    )


async def happened(
    world: World, month: str, counts: Sequence[int], invited: int, trigger: str = "checkout"
) -> None:
    """Let so many have been invited on the first of a month, and have answered 1 to 5."""
    day = datetime.fromisoformat(f"{month}-01").date()
    dimensions = place(trigger)

    def work(tx: UnitOfWork) -> None:
        tx.counts.add_steps(
            [StepChange(step=FunnelStep.INVITED, day=day, dimensions=dimensions, by=invited)]
        )
        tx.counts.add_scores(
            [
                ScoreChange(
                    rule=CountRule.MONTH,
                    period=month,
                    day=day,
                    dimensions=dimensions,
                    score=score,
                    by=count,
                )
                for score, count in enumerate(counts, 1)
            ]
        )

    await world.write(work)


async def stored(world: World, month: str = "2026-11") -> Json:
    await world.write(lambda tx: keep_up(tx, world.ctx))
    found = await world.storage.read(lambda tx: tx.analyses.get(KIND, f"{month}/purchase/csat"))
    assert found is not None
    return {**found.content, **found.state}


async def test_a_share_follows_from_the_month_before_and_stands(storage: Storage) -> None:
    world = World(storage, budgeted())
    await happened(world, "2026-10", (10, 10, 20, 80, 80), invited=1000)

    planned = await stored(world)
    assert planned["needed"] == 64  # 160.75 of 203 like it: 0.1648 x (1.95996 / 0.1)^2 is 63.3
    assert planned["eligible"] == 1000
    assert planned["share"] == pytest.approx(share_to_ask(planned["needed"], 0.2, 1000))
    await happened(world, "2026-10", (0, 0, 0, 0, 500), invited=9000)
    world.clock.at += timedelta(days=3)
    assert (await stored(world))["share"] == planned["share"]


async def test_a_month_that_tells_too_little_leaves_everybody_to_be_asked(storage: Storage) -> None:
    world = World(storage, budgeted())
    await happened(world, "2026-10", (0, 0, 0, 20, 9), invited=100)

    assert (await stored(world))["share"] == 1.0


async def test_what_a_share_and_an_early_stop_left_out_counts_as_eligible(storage: Storage) -> None:
    world = World(storage, budgeted())
    world.clock.at = datetime(2026, 10, 2, 3, 0, tzinfo=UTC)
    await happened(world, "2026-09", (20, 20, 40, 160, 160), invited=2000)
    october = await stored(world, "2026-10")
    assert october["share"] < 1
    await happened(world, "2026-10", (5, 5, 10, 100, 100), invited=300)
    world.clock.at = datetime(2026, 10, 15, 15, 0, tzinfo=UTC)
    assert (await stored(world, "2026-10"))["met_at"] == "2026-10-15T15:00:00+00:00"
    world.clock.at = NOVEMBER

    november = await stored(world)
    assert november["eligible"] == pytest.approx(300 / october["share"] * 31 / 15, rel=1e-3)


async def test_a_stage_that_is_precise_enough_asks_nobody_more_until_the_month_is_over(
    storage: Storage,
) -> None:
    world = World(storage, budgeted())
    for name in ("kim", "lee", "park"):
        await world.browser(await world.customer(name))
    await world.happens("order.paid", "kim", "o1", id="e1")
    await happened(world, "2026-11", (5, 5, 10, 100, 100), invited=400)
    await world.later(minutes=31)  # looked at once more when its turn comes
    await world.happens("order.paid", "lee", "o2", id="e2")
    world.clock.at = datetime(2026, 12, 1, 0, 0, tzinfo=UTC)
    await world.happens("order.paid", "park", "o3", id="e3")

    assert await world.verdicts("e1") == [("held", "delay"), ("skipped", "budget_met")]
    assert await world.verdicts("e2") == [("skipped", "budget_met")]
    assert (await world.verdicts("e3"))[0][1] != "budget_met"
    for language, words in (("ko", "목표 ±10.0점"), ("en", "target ±10.0 points")):
        told = "\n".join(in_words(await world.why("e2"), world.program, language))
        assert words in told
        assert "2026-11-02" in told


async def test_who_is_left_out_by_the_share_is_told_draw_and_share(storage: Storage) -> None:
    world = World(storage, budgeted(target=20))
    await happened(world, "2026-10", (50, 50, 100, 400, 400), invited=1000)
    for number in range(20):
        await world.browser(await world.customer(f"c{number}"))
        await world.happens("order.paid", f"c{number}", f"o{number}", id=f"e{number}")

    share = (await stored(world))["share"]
    assert share < 0.1
    left = [n for n in range(20) if await world.verdicts(f"e{n}") == [("skipped", "budget")]]
    assert len(left) >= 15
    (explained,) = await world.why(f"e{left[0]}")
    values = explained.decisions[0].verdicts[0].values
    assert values["drawn"] >= values["share"] == round(share, 6)
    assert (values["stage"], values["month"], values["target"]) == ("purchase", "2026-11", 20)
    assert values["drawn"] == round(
        draw("salt", explained.decisions[0].person_id or "", "checkout", "2026-11"), 6
    )


def test_only_the_budgets_own_instrument_at_its_stage_is_limited() -> None:
    live = budgeted()

    assert [t.id for t in live.triggers if live.budget_of(t)] == ["checkout", "delivery"]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("{stage: nowhere, target: 10, unit: csat}", "there is no stage 'nowhere'"),
        ("{stage: purchase, target: 10, unit: nps}", "no trigger asks nps at stage 'purchase'"),
        ("{stage: purchase, target: 0, unit: csat}", "must be at least 1"),
        ("{stage: purchase, target: 10, unit: csat, per: week}", "must be 'month'"),
    ],
)
def test_a_budget_that_cannot_be_met_is_named(line: str, fault: str) -> None:
    found = lint(f"{default_program_text()}\nbudget:\n  - {line}\n", "p")

    assert len(found) == 1
    assert fault in str(found[0])


def test_two_budgets_for_one_score_are_one_too_many() -> None:
    line = "  - {stage: purchase, target: 10, unit: csat}\n"
    [found] = lint(f"{default_program_text()}\nbudget:\n{line}{line}", "p")

    assert "budget.1: stage 'purchase' has a budget for csat already" in str(found)
    assert not standard().budget


# --- what it saves --------------------------------------------------------------------------------


def test_an_interval_of_so_many_answers_is_as_wide_as_planned() -> None:
    variance = shares_variance(0.25, 0.35, 0.40)
    needed = round(answers_for_half_width(variance, 0.10))
    counts = [0] * 11
    for score, share in ((3, 0.25), (8, 0.35), (10, 0.40)):
        counts[score] = round(needed * share)

    estimate = headline(NPS, tuple(counts))
    assert estimate is not None
    assert estimate.half_width == pytest.approx(10, abs=0.3)


@pytest.mark.parametrize("seed", range(3))
async def test_every_stage_meets_its_target_with_a_quarter_fewer_contacts_than_a_flat_rate(
    seed: int,
) -> None:
    """Stages of very different size and response; more of them in tests/proofs/test_budgets.py."""
    rng = Random(seed)  # noqa: S311 a seeded simulation
    stages = stages_of(rng)
    months = Months(stages, rng, hours=12)

    for month in (1, 2):
        spent = await months.live(month)
        assert max(spent.half_widths.values()) <= TARGET
        assert spent.contacts <= 0.75 * flat_contacts(stages)


async def test_competing_asks_are_ranked_by_the_month_and_the_budgets_target(
    storage: Storage,
) -> None:
    world = World(storage, budgeted(target=5, cap={"asks": 1, "days": 30}))
    await world.browser(await world.customer("kim"))
    await happened(world, "2026-11", (5, 5, 10, 10, 10), invited=90)
    await world.happens("order.delivered", "kim", "o1", id="box")
    await world.later(hours=23, minutes=50)
    await world.happens(
        "order.paid", "kim", "o2", id="paid", time=world.clock.at - timedelta(hours=1)
    )
    world.clock.at += timedelta(minutes=20)
    await world.drain()

    told = [
        verdict.values
        for name in ("box", "paid")
        for explained in await world.why(name)
        for decision in explained.decisions
        for verdict in decision.verdicts
        if verdict.rule == "rank" or verdict.kind.value == "released"
    ]
    assert {(values["target"], values["need"]) for values in told} == {(5, 1.0)}
    assert {values["half_width"] for values in told} == {14.8}
