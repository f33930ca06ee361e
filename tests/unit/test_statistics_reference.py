"""The program that holds the statistics to a file of worked cases."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.reference import agrees, failure, main, read
from tests.reference_kinds import KINDS
from tests.shared_data import shared

Case = dict[str, Any]

CASES = Path(__file__).parent.parent / "reference_cases.json"

# Worked apart from the product: by hand, or with the software named beside it.
WORKED: list[Case] = [
    {
        "id": "nobody",
        "kind": "nps_one",
        "input": {"counts_0_to_10": [0] * 11, "confidence": 0.95},
        "expected": {"n": 0, "promoters": 0, "nps": None, "ci_wald": [None, None], "se": None},
    },
    {
        "id": "ten passives",
        "kind": "nps_one",
        "input": {"counts_0_to_10": [0] * 8 + [10, 0, 0], "confidence": 0.95},
        "expected": {  # Tango's limit is z^2 / (n + z^2) here
            "nps": 0,
            "p_value_vs_0_wald": None,
            "ci_tango_score": [-0.27753279986, 0.27753279986],
        },
    },
    {
        "id": "all alike",
        "kind": "nps_two_sample",
        "input": {"a_counts_0_to_10": [0] * 10 + [5], "b_counts_0_to_10": [0] * 10 + [9]},
        "expected": {
            "difference_a_minus_b": 0,
            "se_wald": 0,
            "p_wald": None,
            "welch_t": None,
            "welch_p": None,
        },
    },
    {
        "id": "no second side",
        "kind": "nps_two_sample",
        "input": {"a_counts_0_to_10": [0] * 10 + [5], "b_counts_0_to_10": [0] * 11},
        "expected": {"nps_a": 1, "nps_b": None, "adjusted3_p": None},
    },
    {
        "id": "one answer",
        "kind": "csat_one",
        "input": {"counts_1_to_5": [0, 0, 0, 1, 0], "confidence": 0.9},
        "expected": {"csat_pct": 100, "mean": 4, "sd": None, "ci_mean_t": [None, None]},
    },
    {
        "id": "nobody satisfied",
        "kind": "csat_two_sample",
        "input": {"a_counts_1_to_5": [3, 0, 0, 0, 0], "b_counts_1_to_5": [4, 1, 0, 0, 0]},
        "expected": {"diff": 0, "p_pooled_z": None, "chi2_no_correction": None, "p_fisher": 1},
    },
    {
        "id": "no side at all",
        "kind": "csat_two_sample",
        "input": {"a_counts_1_to_5": [3, 0, 0, 0, 0], "b_counts_1_to_5": [0] * 5},
        "expected": {"diff": None, "ci_newcombe": [None, None], "p_fisher": None},
    },
    {
        "id": "t of 1 2 3",
        "kind": "ces_one",
        "input": {"counts_1_to_7": [1, 1, 1, 0, 0, 0, 0], "confidence": 0.95},
        "expected": {  # t(2) is 4.3026527297
            "mean": 2,
            "sd": 1,
            "se": 0.57735026919,
            "ci_t": [-0.48413771175, 4.48413771175],
            "ci_t_clipped": [1, 4.48413771175],
            "agree_5_7": 0,
        },
    },
    {
        "id": "nobody again",
        "kind": "ces_one",
        "input": {"counts_1_to_7": [0] * 7, "confidence": 0.99},
        "expected": {"n": 0, "mean": None, "adjusted_uniform3_mean": None, "agree_pct": None},
    },
    {
        "id": "never differs",
        "kind": "ces_two_sample",
        "input": {"a_counts_1_to_7": [0] * 6 + [4], "b_counts_1_to_7": [0] * 5 + [4, 0]},
        "expected": {"diff": 1, "welch_t": None, "p_welch": None, "ci": [None, None]},
    },
    {
        "id": "empty side",
        "kind": "ces_two_sample",
        "input": {"a_counts_1_to_7": [0] * 7, "b_counts_1_to_7": [0] * 5 + [4, 0]},
        "expected": {"diff": None},
    },
    {
        "id": "ties",
        "kind": "multiple_comparisons",
        "input": {"p": [0.01, None, 0.04, 0.01, 0.9]},
        "expected": {
            "holm": [0.04, None, 0.08, 0.04, 0.9],
            "bh": [0.02, None, 0.16 / 3, 0.02, 0.9],
        },
    },
    {
        "id": "one customer",
        "kind": "nps_cluster",
        "input": {"customer": [7, 7], "score": [10, 0]},
        "expected": {"n": 2, "customers": 1, "nps": 0, "se_cluster": None, "ci_t": [None, None]},
    },
    {
        "id": "two customers",
        "kind": "nps_cluster",
        "input": {"customer": ["a", "a", "b", "b"], "score": [10, 10, 0, 0]},
        "expected": {"nps": 0, "se_cluster": 1, "df": 1, "deff_floored_1": 3, "n_eff": 4 / 3},
    },
    {
        "id": "even weights",
        "kind": "nps_weighted",
        "input": {"score": [10, 9, 0, 7], "weight": [2, 2, 2, 2]},
        "expected": {"nps": 0.25, "kish_n_eff": 4},
    },
    {
        "id": "web and chat",
        "kind": "nps_poststratified",
        "input": {
            "score": [10, 0, 10, 10],
            "channel": ["web", "web", "chat", "chat"],
            "population": {"web": 100, "chat": 300},
        },
        "expected": {"nps": 0.75, "unweighted": 0.5, "se": 0.25 * (2 / 3) ** 0.5},
    },
    {
        "id": "two equal drivers",
        "kind": "lmg",
        "input": {"corr_y_first": [[1, 0.5, 0.5], [0.5, 1, 0.5], [0.5, 0.5, 1]]},
        "expected": {"r2": 1 / 3, "lmg": [1 / 6, 1 / 6], "share": [0.5, 0.5]},
    },
    {
        "id": "nothing to share",
        "kind": "lmg",
        "input": {"corr_y_first": [[1, 0], [0, 1]]},
        "expected": {"r2": 0, "lmg": [0], "share": None},
    },
    {
        "id": "the first low answer",
        "kind": "bernoulli_cusum_arl",
        "input": {"p0": 0.1, "a": 1, "b": 1, "H": 1},
        "expected": {"arl_in_control": 10, "arl_1_5x": 1 / 0.15, "arl_2x": 5},
    },
    {
        "id": "one small of three",
        "kind": "suppression_1d",
        "input": {"counts": [9, 1, 6], "k": 5, "total_published": True},
        "expected": {"hidden_indices_0_based": [1, 2], "attacker_bounds": [[0, 7], [0, 7]]},
    },
    {
        "id": "80 and 70 percent",  # statsmodels and R agree on 293.15
        "kind": "sample_size_two_proportions",
        "input": {"p1": 0.8, "p2": 0.7, "power": 0.8, "alpha": 0.05},
        "expected": {"n_per_group": 293.1512888, "n_ceiling": 294},
    },
    {
        "id": "no difference",
        "kind": "sample_size_two_proportions",
        "input": {"p1": 0.8, "p2": 0.8, "power": 0.8, "alpha": 0.05},
        "expected": {"n_per_group": None, "n_ceiling": None},
    },
    {
        "id": "thirty points",
        "kind": "sample_size_nps_difference",
        "input": {
            "shares_det_pas_pro": [0.25, 0.35, 0.4],
            "delta": 0.3,
            "power": 0.8,
            "alpha": 0.05,
        },
        "expected": {"variance": 0.6275, "n_z": 109.448267},
    },
    {
        "id": "what is no answer",
        "kind": "convention",
        "input": {"scores": [10, 9.0, "7", 8.5, True, "", None, -1, 11, "skip", 6]},
        "expected": {
            "n": 4,
            "promoters": 2,
            "passives": 1,
            "detractors": 1,
            "nps": 0.25,
            "excluded": 7,
        },
    },
]


def run(cases: list[Case], path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, Any]:
    path.write_text(json.dumps({"cases": cases}), "utf-8")
    code = main([str(path)])
    return code, json.loads(capsys.readouterr().out)


def test_every_kind_has_a_case_worked_apart() -> None:
    assert {case["kind"] for case in [*WORKED, *read(CASES)]} == set(KINDS)


def test_the_cases_worked_by_other_software_pass_each_with_how_it_was_worked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cases = read(CASES)

    assert main([str(CASES)]) == 0, capsys.readouterr().err
    assert json.loads(capsys.readouterr().out)["passed"] == len(cases)
    assert all(case["source"] for case in cases)
    assert len({case["id"] for case in cases}) == len(cases)


def test_the_worked_cases_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran = run(WORKED, tmp_path / "own.json", capsys)

    assert ran == (0, {"cases": len(WORKED), "passed": len(WORKED), "failed": []})


def test_the_cases_beside_the_project_pass(capsys: pytest.CaptureFixture[str]) -> None:
    path = shared("answers/reference_values.json")
    if path is None:
        pytest.skip("no reference values beside the project")

    assert main([str(path)]) == 0
    assert json.loads(capsys.readouterr().out)["failed"] == []


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"kind": "nps_three"}, "unknown kind nps_three"),
        ({"expected": {"n": 0, "median": None}}, "median is not computed"),
        ({"expected": {"n": 1}}, "n is 0, expected 1"),
        ({"expected": {"nps": 0}}, "nps is None, expected 0"),
        ({"expected": {}}, "expects nothing"),
        ({"input": {}}, "not computed: KeyError: 'counts_0_to_10'"),
        ({"input": {"counts_0_to_10": [1, 2]}}, "not computed: ValueError: counts_0_to_10: not 11"),
        ({"input": {"counts_0_to_10": [-1] * 11}}, "not computed: ValueError: counts_0_to_10: -1"),
        (
            {"input": {"counts_0_to_10": [0.5] * 11}},
            "not computed: ValueError: counts_0_to_10: 0.5",
        ),
        ({"input": {"counts_0_to_10": {"11": 3}}}, "not computed: ValueError: counts_0_to_10: 11"),
    ],
)
def test_what_is_not_computed_or_differs_fails(
    changed: Case, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"cases": [{**WORKED[0], **changed}, WORKED[1]]}), "utf-8")

    assert main([str(path)]) == 1

    told = capsys.readouterr()
    assert json.loads(told.out) == {"cases": 2, "passed": 1, "failed": ["nobody"]}
    assert f"nobody: {why}" in told.err


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "no JSON"),
        ("[]", 'no list of "cases"'),
        ('{"cases": {"id": "a"}}', 'no list of "cases"'),
        ("[" * 200_000, "no JSON"),
        (b"\xb0\xa1\xb3\xaa".decode("latin-1"), "no JSON"),
    ],
)
def test_a_file_of_another_shape_is_refused(
    content: str, problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cases.json"
    path.write_text(content, "latin-1")

    assert main([str(path)]) == 2
    assert problem in capsys.readouterr().err


def test_a_file_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["/nowhere.json"]) == 2
    assert main([]) == 2

    assert "/nowhere.json: No such file" in capsys.readouterr().err


def test_numbers_agree_to_a_millionth_and_lists_place_by_place() -> None:
    assert agrees(1000.0009, 1000)
    assert not agrees(1.000002, 1)
    assert agrees((1, None), [1, None])
    assert not agrees([1, 2], [1, 2, 3])
    assert not agrees(True, 1)
    assert not agrees(1, True)
    assert not agrees(1.0, "1.0")
    assert not agrees(1.0, {"low": 1.0})


@pytest.mark.parametrize("empty", [[], {}, None])
def test_nothing_hidden_may_be_put_as_other_software_puts_an_empty_list(empty: object) -> None:
    assert agrees([], empty)
    assert not agrees([3], empty)
    assert not agrees([], [3])


def test_a_whole_number_is_a_count_and_exact() -> None:
    assert not agrees(10_000_000, 10_000_001)
    assert agrees(10_000_000.0, 10_000_001)
    assert agrees(60.00000000000001, 60)


@pytest.mark.parametrize("nothing", [None, "NA", "NaN", "Inf", [None, None], 1e30, float("inf")])
def test_nothing_known_may_be_put_as_other_software_puts_it(nothing: object) -> None:
    assert agrees(None, nothing)
    assert not agrees(0.5, nothing)


def test_a_list_of_one_may_stand_as_its_one_value() -> None:
    assert agrees([2], 2)
    assert agrees([[0, 7]], [0, 7])
    assert not agrees([2, 3], 2)


def test_what_a_search_of_r_found_may_be_as_far_from_the_root_as_it_stops() -> None:
    """R 4.2.2: power.t.test(delta = 2, sd = sqrt(.8), power = .8, sig.level = .1)$n is 3.41628992646056."""
    given = {"shares_det_pas_pro": [0.4, 0.2, 0.4], "delta": 2, "power": 0.8, "alpha": 0.1}
    case = {"id": "small", "kind": "sample_size_nps_difference", "input": given}

    assert failure({**case, "expected": {"n_t": 3.41628992646056}}) == ""
    assert failure({**case, "expected": {"n_t": 3.4166}}).startswith("n_t is")


def test_a_case_that_is_none_fails_by_its_id_or_place_and_the_others_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = [
        3,
        {**WORKED[0], "id": None},
        {key: value for key, value in WORKED[0].items() if key != "id"},
        {**WORKED[0], "id": "a list", "input": []},
        {**WORKED[0], "id": "a list", "expected": {"n": 10**400}},
        {**WORKED[0], "id": 7, "kind": ["nps_one"]},
        WORKED[1],
    ]
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"cases": cases}), "utf-16")

    assert main([str(path)]) == 1

    told = capsys.readouterr()
    failed = ["case 1", "case 2", "case 3", "a list", "a list", 7]
    assert json.loads(told.out) == {"cases": 7, "passed": 1, "failed": failed}
    assert 'case 3: has no "id"' in told.err
    assert 'a list: has no "input"' in told.err
    assert "a list: the id of more than one case" in told.err
    assert "a list: n is 0, expected 1000" in told.err
