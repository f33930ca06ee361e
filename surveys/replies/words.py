"""Reads yes, partly or no out of a short text, for the question whether a complaint is sorted; never a guess.

What contradicts itself is *unsure*. A word of denial before the word for solved makes it a no, and one of degree
makes it a partly.
"""

import re
from typing import Final

from surveys.instruments import Instrument
from surveys.replies.plain import Plain
from surveys.replies.reading import NOTHING, Reading

_SOLVED: Final = r"(?:sorted|solved|resolved|fixed|done|settled|working|works)"
_DENIED: Final = r"(?:not|never|isn'?t|wasn'?t|hasn'?t|haven'?t|doesn'?t|nothing)"
_DEGREE: Final = r"(?:fully|completely|entirely|totally|quite|all)"
_KO_SOLVED: Final = r"(?:해결|처리|완료|수리|환불|교환)"

# The first that fits a place counts, and takes its letters from the others.
_WORDS: Final = tuple(
    (word, re.compile(pattern))
    for word, pattern in (
        ("partly", rf"\b{_DENIED}\s+(?:yet\s+)?{_DEGREE}(?:\s+{_SOLVED})?"),
        ("partly", r"\b(?:partly|partially|somewhat|half|mostly|almost|in part|kind of|sort of)\b"),
        ("partly", r"(?:일부|부분적|반쯤|절반|반만|어느\s*정도|거의)[가-힣]*"),
        (
            "no",
            rf"\b{_DENIED}\b(?:\s+(?:been|it|it's|is|yet|really))*(?:\s+{_SOLVED}|\s*$|(?<=yet))",
        ),
        ("no", rf"\bstill\s+(?:not|no|isn'?t|waiting|broken|open|the same)\b(?:\s+{_SOLVED})?"),
        ("no", r"^\W*(?:no|nope|nah)\b(?!\s+(?:problem|issue|worr|more|longer|doubt))"),
        ("no", r"(?<=\band )no\b"),
        (
            "no",
            rf"{_KO_SOLVED}?\s*[이가은는도]?\s*(?:전혀\s*)?(?:안|못)\s*(?:됐|되|돼|된|받|했)[가-힣]*",
        ),
        ("no", rf"{_KO_SOLVED}?[이가은는도]?\s*되지\s*(?:않|못)[가-힣]*"),
        (
            "no",
            r"아직(?:[가-힣]*|도)|여전히|그대로[가-힣]*|^\W*(?:아니요|아니오|아뇨|아니|ㄴㄴ)(?![가-힣])",
        ),
        ("yes", rf"\b(?:all\s+)?{_SOLVED}\b|\ball good\b"),
        ("yes", r"^\W*(?:yes|yep|yeah|yup|yea|sure)\b"),
        (
            "yes",
            rf"{_KO_SOLVED}[이가은는도]?\s*(?:모두|다|잘)?\s*(?:됐|되었|돼|완료|했|받았)[가-힣]*",
        ),
        ("yes", r"(?:잘|다|모두)\s*(?:됐|되었|해결)[가-힣]*"),
        ("yes", r"^\W*(?:네네|네|넵|넹|예|응|ㅇㅇ|ㅇㅋ)(?![가-힣])"),
    )
)
_SURE: Final = 0.9
_LONGEST: Final = 300
_ASKS: Final = "?"


def read_word(typed: Plain, instrument: Instrument) -> Reading:
    """Return which of the scale's words a text says; of a question, a number and a long text none."""
    text = " ".join(typed.text.split())
    if len(text) > _LONGEST or text.endswith(_ASKS):
        return NOTHING
    said, rest = _said(text)
    if len(said) > 1 and said != {"partly", "yes"}:
        return Reading(kind="unsure", rule="words")
    if not said:
        return NOTHING
    word = "partly" if "partly" in said else said.pop()
    score = instrument.low + instrument.words.index(word)
    comment = typed.typed.strip() if any(map(str.isalnum, rest)) else ""
    return Reading(kind="rated", score=score, comment=comment, confidence=_SURE, rule="words")


def _said(text: str) -> tuple[set[str], str]:
    """Return the words that a text says, and what it says besides."""
    said = set[str]()
    for word, pattern in _WORDS:
        text, count = pattern.subn(" ", text)
        if count:
            said.add(word)
    return said, text
