"""The console's own sentences, and the language a browser asks for."""

from collections.abc import Iterable

from surveys.language.texts import STAFF, languages, said, template

ANALYSES, PARTS = "analyses", "parts"


def say(language: str, key: str, **values: str) -> str:
    """Return the sentence, its ``{name}`` fields filled in; raises KeyError for an unknown key."""
    return said(STAFF, language, key, **values)


def named(language: str, what: str, value: str) -> str:
    """Return what a value of ours is called, e.g. ``channel`` ``slack``; one without a name is itself."""
    found = (template(language, f"{what}.{value}", each) for each in (STAFF, ANALYSES))
    return next(filter(None, found), value)


def event_in_words(language: str, event_type: str) -> str:
    """Return what a usual type of event is called, e.g. ``order.paid``; "" for any other, which only its sender names."""
    return template(language, f"event.{event_type}", PARTS) or ""


def preferred(accept_language: str) -> str | None:
    """Return the language of ours that the browser likes best, or None."""
    wishes = [_wish(part) for part in accept_language.split(",")]
    return _best((quality, language) for quality, language in wishes if language in languages())


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
