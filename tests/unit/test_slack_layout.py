from dataclasses import replace

import pytest

from bot.slack.layout import blocks, fallback
from bot.slack.modal import Filled, filled, form
from surveys.model import Button, Json, Layout, Prompt
from tests.fakes.slack_blocks import block_faults, view_faults

TOKEN = "Tk_-" + "a" * 18
SPOKEN = {"ko": "10점 만점에 {}점", "en": "{} out of 10"}
SKIP = {"ko": "건너뛰기", "en": "Skip"}


def question(language: str, low: int, high: int) -> Prompt:
    return Prompt(
        kind="question",
        heading="초록마켓 · 11월 18일 주문"
        if language == "ko"
        else "Green Market · order of 18 Nov",
        text="추천하시겠어요?" if language == "ko" else "Would you recommend us?",
        hint="0 = 전혀 · 10 = 매우" if language == "ko" else "0 = not at all · 10 = very",
        scale=tuple(
            Button(value=str(n), label=str(n), spoken=SPOKEN[language].format(n))
            for n in range(low, high + 1)
        ),
        controls=(Button(value="skip", label=SKIP[language]),),
        token=TOKEN,
        language=language,
        typing=True,
    )


def rows(laid: list[dict[str, Json]]) -> list[list[str]]:
    return [
        [button["text"]["text"] for button in block["elements"]]
        for block in laid
        if block["type"] == "actions"
    ]


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize(
    ("low", "high", "scale_rows"),
    [
        (0, 10, [["0", "1", "2", "3", "4", "5"], ["6", "7", "8", "9", "10"]]),
        (1, 5, [["1", "2", "3", "4", "5"]]),
        (1, 7, [["1", "2", "3", "4", "5", "6", "7"]]),
    ],
)
def test_a_scale_breaks_only_in_its_middle(
    language: str, low: int, high: int, scale_rows: list[list[str]]
) -> None:
    laid = blocks(question(language, low, high), "s")

    assert block_faults(laid) == []
    assert rows(laid) == [*scale_rows, [SKIP[language]]]


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
    laid = blocks(replace(question("ko", 0, 10), layout=layout, controls=()), "s")

    assert block_faults(laid) == []
    assert rows(laid) == scale_rows


def test_a_score_button_says_itself_aloud_and_carries_token_and_value() -> None:
    laid = blocks(question("ko", 0, 10), "s")

    assert laid[3]["elements"][0] == {
        "type": "button",
        "action_id": "score:0",
        "value": f"1:{TOKEN}:0",
        "text": {"type": "plain_text", "text": "0", "emoji": False},
        "accessibility_label": "10점 만점에 0점",
    }


def test_no_score_button_has_a_colour() -> None:
    buttons = [b for block in blocks(question("en", 0, 10), "s") for b in block.get("elements", ())]

    assert not [button for button in buttons if "style" in button]


@pytest.mark.parametrize(("language", "label"), [("ko", "의견 쓰기"), ("en", "Write")])
def test_where_words_are_wanted_a_button_opens_the_form(language: str, label: str) -> None:
    prompt = Prompt(
        kind="reason",
        text="왜요?",
        language=language,
        chips=(Button(value="c.late", label="배송 지연"), Button(value="c.box", label="포장")),
        controls=(Button(value="finish", label="끝"),),
        token=TOKEN,
        typing=True,
    )

    laid = blocks(prompt, "s")

    assert block_faults(laid) == []
    assert rows(laid) == [["배송 지연", "포장"], [label, "끝"]]
    assert laid[-1]["elements"][0]["value"] == f"1:{TOKEN}:write"


def test_a_prompt_without_a_token_has_no_buttons() -> None:
    assert rows(blocks(replace(question("ko", 0, 10), token=None), "s")) == []


def test_block_ids_are_new_with_each_stamp() -> None:
    prompt = question("ko", 0, 10)

    ids = [{block["block_id"] for block in blocks(prompt, stamp)} for stamp in ("a", "b")]

    assert not ids[0] & ids[1]


def test_top_level_text_says_everything_and_disarms_markup() -> None:
    prompt = Prompt(
        kind="notice", heading="A&B", text="<!channel> <@U1> <http://x|y>", hint="끝", language="ko"
    )

    assert fallback(prompt) == ("A&amp;B\n&lt;!channel&gt; &lt;@U1&gt; &lt;http://x|y&gt;\n끝")


def test_sl13_what_is_shown_is_never_markup() -> None:
    laid = blocks(Prompt(kind="notice", text="<!channel> *b*", hint="<@U1>", language="ko"), "s")

    assert laid[0]["text"] == {"type": "plain_text", "text": "<!channel> *b*", "emoji": False}
    assert laid[1]["elements"][0]["type"] == "plain_text"


def test_sl12_whatever_the_program_says_slack_accepts_it() -> None:
    prompt = Prompt(
        kind="reason",
        heading="h" * 4000,
        text="가" * 7000,
        hint="i" * 4000,
        chips=tuple(Button(value=f"c.{n}", label="칩" * 90, spoken="s" * 90) for n in range(30)),
        controls=tuple(Button(value=f"v{n}", label="x" * 76) for n in range(3)),
        token=TOKEN,
        typing=True,
        language="en",
    )

    laid = blocks(prompt, "s")

    assert block_faults(laid) == []
    assert "".join(b["text"]["text"] for b in laid if b["type"] == "section") == "가" * 7000
    assert view_faults(form(prompt, "D1")) == []
    assert len(fallback(prompt)) == 4000


@pytest.mark.parametrize(
    ("language", "title"), [("ko", "의견 남기기"), ("en", "Your comment"), ("xx", "Your comment")]
)
def test_the_form_has_chips_and_a_comment(language: str, title: str) -> None:
    prompt = Prompt(
        kind="reason",
        text="왜요?",
        language=language,
        chips=(Button(value="c.late", label="배송 지연"),),
        token=TOKEN,
    )

    view = form(prompt, "D1")

    assert view_faults(view) == []
    assert view["title"]["text"] == title
    assert view["private_metadata"] == f"{TOKEN} D1"
    assert [block["type"] for block in view["blocks"]] == ["section", "input", "input"]
    assert view["blocks"][2]["element"]["max_length"] == 1000


def test_a_form_without_chips_asks_for_the_comment() -> None:
    view = form(Prompt(kind="reason", text="Why?", language="en", token=TOKEN), "D1")

    assert [block.get("optional") for block in view["blocks"]] == [None, False]


@pytest.mark.parametrize(
    ("view", "read"),
    [
        ({}, Filled(token=None, chat=None, text="", chips=())),
        (
            {"private_metadata": TOKEN, "state": {"values": "junk"}},
            Filled(token=TOKEN, chat=None, text="", chips=()),
        ),
        (
            {
                "private_metadata": f"{TOKEN} D1",
                "state": {
                    "values": {
                        "chips": {"v": {"selected_option": {"value": "c.late"}}},
                        "comment": {"v": {"value": "늦어요"}},
                    }
                },
            },
            Filled(token=TOKEN, chat="D1", text="늦어요", chips=("c.late",)),
        ),
        (
            {
                "state": {
                    "values": {"chips": {"v": {"selected_option": None}}, "comment": {"v": {}}}
                }
            },
            Filled(token=None, chat=None, text="", chips=()),
        ),
    ],
)
def test_a_form_is_read_whatever_was_left_empty(view: dict[str, Json], read: Filled) -> None:
    assert filled(view) == read
