"""Typed answers: what counts, what is asked about again, what is no rating."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.instruments import CES2, CSAT, INSTRUMENTS, NPS, Instrument
from surveys.replies import Reading, read
from surveys.replies.tongue import words
from tests.shared_data import shared


@pytest.mark.parametrize(
    ("text", "instrument", "score"),
    [
        ("9", NPS, 9),
        ("0", NPS, 0),
        (" 7 \n", NPS, 7),
        ("\uff19", NPS, 9),
        ("5\ufe0f\u20e3", NPS, 5),
        ("9점이요", NPS, 9),
        ("구점", NPS, 9),
        ("팔이요", NPS, 8),
        ("\u1111\u1161\u11af\u110c\u1165\u11b7", NPS, 8),
        ("아홉", NPS, 9),
        ("열점 만점에 열", NPS, 10),
        ("9 / 10점", NPS, 9),
        ("nine out of ten", NPS, 9),
        ("on a scale of 1 to 10, 8", NPS, 8),
        ("만점", CSAT, 5),
        ("빵점", CES2, 1),
        ("별 네 개", CSAT, 4),
        ("⭐⭐⭐⭐", CSAT, 4),
        ("★★★☆☆", CSAT, 3),
        ("그냥 그래요", CSAT, 3),
        ("완전 만족", CSAT, 5),
        ("만죡해요", CSAT, 4),
        ("not satisfied at all", CSAT, 1),
        ("매우 동의해요", CES2, 7),
        ("그렇지 않다", CES2, 2),
        ("Somewhat agree", CES2, 5),
    ],
)
def test_a_rating_counts_however_it_is_said(text: str, instrument: Instrument, score: int) -> None:
    reading = read(text, instrument)

    assert (reading.kind, reading.score, reading.comment) == ("rated", score, "")


@pytest.mark.parametrize(
    ("text", "instrument"),
    [
        ("11", NPS),
        ("0", CSAT),
        ("8/10", CSAT),
        ("4/5", NPS),
        ("8.5", NPS),
        ("8½", NPS),
        ("8점 반", NPS),
        ("-3", NPS),
        ("7~8", NPS),
        ("칠팔점", NPS),
        ("between 6 and 7", NPS),
        ("배송 9점 포장 3점", NPS),
        ("4 stars", NPS),
        ("three or four stars", CSAT),
        ("100점 만점에 90점", NPS),
        ("1000점", NPS),
    ],
)
def test_what_is_on_no_scale_of_ours_or_twofold_is_never_turned_into_a_score(
    text: str, instrument: Instrument
) -> None:
    reading = read(text, instrument)

    assert (reading.kind, reading.score, reading.suggestion) == ("unsure", None, None)


@pytest.mark.parametrize(
    ("text", "instrument", "suggestion"),
    [
        ("👍", NPS, 8),
        ("👎", CSAT, 2),
        ("not likely", NPS, 2),
        ("추천할게요", NPS, 8),
        ("매우 만족", NPS, 10),
        ("매우 동의", CSAT, 5),
        ("not 9", NPS, 9),
        ("9점 말고 7점", NPS, 7),
        ("8 아니 9점", NPS, 9),
        ("9점?", NPS, 9),
        ("빨리 왔으면 10점 줬을 텐데", NPS, 10),
        ("at least 8", NPS, 8),
        ("1점도 아까워요", NPS, 1),
        ("5점 매우 불만족", CSAT, 5),
        ("not sure, 5 maybe", CES2, 5),
        ("좋아요", CSAT, 4),
        ("만족 아니면 보통", CSAT, 4),
        ("서비스 뷁 만족", CSAT, 4),
    ],
)
def test_one_score_that_may_be_meant_is_worth_one_question(
    text: str, instrument: Instrument, suggestion: int
) -> None:
    reading = read(text, instrument)

    assert (reading.kind, reading.suggestion) == ("unsure", suggestion)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "네",
        "hello",
        "배송이 늦었어요",
        "3시에 받았어요",
        "배송 3일 걸렸어요",
        "2개 주문했어요",
        "9,900원",
        "주문번호 8812",
        "order no. 9",
        "#9",
        "010-1234-5678",
        "9:30",
        "2026-11-20",
        "12345",
        "이 점이 아쉬워요",
        "열받네요",
        "3점 세트 샀어요",
        "8 of them",
        "2 of 5 items were broken",
        "24/7 support",
        "one of them was broken",
        "(^0^)",
        "몇 점까지 줄 수 있어요?",
        "1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8 9",
    ],
)
@pytest.mark.parametrize("instrument", [NPS, CSAT, CES2])
def test_other_text_is_no_rating(text: str, instrument: Instrument) -> None:
    assert read(text, instrument).kind == "none"


@pytest.mark.parametrize(
    ("text", "score", "comment"),
    [
        ("7점, 배송이 늦었어요", 7, "배송이 늦었어요"),
        ("7점 배송이 3일 늦었어요", 7, "배송이 3일 늦었어요"),
        ("9 - Great Service!", 9, "Great Service"),
        ("4 because the courier was rude", 4, "because the courier was rude"),
        ("배송은 좋았는데 포장이 별로라 6점요", 6, "배송은 좋았는데 포장이 별로라"),
        ("포장이 별로. 6점. 배송은 좋음", 6, "포장이 별로. 6점. 배송은 좋음"),
        ("Rating: 8", 8, ""),
        ("9점이요 감사합니다 ㅎㅎ 👍", 9, ""),
    ],
)
def test_what_is_said_beside_the_rating_is_its_comment(text: str, score: int, comment: str) -> None:
    reading = read(text, NPS)

    assert (reading.score, reading.comment) == (score, comment)


def test_a_reading_names_its_rule_and_how_sure_it_is() -> None:
    assert read("9점", NPS) == Reading(kind="rated", score=9, confidence=0.97, rule="points")


PIECES = [
    *words("0 1 3 5 8 10 11 8.5 점 이요 / ~ 만점에 구 여덟 별 개 시 ⭐ 👍 - , ? ! ㅋㅋ"),
    *words(
        "not out of nine stars a or satisfied very agree 만족 매우 동의 않 안 보통 at order because"
    ),
    " ",
    "\n",
    "\uff4e",
    "\u110b",
    "\U0001f3fb",
]


@given(
    st.one_of(st.text(max_size=300), st.lists(st.sampled_from(PIECES), max_size=40).map("".join)),
    st.sampled_from(list(INSTRUMENTS.values())),
)
def test_any_text_is_read_without_a_fault_and_always_the_same(
    text: str, instrument: Instrument
) -> None:
    reading = read(text, instrument)

    assert reading == read(text, instrument)
    assert (reading.kind == "rated") == (reading.score is not None)
    assert all(instrument.valid(s) for s in (reading.score, reading.suggestion) if s is not None)
    assert reading.suggestion is None or reading.kind == "unsure"
    assert 0 <= reading.confidence <= 1


@pytest.mark.parametrize(
    "piece", ["9 ", "구점", "만족 ", "a", "1/", "-", "별", "9점", "not ", "⭐"]
)
def test_the_longest_text_is_read_too(piece: str) -> None:
    text = (piece * 4096)[:4096]

    assert read(text, NPS).score is None or piece == "9점"


def test_a_long_text_is_rated_at_its_ends_and_kept_whole() -> None:
    story = "배송이 정말 늦었고 상담도 오래 걸렸어요. " * 60

    assert read(f"{story} 그래서 3점입니다", NPS).score == 3
    assert read(f"3점. {story}", NPS).comment == f"3점. {story}".strip()
    assert read(f"3점. {story} 포장은 8점. {story}", NPS).rule == "candidates"
    assert read(story, NPS).kind == "none"


@pytest.mark.skipif(shared("answers") is None, reason="the reviews are not here")
def test_hardly_any_review_of_a_film_is_taken_for_a_score() -> None:
    """Whoever writes "10점 줍니다" into a review does rate; nobody else may be read as if."""
    path = shared("answers/nsmc_reviews_3000.csv")
    assert path is not None
    with path.open(encoding="utf-8", newline="") as file:
        reviews = [row["text"] for row in csv.DictReader(file)]
    for instrument in INSTRUMENTS.values():
        rated = [text for text in reviews if read(text, instrument).kind == "rated"]
        silent = [text for text in rated if "점" not in text]
        assert (len(rated) < 75, len(silent) < 20) == (True, True)
