"""What is refused, where it says the fault is, and that nothing else is refused (row I02)."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.strict_json import MAX_DEPTH, check_text, parse, parse_object
from surveys.errors import InvalidInput

STORABLE = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | STORABLE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(STORABLE, inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b'{"a": [{"b": NaN}]}', "a[0].b"),
        (b'{"a": -Infinity}', "a"),
        (b'{"a": {"x": 1, "x": 2}}', "a.x"),
        (b'[{"a": 1}, {"a": 1, "b": 2, "a": 1}]', "[1].a"),
        (b'{"data": {"items": [1, 2, 3, {"name": "a\\u0000b"}]}}', "data.items[3].name"),
        (b'{"a": ["\\ud800"]}', "a[0]"),
        (b'{"a": "\\udc00\\ud800"}', "a"),
        (b'{"a": {"k\\u0000": 1}}', "a.k?"),
        (b'{"n": 1e999}', "n"),
        (b'{"n": ' + b"9" * 400 + b"}", "n"),
        (b'{"n": ' + b"9" * 5000 + b"}", "line 1 column 7"),
        (b'{"a":\n "\x00"}', "line 2 column 3"),
        (b'{"a":\n"\xff"}', "line 2 column 2"),
        (b"", "line 1 column 1"),
        (b'{"a": 1}}', "line 1 column 9"),
        (b"[" * 100_000, "line 1 column 21"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "line 1 column 101"),
        (b"\xef\xbb\xbf{}", "line 1 column 1"),
        (b"{'a': 1}", "line 1 column 2"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_place(body: bytes, where: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        parse(body)

    assert refusal.value.where == where


def test_brackets_in_texts_do_not_nest() -> None:
    deep = {"text": "[{" * 500, "quoted": '"[' * 50}

    assert parse(json.dumps(deep).encode()) == deep


def test_as_deep_as_allowed_is_allowed() -> None:
    assert parse(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH) is not None


@pytest.mark.parametrize("body", [b'"\\' * 500_000, b'["' + b'\\"' * 500_000, b'"' * 1_000_000])
def test_unterminated_texts_cost_one_pass(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        parse(body)


def test_an_emoji_written_as_two_escapes_is_one_character() -> None:
    assert parse(b'["\\ud83d\\ude00"]') == ["\N{GRINNING FACE}"]


@given(VALUES)
def test_what_json_can_say_is_read_as_it_was_meant(value: object) -> None:
    assert parse(json.dumps(value).encode()) == value
    assert parse(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with suppress(InvalidInput):
        json.dumps(parse(body), allow_nan=False)


def test_an_object_is_an_object() -> None:
    assert parse_object(b'{"a": 1}') == {"a": 1}
    with pytest.raises(InvalidInput, match="must be a JSON object"):
        parse_object(b"[]")


def test_text_from_elsewhere_is_held_to_the_same_rule() -> None:
    assert check_text("한글", "ce-subject") == "한글"
    with pytest.raises(InvalidInput, match="ce-subject"):
        check_text("a\x00", "ce-subject")
