"""``aftertouch chat`` plays a survey in the terminal as its customer meets it on each channel."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from surveys.errors import InvalidInput
from surveys.model import Channel

USAGE = 2
CHANNELS = [channel.value for channel in Channel]
SPOKEN = {
    "ko": (
        "복잡한 절차",
        "결제 오류",
        "점수 바꾸기",
        "끝내기",
        "건너뛰기",
        "그만",
        "✓ 4점을 선택하셨어요",
    ),
    "en": (
        "Too many steps",
        "Payment failed",
        "Change score",
        "Done",
        "Skip",
        "stop",
        "✓ You chose 4",
    ),
}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def chat(*arguments: str, lines: tuple[str, ...] = ()) -> Result:
    return CliRunner().invoke(
        app, ["chat", *arguments], input="".join(f"{line}\n" for line in lines)
    )


def screens(output: str) -> list[str]:
    """Return what stood on the screen after each line of the customer's."""
    return output.split("\n> ")


@pytest.mark.parametrize("language", SPOKEN)
@pytest.mark.parametrize("channel", CHANNELS)
def test_a_survey_is_played_on_every_channel_in_both_languages(channel: str, language: str) -> None:
    _, chip, change, _, skip, _, _ = SPOKEN[language]
    lines = ("2", chip, change, "4", ":quit")

    done = chat("checkout-csat", "--channel", channel, "--lang", language, lines=lines)

    assert done.exit_code == 0, done.output
    asked, scored, reasoned, changing, changed, _ = screens(done.stdout)
    assert "[1] [2] [3] [4] [5]" in asked
    assert f"[{skip}]" in asked
    assert f"[{change}]" in scored
    assert f"[{chip}]" in scored
    assert f"✓ {chip}" in reasoned
    assert "[1] [✓ 2] [3] [4] [5]" in changing
    assert SPOKEN[language][-1].split()[-1] in changed


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_question_after_a_complaint_is_played_with_one_before_it(channel: str) -> None:
    done = chat("recovered", "--channel", channel, "--lang", "en", lines=("Partly", "Still broken"))

    assert done.exit_code == 0, done.output
    begun, answered, said = screens(done.stdout)[:3]
    assert "✓ You chose 1" in begun
    assert begun.index("Green Market's support team") < begun.index("[Yes] [Partly] [No]")
    assert "✓ Partly" in answered
    assert "What is still open?" in answered
    assert "We'll pass it on right away." in said


def test_a_line_that_is_no_button_is_typed() -> None:
    done = chat("checkout-csat", lines=("3점이요", "배송이 늦었어요", ":quit"))

    _, scored, commented, _ = screens(done.stdout)
    assert "✓ 3점을 선택하셨어요" in scored
    assert "✓ 의견을 남겨 주셨어요" in commented


def test_time_passes_when_told_to() -> None:
    done = chat("checkout-csat", lines=(":wait 2d", "5", ":quit"))

    _, _, late, _ = screens(done.stdout)
    assert "마감된 설문이에요" in late


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_payload_is_what_is_sent(channel: str) -> None:
    done = chat("--channel", channel, lines=(":payload", ":quit"))

    _, printed, _ = screens(done.stdout)
    payload = json.loads(printed[printed.index("{") :])
    key = {"telegram": "reply_markup", "slack": "blocks", "webchat": "scale"}[channel]
    assert payload[key]
    assert "초록마켓" in payload["text"] + payload.get("heading", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing",), "survey: no trigger asks 'nothing'; there are: "),
        (("--channel", "fax"), "--channel: must be one of telegram, slack, webchat"),
        (("--program", "nowhere.yaml"), "nowhere.yaml: cannot be read"),
    ],
)
def test_what_cannot_be_played_is_said(arguments: tuple[str, ...], said: str) -> None:
    done = chat(*arguments)

    assert isinstance(done.exception, InvalidInput)
    assert str(done.exception).startswith(said)


def test_a_language_that_we_do_not_speak_is_refused() -> None:
    done = chat("--lang", "xx")

    assert done.exit_code == USAGE
    assert "must be one of ko, en" in done.stderr


def test_the_language_of_all_commands_is_set_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERTOUCH_LANG", "en")

    assert "[Skip]" in chat(lines=(":quit",)).stdout
    assert "[건너뛰기]" in chat("--lang", "ko", lines=(":quit",)).stdout


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    chat(lines=("5",))

    assert list(tmp_path.iterdir()) == []
