"""bot.publishing: what a command asks the server for."""

import json
from typing import Any

import pytest

from bot.publishing import Wish, parse_wish
from surveys.errors import InvalidInput


def test_a_wish_arrives_as_it_was_sent() -> None:
    wish = Wish(text="봄: 1\n", where="p.yaml", base=3, take=("a",), note="왜", cancels="p-1")

    assert parse_wish(json.loads(json.dumps(wish.to_json()))) == wish
    assert parse_wish({}) == Wish(where="")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", 3),
        ("where", None),
        ("base", "3"),
        ("base", True),
        ("reverts", 1.0),
        ("take", "a"),
        ("take", [1]),
    ],
)
def test_what_is_no_wish_names_the_field(field: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_wish({field: value})

    assert refused.value.where == field
