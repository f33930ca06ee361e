"""The console's pages say nothing that their catalogue lacks, in the language that the browser wishes."""

import re
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo

import bot.console
import surveys.language
from bot.console.texts import preferred, say

HERE = Path(next(iter(bot.console.__path__)))
LOCALE = Path(surveys.language.__file__).parent / "locale"


def sentences() -> set[str]:
    with (LOCALE / "ko" / "LC_MESSAGES" / "console.mo").open("rb") as file:
        return {str(message.id) for message in read_mo(file) if message.id}


def test_every_sentence_of_a_page_is_in_the_catalogue() -> None:
    pages = "".join(path.read_text("utf-8") for path in HERE.glob("templates/*.html"))
    wanted = set(re.findall(r"\bt\('([a-z.]+)'[,)]", pages))

    assert wanted
    assert wanted <= sentences()


def test_an_unknown_sentence_is_an_error() -> None:
    with pytest.raises(KeyError, match="no such sentence"):
        say("ko", "no such sentence")


@pytest.mark.parametrize(
    ("header", "language"),
    [("", None), ("*", None), ("en", "en"), ("ko;q=0.2,en;q=0.3", "en"), ("KO-kr", "ko")],
)
def test_the_browsers_first_wish_that_we_have_wins(header: str, language: str | None) -> None:
    assert preferred(header) == language
