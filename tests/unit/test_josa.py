"""Particles by sound, as a Korean reader expects them."""

import unicodedata

import pytest

from surveys.language.josa import fill, final_sound, inflected, josa


@pytest.mark.parametrize(
    ("word", "pair", "expected"),
    [
        ("배송", "을/를", "배송을"),
        ("결제", "을/를", "결제를"),
        ("초록마켓", "은/는", "초록마켓은"),
        ("고객센터", "은/는", "고객센터는"),
        ("상담", "이/가", "상담이"),
        ("주문하기", "이", "주문하기가"),
        ("쿠폰", "과/와", "쿠폰과"),
        ("쿠키", "와", "쿠키와"),
        ("서울", "으로/로", "서울로"),
        ("부산", "으로/로", "부산으로"),
        ("제주", "로", "제주로"),
        ("민준", "아/야", "민준아"),
        ("민준", "이/", "민준이"),
        ("서아", "이/", "서아"),
        ("A/S", "을/를", "A/S를"),
        ("LG", "은/는", "LG는"),
        ("Gmail", "은/는", "Gmail은"),
        ("Slack", "을/를", "Slack을"),
        ("Google", "으로/로", "Google로"),
        ("Music", "을/를", "Music을"),
        ("Store", "을/를", "Store를"),
        ("Netflix", "은/는", "Netflix는"),
        ("YouTube", "을/를", "YouTube을(를)"),
        ("Ticket", "으로/로", "Ticket(으)로"),
        ("iOS", "을/를", "iOS를"),
        ("B2B", "이/가", "B2B가"),
        ("VIP", "으로/로", "VIP로"),
        ("API", "을/를", "API를"),
        ("KTX", "과/와", "KTX와"),
        ("NPS", "은/는", "NPS는"),
        ("AFTERTOUCH", "은/는", "AFTERTOUCH는"),
        ("1", "으로/로", "1로"),
        ("11", "으로/로", "11로"),
        ("8", "으로/로", "8로"),
        ("3", "으로/로", "3으로"),
        ("100", "으로/로", "100으로"),
        ("30%", "을/를", "30%를"),
        ("5kg", "을/를", "5kg을"),
        ("10km", "을/를", "10km를"),
        ("\uff17", "을/를", "\uff17을"),
        ("7", "으로/로", "7로"),
        ("10", "을/를", "10을"),
        ("2", "을/를", "2를"),
        ("‘배송’", "을/를", "‘배송’을"),
        ("상담 (전화)", "을/를", "상담 (전화)을"),
        ("Kmong(크몽)", "을/를", "Kmong(크몽)을"),
        ("(전화)", "을/를", "(전화)를"),
        ("배송🚚", "을/를", "배송🚚을"),
        ("배송™", "을/를", "배송™을"),
        ("\u1107\u1162\u1109\u1169\u11bc", "을/를", "\u1107\u1162\u1109\u1169\u11bc을"),
        ("배송!", "을/를", "배송!을"),
        ("日本", "을/를", "日本을(를)"),
        ("日本", "이/", "日本(이)"),
        ("", "은/는", "은(는)"),
    ],
)
def test_the_particle_follows_the_last_sound(word: str, pair: str, expected: str) -> None:
    assert josa(word, pair) == expected


def test_a_pair_that_is_no_particle_is_refused() -> None:
    with pytest.raises(KeyError):
        josa("배송", "을/은")


@pytest.mark.parametrize(
    ("word", "sound"), [("가", 0), ("각", 1), ("갈", 8), ("힣", 27), ("?", None)]
)
def test_the_final_sound_is_read_from_the_syllable(word: str, sound: int | None) -> None:
    assert final_sound(word) == sound


def test_every_syllable_is_read_as_unicode_takes_it_apart() -> None:
    first_final = 0x11A7
    syllables = [chr(code) for code in range(0xAC00, 0xD7A4)]

    assert len(syllables) == 11_172
    for syllable in syllables:
        jamo = unicodedata.normalize("NFD", syllable)
        expected = ord(jamo[2]) - first_final if len(jamo) == 3 else 0
        assert final_sound(syllable) == expected, syllable
        assert josa(syllable, "은/는") == syllable + ("은" if expected else "는")
        assert josa(syllable, "으로/로") == syllable + ("으로" if expected not in (0, 8) else "로")


def test_only_fields_with_a_particle_are_inflected() -> None:
    assert inflected("{a:을/를} {b} {c:로}") == {"a", "c"}


def test_fields_are_filled_and_braces_in_values_stay() -> None:
    assert fill("{a:을/를} {b}{c}", a="배송", b="{b}", c="") == "배송을 {b}"


def test_a_field_without_a_value_is_named() -> None:
    with pytest.raises(KeyError, match="about"):
        fill("{about:을/를}")
