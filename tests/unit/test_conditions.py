import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from surveys.conditions import Condition, Evaluation, evaluate, paths

CONDITIONS: TypeAdapter[Condition] = TypeAdapter(Condition)


def condition(written: object) -> Condition:
    return CONDITIONS.validate_json(json.dumps(written))


def holds(written: object, data: dict[str, Any]) -> bool:
    return evaluate(condition(written), data).holds


@pytest.mark.parametrize(
    ("operator", "operand", "value", "expected"),
    [
        ("eq", 3, 3.0, True),
        ("eq", "vip", "vip", True),
        ("eq", True, True, True),
        ("eq", 3, 4, False),
        ("ne", "vip", "new", True),
        ("ne", "vip", "vip", False),
        ("lt", 3, 2, True),
        ("lt", 3, 3, False),
        ("lte", 3, 3, True),
        ("gt", 3, 3, False),
        ("gt", 3, 3.5, True),
        ("gte", 3, 3, True),
        ("lt", "2026-11-18", "2026-11-17T10:00:00Z", True),
        ("in", ["gold", 7], "gold", True),
        ("in", ["gold", 7], 7, True),
        ("in", ["gold", 7], 8, False),
        ("exists", True, 0, True),
        ("exists", True, None, False),
        ("exists", False, None, True),
        ("exists", False, [], False),
        ("contains", "fresh", ["frozen", "fresh"], True),
        ("contains", "fresh", "refreshing", True),
        ("contains", 1, [True, "1"], False),
        ("starts_with", "010", "01012345678", True),
        ("starts_with", "010", "02", False),
        ("matches", "^[가-힣]+$", "초록", True),
        ("matches", "^[가-힣]+$", "green", False),
        ("matches", "gree", "evergreen", True),
    ],
)
def test_operators(operator: str, operand: object, value: object, expected: bool) -> None:
    result = evaluate(condition({"path": ["x"], operator: operand}), {"x": value})

    assert (result.holds, result.warnings) == (expected, ())


@pytest.mark.parametrize(
    ("operator", "operand", "value", "kind"),
    [
        ("eq", 1, True, "a boolean"),
        ("ne", "1", 1, "a number"),
        ("lt", 3, "2", "a text"),
        ("gte", 0, False, "a boolean"),
        ("eq", "a", ["a"], "a list"),
        ("eq", "a", {"a": 1}, "an object"),
        ("in", ["a", "b"], 1, "a number"),
        ("contains", 1, "1", "a text"),
        ("contains", "1", 1, "a number"),
        ("starts_with", "1", 1, "a number"),
        ("matches", "1", 1, "a number"),
    ],
)
def test_i10_a_value_of_another_type_fails_with_a_warning(
    operator: str, operand: object, value: object, kind: str
) -> None:
    result = evaluate(condition({"path": ["x"], operator: operand}), {"x": value})

    assert not result.holds
    assert result.warnings == (f"x is {kind}; {operator} cannot judge it",)


@pytest.mark.parametrize("data", [{}, {"order": None}, {"order": 3}, {"order": {}}, {"order": []}])
@pytest.mark.parametrize("operator", ["eq", "ne", "lt", "gte", "contains", "starts_with"])
def test_i10_a_missing_value_fails_silently(operator: str, data: dict[str, Any]) -> None:
    written = condition({"path": ["order", "total"], operator: "1"})

    assert evaluate(written, data) == Evaluation(holds=False, seen={"order.total": None})


def test_all_any_and_not_combine() -> None:
    written = {
        "all": [
            {"path": ["amount"], "gte": 30000},
            {"not": {"path": ["vip"], "eq": True}},
            {"any": [{"path": "region", "eq": "서울"}, {"path": "region", "eq": "부산"}]},
        ]
    }

    assert holds(written, {"amount": 30000, "region": "부산"})
    assert not holds(written, {"amount": 30000, "region": "부산", "vip": True})
    assert not holds(written, {"amount": 29999, "region": "부산"})
    assert not holds(written, {"amount": 30000, "region": "대구"})


def test_what_was_seen_is_complete_even_where_the_verdict_was_clear_at_once() -> None:
    written = condition(
        {"any": [{"path": "a", "eq": 1}, {"path": "b.c", "eq": "x"}, {"path": "d", "exists": True}]}
    )

    result = evaluate(written, {"a": 1, "b": {"c": "가" * 200}, "d": [1, 2, 3]})

    assert result.seen == {"a": 1, "b.c": "가" * 119 + "…", "d": "a list of 3"}


def test_paths_are_named_once_in_reading_order() -> None:
    written = {"all": [{"path": "b.c", "gt": 1}, {"not": {"path": ["a"], "eq": 2}}]}

    assert paths(condition({"any": [written, written]})) == (("b", "c"), ("a",))


def test_a_key_with_a_dot_is_reached_by_a_list() -> None:
    assert holds({"path": ["utm.source"], "eq": "mail"}, {"utm.source": "mail"})


def test_a_text_that_is_no_unicode_is_matched_without_raising() -> None:
    assert not holds({"path": "x", "matches": "a"}, {"x": "\ud800"})


def test_a_pattern_is_linear_in_the_text() -> None:
    """This pattern takes a backtracking engine longer than the age of the universe."""
    assert not holds({"path": "x", "matches": "^(a+)+$"}, {"x": "a" * 50_000 + "b"})


def nested(depth: int) -> object:
    written: object = {"path": "x", "eq": 1}
    for _ in range(depth - 1):
        written = {"not": written}
    return written


def wide(size: int) -> object:
    return {"all": [{"path": "x", "eq": 1}] * (size - 1)}


def test_the_largest_trees_are_accepted() -> None:
    assert len(paths(condition(wide(64)))) == 1
    assert paths(condition(nested(8))) == (("x",),)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        (nested(9), "is nested 9 deep; at most 8 are allowed"),
        (wide(65), "has 65 parts; at most 64 are allowed"),
        ({"path": "x"}, "not none"),
        ({"path": "x", "eq": 1, "ne": 2}, "not 2"),
        ({"path": "x", "eq": None}, "not none"),
        ({"path": "x", "eq": [1]}, "must be a text, a number, true or false"),
        ({"path": "x", "gt": True}, "must be a number or a text"),
        ({"path": "x", "matches": "a("}, "is not a valid RE2 pattern: missing ): a("),
        ({"path": "x", "matches": "(?=a)"}, "is not a valid RE2 pattern"),
        ({"path": "x", "exists": 1}, "valid boolean"),
        ({"path": [], "eq": 1}, "at least 1"),
        ({"path": "a..b", "eq": 1}, "at least 1 character"),
        ({"path": 3, "eq": 1}, "valid array"),
        ({"path": "x", "in": []}, "at least 1"),
        ({"all": []}, "at least 1"),
        ({"all": [{"path": "x", "eq": 1}], "any": []}, "Extra inputs"),
        ({"eval": "1+1"}, "Extra inputs"),
        (True, "an object"),
    ],
)
def test_a_malformed_condition_is_refused(written: object, problem: str) -> None:
    with pytest.raises(ValidationError) as caught:
        condition(written)

    assert problem.lower() in str(caught.value).lower()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("abc"), inner),
)
data_values = st.dictionaries(st.sampled_from("abc"), json_values)
scalars = st.booleans() | st.integers(-5, 5) | st.text("abc", max_size=2)
ordered = st.integers(-5, 5) | st.text("abc", max_size=2)
data_paths = st.lists(st.sampled_from("abc"), min_size=1, max_size=3)
comparisons = st.one_of(
    *(
        st.fixed_dictionaries({"path": data_paths, operator: operand})
        for operator, operand in {
            "eq": scalars,
            "ne": scalars,
            "lt": ordered,
            "gte": ordered,
            "in": st.lists(scalars, min_size=1, max_size=3),
            "exists": st.booleans(),
            "contains": scalars,
            "starts_with": st.text("abc", max_size=2),
            "matches": st.sampled_from(["a+", "^b", ""]),
        }.items()
    )
)
trees = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=6,
)


def depth(written: Any) -> int:
    below = [*written.get("all", ()), *written.get("any", ())]
    below += [written["not"]] if "not" in written else []
    return 1 + max(map(depth, below), default=0)


@given(trees.filter(lambda tree: depth(tree) < 8), data_values)
def test_i10_evaluation_never_raises_and_sees_every_path(
    written: Any, data: dict[str, Any]
) -> None:
    parsed = condition(written)

    result = evaluate(parsed, data)

    assert set(result.seen) == {".".join(path) for path in paths(parsed)}
    assert evaluate(condition({"not": written}), data).holds is not result.holds


@given(trees.filter(lambda tree: depth(tree) <= 8))
def test_a_condition_survives_its_json(written: Any) -> None:
    parsed = condition(written)

    assert CONDITIONS.validate_json(CONDITIONS.dump_json(parsed, by_alias=True)) == parsed
