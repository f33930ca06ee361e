"""Numbers that are typed into the editor: read as people write them, refused with the bounds that the program has."""

import pytest

from bot.editor.bounds import bounded
from bot.editor.conditions import Group, Row, settled, unfinished, written

TOO_LITTLE, NO_NUMBER = "must be at least 1", "must be a whole number"


@pytest.mark.parametrize(
    ("name", "problem", "told"),
    [
        ("rules.cap.asks", NO_NUMBER, "1 이상 100 이하의 정수를 적어 주세요."),
        ("rules.cap.days", TOO_LITTLE, "1 이상 366 이하의 정수를 적어 주세요."),
        ("rules.cooldown_days", NO_NUMBER, "0 이상 366 이하의 정수를 적어 주세요."),
        ("trigger.occurrence", NO_NUMBER, "1 이상 1000 이하의 정수를 적어 주세요."),
        ("trigger.worth_asking.bulk.cases", TOO_LITTLE, "2 이상 1000 이하의 정수를 적어 주세요."),
        ("budget.rows.3.target", "must be a number", "1 이상 50 이하의 숫자를 적어 주세요."),
        ("trigger.share", "must be at most 1", "0보다 크고 100 이하인 숫자(%)를 적어 주세요."),
        (
            "survey.variants.0.share",
            "must be more than 0",
            "0보다 크고 100 이하인 숫자(%)를 적어 주세요.",
        ),
        (
            "trigger.after.amount",
            "is not a duration such as 30m, 24h or 14d",
            "0 이상의 정수를 적고 단위를 고르세요. 길어야 366일입니다.",
        ),
        (
            "trigger.max_wait.amount",
            "must be longer than nothing",
            "1 이상의 정수를 적고 단위를 고르세요. 길어야 366일입니다.",
        ),
        ("trigger.share", "is missing", None),
        ("survey.about.ko", "is empty", None),
    ],
)
def test_a_fault_of_a_number_names_the_bounds_that_the_schema_has(
    name: str, problem: str, told: str | None
) -> None:
    assert bounded("ko", name, problem) == told


def test_a_number_may_be_grouped_by_thousands_and_anything_else_is_refused() -> None:
    def row(value: str, kind: str = "number") -> Row:
        return Row(path="amount", operator="gte", value=value, type=kind)

    read = {"30000": 30000, "30,000": 30000, "-1,234,567.5": -1234567.5, "1234": 1234}
    odd = ("삼만원", "3만", "30,00", "0,000", "30000원", "1,2345", ",000", "30,000,")

    assert {text: written(row(text))["gte"] for text in read} == read
    assert [list(unfinished(row(text))) for text in odd] == [[("where.value", "number")]] * len(odd)
    assert [list(unfinished(row(text, "auto"))) for text in odd] == [
        [("where.value", "number")]
    ] * len(odd)
    assert list(unfinished(row("2026-11-22", "auto"))) == []
    assert written(row("30,000", "text"))["gte"] == "30,000"


def test_a_value_of_any_kind_is_taken_for_what_its_field_holds_wherever_all_of_that_is_of_one_kind() -> (
    None
):
    kinds = {
        "amount": ("number",),
        "code": ("text",),
        "mixed": ("number", "text"),
        "tags": ("list",),
    }
    paths = ("amount", "code", "mixed", "tags", "unseen")
    rows = tuple(Row(path=path, value="007") for path in paths)
    chosen = Row(path="amount", value="x", type="text")

    found = settled(Group(kind="all", members=(*rows, chosen)), kinds)

    assert isinstance(found, Group)
    assert [each.type for each in found.members if isinstance(each, Row)] == [
        "number",
        "text",
        "auto",
        "auto",
        "auto",
        "text",
    ]
    assert written(found.members[1]) == {"path": ["code"], "eq": "007"}
    assert list(unfinished(found.members[0])) == [("where.value", "number")]
    assert settled(None, kinds) is None
