"""The form of a condition gives back every tree that the grammar allows, and shows the ordinary ones in fields."""

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from bot.editor.conditions import (
    Group,
    Kept,
    Node,
    Row,
    added,
    dropped,
    field_of,
    fields,
    found,
    rows,
    shown,
    unfinished,
    written,
)
from surveys.conditions import Condition
from surveys.conditions.tree import DEPTH, OPERATORS
from surveys.program import default_program_text
from surveys.program.document import read
from surveys.seen_events import fields_of
from surveys.service.matching import sound
from surveys.service.revising import revise

CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)

plain_names = st.from_regex(r"[a-z_][a-z0-9_]{0,9}", fullmatch=True)
names = plain_names | st.text(min_size=1, max_size=12)
numbers = st.integers(-(10**15), 10**15) | st.floats(allow_nan=False, allow_infinity=False)
plain_texts = st.from_regex(
    r"[A-Za-z가-힣0-9][A-Za-z가-힣0-9 ,.@-]{0,8}[A-Za-z0-9]", fullmatch=True
)
scalars = st.booleans() | numbers | st.text(max_size=20)


def comparisons(names: Any, scalars: Any, texts: Any) -> st.SearchStrategy[dict[str, Any]]:
    ordered = scalars.filter(lambda value: not isinstance(value, bool))
    operands = {
        **dict.fromkeys(("eq", "ne", "contains"), scalars),
        **dict.fromkeys(("lt", "lte", "gt", "gte"), ordered),
        "in": st.lists(scalars, min_size=1, max_size=4),
        "exists": st.booleans(),
        "starts_with": texts,
        "matches": st.sampled_from(["^a+$", "[0-9]{3}", "서울|부산"]),
    }
    assert set(operands) == set(OPERATORS)
    one = [
        st.fixed_dictionaries({"path": st.lists(names, min_size=1, max_size=3), name: operand})
        for name, operand in operands.items()
    ]
    return st.one_of(one)


def trees(leaves: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    def above(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
        several = st.lists(inner, min_size=1, max_size=3)
        return (
            st.builds(lambda each: {"all": each}, several)
            | st.builds(lambda each: {"any": each}, several)
            | st.builds(lambda each: {"not": each}, inner)
        )

    return st.recursive(leaves, above, max_leaves=12)


def sent(node: Node | None) -> dict[str, str]:
    """What a browser sends of it: line breaks doubled, and made one again by the door."""
    as_sent = {name: text.replace("\n", "\r\n") for name, text in fields(node).items()}
    return {name: text.replace("\r\n", "\n") for name, text in as_sent.items()}


def meant(raw: Any) -> str:
    """The condition's own JSON, or the raw one where it is too deep to be a condition."""
    return json.dumps(raw, sort_keys=True)


@settings(max_examples=80, deadline=None)
@given(trees(comparisons(names, scalars, st.text(max_size=20))))
def test_every_tree_comes_back_as_it_was(tree: dict[str, Any]) -> None:
    assert meant(written(found(sent(shown(tree))) or Row())) == meant(tree)


@settings(max_examples=50, deadline=None)
@given(trees(comparisons(plain_names, numbers | plain_texts | st.booleans(), plain_texts)))
def test_ordinary_trees_are_shown_in_fields(tree: dict[str, Any]) -> None:
    def kept(node: Node) -> list[str]:
        if isinstance(node, Kept):
            return [node.written]
        return [each for m in node.members for each in kept(m)] if isinstance(node, Group) else []

    # Only a list of several types has no fields.
    assert all('"in": [' in each for each in kept(shown(tree)))


def test_a_tree_of_the_greatest_depth_comes_back() -> None:
    tree: dict[str, Any] = {"path": ["amount"], "gte": 30000}
    for level in range(DEPTH - 1):
        tree = {"not": tree} if level % 3 else {"any": [tree]}
    sound = CONDITION.validate_json(json.dumps(tree))

    node = shown(tree)
    assert [row.path for row in rows(node)] == ["amount"]
    again = CONDITION.validate_json(json.dumps(written(found(sent(node)) or Row())))
    assert again == sound


@settings(max_examples=30, deadline=None)
@given(trees(comparisons(plain_names, plain_texts, plain_texts)))
def test_a_row_that_is_added_and_removed_leaves_no_trace(tree: dict[str, Any]) -> None:
    node = shown(tree)
    more = added(node, "where", Row(path="x", value="1"))

    assert isinstance(more, Group)
    last = f"where.{len(more.members) - 1}"
    back = dropped(more, last)
    if not isinstance(node, Group):  # a group grew round what stood alone
        assert back == Group(kind="all", members=(node,))
    else:
        assert back == node


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(
        st.from_regex(r"where(\.[0-9a-z]{1,4}){0,20}", fullmatch=True), st.text(max_size=8)
    )
)
def test_whatever_is_sent_is_some_condition_or_none(form: dict[str, str]) -> None:
    node = found({"where.kind": "all"} | form)

    assert node is None or json.dumps(written(node))
    assert field_of(node, "where.all.0.gte")


# --- hostile trees --------------------------------------------------------------------------------


def _small() -> str:
    """A program of one trigger: looking it over takes a tenth of the time."""
    value = deepcopy(read(default_program_text()).value)
    value["surveys"] = [each for each in value["surveys"] if each["id"] == "support-ces"]
    value["triggers"] = [each for each in value["triggers"] if each["id"] == "support"]
    return json.dumps(value, ensure_ascii=False)


SMALL = _small()
ROW = {"kind": "row", "path": "a", "operator": "eq", "value": "1", "type": "number"}


def row(at: str, **fields: str) -> dict[str, str]:
    return {f"{at}.{name}": text for name, text in (ROW | fields).items()}


def nested(depth: int, kind: str = "all") -> dict[str, str]:
    groups = [".".join(["where", *["0"] * level]) for level in range(depth)]
    return {f"{at}.kind": kind for at in groups} | row(f"{groups[-1]}.0")


def wide(count: int) -> dict[str, str]:
    members = [row(f"where.{place}") for place in range(count)]
    return {"where.kind": "all"} | {name: text for each in members for name, text in each.items()}


def kept(written: str) -> dict[str, str]:
    return {"where.kind": "kept", "where.written": written}


def told(form: dict[str, str]) -> set[str]:
    """Return the inputs at which a form's condition is told to be wrong."""
    node = found(form)
    assert node is not None
    raw = written(node)
    assert sound(raw) is None
    revised = revise(SMALL, 1, {"trigger:support": {"where": raw}})
    assert not revised.is_sound
    looked_over = {field_of(node, fault.field) for fault in revised.faults["trigger:support"]}
    return {name for name, _ in unfinished(node)} | looked_over


HOSTILE = {
    "too deep": (nested(DEPTH), "where" + ".0" * (DEPTH - 1)),
    "too deep in not": (nested(DEPTH, "not"), "where" + ".0" * (DEPTH - 1)),
    "far too deep": (nested(60), "where" + ".0" * (DEPTH - 1)),
    "too wide": (wide(64), "where"),
    "far too wide": (wide(300), "where"),
    "an empty group": ({"where.kind": "any"}, "where"),
    "an empty group inside": (
        {"where.kind": "all"} | row("where.0") | {"where.1.kind": "not"},
        "where.1",
    ),
    "an empty name": (
        {"where.kind": "all"} | row("where.0") | row("where.1", path="a..b"),
        "where.1.path",
    ),
    "a long name": (row("where", path="a" * 129), "where.path"),
    "a long path": (row("where", path=".".join("a" * 17)), "where.path"),
    "a long list": (row("where", value=", ".join("1" * 65), operator="in"), "where.value"),
    "yes is more": (row("where", value="true", operator="gte", type="yesno"), "where.value"),
    "no pattern": (row("where", value="(", operator="matches"), "where.value"),
    "a long pattern": (row("where", value="x" * 513, operator="matches"), "where.value"),
    "kept, nested": (kept("[" * 900 + "]" * 900), "where"),
    "kept, endless": (kept("[" * 90_000), "where"),
    "kept, not not": (kept('{"not":' * 300 + "1" + "}" * 300), "where"),
    "kept, not a number": (kept('{"path": ["a"], "eq": NaN}'), "where"),
    "kept, infinite": (kept('{"path": ["a"], "gt": 1e999}'), "where"),
    "kept, half a character": (kept('{"path": ["a"], "eq": "\\ud800"}'), "where"),
    "kept, 5000 digits": (kept('{"path": ["a"], "eq": 1' + "0" * 5000 + "}"), "where"),
    "kept, two operators": (kept('{"path": ["a"], "eq": 1, "ne": 2}'), "where"),
    "kept, an operator of its own": (kept('{"path": ["a"], "sh": "rm -rf /"}'), "where"),
    "kept, mappings": (kept('{"path": {"a": 1}, "eq": {"b": 2}}'), "where"),
    "kept, a list": (kept("[1]"), "where"),
    "kept, a number": (kept("7"), "where"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_tree_is_refused_at_its_place(name: str) -> None:
    form, place = HOSTILE[name]

    assert place in told(form)


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | numbers | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["all", "any", "not", "path", *OPERATORS]) | st.text(max_size=3),
                inner,
                max_size=3,
            )
        ),
        max_leaves=20,
    )
)
def test_json_of_any_shape_is_shown_and_comes_back(raw: Any) -> None:
    """What is no condition at all is kept as well: the checks, not the form, say what is wrong with it."""
    back = written(found(sent(shown(raw))) or Row())

    assert back == raw if isinstance(raw, str) else meant(back) == meant(raw)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("2026-11-22", "time"),
        ("2026-11-22T09:00:00Z", "time"),
        ("2026-11-22T09:00:00.5+09:00", "time"),
        ("2026-13-22", "text"),
        ("2026-11-22T25:00", "text"),
        ("어제", "text"),
    ],
)
def test_a_time_is_told_from_other_texts_and_written_as_one(value: str, kind: str) -> None:
    raw = {"path": ["paid_at"], "gte": value}
    node = shown(raw)

    assert isinstance(node, Row)
    assert (node.type, written(node)) == (kind, raw)
    assert fields_of([{"paid_at": value}])[0].types == (kind,)
    typed_as_time = list(unfinished(replace(node, type="time")))
    assert typed_as_time == ([] if kind == "time" else [("where.value", "time")])
