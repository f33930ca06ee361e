"""Goal: budgets meet every target with at least a quarter fewer contacts than a flat rate, month after month."""

from random import Random

import pytest

from tests.spending import TARGET, Months, flat_contacts, stages_of

MONTHS = (1, 2, 3, 4)


@pytest.mark.parametrize("seed", range(100, 120))
async def test_budgets_meet_their_targets_for_a_quarter_fewer_contacts(seed: int) -> None:
    rng = Random(seed)  # noqa: S311 a seeded simulation
    stages = stages_of(rng)
    months = Months(stages, rng)

    flat = flat_contacts(stages)
    for month in MONTHS:
        spent = await months.live(month)
        assert spent.half_widths == {
            name: pytest.approx(TARGET, abs=0.5) for name in spent.half_widths
        }
        assert max(spent.half_widths.values()) <= TARGET
        assert spent.contacts <= 0.75 * flat
