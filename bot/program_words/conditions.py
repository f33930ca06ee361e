"""A condition in words, as somebody would say whom it lets through."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.program_words.vocabulary import Vocabulary

Json = Any
_GROUPS: Final = ("all", "any")
_ORDERS: Final = ("lt", "lte", "gt", "gte")


def in_words(words: Vocabulary, condition: Mapping[str, Json]) -> str:
    """Return a condition as a program writes it out, e.g. ``‘amount’ is at least 10000 and not (…)``."""
    return _said(words, condition, is_inner=False)


def _said(words: Vocabulary, node: Mapping[str, Json], *, is_inner: bool) -> str:
    if "not" in node:
        return words.say("condition.not", condition=_said(words, node["not"], is_inner=False))
    group = next((name for name in _GROUPS if name in node), None)
    if group is None:
        return _comparison(words, node)
    members = [_said(words, each, is_inner=len(node[group]) > 1) for each in node[group]]
    joined = f" {words.say(f'condition.{group}')} ".join(members)
    return f"({joined})" if is_inner and len(members) > 1 else joined


def _comparison(words: Vocabulary, node: Mapping[str, Json]) -> str:
    path = node["path"]
    field = path if isinstance(path, str) else ".".join(path)
    operator = next(name for name in node if name != "path")
    operand = node[operator]
    if operator == "exists":
        return words.say(f"condition.exists.{'yes' if operand else 'no'}", field=field)
    is_amount = operator in _ORDERS and not isinstance(operand, str)
    value = f"{operand:,}" if is_amount else _value(words, operand)
    return words.say(f"condition.{operator}", field=field, value=value)


def _value(words: Vocabulary, operand: Json) -> str:
    if isinstance(operand, Sequence) and not isinstance(operand, str):
        return ", ".join(_value(words, each) for each in operand)
    return words.quoted("") if operand == "" else words.plain(operand)
