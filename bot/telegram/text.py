"""Telegram's way of counting and cutting text: UTF-16 code units."""

_JOINERS = "\u200d\ufe0f"
_ELLIPSIS = "…"


def clean(text: str) -> str:
    """Drop NUL and replace lone surrogates, so that the text can be stored and sent anywhere."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\x00", "")


def units(text: str) -> int:
    """Count UTF-16 code units; an emoji outside the basic plane counts two."""
    return len(text) + sum(character > "\uffff" for character in text)


def shorten(text: str, limit: int) -> str:
    """Cut ``text`` to at most ``limit`` code units, ending in an ellipsis where something was cut."""
    if units(text) <= limit:
        return text
    room = limit - units(_ELLIPSIS)
    kept = text.encode("utf-16-le")[: 2 * max(room, 0)].decode("utf-16-le", "ignore")
    return f"{kept.rstrip(_JOINERS)}{_ELLIPSIS}"[: max(limit, 0)]
