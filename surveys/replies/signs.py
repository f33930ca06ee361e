"""Emoji that say how somebody feels: never a rating by themselves, each worth one suggestion."""

from collections.abc import Mapping

_DEGREES: Mapping[str, int] = {
    **dict.fromkeys("👍👌🙂☺😊🙆🆗⭕💪👏😀😃😄😁🤗", 2),
    **dict.fromkeys("💯😍🥰🤩❤♥💖🎉🏆😻💕", 3),
    **dict.fromkeys("😐😑😶🤔", 0),
    **dict.fromkeys("👎🙁☹😕😞😒😟😔🙅❌😖😣", -2),
    **dict.fromkeys("😠😡🤬😤🤮💩🖕😭", -3),
}
_TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))


def degree(text: str) -> int | None:
    """Return the one degree, -3 to +3, that the emoji of a text agree on; None for none or several."""
    found = {_DEGREES[char] for char in text if char in _DEGREES}
    if found and (all(d > 0 for d in found) or all(d < 0 for d in found)):
        return max(found, key=abs)
    return found.pop() if len(found) == 1 else None


def without(text: str) -> str:
    """Return the text without its emoji of feeling and their skin tones."""
    return "".join(char for char in text if char not in _DEGREES and char not in _TONES)
