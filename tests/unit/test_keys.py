"""Keys made of words: letters, digits and hyphens out of whatever staff write."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.journey import SLUG
from surveys.language.keys import free, key_of, keyed


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("배송 만족", "baesong-manjok"),
        ("안녕하세요", "annyeonghaseyo"),
        ("값 없음", "gap-eopeum"),
        ("2차 설문 (신규)", "2cha-seolmun-singyu"),
        ("\u1107\u1162\u1109\u1169\u11bc", "baesong"),
        ("Café Menü", "cafe-menu"),
        ("\uff21\uff22\uff17", "ab7"),
        ("How was it?", "how-was-it"),
        ("文言", ""),
        ("--- !", ""),
    ],
)
def test_words_are_spelled_in_small_latin_letters(words: str, key: str) -> None:
    assert key_of(words, 40) == key


@given(st.text(max_size=60), st.integers(min_value=1, max_value=64))
def test_whatever_is_written_makes_a_key_or_none(words: str, longest: int) -> None:
    made = key_of(words, longest)

    assert len(made) <= longest
    assert not made or re.fullmatch(SLUG, made)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("short-3", "short-3"),
        ("Short 3", "short-3"),
        ("짧은 문구", "jjaleun-mungu"),
        ("文言", "文言"),
        ("<b>문구", "<b>문구"),
    ],
)
def test_what_makes_no_key_stays_as_it_was_typed(typed: str, kept: str) -> None:
    assert keyed(typed, SLUG, 40) == kept


def test_a_key_that_is_taken_gets_a_number_and_stays_as_short() -> None:
    assert free("delivery", {"support"}, 40) == "delivery"
    assert free("delivery", {"delivery", "delivery-2"}, 40) == "delivery-3"
    assert free("abcde", {"abcde"}, 5) == "abc-2"
    assert free("ab-cd", {"ab-cd"}, 5) == "ab-2"
