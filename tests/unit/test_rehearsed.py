"""What the page of a rehearsal says: why so few are asked, and the customers a page at a time, the newest first."""

from typing import Any

import pytest

from bot.editor.rehearsed import ON_A_PAGE, listed, losses, told

Json = Any
NAMES = {"mine": "배송 (mine)", "other": "결제 (other)"}


def row(number: int, **parts: Json) -> dict[str, Json]:
    return {
        "customer": f"c{number}",
        "trigger": "mine",
        "end": "suppressed",
        "rule": "cap",
        "matches": True,
        "local": f"2026-11-{28 - number % 28:02} 09:00+09:00",
        **parts,
    }


def found(**parts: Json) -> dict[str, Json]:
    rules = [
        {"end": "suppressed", "rule": "condition", "count": 600, "matched": 0},
        {"end": "suppressed", "rule": "cooldown", "count": 61, "matched": 61},
        {"end": "suppressed", "rule": "cap", "count": 40, "matched": 31},
        {"end": "waiting", "rule": "cap", "count": 20, "matched": 20},
        {"end": "suppressed", "rule": "too_late", "count": 6, "matched": 6},
        {"end": "suppressed", "rule": "sampling", "count": 1, "matched": 1},
    ]
    return {
        "label": "estimate",
        "because": ["other_program"],
        "since": "2026-10-24T15:00:00+00:00",
        "until": "2026-11-22T03:00:00+00:00",
        "zone": "Asia/Seoul",
        "events": 2445,
        "decisions": 742,
        "matched": 119,
        "asked": 0,
        "rules": rules,
        "taken_by": [
            {"rule": "cap", "trigger": "other", "count": 45},
            {"rule": "cooldown", "trigger": "other", "count": 40},
            {"rule": "cooldown", "trigger": "", "count": 20},
            {"rule": "cap", "trigger": "gone", "count": 6},
            {"rule": "cooldown", "trigger": "mine", "count": 1},
        ],
        "stages": [],
        "peak": None,
        "compared": None,
        "follow_ups": [],
        "absent": [],
        "people": [row(n) for n in range(3)],
        "people_left_out": 0,
        **parts,
    }


def test_none_asked_is_explained_by_the_greatest_reasons_and_the_triggers_that_were_first() -> None:
    why = losses(found(), "mine", NAMES, "ko")

    assert why == (
        "조건에 맞은 119건 가운데 99건은 묻지 않고 20건은 아직 기다립니다. 큰 까닭부터 적었습니다.",
        (
            "같은 단계·지표를 다시 묻기까지의 간격: 61건 (‘결제 (other)’ 트리거가 먼저 물음 40건, "
            "이 기간 전에 나간 질문 때문 20건, 이 트리거가 그 고객에게 먼저 물음 1건)"
        ),
        (
            "한 사람에게 묻는 횟수의 한도: 51건 (‘결제 (other)’ 트리거가 먼저 물음 45건, "
            "‘gone’ 트리거가 먼저 물음 6건)"
        ),
        "물을 수 있는 기한이 지남: 6건",
    )


def test_what_is_not_asked_and_what_waits_are_each_told_only_where_there_is_any() -> None:
    rules = [{"end": "suppressed", "rule": "cap", "count": 9, "matched": 9}]
    late = [{**rules[0], "end": "waiting"}]

    (some, _), (none, _) = (
        losses(found(rules=rules, taken_by=[], matched=9 + asked, asked=asked), "mine", NAMES, "ko")
        for asked in (1, 0)
    )

    assert some.startswith("조건에 맞은 10건 가운데 9건은 묻지 않게 됩니다.")
    only = losses(found(rules=late, taken_by=[], matched=9), "mine", NAMES, "ko")
    assert only[0].startswith("조건에 맞은 9건 가운데 9건은 아직 기다립니다.")
    assert none.startswith("조건에 맞은 9건 가운데 한 건도 묻지 않게 됩니다.")


@pytest.mark.parametrize(("asked", "lines"), [(59, 4), (60, 0), (119, 0)])
def test_only_more_than_half_is_a_loss_to_explain(asked: int, lines: int) -> None:
    assert len(losses(found(asked=asked), "mine", NAMES, "en")) == lines
    assert losses(found(matched=0, asked=0), "mine", NAMES, "en") == ()


def test_what_matches_is_told_apart_from_what_the_other_rules_leave() -> None:
    page = told(found(), "ko")

    assert page["matched"] == (
        "2026-10-25부터 2026-11-22까지 받은 이벤트 742건 중 119건이 조건에 맞습니다."
    )
    assert page["headline"].startswith("일치 119건 → 예상 발송 0건 (억제: ")
    assert "조건에 맞지 않음" not in page["headline"]
    assert page["headline"].endswith(
        "한도 31, 물을 수 있는 기한이 지남 6, 표본으로 뽑히지 않음 1 · 기다림 20)"
    )


def test_the_reasons_and_what_can_be_picked_tell_the_same_numbers() -> None:
    """Of 623 that do not meet the condition, 14 fell to another rule first and 9 were over the cap anyway."""
    late = {"end": "suppressed", "rule": "too_late", "count": 20, "matched": 6}
    rules = [late if each["rule"] == "too_late" else each for each in found()["rules"]]
    given = found(rules=rules)

    rows = {(row["end"], row["why"]): row["count"] for row in told(given, "ko")["rules"]}
    picks = dict(listed(given, "", "", "ko").choices)

    assert rows["suppressed", "조건에 맞지 않음"] == 623 == int(picks["unmatched"])
    assert rows["suppressed", "물을 수 있는 기한이 지남"] == 6
    assert sum(rows.values()) == 742
    assert sum(rows[key] for key in rows if key[0] == "waiting") == int(picks["waiting"])
    reasons = [count for (_, why), count in rows.items() if why != "조건에 맞지 않음"]
    assert sum(reasons) == 119 == int(picks["matching"])


def test_expected_answers_follow_from_the_figures_beside_them() -> None:
    stage = {"stage": "retention", "instrument": "ces2", "asked": 191, "half_width": 11.9}
    stage |= {"arrived": 154.5, "rate": 0.411, "answers": 63.5}

    (row,) = told(found(stages=[stage]), "ko")["stages"]
    (unknown,) = told(found(stages=[{**stage, "arrived": None}]), "ko")["stages"]

    assert (row["asked"], row["arrived"], row["rate"], row["answers"]) == (
        "191",
        "154.5",
        "41.1%",
        "63.5",
    )
    assert unknown["arrived"] == "알 수 없음"


def test_a_field_that_no_event_has_is_told_with_how_many_nobody_knows_of() -> None:
    def note(**gap: int) -> str:
        return str(told(found(absent=[{"path": "colour", "of": 158, **gap}]), "en")["notes"][-2])

    assert note(without=158, unknown=0).startswith("colour: none of the 158 events has this field")
    assert "nobody knows whether it came" in note(without=158, unknown=158)
    assert note(without=158, unknown=12).startswith("colour: 158 of 158 events lack this field; 12")
    assert note(without=58, unknown=0).startswith("colour: 58 of 158 events lack this field.")


def test_customers_are_picked_by_what_became_of_them_a_page_at_a_time() -> None:
    people = [
        *(row(n, end="asked", rule="clear") for n in range(ON_A_PAGE + 1)),
        row(80, matches=False, rule="condition"),
        row(81, end="waiting", rule="delay", local="2026-11-22 00:30-05:00"),
    ]
    given = found(people=people, people_left_out=9, asked=51)

    first, second = (listed(given, "asked", page, "en") for page in ("", "2"))
    beyond, odd = (listed(given, "asked", page, "en") for page in ("9", "٣"))
    waiting, unmatched = (listed(given, name, "1", "ko") for name in ("waiting", "unmatched"))
    nonsense = listed(given, "everything", "-1", "ko")

    assert (len(first.rows), first.pages, first.total) == (ON_A_PAGE, 2, ON_A_PAGE + 1)
    assert [each["customer"] for each in second.rows] == [f"c{ON_A_PAGE}"]
    assert (second.begin, beyond.page, odd.page) == (ON_A_PAGE, 2, 1)
    assert [(each["local"], each["offset"]) for each in waiting.rows] == [
        ("11월 22일 (일) 오전 12:30", "UTC-05:00")
    ]
    assert [each["why"] for each in unmatched.rows] == ["조건에 맞지 않음"]
    assert (nonsense.shown, nonsense.total, nonsense.kept) == ("matching", ON_A_PAGE + 2, "53")
    assert dict(first.choices) == {
        "matching": "119",
        "asked": "51",
        "waiting": "20",
        "suppressed": "99",
        "unmatched": "623",
    }
