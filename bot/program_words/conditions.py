"""A condition in words, as somebody would say whom it lets through."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.program_words.vocabulary import Vocabulary

Json = Any
_GROUPS: Final = ("all", "any")
_ORDERS: Final = ("lt", "lte", "gt", "gte")


def in_words(words: Vocabulary, condition: Mapping[str, Json]) -> str:
    """Return a condition as a program writes it out, e.g. ``‘amount’ is at least 10000 and ‘test’ is not yes``."""
    return _said(words, condition, is_inner=False)


def _said(words: Vocabulary, node: Mapping[str, Json], *, is_inner: bool) -> str:
    if "not" in node:
        return _negated(words, node["not"], is_inner=is_inner)
    if (group := _group(node)) is None:
        return _comparison(words, node)
    members = [_said(words, each, is_inner=len(node[group]) > 1) for each in node[group]]
    joined = f" {words.say(f'condition.{group}')} ".join(members)
    return f"({joined})" if is_inner and len(members) > 1 else joined


def _negated(words: Vocabulary, node: Mapping[str, Json], *, is_inner: bool) -> str:
    """Return what a condition says that must not hold; a comparison does not where its field is missing."""
    if "not" in node:
        return _said(words, node["not"], is_inner=is_inner)
    if (group := _group(node)) is None:
        return _comparison(words, node, ".not")
    if len(node[group]) == 1:
        return _negated(words, node[group][0], is_inner=is_inner)
    members = "; ".join(_said(words, each, is_inner=True) for each in node[group])
    listed = words.say(f"condition.{group}.not", conditions=members)
    return f"({listed})" if is_inner else listed


def _group(node: Mapping[str, Json]) -> str | None:
    return next((name for name in _GROUPS if name in node), None)


def _comparison(words: Vocabulary, node: Mapping[str, Json], negated: str = "") -> str:
    """Return a comparison; ``negated`` is what its key ends with."""
    path = node["path"]
    field = path if isinstance(path, str) else ".".join(path)
    operator = next(name for name in node if name != "path")
    operand = node[operator]
    if operator == "exists":
        is_there = operand is not bool(negated)
        return words.say(f"condition.exists.{'yes' if is_there else 'no'}", field=field)
    is_amount = operator in _ORDERS and not isinstance(operand, str)
    value = f"{operand:,}" if is_amount else _value(words, operand)
    return words.say(f"condition.{operator}{negated}", field=field, value=value)


def _value(words: Vocabulary, operand: Json) -> str:
    if isinstance(operand, Sequence) and not isinstance(operand, str):
        return ", ".join(_value(words, each) for each in operand)
    return words.quoted("") if operand == "" else words.plain(operand)
