"""English numbers: words and digits, points, ratios, stars, the ends of a scale."""

import re

from surveys.replies.tongue import Numbers

_WORDS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "hundred": 100,
    "zreo": 0, "zeor": 0, "zer0": 0, "thre": 3, "threee": 3, "thee": 3, "foru": 4, "fuor": 4, "fve": 5, "fiv": 5,
    "fiev": 5, "fivee": 5, "sixx": 6, "siix": 6, "sevn": 7, "sevne": 7, "sevem": 7, "seveen": 7, "sven": 7, "sevan": 7,
    "eigth": 8, "eihgt": 8, "eght": 8, "eigt": 8, "eightt": 8, "ieght": 8, "nien": 9, "ninne": 9, "nne": 9, "ninee": 9,
    "nin": 9, "tenn": 10, "tne": 10,
}  # fmt: skip
_N = rf"(?:\d{{1,3}}(?:\.\d+)?|{'|'.join(sorted(_WORDS, key=len, reverse=True))})"

NUMBERS = Numbers(
    word=re.compile(
        rf"(?<![a-z\d'-])(?P<word>{'|'.join(sorted(_WORDS, key=len, reverse=True))})(?![a-z\d'])"
    ),
    value=_WORDS.get,
    plain=frozenset(_WORDS) - {"one", "thee", "fiv", "nin", "sven"},
    points=re.compile(
        r"\s?(?:points?|pts?|ptos?)(?![a-z]|\s(?:zero|one|two|three|four|five|six|seven|eight|nine|\d)(?![a-z]))(?!\s(?:off|deduct|away|of\s))"
    ),
    typos=re.compile(r"(?!)"),
    half=re.compile(
        r"\spoint\s(?:zero|one|two|three|four|five|six|seven|eight|nine|\d)|\s(?:and\s(?:a\s)?half|1/2)|-?and-a-half"
    ),
    ratio=re.compile(
        rf"(?<![\w/.-])(?P<a>{_N})(?:\s?(?:points?|pts))?\s?(?:/|out\s?of|outta|outof|out\sfrom|out\sa|out\sif|ouf\sof|oout\sof|on\sa\sscale\sof|over)\s?(?:a\s|an\s)?(?:possible\s)?(?P<b>{_N})(?![\w/]|\.\d)"
        rf"|(?<![\w/.-])(?P<a3>{_N})\sof\s(?P<b3>{_N})(?=\s*(?:[.,!?)]|$))"
        rf"|(?<![\w/.-])out\s?of\s?(?P<b2>{_N})[,:]?\s?(?:i'?d?\s)?(?:would\s|will\s|'d\s)?(?:give|rate|say|score|it's|is|its|call)?\s?(?:it|you|them|this)?\s?(?:a|an)?\s?(?P<a2>{_N})(?![\w/]|\.\d)"
    ),
    scale=re.compile(
        rf"(?:on|in|from|using)?\s?(?:a|the|your)?\s?scale\s?(?:of|from|:|is)?\s?(?:{_N}\s?(?:to|-|~|through|thru|and)\s?)?(?P<b>{_N})(?![\w/])"
        rf"|(?<![\w/])from\s{_N}\s?(?:to|-)\s?(?P<b3>{_N})(?=,)|(?<![\w/])out\sof\s(?P<b2>{_N})(?![\w/])"
    ),
    several=re.compile(
        rf"(?<![\w./-])(?:between\s)?(?:an?\s)?{_N}\s?(?:~|-|or|to|and|&|,|or\smaybe|maybe|->|→)\s?(?:an?\s)?{_N}(?![\w/-]|\.\d)"
    ),
    high=re.compile(
        r"(?<![a-z])(?:full|top|max|maximum|highest|perfect)\s(?:marks?|scores?|points?|ratings?)(?![a-z])"
    ),
    low=re.compile(
        r"(?<![a-z])(?:lowest|minimum|min|worst|bottom)\s(?:possible\s)?(?:marks?|scores?|points?|ratings?)(?![a-z])"
    ),
    stars=re.compile(
        rf"(?<![\w.-])(?:(?P<a>{_N})\s?(?:out\sof|of|/)\s?)?(?P<several>{_N}\s?(?:or|to|-|~)\s?)?(?P<stars>{_N})(?P<half>\sand\sa\shalf)?\s?-?\s?(?:stars?|★|⭐|\*)(?![a-z])(?!\s(?:hotel|restaurant|resort|off|less|short))"
    ),
)
