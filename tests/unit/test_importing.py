"""Which column means what, what a cell says, and why a row is refused."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from surveys.errors import InvalidInput
from surveys.importing import Field, ImportedRow, Plan, Reader, Refusal, guess_columns
from surveys.importing.causes import Cause
from surveys.importing.columns import How
from surveys.importing.instants import Order, fitting_orders, read_instant
from surveys.importing.plan import (
    checked_instrument,
    checked_touchpoint,
    checked_wording,
    missing_ends,
    places_of,
)
from surveys.importing.presets import PRESETS
from surveys.importing.scores import read_score
from surveys.importing.serials import serial_instant
from surveys.instruments import CSAT, NPS
from tests.programs import standard

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
SEOUL = ZoneInfo("Asia/Seoul")


def guessed(
    headers: Sequence[str],
    *rows: Sequence[str],
    told: Mapping[Field, str] | None = None,
    preset: str | None = None,
) -> dict[str, tuple[str, str]]:
    named = PRESETS[preset].columns if preset else {}
    columns = guess_columns(headers, rows, told or {}, named, 10)
    return {column.field.value: (column.header, column.how.value) for column in columns}


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        (
            ["Response ID", "Created At (UTC)", "NPS Score", "Comment", "Email", "Language"],
            ["score", "time", "comment", "email", "language", "id"],
        ),
        (
            ["응답번호", "응답 일시", "추천 점수", "자유의견", "고객번호", "채널", "접점"],
            ["score", "time", "comment", "customer", "place", "channel", "id"],
        ),
        (["DATE", "rating"], ["score", "time"]),
        (["submitted_at", "csat", "feedback", "customer_id", "stage"], None),
    ],
)
def test_columns_are_found_by_their_headers(headers: list[str], found: list[str] | None) -> None:
    by_header = guessed(headers)

    assert set(by_header) == set(found or ["score", "time", "comment", "customer", "place"])
    assert {how for _, how in by_header.values()} == {How.HEADER.value}


def test_a_name_inside_a_longer_header_counts_where_the_cells_agree() -> None:
    headers = ["응답완료일시(KST)", "배송 만족도 (1~5)", "만족도를 그렇게 준 이유", "추천 코드"]
    rows = [("2026-11-01 10:00", "5", "빨라요", "A1"), ("2026-11-02 11:00", "1", "늦어요", "B2")]

    assert {name: column for name, (column, _) in guessed(headers, *rows).items()} == {
        "score": "배송 만족도 (1~5)",
        "time": "응답완료일시(KST)",
        "comment": "만족도를 그렇게 준 이유",
    }


def test_what_no_header_tells_is_told_by_the_values() -> None:
    rows = [
        ("2026-11-01 10:00", "9", "kim@example.com", "정말 빨라서 좋았어요"),
        ("2026-11-02 11:00", "0", "lee@example.com", "I waited too long"),
    ]

    assert guessed(["q1", "q2", "q3", "q4"], *rows) == {
        "score": ("q2", "values"),
        "time": ("q1", "values"),
        "comment": ("q4", "values"),
        "email": ("q3", "values"),
    }


def test_what_is_told_goes_before_the_preset_and_that_before_headers() -> None:
    headers = ["Score", "Rating", "Created At", "Response Date", "Comment"]

    assert guessed(headers, preset="delighted")["time"] == ("Response Date", "preset")
    told = {Field.SCORE: "rating", Field.TIME: "3", Field.COMMENT: "-"}
    assert guessed(headers, told=told) == {
        "score": ("Rating", "told"),
        "time": ("Created At", "told"),
    }


@pytest.mark.parametrize(
    ("headers", "told", "named"),
    [
        (["score", "comment"], {}, "time"),
        (["date", "comment"], {}, "score"),
        (["date", "score", "rating"], {}, "score"),
        (["date", "score"], {Field.COMMENT: "text"}, "comment"),
        (["date", "date", "score"], {Field.TIME: "date"}, "time"),
        (["date", "score"], {Field.TIME: "9"}, "time"),
    ],
)
def test_a_column_that_is_not_there_or_may_be_two_is_asked_for_by_name(
    headers: list[str], told: dict[Field, str], named: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        guessed(headers, told=told)

    assert refused.value.where == named


@pytest.mark.parametrize(
    ("cell", "score"),
    [
        ("9", 9), (" 9.0 ", 9), ("\uff19", 9), ("9점", 9), ("10 - Extremely likely", 10), ("7/10", 7), ("0", 0),
    ],
)  # fmt: skip
def test_a_score_is_read_as_it_is_written(cell: str, score: int) -> None:
    assert read_score(cell, 0, 10) == score


@pytest.mark.parametrize("cell", ["", "11", "-1", "9.5", "4/5", "nine", "★★★", "1 2", "10%", "1e1"])
def test_what_is_no_score_of_the_scale_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match=r"is (empty|no|not)"):
        read_score(cell, 0, 10)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-11-02T10:00:00Z", "2026-11-02T10:00:00+00:00"),
        ("2026-11-02T10:00:00.123+09:00", "2026-11-02T01:00:00+00:00"),
        ("2026-11-02 10:00", "2026-11-02T01:00:00+00:00"),
        ("2026-11-02", "2026-11-02T03:00:00+00:00"),
        ("2026. 11. 2. 오후 3:05", "2026-11-02T06:05:00+00:00"),
        ("2026년 11월 2일 9시 30분", "2026-11-02T00:30:00+00:00"),
        ("2026/11/02 12:00 AM", "2026-11-01T15:00:00+00:00"),
        ("20261102 10:00 UTC", "2026-11-02T10:00:00+00:00"),
        ("02.11.2026 10:00", "2026-11-02T01:00:00+00:00"),
        ("13/10/2026", "2026-10-13T03:00:00+00:00"),
        ("Nov 2, 2026 3:05 PM", "2026-11-02T06:05:00+00:00"),
        ("Mon, 2 November 2026 10:00 +0900", "2026-11-02T01:00:00+00:00"),
        ("1793584800", "2026-11-02T02:00:00+00:00"),
        ("1793584800123", "2026-11-02T02:00:00+00:00"),
    ],
)
def test_an_instant_is_read_in_its_zone_or_the_one_stated(cell: str, expected: str) -> None:
    assert read_instant(cell, SEOUL, None, NOW).isoformat() == expected


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("", "empty"),
        ("soon", "no date"),
        ("45800.5", "number that Excel keeps"),
        ("99999", "no date"),
        ("2026-13-01", "no date"),
        ("2026-02-30 10:00", "no date"),
        ("2026-11-02 25:00", "no date"),
        ("2026-11-02 13:00 PM", "no date"),
        ("03/04/2026", "several"),
        ("15.01.19", "several"),
        ("2027-01-01", "future"),
        ("1999-12-31", "before 2000"),
    ],
)
def test_what_is_no_instant_of_the_past_or_may_be_two_is_refused(cell: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read_instant(cell, SEOUL, None, NOW)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("45800.5", "2025-05-23T12:00:00+09:00"),
        ("45800", "2025-05-23T12:00:00+09:00"),
        ("45800,25", "2025-05-23T06:00:00+09:00"),
        ("45800.520833333336", "2025-05-23T12:30:00+09:00"),
        ("45800.999999", "2025-05-24T00:00:00+09:00"),
    ],
)
def test_a_number_of_days_is_the_instant_that_a_spreadsheet_shows(cell: str, expected: str) -> None:
    assert serial_instant(cell, SEOUL) == datetime.fromisoformat(expected)


@pytest.mark.parametrize("cell", ["", "4580", "458001", "-45800", "45800.", "1e4"])
def test_other_numbers_are_no_days(cell: str) -> None:
    assert serial_instant(cell, SEOUL) is None


def test_a_file_shows_in_which_order_its_dates_stand() -> None:
    assert fitting_orders("03/04/2026", NOW) == {Order.DAY_FIRST, Order.MONTH_FIRST}
    assert fitting_orders("13/04/2026", NOW) == {Order.DAY_FIRST}
    assert fitting_orders("13.12.26", NOW) == {Order.YEAR_FIRST}
    assert fitting_orders("2026-11-02", NOW) == set(Order)
    assert fitting_orders("soon", NOW) == set()
    assert read_instant("03/04/2026", UTC, Order.MONTH_FIRST, NOW).month == 3
    assert read_instant("03/04/2026", UTC, Order.DAY_FIRST, NOW).month == 4
    assert read_instant("15.01.19", UTC, Order.YEAR_FIRST, NOW).year == 2015


def reader(**columns: int) -> Reader:
    headers = sorted(columns, key=lambda name: columns[name])
    told = {Field(name): str(number + 1) for name, number in columns.items()}
    plan = Plan(
        instrument=NPS,
        wording="old-nps",
        touchpoint=standard().touchpoint("delivery"),
        columns=guess_columns(headers, (), told, {}, 10),
        zone=SEOUL,
        order=None,
        places=places_of(standard()),
    )
    return Reader(plan, len(headers), NOW)


ALL = {name: n for n, name in enumerate(field.value for field in Field)}
CELLS = {
    "score": "9",
    "time": "2026-11-02 10:00",
    "comment": "좋아요",
    "customer": "kim",
    "email": "Kim@Example.com",
    "place": "",
    "language": "ko-KR",
    "channel": "E mail",
    "id": "r1",
}


def row(**changed: str) -> ImportedRow | Refusal:
    return reader(**ALL).read(7, [(CELLS | changed)[name] for name in ALL])


def test_a_row_is_an_answer_of_a_series_of_its_own() -> None:
    read = row()

    assert isinstance(read, ImportedRow)
    tags = read.dimensions
    assert (read.line, read.score, read.comment, read.customer, read.email) == (
        7, 9, "좋아요", "kim", "kim@example.com",
    )  # fmt: skip
    assert (tags.series, tags.stage, tags.touchpoint) == (
        "nps:0-10:up:old-nps",
        "purchase",
        "delivery",
    )
    assert (tags.trigger, tags.survey, tags.channel, tags.language) == (
        "import",
        "import",
        "e-mail",
        "ko",
    )


def test_the_same_row_has_the_same_key_and_another_row_another() -> None:
    keys = {
        name: read.key
        for name, cells in {
            "same": {},
            "edited": {"comment": "별로예요"},
            "other id": {"id": "r2"},
            "no id": {"id": ""},
            "no id, edited": {"id": "", "comment": "별로예요"},
            "no id, elsewhere": {"id": "", "place": "support"},
        }.items()
        if isinstance(read := row(**cells), ImportedRow)
    }

    assert keys["same"] == keys["edited"]
    assert len(set(keys.values())) == 5


@pytest.mark.parametrize(
    ("changed", "column", "reason"),
    [
        ({"score": "11"}, "score", "is not on the scale 0-10"),
        ({"time": "x"}, "time", "is no date"),
        ({"place": "moon"}, "place", "'moon' is no touchpoint; there are: "),
        ({"language": "klingon"}, "language", "is no language"),
        ({"channel": "보이지 않는 채널"}, "channel", "is no name of a channel"),
        ({"email": "kim"}, "email", "is no e-mail address"),
        ({"customer": "k" * 201}, "customer", "is no id"),
        ({"comment": "a\x00b"}, "comment", "are no text"),
        ({"id": "a\nb"}, "id", "is no id"),
    ],
)
def test_a_row_is_refused_by_its_line_its_column_and_the_reason(
    changed: dict[str, str], column: str, reason: str
) -> None:
    refusal = row(**changed)

    assert isinstance(refusal, Refusal)
    assert (refusal.line, refusal.column) == (7, column)
    assert reason in refusal.reason
    assert refusal.cause.said("ko") != refusal.reason


def test_a_row_of_another_width_is_refused_whole() -> None:
    assert reader(score=0, time=1).read(3, ["9"]) == Refusal(
        line=3, column="", cause=Cause("width", {"cells": "1", "header": "2"})
    )


def test_a_place_is_named_by_id_or_label_of_a_touchpoint_or_of_a_stage_with_one() -> None:
    places = places_of(standard())

    assert {places[name].id for name in ("delivery", "배송")} == {"delivery"}
    stages = {point.stage for point in standard().touchpoints}
    for stage in stages:
        points = [p for p in standard().touchpoints if p.stage == stage]
        assert (stage in places) == (len(points) == 1 or stage in {p.id for p in points})


def test_a_scale_is_stated_or_seen_and_never_made_to_fit() -> None:
    assert missing_ends(NPS, {1, 10})
    assert not missing_ends(NPS, {0, 5, 10})
    assert missing_ends(CSAT, {1, 2, 3})
    assert checked_instrument("nps", "0-10") is NPS
    with pytest.raises(InvalidInput, match="never rescaled"):
        checked_instrument("nps", "1-10")
    with pytest.raises(InvalidInput, match="nps, csat, ces2"):
        checked_instrument(None, None)


@pytest.mark.parametrize("wording", [None, "", "std1", "Old NPS", "-x", "a" * 65])
def test_a_wording_is_named_and_none_of_ours(wording: str | None) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_wording(wording, standard())

    assert refused.value.where == "wording"


def test_a_touchpoint_that_is_not_there_is_refused_with_those_that_are() -> None:
    assert checked_touchpoint(None, standard()) is None
    with pytest.raises(InvalidInput, match="delivery"):
        checked_touchpoint("moon", standard())
