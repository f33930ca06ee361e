"""The console's catalogues agree with each other, with their compiled form and with the pages."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

import bot.console
import surveys.language
from bot.console.texts import preferred, say

HERE = Path(next(iter(bot.console.__path__)))
LOCALE = Path(surveys.language.__file__).parent / "locale"


def catalogue(language: str, kind: str) -> Catalog:
    path = LOCALE / language / "LC_MESSAGES" / f"console.{kind}"
    with path.open("rb") as file:
        return read_po(file) if kind == "po" else read_mo(file)


def sentences(language: str, kind: str) -> dict[str, str]:
    return {str(m.id): str(m.string) for m in catalogue(language, kind) if m.id}


def fields_of(sentence: str) -> list[str]:
    return sorted(re.findall(r"\{(\w+)", sentence))


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_compiled_catalogue_is_the_written_one(language: str) -> None:
    assert sentences(language, "mo") == sentences(language, "po")


def test_both_languages_say_the_same_things_with_the_same_values() -> None:
    korean, english = sentences("ko", "po"), sentences("en", "po")

    assert korean.keys() == english.keys()
    assert {key: fields_of(text) for key, text in korean.items()} == {
        key: fields_of(text) for key, text in english.items()
    }


def test_every_sentence_of_a_page_is_in_the_catalogue() -> None:
    pages = "".join(path.read_text("utf-8") for path in HERE.glob("templates/*.html"))
    wanted = set(re.findall(r"\bt\('([a-z.]+)'[,)]", pages))

    assert wanted
    assert wanted <= sentences("ko", "po").keys()


def test_an_unknown_sentence_is_an_error() -> None:
    with pytest.raises(KeyError, match="no such sentence"):
        say("ko", "no such sentence")


@pytest.mark.parametrize(
    ("header", "language"),
    [("", None), ("*", None), ("en", "en"), ("ko;q=0.2,en;q=0.3", "en"), ("KO-kr", "ko")],
)
def test_the_browsers_first_wish_that_we_have_wins(header: str, language: str | None) -> None:
    assert preferred(header) == language
