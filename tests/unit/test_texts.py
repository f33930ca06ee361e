"""What customers read: every sentence is used, every rule and verdict has words, every locale a language."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

import surveys
from surveys.language.texts import languages, pick, said, say
from surveys.model import VerdictKind

LOCALE = Path(surveys.__file__).parent / "language" / "locale"
NAMED = re.compile(r'(?:\bskip\(|\bhold\(facts, |rule=|name = |RELEASED else |\[\(|, \()"(\w+)"')
ELSEWHERE = ["quiet_hours", "holiday", "ad_night", "blocked", "address_gone"]
"""Rules that ``surveys.timing`` names, and why a question may fail to go out."""


def catalogue(language: str) -> Catalog:
    with (LOCALE / language / "LC_MESSAGES" / "aftertouch.po").open("rb") as file:
        return read_po(file, locale=language)


def sentences(language: str) -> dict[str, str]:
    return {str(m.id): str(m.string) for m in catalogue(language) if m.id}


def test_every_sentence_is_used_somewhere() -> None:
    root = Path(surveys.__file__).parent.parent
    code = "".join(
        path.read_text("utf-8") for top in ("surveys", "bot") for path in (root / top).rglob("*.py")
    )
    built = ("why.", "stopped.", "notice.", "instrument.", "command.", "mydata.", "form.")
    assert [k for k in sentences("ko") if f'"{k}"' not in code and not k.startswith(built)] == []


def rules() -> list[str]:
    """Return every rule that the code of decisions and use cases names."""
    domain = Path(surveys.__file__).parent
    files = [*(domain / "decisions").glob("*.py"), *(domain / "service").glob("*.py")]
    found = {name for file in files for name in NAMED.findall(file.read_text("utf-8"))}
    return sorted({*found, *ELSEWHERE})


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("rule", rules())
def test_every_rule_has_words(language: str, rule: str) -> None:
    assert say(language, f"why.rule.{rule}") != rule


def test_a_sentence_may_read_like_its_key_and_a_missing_one_is_told() -> None:
    assert said("rehearsal", "en", "unknown") == "unknown"
    with pytest.raises(KeyError):
        said("rehearsal", "en", "nothing.of.this.name")


def test_the_rules_are_found_in_the_code() -> None:
    assert {"too_late", "no_consent", "cap", "cooldown", "paused", "rank", "turn"} < set(rules())


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("kind", VerdictKind)
def test_every_verdict_has_words(language: str, kind: VerdictKind) -> None:
    assert say(language, f"why.{kind}")


def test_a_missing_sentence_is_visible() -> None:
    with pytest.raises(KeyError, match=re.escape("no.such.key")):
        say("ko", "no.such.key")
    with pytest.raises(KeyError, match="score"):
        say("ko", "chosen")


@pytest.mark.parametrize(
    ("wanted", "language"),
    [("ko_KR", "ko"), ("en-GB", "en"), ("EN", "en"), ("fr", "ko"), ("", "ko"), (None, "ko")],
)
def test_a_locale_finds_its_language(wanted: str | None, language: str) -> None:
    assert pick(wanted) == language


def test_a_locale_without_a_catalogue_takes_the_fallback() -> None:
    assert pick("fr-CA", "en") == "en"
