"""Which column means what, what a cell says, and why a row is refused."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from surveys.errors import InvalidInput
from surveys.importing import Field, ImportedRow, Plan, Reader, Refusal, guess_columns
from surveys.importing.causes import BadCell, Cause
from surveys.importing.columns import How, further_headers
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
from surveys.importing.zones import zone_for
from surveys.instruments import CSAT, NPS, Instrument
from tests.programs import standard

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
SEOUL = ZoneInfo("Asia/Seoul")


def guessed(
    headers: Sequence[str],
    *rows: Sequence[str],
    told: Mapping[Field, str] | None = None,
    preset: str | None = None,
    kind: Instrument = NPS,
) -> dict[str, tuple[str, str]]:
    named = PRESETS[preset].columns if preset else {}
    columns = guess_columns(headers, rows, told or {}, named, kind)
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
    by_header = guessed(headers, kind=NPS if found else CSAT)

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
    assert read_score(cell, NPS) == score


@pytest.mark.parametrize(
    "cell", ["", "11", "-1", "9.5", "4/5", "-9점", "9,000", "★★★", "1 2", "10%", "1e1"]
)
def test_what_is_no_score_of_the_scale_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match=r"is (empty|no|not)"):
        read_score(cell, NPS)


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
        columns=guess_columns(headers, (), told, {}, NPS),
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


@pytest.mark.parametrize(
    ("cell", "score"),
    [
        ("매우 만족", 5), ("매우 불만족", 1), ("Very satisfied", 5), ("★★★★☆", 4), ("⭐⭐⭐", 3), ("4 stars", 4),
        ("5점 (매우 만족)", 5), ("매우 만족(5점)", 5), ("③ 보통", 3), ("4,0", 4), ("5 - 매우 만족", 5), ("4/5", 4), ("4.0 out of 5 stars", 4),
    ],
)  # fmt: skip
def test_words_and_stars_of_the_scale_are_its_scores(cell: str, score: int) -> None:
    assert read_score(cell, CSAT) == score


@pytest.mark.parametrize(
    ("cell", "cause"),
    [
        ("Good", "whole"), ("😀", "whole"), ("★★★☆", "whole"), ("☆☆☆☆☆", "whole"), ("-5점", "whole"), ("3~4", "whole"),
        ("3,5", "whole"), ("1 - 매우 만족", "contradiction"), ("5 - 매우 불만족", "contradiction"), ("4 매우 불만족", "contradiction"), ("2nd visit", "whole"),
    ],
)  # fmt: skip
def test_words_that_are_not_surely_one_score_of_the_scale_are_refused(
    cell: str, cause: str
) -> None:
    with pytest.raises(BadCell) as refused:
        read_score(cell, CSAT)

    assert refused.value.cause.key == cause


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026/03/05 2:13:11 오후 GMT+9", "2026-03-05T05:13:11+00:00"),
        ("Thu Mar 05 2026 14:13:11 GMT+0900 (Korean Standard Time)", "2026-03-05T05:13:11+00:00"),
        ("Mar 5, 2026 at 2:13 PM", "2026-03-05T05:13:00+00:00"),
        ("2026-03-05 14:13:11 +0900 KST", "2026-03-05T05:13:11+00:00"),
        ("05-Mar-26", "2026-03-05T03:00:00+00:00"),
        ("20260305141311", "2026-03-05T05:13:11+00:00"),
        ("20260305T141311Z", "2026-03-05T14:13:11+00:00"),
        ("2026-03-05T14:13:11+09:00[Asia/Seoul]", "2026-03-05T05:13:11+00:00"),
        ("2026년 3월 5일 목요일 오후 2:13:11", "2026-03-05T05:13:11+00:00"),
        ("2026-03-05T14:13-0530", "2026-03-05T19:43:00+00:00"),
    ],
)
def test_instants_are_read_as_tools_print_them(cell: str, expected: str) -> None:
    assert read_instant(cell, SEOUL, None, NOW).isoformat() == expected


@pytest.mark.parametrize(
    "cell", ["2026-03-29 01:30 BST", "2026-03-05 10:00 CST", "2026-03-05 10:00 +99:00"]
)
def test_an_instant_in_what_is_no_one_zone_is_refused(cell: str) -> None:
    with pytest.raises(BadCell):
        read_instant(cell, SEOUL, None, NOW)


@pytest.mark.parametrize(
    ("header", "told", "name", "how"),
    [
        ("Rated at (America/New_York)", None, "America/New_York", "header"),
        ("Submit Date (UTC)", None, "UTC", "header"),
        ("응답일시(KST)", None, "KST", "header"),
        ("Date (UTC+9)", None, "UTC+9", "header"),
        ("outcome date", None, "Asia/Seoul", "company"),
        ("Date (asked/answered)", None, "Asia/Seoul", "company"),
        ("Date (PST)", "America/Los_Angeles", "America/Los_Angeles", "told"),
    ],
)
def test_times_are_in_the_zone_told_or_that_of_their_header_or_the_companys(
    header: str, told: str | None, name: str, how: str
) -> None:
    zone = zone_for(told, header, "Asia/Seoul")

    assert (zone.name, zone.how.value) == (name, how)


def test_a_header_that_names_what_may_be_several_zones_asks_for_one() -> None:
    with pytest.raises(InvalidInput, match="PST"):
        zone_for(None, "Date (PST)", "Asia/Seoul")


def test_an_offset_in_a_header_is_heeded() -> None:
    east, west = (zone_for(None, f"Date (UTC{sign}05:30)", "Asia/Seoul") for sign in "+-")

    assert [zone.at.utcoffset(None) for zone in (east, west)] == [
        timedelta(hours=5, minutes=30),
        -timedelta(hours=5, minutes=30),
    ]


def test_a_bare_number_a_row_number_and_a_name_are_taken_for_nothing_by_their_values() -> None:
    rows = [
        ("1", "1023456789", "Kim Minji", "2026-03-05", "5"),
        ("2", "1023456780", "Lee Jisu", "2026-03-06", "1"),
        ("3", "1023456781", "Park Seo", "2026-03-07", "3"),
    ]

    found = guessed(["a", "b", "담당자 이름", "c", "q"], *rows, kind=CSAT)

    assert {name: column for name, (column, _) in found.items()} == {"score": "q", "time": "c"}


def test_two_columns_of_dates_with_one_name_are_asked_about() -> None:
    with pytest.raises(InvalidInput, match="time"):
        guessed(["date", "date", "score"], ("2026-03-05", "2025-03-05", "5"))


def test_when_she_answered_goes_before_when_she_was_asked() -> None:
    rows = [("1772691191", "1772691000", "9"), ("1772777591", "1772777000", "0")]

    found = guessed(["Survey Answered At", "Created", "Score"], *rows)

    assert found["time"] == ("Survey Answered At", "header")


def test_a_column_of_times_of_day_is_no_column_of_instants() -> None:
    found = guessed(["date", "time", "score"], ("2026-03-05", "14:13", "9"))

    assert found["time"] == ("date", "header")


def test_the_question_of_another_instrument_is_not_taken_for_the_score() -> None:
    headers = ["responsedate", "likelihood to recommend", "overall satisfaction"]

    assert guessed(headers, ("2026-03-05", "9", "8"))["score"][0] == "likelihood to recommend"
    assert guessed(headers, ("2026-03-05", "2", "5"), kind=CSAT)["score"][0] == (
        "overall satisfaction"
    )


def test_further_lines_of_headers_help_to_find_columns_and_are_no_data() -> None:
    headers = ["RecordedDate", "Q1", "Q2"]
    rows = [
        ("Recorded Date", "How likely are you to recommend us?", "What is the main reason?"),
        ('{"ImportId":"recordedDate"}', '{"ImportId":"QID1"}', '{"ImportId":"QID2_TEXT"}'),
        ("2026-03-05 14:13:01", "9", "good"),
    ]

    assert guessed(headers, *rows) == {
        "score": ("Q1", "header"),
        "time": ("RecordedDate", "header"),
        "comment": ("Q2", "header"),
    }
    assert further_headers(rows) == 2
    assert further_headers(rows[:2]) == 0


@pytest.mark.parametrize("header", ["Birth date", "Order Date", "발송일시", "Sent"])
def test_a_date_of_another_moment_is_not_taken_by_its_values(header: str) -> None:
    with pytest.raises(InvalidInput, match="time"):
        guessed([header, "score"], ("2026-03-05", "9"))


@pytest.mark.parametrize("field", ["customer", "id"])
def test_a_number_that_a_spreadsheet_shortened_names_nobody(field: str) -> None:
    refused = row(**{field: "1.18272E+11"})

    assert isinstance(refused, Refusal)
    assert (refused.column, refused.cause.key) == (field, "shortened")
