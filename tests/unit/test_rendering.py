"""Messages as customers see them, in both languages."""

from dataclasses import replace
from typing import Any

import pytest

from surveys.model import Button, Layout, Prompt
from surveys.rendering import Page, consent_text, notice, question_text, render
from tests.programs import standard, varied


def page(survey: str = "delivery-csat", language: str = "ko") -> Page:
    program = standard()
    return Page(program=program, survey=program.survey(survey), language=language, token="t")


def labels(buttons: tuple[Button, ...]) -> list[tuple[str, str]]:
    return [(button.value, button.label) for button in buttons]


def test_the_question_shows_the_whole_scale_and_both_ways_out() -> None:
    prompt = render(page(), "question", {})

    assert prompt.heading == "초록마켓"
    assert prompt.text == "이번 배송에 대해 얼마나 만족하셨나요?"
    assert prompt.hint == "1 = 매우 불만족 · 5 = 매우 만족"
    assert labels(prompt.scale) == [(str(score), str(score)) for score in range(1, 6)]
    assert [b.spoken for b in prompt.scale][2] == "3점, 보통"
    assert labels(prompt.controls) == [("skip", "건너뛰기"), ("stop", "그만 받기")]
    assert (prompt.token, prompt.typing) == ("t", True)


@pytest.mark.parametrize(("survey", "scores"), [("recommend-nps", 11), ("support-ces", 7)])
def test_each_instrument_has_a_button_for_each_score(survey: str, scores: int) -> None:
    assert len(render(page(survey), "question", {}).scale) == scores


def test_the_present_score_is_marked_when_it_is_to_be_changed() -> None:
    scale = render(page("checkout-csat"), "question", {"score": 4}).scale

    assert [b.label for b in scale] == ["1", "2", "3", "✓ 4", "5"]
    assert [b.value for b in scale] == ["1", "2", "3", "4", "5"]
    assert [(b.spoken or "").startswith("✓ ") for b in scale].index(True) == 3


@pytest.mark.parametrize(
    ("survey", "layout", "language", "first", "last"),
    [
        ("recommend-nps", Layout.ROOMY, "ko", "0", "✓ 10"),
        ("delivery-csat", Layout.LABELS, "ko", "1 · 매우 불만족", "✓ 5 · 매우 만족"),
        ("delivery-csat", Layout.LABELS, "en", "1 · Very dissatisfied", "✓ 5 · Very satisfied"),
        ("support-ces", Layout.LABELS, "en", "1 · Strongly disagree", "✓ 7 · Strongly agree"),
        ("delivery-csat", Layout.FACES, "ko", "😠 1", "✓ 😀 5"),
    ],
)
def test_the_layout_of_the_survey_words_its_buttons(
    survey: str, layout: Layout, language: str, first: str, last: str
) -> None:
    standing = page(survey, language)
    chosen = replace(standing, survey=standing.survey.model_copy(update={"layout": layout}))
    standard_scale = render(standing, "question", {"score": standing.instrument.high}).scale

    prompt = render(chosen, "question", {"score": standing.instrument.high})

    assert prompt.layout is layout
    assert (prompt.scale[0].label, prompt.scale[-1].label) == (first, last)
    assert [(b.value, b.spoken) for b in prompt.scale] == [
        (b.value, b.spoken) for b in standard_scale
    ]


def test_a_survey_may_word_its_own_question() -> None:
    assert question_text(page("signup-ces")) == (
        "다음 문장에 얼마나 동의하십니까? ‘초록마켓에는 쉽게 가입할 수 있었다.’"
    )
    assert question_text(page("signup-ces", "en")).endswith("made it easy for me to sign up.")


def test_a_chosen_score_stands_under_the_question_and_can_be_changed() -> None:
    prompt = render(page(language="en"), "chosen", {"score": 4})

    assert prompt.hint == "✓ You chose 4"
    assert labels(prompt.controls) == [("change", "Change score")]
    assert prompt.scale == ()


def test_the_reason_question_is_that_of_the_band_and_marks_the_chosen_chip() -> None:
    low = render(page(), "reason", {"score": 2})
    assert low.text == "배송에서 무엇이 불편하셨나요?"
    assert labels(low.chips)[0] == ("c.late", "배송 지연")
    assert labels(low.controls) == [("finish", "끝내기")]

    chosen = render(page(), "reason", {"score": 1, "chip": "late"})
    assert labels(chosen.chips)[:2] == [("c.late", "✓ 배송 지연"), ("c.damaged", "파손·포장 불량")]


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        ({"score": 2, "chip": "late"}, "✓ 배송 지연"),
        ({"score": 2, "chip": None, "commented": True}, "✓ 의견을 남겨 주셨어요"),
        ({"score": 2, "chip": None, "commented": False}, ""),
        ({"score": 2, "chip": "gone"}, ""),
    ],
)
def test_a_finished_reason_shows_what_was_said(args: dict[str, Any], hint: str) -> None:
    prompt = render(page(), "reason_done", args)

    assert (prompt.text, prompt.hint) == ("배송에서 무엇이 불편하셨나요?", hint)
    assert (prompt.chips, prompt.controls, prompt.token) == ((), (), None)


@pytest.mark.parametrize("kind", ["reason", "reason_done"])
def test_a_band_without_a_reason_question_has_a_plain_one(kind: str) -> None:
    bare = page().survey.model_copy(update={"reasons": {}})
    prompt = render(Page(program=standard(), survey=bare, language="en"), kind, {"score": 2})

    assert (prompt.text, prompt.chips) == ("What is the main reason for your score?", ())


def test_thanks_are_the_surveys_own_or_the_standard_ones() -> None:
    assert render(page("delivery-csat", "en"), "thanks", {}).text == (
        "Thank you. We will put it to good use."
    )
    own = render(page("support-ces", "en"), "thanks", {})
    assert own.text == "Thank you for telling us. Our support team reads every reply."
    assert own.hint == "If there is anything else, just type it here."


def test_the_stop_menu_offers_three_scopes_and_a_way_back() -> None:
    prompt = render(page(language="en"), "menu", {})

    assert labels(prompt.controls) == [
        ("stop.survey", "Only this one"),
        ("stop.pause", "Pause for 30 days"),
        ("stop.all", "Stop all"),
        ("back", "Back"),
    ]


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("scope", ["survey", "pause", "all"])
def test_a_stop_of_each_scope_says_so_and_can_be_undone(scope: str, language: str) -> None:
    prompt = render(page(language=language), "stopped", {"scope": scope})

    assert prompt.text
    assert [b.value for b in prompt.controls] == ["undo"]


@pytest.mark.parametrize(
    ("kind", "buttons"),
    [
        ("skipped", ["change"]),
        ("closed", []),
        ("moved", []),
        ("withdrawn", []),
        ("noted", []),
        ("scale_notice", []),
    ],
)
def test_a_message_carries_a_token_only_with_buttons(kind: str, buttons: list[str]) -> None:
    prompt = render(page(), kind, {})

    assert [b.value for b in prompt.controls] == buttons
    assert prompt.token == ("t" if buttons else None)
    assert prompt.language == "ko"


def test_every_button_fits_its_bounds() -> None:
    for survey in standard().surveys:
        for score in (1, 3, 5):
            for kind in ("question", "reason", "menu"):
                prompt = render(page(survey.id), kind, {"score": score})
                for button in (*prompt.scale, *prompt.chips, *prompt.controls):
                    assert button.value.isascii()
                    assert len(button.value) <= 32


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(KeyError, match="nonsense"):
        render(page(), "nonsense", {})


def test_a_notice_names_the_company() -> None:
    assert notice(standard(), "en", "notice.privacy") == Prompt(
        kind="notice",
        text=(
            "Green Market uses your answers only to improve its service and keeps scores and"
            " comments apart from your name. You can stop at any time with /stop."
        ),
        language="en",
    )


def test_a_text_the_program_lacks_is_shown_in_the_companys_language() -> None:
    korean = {"version": "2", "text": {"ko": "동의"}}
    program = varied(consent=korean)

    assert consent_text(program, "en") == "동의"
