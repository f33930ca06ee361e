"""Prompts become messages that Telegram accepts and people can read."""

from dataclasses import replace
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.layout import lay_out
from bot.telegram.text import clean, shorten, units
from surveys.errors import InvalidInput
from surveys.model import Button, Layout, Prompt
from tests.fakes.telegram_kit import TOKEN, buttons, notice, question
from tests.fakes.telegram_rules import check_keyboard, check_text


def rows(prompt: Prompt) -> list[list[str]]:
    keyboard = lay_out(prompt).keyboard
    return [[each.text for each in row] for row in keyboard.inline_keyboard] if keyboard else []


def test_a_korean_question_reads_heading_sentence_and_anchors() -> None:
    assert lay_out(question("ko")).text == (
        "<b>초록마켓 · 11월 18일 주문</b>\n얼마나 추천하고 싶으세요?\n0 = 전혀 · 10 = 매우"
    )


def test_an_english_question_reads_heading_sentence_and_anchors() -> None:
    assert lay_out(question("en")).text == (
        "<b>Green Market · order of 18 November</b>\n"
        "Would you recommend us?\n0 = not at all · 10 = very much"
    )


def test_eleven_scores_break_after_five_and_the_controls_stand_apart() -> None:
    assert rows(question()) == [
        ["0", "1", "2", "3", "4", "5"],
        ["6", "7", "8", "9", "10"],
        ["건너뛰기", "그만 받기"],
    ]


@pytest.mark.parametrize("length", [5, 7])
def test_a_short_scale_is_one_row(length: int) -> None:
    prompt = replace(question(), scale=buttons(*range(1, length + 1)), controls=())

    assert rows(prompt) == [[str(each) for each in range(1, length + 1)]]


@pytest.mark.parametrize(
    ("layout", "scale_rows"),
    [
        (Layout.ROOMY, [["0", "1", "2", "3"], ["4", "5", "6", "7"], ["8", "9", "10"]]),
        (Layout.LABELS, [[str(score)] for score in range(11)]),
        (Layout.FACES, [["0", "1", "2", "3", "4", "5"], ["6", "7", "8", "9", "10"]]),
    ],
)
def test_the_scale_stands_as_the_prompt_wants_it(
    layout: Layout, scale_rows: list[list[str]]
) -> None:
    assert rows(replace(question(), layout=layout, controls=())) == scale_rows


def test_reasons_stand_one_per_row() -> None:
    chips = (Button(value="late", label="배송 지연"), Button(value="box", label="포장"))
    finish = (Button(value="finish", label="끝내기"),)
    prompt = replace(question(), scale=(), chips=chips, controls=finish)

    assert rows(prompt) == [["배송 지연"], ["포장"], ["끝내기"]]


def test_buttons_carry_token_and_value_and_no_style() -> None:
    keyboard = lay_out(question()).keyboard

    assert keyboard
    assert keyboard.inline_keyboard[1][4].to_dict() == {
        "text": "10",
        "callback_data": f"1:{TOKEN}:10",
    }


def test_a_notice_has_no_keyboard() -> None:
    assert lay_out(notice("고마워요")).keyboard is None


def test_tg19_data_of_65_bytes_is_never_built() -> None:
    fits = replace(question(), controls=(Button(value="v" * 39, label="이유 👍"),))
    assert len(rows(fits)) == 3

    with pytest.raises(InvalidInput, match="64 bytes"):
        lay_out(replace(question(), controls=(Button(value="v" * 40, label="x"),)))


@pytest.mark.parametrize(
    "fault",
    [
        replace(question(), controls=(Button(value="건너뛰기", label="x"),)),
        replace(question(), controls=(Button(value="x", label=" "),)),
        replace(question(), token=None),
        replace(question(), chips=tuple(Button(value=str(n), label="x") for n in range(100))),
        notice("  "),
        replace(notice("x"), heading="h" * 4095),
    ],
)
def test_what_telegram_would_refuse_is_refused_here(fault: Prompt) -> None:
    with pytest.raises(InvalidInput):
        lay_out(fault)


@pytest.mark.parametrize("text", ["<b>&x</b>", "_*[`~ unbalanced", "</b> <", "&lt; &amp;"])
def test_tg20_markup_of_customers_is_literal(text: str) -> None:
    layout = lay_out(replace(question(), text=text, heading=text, hint=text))

    assert check_text(layout.text, "HTML") == f"{text}\n{text}\n{text}"


def test_tg21_a_long_text_is_cut_between_characters() -> None:
    shown = check_text(lay_out(replace(question(), text="👍" * 3000)).text, "HTML")

    assert units(shown) in {4095, 4096}
    assert "…\n0 = 전혀" in shown
    assert "\ufffd" not in shown


@given(
    st.text(st.characters(exclude_categories=[]), max_size=40).map(lambda part: part * 150),
    st.text(st.characters(exclude_categories=[]), max_size=40),
)
def test_any_text_gives_a_message_that_telegram_takes(text: str, heading: str) -> None:
    prompt = replace(question(), text=f"?{text}", heading=heading)

    layout = lay_out(prompt)

    check_text(layout.text, "HTML")
    assert layout.keyboard
    check_keyboard(layout.keyboard.to_dict())


@given(st.text(st.characters(exclude_categories=[]), max_size=30), st.integers(0, 20))
def test_shortening_keeps_the_limit_and_whole_characters(text: str, limit: int) -> None:
    whole = clean(text)

    cut = shorten(whole, limit)

    assert units(cut) <= limit
    assert cut == whole or whole.startswith(cut.removesuffix("…"))


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("a👩\u200d👩\u200d👧", 8, "a…"),
        ("👍👍\U0001f3fd", 5, "👍…"),
        ("🇰🇷🇯🇵", 7, "🇰🇷…"),
        ("🇰🇷🇯🇵", 6, "🇰🇷…"),
        (normalize("NFD", "가각"), 4, normalize("NFD", "가") + "…"),
        ("☀\ufe0f☀\ufe0f!", 4, "☀\ufe0f…"),
    ],
)
def test_tg21_what_reads_as_one_character_is_kept_whole(text: str, limit: int, cut: str) -> None:
    assert shorten(text, limit) == cut
