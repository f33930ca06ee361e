"""Scores, clocks and sources of a consent in words."""

from datetime import UTC, datetime

import pytest

from bot.console.people.saying import (
    proof_in_words,
    score_in_words,
    source_in_words,
    zone_in_words,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("instrument", "score", "ko", "en"),
    [
        ("ces2", 5, "5점 (1–7점)", "5 of 1–7"),
        ("nps", 0, "0점 (0–10점)", "0 of 0–10"),
        ("resolved", 3, "네", "Yes"),
        ("of_tomorrow", 3, "3", "3"),
        ("csat", 9, "9", "9"),
    ],
)
def test_a_score_says_its_scale(instrument: str, score: int, ko: str, en: str) -> None:
    told = [score_in_words(instrument, score, language) for language in ("ko", "en")]
    assert told == [ko, en]


@pytest.mark.parametrize(
    ("name", "ko", "en"),
    [
        ("Asia/Seoul", "대한민국 시간 (UTC+09:00)", "South Korea Time (UTC+09:00)"),
        ("Etc/GMT+6", "UTC-06:00", "UTC-06:00"),
        ("UTC", "UTC+00:00", "UTC+00:00"),
        ("Mars/Olympus", "Mars/Olympus", "Mars/Olympus"),
    ],
)
def test_a_zone_is_a_place_and_a_distance(name: str, ko: str, en: str) -> None:
    assert [zone_in_words(name, language, NOON) for language in ("ko", "en")] == [ko, en]


def test_a_zone_is_as_far_as_it_is_that_day() -> None:
    summer = datetime(2026, 7, 1, tzinfo=UTC)
    told = [zone_in_words("Europe/Berlin", "ko", at)[-11:] for at in (NOON, summer)]
    assert told == ["(UTC+01:00)", "(UTC+02:00)"]


def test_a_source_is_named_and_one_of_the_company_is_told_as_it_is() -> None:
    assert source_in_words("webchat_link", "ko") == "웹 채팅 연결 링크"
    assert source_in_words("crm_form", "ko") == "회사가 알려 줌 (crm_form)"


def test_a_proof_says_what_kind_of_thing_it_is() -> None:
    assert proof_in_words("link:739c", "ko") == "한 번만 쓰는 연결 링크"
    assert proof_in_words("telegram:1/2", "en") == "what she sent in Telegram"
    assert proof_in_words("receipt 42", "ko") == ""
