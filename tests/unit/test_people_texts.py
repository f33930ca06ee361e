"""What the audit trail holds has words on the page that shows it."""

import re
from pathlib import Path

import pytest

import surveys
from bot.console.staffing.texts import named
from surveys.language.texts import languages

ROOT = Path(surveys.__file__).parent.parent
WRITTEN = (
    re.compile(r'Deed\(.{0,120}?act="(\w+)"', re.DOTALL),
    re.compile(r'\b_(?:note|tell)\(tx, ctx, by, "(\w+)"'),
)


def acts() -> list[str]:
    """Return the acts that the code enters in the trail under their own name."""
    files = [*(ROOT / "surveys").rglob("*.py"), *(ROOT / "bot").rglob("*.py")]
    code = [path.read_text("utf-8") for path in files]
    found = {act for text in code for pattern in WRITTEN for act in pattern.findall(text)}
    return sorted({*found, "program_publish", "program_revert", "join", "split"})


def test_the_acts_are_found_in_the_code() -> None:
    assert {"look", "takeout", "key_revoke", "hold", "staff_role", "erase"} <= set(acts())


@pytest.mark.parametrize("language", languages())
def test_every_act_has_words(language: str) -> None:
    assert [act for act in acts() if named(language, "act", act) == act] == []
