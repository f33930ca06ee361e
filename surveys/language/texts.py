"""The interface's own sentences, per language, from gettext catalogues.

A catalogue is ``locale/<language>/LC_MESSAGES/aftertouch.po``, compiled to ``.mo`` by ``make messages``; a
third language is one more folder. Message ids are keys, so a missing text is visible, never English.
"""

import gettext
from functools import cache
from pathlib import Path

from surveys.language.josa import fill

_LOCALE = Path(__file__).parent / "locale"
DEFAULT = "ko"


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that have a catalogue, the default first."""
    found = {path.parent.parent.name for path in _LOCALE.glob("*/LC_MESSAGES/aftertouch.mo")}
    return (DEFAULT, *sorted(found - {DEFAULT}))


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("aftertouch", _LOCALE, languages=[language])


def pick(wanted: str | None, fallback: str = DEFAULT) -> str:
    """Return the language with a catalogue that fits a locale such as ``en-GB`` or ``ko_KR``."""
    base = (wanted or "").replace("_", "-").split("-")[0].lower()
    return base if base in languages() else fallback


def say(language: str, key: str, **values: str) -> str:
    """Return the sentence ``key`` in a language, with ``{name}`` and ``{name:을/를}`` filled in.

    Raises KeyError where the catalogue lacks the key or a value is missing.
    """
    sentence = _catalogue(language).gettext(key)
    if sentence == key:
        raise KeyError(key)
    return fill(sentence, **values)
