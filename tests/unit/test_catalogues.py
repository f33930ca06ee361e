"""Every catalogue of sentences: the same in both languages, with the same fields, compiled as written, and used."""

import re
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import bot
import surveys
from surveys.language.texts import languages, said

LOCALE = Path(surveys.__file__).parent / "language" / "locale"
NAMES = sorted(path.stem for path in LOCALE.glob("ko/LC_MESSAGES/*.po"))
FIELD = re.compile(r"\{(\w+)")
TEXT = re.compile(r"""["']([\w. -]{1,60})(?=["'{])""")
LEFT_TO_THE_READER = re.compile(r"[을은이과]\([를는가와]\)")
FIXED = re.compile(r"\{\w+\}[’”]?(?:으로|로|은|는|이|가|을|를|과|와)(?![가-힣])")
OTHER_WORDS = re.compile("접점|접촉 규칙|감사 로그|발행|조사(?! 없이|를 고를)")
"""What has one word of its own: 터치포인트, 연락 규칙, 감사 기록, 게시, 설문; the grammar's 조사 is another word."""


@cache
def catalogue(name: str, language: str) -> Catalog:
    with (LOCALE / language / "LC_MESSAGES" / f"{name}.po").open("rb") as file:
        return read_po(file, locale=language)


def sentences(name: str, language: str) -> dict[str, str]:
    return {str(m.id): str(m.string) for m in catalogue(name, language) if m.id}


@cache
def written_in_code() -> frozenset[str]:
    """Return every short text of the code, and what stands before a text's first field."""
    tops = [Path(bot.__file__).parent, Path(surveys.__file__).parent]
    files = [
        each for top in tops for kind in ("*.py", "*.html", "*.js") for each in top.rglob(kind)
    ]
    return frozenset(t for path in files for t in TEXT.findall(path.read_text("utf-8")))


def is_used(key: str) -> bool:
    """Say whether the code has the whole key, what it begins with up to a dot, or what follows its first dot."""
    above = {key[: at + 1] for at, letter in enumerate(key) if letter == "."}
    return not written_in_code().isdisjoint({key, key.partition(".")[2]} | above)


def test_all_catalogues_are_looked_at() -> None:
    assert {"aftertouch", "console", "editor", "program", "setup"} <= set(NAMES)
    assert {path.stem for path in LOCALE.glob("*/LC_MESSAGES/*.po")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_compiled_is_what_is_written(name: str) -> None:
    for language in languages():
        compiled = BytesIO()
        write_mo(compiled, catalogue(name, language))
        stored = LOCALE / language / "LC_MESSAGES" / f"{name}.mo"
        assert stored.read_bytes() == compiled.getvalue(), language


@pytest.mark.parametrize("name", NAMES)
def test_every_sentence_exists_in_every_language_with_the_same_fields(name: str) -> None:
    korean, english = sentences(name, "ko"), sentences(name, "en")

    assert korean.keys() == english.keys()
    for key in korean:
        assert korean[key], key
        assert english[key], key
        assert set(FIELD.findall(korean[key])) == set(FIELD.findall(english[key])), key


@pytest.mark.parametrize("name", NAMES)
def test_no_sentence_leaves_the_choice_of_a_particle_to_the_reader(name: str) -> None:
    assert [s for s in sentences(name, "ko").values() if LEFT_TO_THE_READER.search(s)] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_particle_after_a_field_goes_by_what_fills_it(name: str) -> None:
    assert [s for s in sentences(name, "ko").values() if FIXED.search(s)] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_thing_is_called_by_one_word(name: str) -> None:
    assert [s for s in sentences(name, "ko").values() if OTHER_WORDS.search(s)] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_sentence_is_used_somewhere(name: str) -> None:
    assert [key for key in sentences(name, "ko") if not is_used(key)] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_sentence_that_is_not_there_is_no_sentence(name: str) -> None:
    with pytest.raises(KeyError, match=re.escape("no.such.key")):
        said(name, "ko", "no.such.key")
