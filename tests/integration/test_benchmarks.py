"""The benches run, each on a handful of requests; what they say about speed is nobody's business here."""

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import NAMES, measure
from benchmarks.figures import Figure, in_turn
from benchmarks.sizes import SIZES

FIELDS = [
    *("name", "db", "n", "ours", "peer", "peer_name", "limit", "limit_name"),
    *("unit", "ratio_peer", "ratio_limit"),
]
PARTS = {
    "traffic": [n for n in NAMES if n.startswith(("events_", "answers_"))],
    "slack": ["slack_ack_p99", "noisy_customer"],
    "recovery": ["recovery"],
    "workers": ["two_workers"],
    "waiting": ["start", "serve_rss", "memory_per_pending", "disk_per_pending"],
    "reading": ["help", "results"],
    "pages": [n for n in NAMES if n.startswith("results_")],
    "console": [n for n in NAMES if n.startswith("console_")],
}


@pytest.mark.parametrize(
    "part",
    [pytest.param(p, marks=pytest.mark.postgres) if p == "workers" else p for p in PARTS],
)
async def test_every_bench_prints_its_figures_as_json_lines(part: str, tmp_path: Path) -> None:
    figures = [figure async for figure in measure(SIZES["tiny"], PARTS[part], tmp_path)]

    lines = [json.loads(figure.line()) for figure in figures]
    assert [list(line) for line in lines] == [FIELDS] * len(lines)
    assert {line["name"] for line in lines} == set(PARTS[part])
    assert all(line["ours"] is not None for line in lines)


async def test_contenders_take_turns_and_the_first_round_warms_up() -> None:
    asked: list[tuple[str, int]] = []

    async def ours(number: int) -> float:
        asked.append(("ours", number))
        return 10.0 * (number + 1)

    async def peer(number: int) -> float:
        asked.append(("peer", number))
        return 20.0

    rounds = await in_turn(4, {"ours": ours, "peer": peer})

    figure = rounds.figure("x", db=None, n=1, unit="1/s", peer="peer")
    assert [name for name, _ in asked] == ["ours", "peer", "peer", "ours"] * 2
    assert (figure.ours, figure.peer, figure.ratio_peer) == (30.0, 20.0, 1.5)


def test_a_figure_is_rounded_to_what_can_be_known() -> None:
    figure = Figure(name="x", db=None, n=3, ours=1234.5678, unit="1/s")

    assert json.loads(figure.line()) == dict.fromkeys(FIELDS) | {
        "name": "x",
        "n": 3,
        "ours": 1235.0,
        "unit": "1/s",
    }
