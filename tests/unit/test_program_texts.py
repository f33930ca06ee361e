"""The sentences of plans of a program: in both languages, with the same fields, compiled as written."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import bot
import surveys
from bot.program_texts import CATALOGUE, say
from surveys.language.texts import languages

LOCALE = Path(surveys.__file__).parent / "language" / "locale"
FIELD = re.compile(r"\{(\w+)")


def catalogue(language: str) -> Catalog:
    with (LOCALE / language / "LC_MESSAGES" / f"{CATALOGUE}.po").open("rb") as file:
        return read_po(file, locale=language)


def sentences(language: str) -> dict[str, str]:
    return {str(m.id): str(m.string) for m in catalogue(language) if m.id}


@pytest.mark.parametrize("language", languages())
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    compiled = BytesIO()
    write_mo(compiled, catalogue(language))

    stored = LOCALE / language / "LC_MESSAGES" / f"{CATALOGUE}.mo"
    assert stored.read_bytes() == compiled.getvalue()


def test_every_sentence_exists_in_every_language_with_the_same_fields() -> None:
    korean, english = sentences("ko"), sentences("en")

    assert korean.keys() == english.keys()
    for key in korean:
        assert korean[key], key
        assert english[key], key
        assert set(FIELD.findall(korean[key])) == set(FIELD.findall(english[key])), key


def test_every_sentence_is_used_somewhere() -> None:
    tops = [Path(bot.__file__).parent, Path(surveys.__file__).parent]
    files = [each for top in tops for kind in ("*.py", "*.html") for each in top.rglob(kind)]
    code = "".join(path.read_text("utf-8") for path in files)

    unused = [
        key
        for key in sentences("ko")
        if not any(f"{mark}{name}{mark}" in code for mark in "\"'" for name in (key, _last(key)))
    ]
    assert unused == []


def _last(key: str) -> str:
    return key.partition(".")[2]


def test_a_sentence_that_is_not_there_is_no_sentence() -> None:
    with pytest.raises(KeyError):
        say("ko", "no.such.key")
