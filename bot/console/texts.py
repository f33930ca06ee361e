"""The console's own sentences, from gettext catalogues beside this module."""

import gettext
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from surveys.journey import LANGUAGES
from surveys.language.josa import fill

_LOCALE = Path(__file__).parent / "locale"


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("console", _LOCALE, languages=[language])


def say(language: str, key: str, **values: str) -> str:
    """Return the sentence, its ``{name}`` fields filled in; raises KeyError for an unknown key."""
    sentence = _catalogue(language).gettext(key)
    if sentence == key:
        raise KeyError(key)
    return fill(sentence, **values)


def preferred(accept_language: str) -> str | None:
    """Return the language of ours that the browser likes best, or None."""
    wishes = [_wish(part) for part in accept_language.split(",")]
    return _best((quality, language) for quality, language in wishes if language in LANGUAGES)


def _wish(part: str) -> tuple[float, str]:
    tag, _, parameters = part.strip().partition(";")
    language = tag.split("-")[0].lower()
    _, _, quality = parameters.strip().partition("q=")
    try:
        return (float(quality) if quality else 1.0), language
    except ValueError:
        return 0.0, language


def _best(wishes: Iterable[tuple[float, str]]) -> str | None:
    best = max(wishes, key=lambda wish: wish[0], default=None)
    return best[1] if best and best[0] > 0 else None
