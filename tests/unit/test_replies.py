"""Typed answers: what counts, what is asked about again, what is no rating."""

import pytest

from surveys.instruments import CES2, CSAT, NPS, Instrument
from surveys.replies import Reading, read


@pytest.mark.parametrize(
    ("text", "instrument", "score"),
    [
        ("9", NPS, 9),
        ("10", NPS, 10),
        ("0", NPS, 0),
        (" 7 \n", NPS, 7),
        ("\uff19", NPS, 9),
        ("9점", NPS, 9),
        ("9점이요", NPS, 9),
        ("9점이에요.", NPS, 9),
        ("9점입니다", NPS, 9),
        ("9 점요!", NPS, 9),
        ("9/10", NPS, 9),
        ("9 / 10점", NPS, 9),
        ("9 Out Of 10", NPS, 9),
        ("5/5", CSAT, 5),
        ("7 out of 7", CES2, 7),
    ],
)
def test_a_bare_rating_counts(text: str, instrument: Instrument, score: int) -> None:
    assert read(text, instrument) == Reading(kind="rated", score=score)


@pytest.mark.parametrize(
    ("text", "instrument"),
    [
        ("11", NPS),
        ("0", CSAT),
        ("6점", CSAT),
        ("8", CES2),
        ("8/10", CSAT),
        ("4/10", CSAT),
        ("3/0", CSAT),
        ("9999", NPS),
    ],
)
def test_a_rating_off_the_scale_is_never_rescaled(text: str, instrument: Instrument) -> None:
    assert read(text, instrument) == Reading(kind="unsure")


@pytest.mark.parametrize(
    "text",
    ["", "hello", "9 or 10", "7-8", "배송이 3일 늦었어요", "9:30", "-3", "4.5", "12345", "9,000원"],
)
def test_other_text_is_no_rating(text: str) -> None:
    assert read(text, NPS).kind == "none"
