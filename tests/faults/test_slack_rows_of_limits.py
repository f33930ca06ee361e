"""SL12: what would not fit into Slack's blocks is refused in the program file, so nothing has to be cut when sent."""

from typing import Any

import pytest

from bot.slack.layout import blocks
from bot.slack.modal import form
from surveys.errors import ProgramFault
from surveys.model import Button, Prompt
from surveys.program import default_program_text, lint, load_program
from surveys.program.schema import Program
from surveys.rendering import Page, render
from tests.fakes.slack_blocks import block_faults, view_faults

TOKEN = "Tk_-" + "a" * 18


def survey(
    *,
    about: str = "a" * 75,
    question: str = "q" * 1000,
    label: str = "c" * 73,
    chip: str = "i" * 24,
    chips: int = 4,
) -> str:
    """Write one survey in which everything is as long as it may be."""
    labelled = "\n".join(
        f"          - {{id: {chip[:-1]}{number}, label: {{ko: '{label}', en: '{label}'}}}}"
        for number in range(chips)
    )
    reasons = "\n".join(
        f"      {band}:\n        question: {{ko: '{'w' * 1000}', en: '{'w' * 1000}'}}\n"
        f"        chips:\n{labelled}"
        for band in ("low", "mid", "high")
    )
    return f"""\
  - id: long
    instrument: nps
    wording: ours
    about: {{ko: '{about}', en: '{about}'}}
    question: {{ko: '{question}', en: '{question}'}}
    thanks: {{ko: '{"t" * 1000}', en: '{"t" * 1000}'}}
    reasons:
{reasons}
"""


def program(**changes: Any) -> str:
    return default_program_text().replace("\nsurveys:\n", f"\nsurveys:\n{survey(**changes)}", 1)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"label": "c" * 76}, "has 76 characters; at most 75 fit"),
        ({"label": "c" * 74}, "has 74 characters; at most 73 fit beside its tick"),
        ({"chip": "i" * 2001}, "has more than 24 characters"),
        ({"chips": 51}, "has 51 entries; at most 4 are allowed"),
        ({"question": "q" * 3001}, "has 3001 characters; at most 1000 fit"),
        ({"question": "{about} " * 40}, "has 3040 characters once filled in; at most 1000 fit"),
    ],
)
def test_sl12_what_is_too_long_for_a_message_cannot_be_published(
    changes: dict[str, Any], problem: str
) -> None:
    text = program(**changes)

    assert problem in "\n".join(str(fault) for fault in lint(text, "p.yaml"))
    with pytest.raises(ProgramFault):
        load_program(text, "p.yaml")


def test_sl12_a_question_without_its_subject_is_another_fault_than_a_long_one() -> None:
    faults = [str(fault) for fault in lint(program(question="{nothing}"), "p.yaml")]

    assert len(faults) == 2
    assert all("cannot be filled in" in fault for fault in faults)


@pytest.fixture(scope="module")
def longest() -> Program:
    return load_program(program(), "p.yaml")


KINDS = ("question", "chosen", "reason", "reason_done", "thanks", "menu", "skipped", "scale_notice")


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("score", [2, 8, 10])
def test_sl12_what_can_be_published_fits_into_slacks_blocks_uncut(
    longest: Program, kind: str, score: int, language: str
) -> None:
    page = Page(program=longest, survey=longest.survey("long"), language=language, token=TOKEN)
    prompt = render(page, kind, {"score": score, "chip": "i" * 23 + "0", "commented": True})
    laid = blocks(prompt, "s")
    view = form(prompt, "D1")

    assert block_faults(laid) == []
    assert view_faults(view) == []
    assert shown(laid) >= said(prompt)
    assert "…" not in str(view)


def shown(laid: list[dict[str, Any]]) -> set[str]:
    """Return every text that stands in the blocks."""
    rows = [element for block in laid for element in block.get("elements", [])]
    texts = [block["text"] for block in laid if "text" in block]
    texts += [row["text"] if row["type"] == "button" else row for row in rows]
    return {text["text"] for text in texts}


def said(prompt: Prompt) -> set[str]:
    """Return every text of the prompt."""
    buttons: tuple[Button, ...] = (*prompt.scale, *prompt.chips, *prompt.controls)
    words = (prompt.heading, prompt.text, prompt.hint, *(button.label for button in buttons))
    return {word for word in words if word}
