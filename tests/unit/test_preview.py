"""The preview: true payloads, their bubbles, and what is wrong with how they look."""

import json
from itertools import product

import pytest

from bot.preview import Flaw, Shown, Step, Warned, bubble, opening, preview
from bot.preview.messages import TOKEN
from bot.preview.warnings import room, width
from bot.slack.layout import blocks, fallback
from bot.telegram.layout import lay_out
from bot.webchat.messages import prompt_json
from surveys.language.josa import undecided
from surveys.model import Channel, Json, Layout
from surveys.program import Program, Survey
from surveys.rendering import Page, render
from surveys.templates import find, fit, templates, with_parts
from tests.programs import standard, varied

CHANNELS = tuple(Channel)
WAYS = tuple(product(("ko", "en"), CHANNELS))


def survey(**changes: Json) -> tuple[Program, Survey]:
    """Return the default program with its delivery survey changed."""
    content = json.loads(standard().to_json())["surveys"]
    for each in content:
        if each["id"] == "delivery-csat":
            each.update(changes)
    program = varied(surveys=content)
    return program, program.survey("delivery-csat")


def steps(language: str, channel: Channel, **changes: Json) -> dict[Step, Shown]:
    program, wanted = survey(**changes)
    return {shown.step: shown for shown in preview(program, wanted, language, channel)}


@pytest.mark.parametrize(("language", "channel"), WAYS)
def test_the_payload_is_what_the_platform_is_sent(language: str, channel: Channel) -> None:
    program, wanted = survey()
    page = Page(program=program, survey=wanted, language=language, token=TOKEN)
    prompt = render(page, "question", {})
    keyboard = lay_out(prompt).keyboard
    assert keyboard is not None
    sent = {
        Channel.TELEGRAM: {
            "text": lay_out(prompt).text,
            "parse_mode": "HTML",
            "reply_markup": keyboard.to_dict(),
        },
        Channel.SLACK: {"text": fallback(prompt), "blocks": blocks(prompt, "1")},
        Channel.WEBCHAT: prompt_json(prompt),
    }

    shown = steps(language, channel)[Step.QUESTION]

    assert shown.picture
    assert shown.picture.payload == sent[channel]


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_message_of_the_way_is_shown_in_its_order(channel: Channel) -> None:
    program, wanted = survey()

    shown = preview(program, wanted, "en", channel)

    assert [each.step for each in shown] == ["question", "low", "mid", "high", "thanks"]
    assert [each.picture.lines[0] for each in shown if each.picture][1:4] == [
        "What went wrong with the delivery?",
        "What should we improve?",
        "What went well?",
    ]


def test_a_band_that_is_asked_for_no_reason_has_no_message() -> None:
    shown = steps(
        "ko", Channel.TELEGRAM, reasons={"low": {"question": {"ko": "왜요?", "en": "Why?"}}}
    )

    assert set(shown) == {Step.QUESTION, Step.LOW, Step.THANKS}


def test_the_question_alone_is_the_first_of_the_way() -> None:
    program, wanted = survey()

    alone = opening(program, wanted, "en", Channel.SLACK)

    assert alone == preview(program, wanted, "en", Channel.SLACK)[0]


def test_a_survey_that_is_in_no_program_yet_is_shown_too() -> None:
    program, wanted = survey()
    renamed = wanted.model_copy(update={"id": "draft"})

    assert preview(program, renamed, "ko", Channel.SLACK) == preview(
        program, wanted, "ko", Channel.SLACK
    )


# --- every template on every channel in every language ---------------------------------------------


@pytest.mark.parametrize(("language", "channel"), WAYS)
def test_no_button_of_a_template_is_cut_and_no_particle_left_open(
    language: str, channel: Channel
) -> None:
    for template in templates():
        program = with_parts(standard(), fit(template, standard()))
        shown = preview(program, program.survey(template.survey.id), language, channel)

        assert [each.step for each in shown] == list(Step)
        assert [(template.id, each.warnings) for each in shown if each.warnings] == []
        assert all(bubble(each) for each in shown)


@pytest.mark.parametrize(("language", "channel"), WAYS)
def test_of_the_other_layouts_only_the_longest_english_word_is_cut(
    language: str, channel: Channel
) -> None:
    faces = steps(language, channel, layout=Layout.FACES.value)
    labels = steps(language, channel, layout=Layout.LABELS.value)
    longest = Warned(flaw=Flaw.CUT, what="3 · Neither satisfied nor dissatisfied")
    wraps = language == "ko" or channel is Channel.WEBCHAT

    assert [each.warnings for each in faces.values() if each.warnings] == []
    assert labels[Step.QUESTION].warnings == (() if wraps else (longest,))


# --- what is wrong ---------------------------------------------------------------------------------

LONG = "배송이 생각한 것보다 아주 많이 늦어져서 불편했어요"


def chips(label: str) -> Json:
    texts = {"ko": label, "en": label}
    return {"low": {"question": texts, "chips": [{"id": "late", "label": texts}]}}


def test_a_label_too_wide_for_a_phone_is_named_where_it_is_cut() -> None:
    found = {each: steps("ko", each, reasons=chips(LONG))[Step.LOW].warnings for each in CHANNELS}

    assert found == {
        Channel.TELEGRAM: (Warned(flaw=Flaw.CUT, what=LONG),),
        Channel.SLACK: (),
        Channel.WEBCHAT: (),
    }


def test_slack_promises_thirty_characters() -> None:
    fits, too_long = "a" * 30, "a" * 31

    assert steps("en", Channel.SLACK, reasons=chips(fits))[Step.LOW].warnings == ()
    assert steps("en", Channel.SLACK, reasons=chips(too_long))[Step.LOW].warnings == (
        Warned(flaw=Flaw.CUT, what=too_long),
    )


def test_a_particle_in_both_forms_is_named() -> None:
    shown = steps("ko", Channel.WEBCHAT, about={"ko": "綠市", "en": "x"}, instrument="nps")

    assert shown[Step.QUESTION].warnings == (Warned(flaw=Flaw.PARTICLE, what="을(를)"),)
    assert undecided("배송을(를) 어땠나요") == "을(를)"
    assert undecided("배송을 어땠나요 (를)") is None


def test_what_a_platform_refuses_is_told_and_not_drawn() -> None:
    program, wanted = survey()
    low = wanted.reasons["low"]
    blank = low.chips[0].model_copy(update={"label": {"ko": "\x00", "en": "\x00"}})
    broken = wanted.model_copy(
        update={"reasons": {"low": low.model_copy(update={"chips": (blank,)})}}
    )

    shown = {each.step: each for each in preview(program, broken, "ko", Channel.TELEGRAM)}

    assert shown[Step.LOW].picture is None
    assert [each.flaw for each in shown[Step.LOW].warnings] == [Flaw.UNSENDABLE]
    assert bubble(shown[Step.LOW]) == ""


def test_widths_are_counted_as_a_phone_shows_them() -> None:
    assert [width(each) for each in ("abc", "배송", "😠 1", "é", "👩\u200d💻")] == [3, 4, 4, 1, 4]
    assert [room(columns) for columns in (1, 2, 5, 6, 7, 8)] == [35, 16, 5, 3, 2, 2]


# --- the bubble ------------------------------------------------------------------------------------


def test_the_bubble_says_what_the_payload_does() -> None:
    html = bubble(steps("en", Channel.TELEGRAM)[Step.QUESTION])

    assert html.startswith('<div class="bubble telegram" lang="en"><p class="heading">Green Market')
    assert '<p class="text">How satisfied were you with the delivery of your order?</p>' in html
    assert '<ul class="keys digits of-5"><li>1</li><li>2</li>' in html
    assert '<ul class="keys words of-2"><li>Skip</li>' in html
    assert html.count('<p class="hint">') == 1


def test_slacks_row_of_reasons_is_one_of_words_and_its_scale_one_of_digits() -> None:
    shown = steps("en", Channel.SLACK)

    assert '<ul class="keys words of-4"><li>It came late</li>' in bubble(shown[Step.LOW])
    assert '<ul class="keys digits of-5"><li>1</li>' in bubble(shown[Step.QUESTION])


def test_nothing_typed_is_markup() -> None:
    hostile = {"ko": "<script>alert(1)</script>", "en": '"><b>x</b>'}
    reasons = {"low": {"question": hostile, "chips": [{"id": "late", "label": hostile}]}}
    for language, channel in WAYS:
        shown = steps(language, channel, about=hostile, reasons=reasons)
        for step in (Step.QUESTION, Step.LOW):
            html = bubble(shown[step])

            assert "<script" not in html
            assert "<b>" not in html
            assert "&lt;" in html
        assert bubble(shown[Step.LOW]).count("&lt;/") == 2


def test_telegrams_keys_stand_as_six_and_five() -> None:
    program = with_parts(standard(), fit(find("food-recommend"), standard()))
    nps = program.survey("food-recommend-nps")

    rows = {
        channel: [
            len(row)
            for row in preview(program, nps, "ko", channel)[0].picture.rows  # type: ignore[union-attr] # it is drawn
        ]
        for channel in CHANNELS
    }

    assert rows == {Channel.TELEGRAM: [6, 5, 2], Channel.SLACK: [6, 5, 2], Channel.WEBCHAT: [11, 2]}
