"""bot.program_words.conditions: a condition reads as somebody would say it, and says what it lets through."""

import pytest

from bot.program_words.conditions import Json, in_words
from bot.program_words.vocabulary import Vocabulary
from surveys.conditions.tree import OPERATORS
from surveys.program import default_program

PROGRAM = default_program()
TEST: Json = {"path": "test", "eq": True}
BIG: Json = {"path": "amount", "gt": 30000}
SMALL: Json = {"path": "amount", "lt": 10}


def said(language: str, condition: Json) -> str:
    return in_words(Vocabulary(language=language, program=PROGRAM), condition)


@pytest.mark.parametrize(
    ("condition", "ko", "en"),
    [
        (
            {"all": [{"not": TEST}, BIG]},
            "‘test’ 값이 없거나 예가 아님 그리고 ‘amount’ 값이 30,000 초과",
            "“test” is not yes (or not there) and “amount” is more than 30,000",
        ),
        (
            {"not": {"path": "plan", "in": ["a", "b"]}},
            "‘plan’ 값이 없거나 다음 중 어느 것도 아님: ‘a’, ‘b’",
            "“plan” is none of “a”, “b” (or not there)",
        ),
        ({"not": {"path": "a", "exists": True}}, "‘a’ 값이 없음", "“a” is not there"),
        ({"not": {"path": "a", "exists": False}}, "‘a’ 값이 있음", "“a” is there"),
        (
            {"not": {"any": [BIG, SMALL]}},
            "다음 중 어느 것도 아님: ‘amount’ 값이 30,000 초과; ‘amount’ 값이 10 미만",
            "none of these: “amount” is more than 30,000; “amount” is less than 10",
        ),
        (
            {"any": [TEST, {"not": {"all": [BIG, {"path": "b", "eq": True}]}}]},
            "‘test’ 값이 예 또는 (모두 함께 맞지는 않음: ‘amount’ 값이 30,000 초과; ‘b’ 값이 예)",
            "“test” is yes or (not all of these: “amount” is more than 30,000; “b” is yes)",
        ),
        (
            {"not": {"any": [TEST]}},
            "‘test’ 값이 없거나 예가 아님",
            "“test” is not yes (or not there)",
        ),
        ({"not": {"not": TEST}}, "‘test’ 값이 예", "“test” is yes"),
    ],
)
def test_what_must_not_hold_reads_naturally(condition: Json, ko: str, en: str) -> None:
    assert (said("ko", condition), said("en", condition)) == (ko, en)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_each_comparison_reads_otherwise_where_it_must_not_hold(language: str) -> None:
    operands: dict[str, Json] = {"exists": True, "in": ["z"]}
    rows = [{"path": "x", name: operands.get(name, "z")} for name in OPERATORS]

    texts = [said(language, each) for row in rows for each in (row, {"not": row})]

    assert len({*texts}) == len(texts)
