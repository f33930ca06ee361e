"""The form of a condition gives back every tree that the grammar allows, and shows the ordinary ones in fields."""

import json
from typing import Any

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
    written,
)
from surveys.conditions import Condition
from surveys.conditions.tree import DEPTH, OPERATORS

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
