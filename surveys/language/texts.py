"""Every sentence of ours, per language, from gettext catalogues.

One folder is a language: ``locale/<language>/LC_MESSAGES`` holds ``aftertouch.po`` (what customers read, the
instruments' wordings among it) and ``console.po`` (what staff read), compiled to ``.mo`` by ``make messages``.
Message ids are keys, so a missing text is visible, never English.
"""

import gettext
from functools import cache
from pathlib import Path

from babel.messages.mofile import read_mo

from surveys.language.josa import fill

_LOCALE = Path(__file__).parent / "locale"
DEFAULT = "ko"
CUSTOMERS = "aftertouch"
STAFF = "console"


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that have a folder, the default first."""
    found = {path.parent.parent.name for path in _LOCALE.glob(f"*/LC_MESSAGES/{CUSTOMERS}.mo")}
    return (DEFAULT, *sorted(found - {DEFAULT}))


class _Absent(gettext.NullTranslations):
    """Stands behind a catalogue, so that a key it lacks is told from a sentence that reads like its key."""

    def gettext(self, message: str) -> str:
        """Return that there is none."""
        return ""


@cache
def _catalogue(language: str, name: str) -> gettext.NullTranslations:
    found = gettext.translation(name, _LOCALE, languages=[language])
    found.add_fallback(_Absent())
    return found


def pick(wanted: str | None, fallback: str = DEFAULT) -> str:
    """Return the language with a catalogue that fits a locale such as ``en-GB`` or ``ko_KR``."""
    base = (wanted or "").replace("_", "-").split("-")[0].lower()
    return base if base in languages() else fallback


def template(language: str, key: str, catalogue: str = CUSTOMERS) -> str | None:
    """Return the sentence ``key`` as it is written, its fields unfilled; None where there is none."""
    return _catalogue(language, catalogue).gettext(key) or None


def say(language: str, key: str, **values: str) -> str:
    """Return the sentence ``key`` in a language, with ``{name}`` and ``{name:을/를}`` filled in.

    Raises KeyError where the catalogue lacks the key or a value is missing.
    """
    return said(CUSTOMERS, language, key, **values)


def said(catalogue: str, language: str, key: str, /, **values: str) -> str:
    """Return the sentence ``key`` of a catalogue, as `say` does of the customers' own."""
    sentence = template(language, key, catalogue)
    if sentence is None:
        raise KeyError(key)
    return fill(sentence, **values)


def missing(language: str, catalogue: str = CUSTOMERS) -> tuple[str, ...]:
    """Return the keys that the default language has and this one lacks, sorted."""
    return tuple(sorted(_keys(DEFAULT, catalogue) - _keys(language, catalogue)))


@cache
def _keys(language: str, catalogue: str) -> frozenset[str]:
    path = _LOCALE / language / "LC_MESSAGES" / f"{catalogue}.mo"
    with path.open("rb") as file:
        return frozenset(str(message.id) for message in read_mo(file) if message.id)
