"""What is stored of an error tells its kind and place, and no customer's words."""

import json

import pytest

from bot.desk import unpack_incoming
from bot.mishaps import where


def test_an_error_of_our_code_is_named_by_kind_and_place_without_its_words() -> None:
    with pytest.raises(KeyError) as raised:
        unpack_incoming({"kind": "배송이 늦어서 화가 나요"})

    told = where(raised.value)
    assert told.startswith("KeyError at bot/desk.py:")
    assert "늦어서" not in told


def test_an_error_from_elsewhere_is_placed_where_our_code_called() -> None:
    with pytest.raises(ValueError, match="Expecting") as raised:
        json.loads("화가 나요")

    assert where(raised.value).startswith("JSONDecodeError at tests/unit/test_mishaps.py:")
    assert where(ValueError("화가 나요")) == "ValueError"
