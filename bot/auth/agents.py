"""What a browser calls itself, in two words that its owner knows again."""

from typing import Final

LONGEST: Final = 40
# The first that fits: each of these also claims to be those after it.
_BROWSERS: Final = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Whale/", "Whale"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("KAKAOTALK", "KakaoTalk"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def summary(header: str) -> str:
    """Return ``Firefox · Windows``, or the first word of what is neither."""
    found = [
        next((name for sign, name in signs if sign in header), "")
        for signs in (_BROWSERS, _SYSTEMS)
    ]
    words = " · ".join(filter(None, found)) or next(iter(header.split()), "")
    return "".join(c for c in words if c.isprintable())[:LONGEST]
