"""How the words of a theme are written down.

A phrase is one to four words, found near each other in any order: ``배송 늦~``. ``|`` stands between words any of which
will do: ``배송|택배 늦~|느리~``. ``~`` says that the word is a predicate's stem (Korean), or is inflected (English).
``!`` stands before words with which nothing is meant: ``not work~ !coupon|code``.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

MOST_PARTS: Final = 4
LONGEST: Final = 500
LANGUAGES: Final = ("ko", "en")
_WORD: Final = re.compile(r"[가-힣a-z0-9]+~?")
_SHORTEST: Final = {"ko": 2, "en": 3}
"""Characters of a word that stands alone: shorter ones mean too many things."""

_NO: Final = (
    "안 못 없 않 아니 no not never without nobody none nothing cant cannot wont didnt dont doesnt isnt "
    "wasnt arent werent hasnt havent hadnt couldnt wouldnt hardly nor zero unable"
)
NEGATIVE: Final = frozenset(_NO.split())
"""Words that say that something is not so."""


@dataclass(frozen=True, slots=True)
class Stem:
    """One word of a phrase; ``bends`` where it is inflected."""

    text: str
    language: str
    bends: bool


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that together mean a theme; each part is any of several stems. ``without``: not beside these."""

    written: str
    parts: tuple[tuple[Stem, ...], ...]
    without: tuple[Stem, ...] = ()


def read(written: str, language: str) -> Phrase:
    """Return what is written; see ``fault_of`` for what can't be."""
    parts = [
        (
            part.startswith("!"),
            tuple(_stem(word, language) for word in part.removeprefix("!").split("|")),
        )
        for part in _plain(written).split()
    ]
    return Phrase(
        written=written,
        parts=tuple(stems for without, stems in parts if not without),
        without=tuple(stem for without, stems in parts if without for stem in stems),
    )


def _stem(word: str, language: str) -> Stem:
    return Stem(text=word.removesuffix("~"), language=language, bends=word.endswith("~"))


def fault_of(written: str, language: str) -> str | None:
    """Say what is wrong with a phrase; None of a sound one."""
    if language not in LANGUAGES:
        return f"is for a language whose words we can't read: {', '.join(LANGUAGES)}"
    parts = _plain(written).split()
    meant = [part for part in parts if not part.startswith("!")]
    words = [word for part in parts for word in part.removeprefix("!").split("|")]
    wrong = [word for word in words if not _WORD.fullmatch(word)]
    if not parts or wrong or len(written) > LONGEST:
        return (
            "must be words of letters and digits, with | between choices, ~ behind a stem"
            " and ! before what it must not stand beside"
        )
    if len(parts) > MOST_PARTS:
        return f"has {len(parts)} words; at most {MOST_PARTS} are looked for together"
    if not meant:
        return "only says what it must not stand beside; name what is looked for, too"
    alone = meant[0].split("|") if len(meant) == 1 else []
    short = [word for word in alone if len(word.removesuffix("~")) < _SHORTEST[language]]
    if short:
        return (
            f"is too short to stand alone: {short[0]!r} would be found in what means other things"
        )
    return None


def _plain(written: str) -> str:
    plain = unicodedata.normalize("NFKC", written).casefold()
    return re.sub("['’`]", "", plain).replace("-", " ")
