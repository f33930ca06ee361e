"""Korean numbers: digits, the native and the Sino-Korean series, 만점 and 빵점, stars."""

import re

from surveys.replies.tongue import Numbers, words

_NATIVE = {
    "하나": 1,
    "둘": 2,
    "셋": 3,
    "넷": 4,
    "다섯": 5,
    "여섯": 6,
    "일곱": 7,
    "여덟": 8,
    "아홉": 9,
    "열": 10,
    "열하나": 11,
    "열둘": 12,
    "한": 1,
    "두": 2,
    "세": 3,
    "네": 4,
    "다섣": 5,
    "다섰": 5,
    "다썻": 5,
    "여섣": 6,
    "여섰": 6,
    "여섵": 6,
    "일굽": 7,
    "닐곱": 7,
    "일곰": 7,
    "여덜": 8,
    "여덞": 8,
    "여덣": 8,
    "여덝": 8,
    "여들": 8,
    "아훕": 9,
    "아홈": 9,
    "아혹": 9,
    "아홒": 9,
    "제로": 0,
    "쓰리": 3,
    "파이브": 5,
    "식스": 6,
    "세븐": 7,
    "에잇": 8,
    "나인": 9,
    "텐": 10,
}
_SEVERAL = (
    "한두",
    "두세",
    "두셋",
    "서너",
    "너댓",
    "네다섯",
    "대여섯",
    "예닐곱",
    "일고여덟",
    "여덟아홉",
)
_DIGITS = {d: n for n, d in enumerate("영일이삼사오육칠팔구")} | {"공": 0, "륙": 6, "빵": 0}
# These stand before a counter only: 한 점. By themselves 네 is yes and 세 nothing at all.
_BEFORE_COUNTERS = frozenset("한두세네")
_ANY = "|".join(sorted({*_NATIVE, *_SEVERAL} - _BEFORE_COUNTERS, key=len, reverse=True))
_SINO = "[영공일이삼사오육륙칠팔구십백]{1,4}?"
_N = rf"(?:\d{{1,3}}|{_ANY}|[한두세네]|{_SINO})"
_ENDED = r"(?=\s?(?:점|만점)|이?[요여용유야욤염당](?![가-힣])|이?에요|예요|이예요|입니|임|이다|이네|이지|이죠|으로|로|쯤|정도|인듯|인\s|줄|드|주|할|이라)"


def value(word: str) -> int | None:
    """Return what a number word is worth; 칠팔 and 서너 are two numbers."""
    if word in _NATIVE:
        return _NATIVE[word]
    if word in _SEVERAL:
        return None
    total = digit = 0
    fresh = True
    for letter in word:
        if letter not in _DIGITS and letter not in "십백":
            return None
        if letter in _DIGITS:
            if not fresh:
                return None
            digit, fresh = _DIGITS[letter], False
        else:
            total, digit, fresh = total + (digit or 1) * (10 if letter == "십" else 100), 0, True
    return total + digit


NUMBERS = Numbers(
    word=re.compile(
        rf"(?<![가-힣\d.])(?!이\s?(?:정도|게|거|만)|오\s?(?:이|요|정도))(?P<word>[한두세네](?=\s?점)|(?:{_ANY}|{_SINO}){_ENDED}|(?![이오](?![가-힣]))(?:{_ANY}|{_SINO})(?![가-힣ㄲㄸㅁㅂㅃㅆㅈㅉㅊㅏ-ㅗㅡ-ㅣ]))"
    ),
    value=value,
    plain=frozenset(
        words(
            "하나 둘 셋 넷 다섯 여섯 일곱 여덟 아홉 열 여덜 여덞 여덣 여들 일굽 다섣 여섣 아훕 아홈 아혹 "
            "삼 사 육 륙 칠 팔 구 십 십일 이십 구십 백 칠팔 팔구 육칠 오육 구십 서너 네다섯 대여섯 예닐곱 일고여덟"
        )
    ),
    points=re.compile(
        r"\s?(?:점|쩜|졈|졂|젬|뎜|쩝)(?!심|퍼|프|액|포|검|유|차|주(?:님|께서|가\s|는\s|한테|분)|원[^해하이으]|멸|성|선|호|등|화|착|자|령|거|조|검|쟁|괘)수?"
    ),
    typos=re.compile(
        r"(?:정|잠|짐|전|젖|줌|즘|졍|젊|점ㅁ|저|쪔|jeom|점ㄴ)(?=이?[요여용욤]|입|임|$|\s)"
    ),
    half=re.compile(r"(?:\s?반|\s?[오삼사육칠팔구]|\d)(?=점|요|이|입|정도|\s|[^가-힣]|$)"),
    ratio=re.compile(
        rf"(?P<b>{_N})\s?점?\s?(?:만\s?점\s?(?:에서?|중에?서?|기준)?|중에?서?)\s?(?:[은는한]\s)?(?P<a>{_N})(?=\s?점|[^가-힣\d]|$|이?[요여용]|입|임|줄|드|개(?![가-힣]))"
    ),
    scale=re.compile(
        rf"\d{{1,2}}\s?점?\s?(?:부터|에서|~|-)\s?(?P<b>\d{{1,2}})\s?점?\s?(?:까지\s?)?(?:중에?서?|만점|까지|척도|기준)"
        rf"|\(\s?(?P<b3>{_N})\s?점?\s?만\s?점\s?(?:기준)?\s?\)|(?P<b2>{_N})\s?점\s?(?:만\s?점\s?(?:에서?|중에?서?|기준(?:으로)?)|척도(?:로|에서?)?)"
    ),
    several=re.compile(
        rf"(?<![\d.가-힣]){_N}\s?점?\s?(?:~|-|,|에서|이?나|내지|아니면|또는|혹은|이랑|하고|에서|부터)\s?{_N}(?:\s?점|(?![\d가-힣])|(?=이?요|정도|사이|쯤|중))(?:\s?(?:사이|중간))?(?:\s?점)?"
    ),
    high=re.compile(r"(?<![가-힣])(?:만\s?점(?!대)(?:짜리)?|최고\s?점수?|만쩜|만졈|만점수)"),
    low=re.compile(r"(?<![가-힣])(?:빵\s?점(?:짜리)?|최[하저]\s?점수?|빵쩜|뻥점)"),
    stars=re.compile(
        rf"(?<![가-힣])(?:별점?|★|⭐)\s?(?:[은는이을]\s?)?(?P<several>{_N}\s?개?\s?(?:~|-|이?나|에서)\s?)?(?P<stars>\d{{1,3}}(?:\.\d)?|{_ANY}|[한두세네](?=\s?(?:개|점))|{_SINO}(?=\s?점))(?:\s?개?\s?(?P<half>반))?(?:\s?(?:개|점|게))?(?![가-힣]*일\b)"
    ),
)
