"""What a bare word asks for: the vocabulary of stop, help and their neighbours, the same on every channel.

Commands cannot be Korean on Telegram, Slack's client takes slashes for itself and web chat has none, so the words
count everywhere. Only a whole message is a command: "그만 좀 늦었으면" and "don't stop" are somebody's comment.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final

NAMES: Final = ("start", "resume", "help", "stop", "lang", "privacy", "mydata", "delete")
"""Every command, as it is spelled with a slash."""

_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "stop": (
        *(
            "그만",
            "그만해",
            "그만하자",
            "그만받기",
            "그만받을래",
            "그만받을게",
            "그만보내",
            "이제그만",
        ),
        *("중지", "중단", "스톱", "스탑", "멈춰", "멈춰줘"),
        *(
            "수신거부",
            "수신중지",
            "수신차단",
            "수신거절",
            "구독취소",
            "구독해지",
            "구독중지",
            "알림끄기",
        ),
        *(
            "보내지",
            "보내지마",
            "보내지말아줘",
            "연락하지",
            "연락하지마",
            "설문그만",
            "설문중지",
            "설문거부",
        ),
        *("stop", "stop it", "stop all", "stopall", "stop now", "stop this", "stop messages"),
        *("stop messaging me", "stop asking", "stop asking me", "no more surveys"),
        *(
            "unsubscribe",
            "unsubscribe me",
            "opt out",
            "opt-out",
            "optout",
            "quit",
            "leave me alone",
        ),
        "🛑",
    ),
    "help": ("도움말", "도와줘", "사용법", "명령어", "help", "help me", "commands", "?"),
    "start": ("시작", "시작하기", "다시시작", "다시받기", "start", "start again", "subscribe"),
    "resume": ("이어하기", "이어서답하기", "이어서하기", "resume"),
    "lang": ("언어바꾸기", "언어변경", "언어설정", "language", "change language"),
    "privacy": ("개인정보안내", "개인정보처리방침", "개인정보보호", "privacy", "privacy policy"),
    "mydata": (
        *("내정보", "내데이터", "내기록", "내정보보기", "내정보조회", "내정보내보내기"),
        *("mydata", "my data", "export my data", "download my data"),
    ),
    "delete": (
        *(
            "삭제",
            "내정보삭제",
            "개인정보삭제",
            "데이터삭제",
            "내데이터삭제",
            "모두삭제",
            "전부삭제",
        ),
        *("delete", "delete me", "delete my data", "erase", "erase me", "erase my data"),
        *("forget me", "remove my data"),
    ),
}
_SPEECH: Final[Mapping[str, str]] = {"한국어": "ko", "한국어로": "ko", "korean": "ko"} | {
    "영어": "en",
    "영어로": "en",
    "english": "en",
}
_SPELLED: Final = re.compile(rf"/({'|'.join(NAMES)})(?:\s+(\S{{1,16}}))?")
_AROUND: Final = " \t\r\n/.,!~…·:;-\"'‘’“”()[]<>"
# What Koreans add to a request so as to be polite, and what the English do.
_POLITE_KO: Final = re.compile(
    r"(?:(?:좀|요|해|하기|할게|할게요|할래요|합니다|해요|해줘|해주세요|해주세여|하세요|해주십시오|하십시오|부탁해요|부탁드려요"
    r"|부탁드립니다|부탁합니다|바랍니다|원해요|원합니다|신청|신청합니다|받을게요|받을래요|받겠습니다|받고싶어요|보내|보내요"
    r"|보내세요|보내주세요|보내주십시오|세요|주세요|말아주세요|마세요|말아요|싶어요|하고싶어요))$"
)
_POLITE_EN: Final = re.compile(
    r"^(?:please|pls|plz),?\s+|,?\s+(?:please|pls|plz|now|thanks|thank you)$"
)


def _by_word() -> Iterator[tuple[str, str]]:
    for name, words in _WORDS.items():
        yield from ((word, name) for word in words)


_COMMANDS: Final = dict(_by_word())


def spoken(text: str) -> tuple[str, str] | None:
    """Return the command that the whole text is, and its argument or ""; None for anything else."""
    said = _plain(text)
    spelled = _SPELLED.fullmatch(said)
    if spelled is not None:
        return spelled[1], spelled[2] or ""
    forms = list(_forms(said.strip(_AROUND)))
    language = next((_SPEECH[form] for form in forms if form in _SPEECH), None)
    if language is not None:
        return "lang", language
    name = next((_COMMANDS[form] for form in forms if form in _COMMANDS), None)
    return (name, "") if name else None


def _plain(text: str) -> str:
    """Return the text in one width and one case, without what cannot be seen."""
    folded = unicodedata.normalize("NFKC", text)
    seen = "".join(c for c in folded if unicodedata.category(c) != "Cf" and c != "\ufe0f")
    return " ".join(seen.split()).casefold().strip(" .,!~…\"'‘’“”")


def _forms(said: str) -> Iterator[str]:
    """Yield what was said and what it is without its politeness, Korean with its spaces closed up."""
    yield said
    yield _POLITE_EN.sub("", _POLITE_EN.sub("", said))
    closed = said.replace(" ", "").removeprefix("제발").removesuffix("제발")
    for _ in range(3):
        yield closed
        closed = _POLITE_KO.sub("", closed)
