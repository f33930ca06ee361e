"""What the page itself says; the questions come with their own texts."""

from collections.abc import Sequence
from typing import Final

from surveys.language.texts import languages, said

CATALOGUE: Final = "webchat"

_PAGE: Final = (
    *("title", "tagline", "log", "menu", "help", "privacy", "stop", "close", "noscript"),
    *("type", "typereason", "send", "opening", "waiting", "resending", "reconnecting", "refused"),
    *("keys", "idle", "idletext", "done"),
)
_SELDOM: Final = (
    *("nolink", "nolinktext", "badlink", "badlinktext", "ended", "endedtext"),
    *("start", "go", "badcode", "badcodetext", "demo", "demotext", "leave"),
)
_LAUNCHER: Final = ("invite", "dismiss", "news")


def sentences(language: str, company: str) -> dict[str, str]:
    """Return what the page comes with, by key: every customer's sentences, and which language comes next."""
    known = languages()
    following = known[(known.index(language) + 1) % len(known)]
    switch = {"next": following, "nextname": say(following, "name")}
    return {"code": language, "company": company, **switch, **_said(language, company, _PAGE)}


def all_sentences(language: str, company: str) -> dict[str, str]:
    """Return those and what only few ever read, which the page asks for at need."""
    return {**sentences(language, company), **_said(language, company, _SELDOM)}


def _said(language: str, company: str, keys: Sequence[str]) -> dict[str, str]:
    return {key: say(language, key, company=company) for key in keys}


def launcher(language: str) -> dict[str, str]:
    """Return what the button says that opens the chat on a page of the company."""
    return {key: say(language, key) for key in _LAUNCHER}


def say(language: str, key: str, **values: str) -> str:
    """Return one sentence; raises KeyError for an unknown key."""
    return said(CATALOGUE, language, key, **values)
