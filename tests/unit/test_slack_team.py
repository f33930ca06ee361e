"""The team's side of Slack in parts: bodies of any shape, and blocks within Slack's limits whatever a program holds."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import bot.slack.team
import surveys
from bot.slack.incoming import Installation
from bot.slack.team.blocks import board_blocks
from bot.slack.team.board import Board, Chart, Line, bars_of
from bot.slack.team.figures import unwish, wish_of
from bot.slack.team.home import CustomerHome, StaffHome, customer_view, staff_view, trial_form
from bot.slack.team.reading import Actor, Called, HomeOpened, Typed, Written, body_of, read
from bot.slack.team.texts import CATALOGUE, say
from bot.slack.team.wishes import Named
from surveys.errors import InvalidInput
from surveys.pausing import Pause
from surveys.service.operating import Standing
from tests.fakes.slack_blocks import block_faults, view_faults
from tests.journeys import NOW
from tests.shared_data import shared

OURS = Installation(team="T111", bot_user="UBOT", enterprise="E111")
LINE = Line(
    place="긴 이름의 단계 " * 8,
    metric="CSAT",
    score="86%",
    interval="83 – 89%",
    n="412",
    rate="38%",
    change="",
    note="",
    weeks="▁▂▃▄▅▆▇█▁▂▃▄",
    value=86.0,
)
FEW = replace(LINE, score="–", interval="–", n="–", note="표본 부족", weeks="", value=None)
CHART = Chart(
    kind="bar",
    title="긴 제목 " * 20,
    name="긴 이름 " * 20,
    points=tuple((f"아주 긴 이름을 가진 접점 하나 {n}", n) for n in range(30)),
)
BOARD = Board(
    title="구매 " * 60,
    window="2026-10-23 ~ 2026-11-21",
    lines=(LINE, FEW),
    charts=(CHART, CHART, CHART),
    notes=("note",),
    wish="stage=purchase&since=30d",
    url="https://cx.example.com/console",
    language="ko",
)
NAMES = st.sampled_from(
    (
        *("type", "event", "command", "user", "user_id", "trigger_id", "actions", "action_id"),
        *("view", "container", "links", "url", "tab", "state", "team", "source", "channel"),
    )
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=20,
)
KINDS = st.sampled_from(
    ["block_actions", "view_submission", "event_callback", "message_action", "shortcut"]
)


def payload(name: str) -> Any:
    page = shared(f"slack/payloads/{name}.json")
    if page is None:
        pytest.skip("the reference payloads are not there")
    return json.loads(page.read_text())["body"]


def test_a_command_of_the_reference_is_read() -> None:
    typed = read(payload("command_1"), OURS)

    assert typed == Typed(
        by=Actor(user="U111", team="T111"),
        key="111.222.xxx",
        name="/start-conv",
        text="title",
        channel="C111",
        answer_at="https://xxx.slack.com/commands/T111/xxx/zzz",
    )


def test_only_the_home_tab_of_the_reference_is_read() -> None:
    opened = payload("event_callback_app_home_opened_1")

    assert read(opened, OURS) is None
    opened["event"]["tab"] = "home"
    assert read(opened, OURS) == HomeOpened(by=Actor(user="W111", team="T111"), home=None)


def test_a_press_of_the_reference_is_no_act_of_staff() -> None:
    assert read(payload("block_actions_1"), OURS) is None


def test_the_shortcuts_of_the_reference_are_read_by_the_names_of_our_manifest() -> None:
    on_message, anywhere = payload("message_action_1"), payload("shortcut_1")
    assert (read(on_message, OURS), read(anywhere, OURS)) == (None, None)

    assert read(on_message | {"callback_id": "send_survey"}, OURS) == Called(
        by=Actor(user="W111", team="T111"),
        what="send_survey",
        trigger="111.222.xxx",
        on=Written(
            author=Actor(user="W111", team="T111"),
            channel="C111",
            ts="1583636382.000300",
            answer_at="https://hooks.slack.com/app/T111/111/xxx",
        ),
    )
    called = read(anywhere | {"callback_id": "create_survey"}, OURS)
    assert called == Called(
        by=Actor(user="W111", team="T111"), what="create_survey", trigger="111.111.xxxxxx", on=None
    )


def test_a_command_about_payloads_is_read_though_bolt_takes_it_for_empty() -> None:
    raw = "command=%2Fcx&text=payload&user_id=U1&trigger_id=1&team_id=E111"

    typed = read(body_of({}, raw), OURS)
    assert isinstance(typed, Typed)
    assert (typed.text, typed.by) == ("payload", Actor(user="U1", team="T111"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(NAMES, JSON, max_size=8), KINDS)
def test_no_body_is_too_odd_to_be_read(body: dict[str, Any], kind: str) -> None:
    read(body | {"type": kind}, OURS)
    read(body, OURS)


# --- blocks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("rich", [True, False])
@pytest.mark.parametrize("lines", [(), (FEW,), (LINE, FEW), (LINE,) * 100, (FEW,) * 100])
def test_any_result_fits_slacks_limits(rich: bool, lines: tuple[Line, ...]) -> None:
    board = replace(BOARD, lines=lines)

    assert block_faults(board_blocks(board, "s", rich=rich)) == []
    assert block_faults(board_blocks(board, "s", rich=rich, shared=True)) == []


def test_labels_that_begin_alike_stay_apart() -> None:
    (chart, _) = [
        block["chart"]
        for block in board_blocks(BOARD, "s", rich=True)
        if block["type"] == "data_visualization"
    ]
    assert len(set(chart["axis_config"]["categories"])) == 20


def test_a_home_tab_of_any_program_fits() -> None:
    standing = Standing(unknown=1, parked=2, dead_letters=3, hold=None)
    pauses = (Pause(of="survey", id="x", by="slack:U1", since=NOW),) * 30
    home = StaffHome(
        company="회사 " * 60,
        standing=standing,
        alerts=2,
        pauses=pauses,
        stages=(LINE,) * 90,
        window="w",
        url="https://cx.example.com/console",
        operates=True,
        language="ko",
    )

    view = staff_view(home)
    assert view_faults(view) == []
    assert "확인이 필요한 일 8건" in str(view)
    assert view_faults(staff_view(replace(home, stages=(), pauses=(), operates=False))) == []


def test_a_form_holds_as_many_surveys_as_a_menu_can() -> None:
    form = trial_form([(f"survey-{n}", "이름 " * 40) for n in range(150)], "ko")

    assert view_faults(form) == []


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("stopped", [False, True])
def test_a_customers_tab_offers_what_she_can_do(language: str, stopped: bool) -> None:
    home = CustomerHome(
        company="초록마켓", language=language, zone="nowhere", now=NOW, stopped=stopped
    )

    assert view_faults(customer_view(home)) == []


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "bars"),
    [
        ([], ""),
        ([0], "▁"),
        ([0, 3, 7], "▁▄█"),
        ([-100, 0, 100], "▁▅█"),
        ([81, 80, 84], "███"),
        ([-5, -20], "▆▁"),
    ],
)
def test_a_bar_stands_for_each_value(values: list[float], bars: str) -> None:
    assert bars_of(values) == bars


@pytest.mark.parametrize("place", [None, Named("stage", "purchase"), Named("touchpoint", "cart")])
def test_a_button_carries_what_was_asked_for(place: Named | None) -> None:
    assert unwish(wish_of(place, {"since": "30d"})) == (place, {"since": "30d"})


@pytest.mark.parametrize("value", ["", "x=1", "since=soon", "since=30d&channel=slack"])
def test_a_button_that_is_none_of_ours_carries_nothing(value: str) -> None:
    if value == "":
        assert unwish(value) == (None, {})
        return
    with pytest.raises(InvalidInput):
        unwish(value)


# --- the catalogue --------------------------------------------------------------------------------


def sentences(language: str) -> dict[str, str]:
    path = Path(surveys.__file__).parent / "language" / "locale" / language / "LC_MESSAGES"
    with (path / f"{CATALOGUE}.po").open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file) if m.id}


def test_every_sentence_is_used() -> None:
    """Some keys are built: of a column, a verdict, a button, what an order did."""
    here = Path(bot.slack.team.__file__).parent
    code = "".join(path.read_text("utf-8") for path in here.glob("*.py"))
    built = ("column.", "change.", "me.", "pause.", "resume.", "release.", "home.paused.")

    assert [k for k in sentences("ko") if f'"{k}"' not in code and not k.startswith(built)] == []


def test_an_unknown_sentence_is_an_error() -> None:
    with pytest.raises(KeyError, match="no such sentence"):
        say("ko", "no such sentence")
