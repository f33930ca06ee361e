"""What the first walk of the README tells to press is on the screen; ``tests/browser/test_first_walk.py`` walks it."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import surveys
from bot.demo.live import PERSONAS
from bot.demo.run import lines
from bot.demo.shop import shop_program

TOP = Path(surveys.__file__).parent
ROOT = TOP.parent
SECTIONS = {
    "ko": ("docs/README.ko.md", "### 처음 둘러보기 (코드 없이)"),
    "en": ("README.md", "### A first walk, without code"),
}
_FIELD = re.compile(r"\\\{.+?\\\}")
_NAME = re.compile(r"^    title: \{ko: (?P<ko>.+?), en: (?P<en>.+?)\}$", re.MULTILINE)


def steps(language: str) -> list[list[str]]:
    """Return what each numbered line of the walk tells to press."""
    file, heading = SECTIONS[language]
    section = (ROOT / file).read_text("utf-8").split(f"{heading}\n")[1].split("\n### ")[0]
    return [re.findall(r"\*\*(.+?)\*\*", step) for step in re.split(r"\n\d\. ", section)[1:]]


def on_the_screen(language: str) -> list[str]:
    """Return, as patterns, the sentences of the catalogues and the names of what the demo shows."""
    spoken = []
    for path in (TOP / "language" / "locale" / language / "LC_MESSAGES").glob("*.po"):
        with path.open("rb") as file:
            spoken += [str(message.string) for message in read_po(file) if message.id]
    named = [str(place.label[language]) for place in shop_program().touchpoints]
    named += [persona.labels[language] for persona in PERSONAS.values()]
    for path in (TOP / "templates").glob("*.yaml"):
        named += [found[language] for found in _NAME.finditer(path.read_text("utf-8"))]
    return [_FIELD.sub(r"\\d+로?", re.escape(text)) for text in (*spoken, *named) if text.strip()]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_word_that_the_first_walk_tells_to_press_is_on_the_screen(language: str) -> None:
    shown = on_the_screen(language)

    pressed = [word for step in steps(language) for word in step]
    assert [len(step) for step in steps(language)] == [1, 4, 2, 3, 1, 2, 2]
    assert [w for w in pressed if not any(re.fullmatch(text, w) for text in shown)] == []


def test_both_languages_tell_to_press_the_same() -> None:
    assert [len(step) for step in steps("ko")] == [len(step) for step in steps("en")]


def test_the_replay_tells_each_tenth_of_itself_where_there_is_no_bar_to_watch(
    capsys: pytest.CaptureFixture[str],
) -> None:
    reached = lines(40, "{percent}% {n:,}")

    for played in (1, 4, 5, 20, 40):
        reached(played)

    assert capsys.readouterr().out.splitlines() == ["10% 4", "50% 20", "100% 40"]
