"""What a slash command wishes for: its subcommand, a name that may be mistyped, a period."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Literal

from surveys.journey import Texts
from surveys.program import Program
from surveys.results import parse_query

Kind = Literal["help", "map", "stage", "inbox", "test", "pause", "resume", "unknown"]
PlaceKind = Literal["stage", "touchpoint", "survey", "trigger"]
SINCE: Final = "30d"
EVERYTHING: Final = ("all", "전체", "모두", "전부")

_KINDS: Final[Mapping[str, Kind]] = {
    "": "help",
    **dict.fromkeys(("help", "도움말", "?"), "help"),
    **dict.fromkeys(("map", "지도", "여정"), "map"),
    **dict.fromkeys(("stage", "단계"), "stage"),
    **dict.fromkeys(("inbox", "확인", "할일"), "inbox"),
    **dict.fromkeys(("test", "테스트"), "test"),
    **dict.fromkeys(("pause", "중지", "멈춤"), "pause"),
    **dict.fromkeys(("resume", "재개"), "resume"),
}
_PERIOD: Final = re.compile(r"[0-9]+(d|일)|[0-9]{4}-\S*|[0-9]{4}q[0-9]", re.IGNORECASE)
_ALIKE: Final = 0.75
"""The least likeness of a mistyped name; of two letters in eight, one transposition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A command, taken apart. ``asked`` holds the period's query parameter, or is empty for the usual one."""

    kind: Kind
    word: str
    name: str
    asked: Mapping[str, str]


@dataclass(frozen=True, slots=True, order=True)
class Named:
    """Something of the program that has a name: what it is, and its id."""

    kind: PlaceKind
    id: str


def wish(text: str) -> Wish:
    """Read what follows the command's name; raises InvalidInput for a period that is none."""
    words = _folded(text).split()
    word = words[0] if words else ""
    kind = _KINDS.get(word, "unknown")
    rest = words[1:]
    asked: Mapping[str, str] = {}
    if kind in ("map", "stage") and rest and _PERIOD.fullmatch(rest[-1]):
        asked = period(rest.pop())
    return Wish(kind=kind, word=word, name=" ".join(rest), asked=asked)


def period(text: str) -> dict[str, str]:
    """Return the query parameter of ``30d``, ``30일``, ``2026-10`` or ``2026-Q3``; raises InvalidInput."""
    days = re.fullmatch(r"([0-9]+)(?:d|일)", text)
    asked = {"since": f"{days[1]}d"} if days else {"period": text.upper()}
    parse_query(asked)
    return asked


def places(program: Program, language: str) -> dict[Named, tuple[str, ...]]:
    """Return what ``stage`` can show, with every name it goes by, that of ``language`` before the others.

    Stages come before touchpoints.
    """
    stages = {Named("stage", s.id): (s.id, *_names(s.label, language)) for s in program.stages}
    return stages | {
        Named("touchpoint", t.id): (t.id, *_names(t.label, language)) for t in program.touchpoints
    }


def surveys(program: Program, language: str) -> dict[Named, tuple[str, ...]]:
    """Return the surveys with every name they go by, those of the touchpoints where they are put among them."""
    put: dict[str, list[str]] = {survey.id: [] for survey in program.surveys}
    for trigger in program.triggers:
        put[trigger.survey] += program.touchpoint(trigger.touchpoint).label.values()
    return {
        Named("survey", s.id): (s.id, *_names(s.about, language), *put[s.id])
        for s in program.surveys
    }


def pausable(program: Program, language: str) -> dict[Named, tuple[str, ...]]:
    """Return what can be paused; the kind may stand before the id."""
    own = surveys(program, language)
    triggers = {Named("trigger", t.id): (t.id,) for t in program.triggers}
    return {
        named: (*names, f"{named.kind}:{named.id}") for named, names in (own | triggers).items()
    }


def match(name: str, among: Mapping[Named, Iterable[str]]) -> tuple[Named, ...]:
    """Return what a name may mean: one where it is plain, several where it is not, none where it is unknown.

    A name's own spelling wins over a beginning, that over a part, and that over a typing error; at each of these a
    stage wins over a touchpoint.
    """
    wanted = _bare(name)
    spelled = {named: tuple(map(_bare, names)) for named, names in among.items()}
    if not wanted:
        return ()
    for fits in (str.__eq__, str.startswith, str.__contains__):
        found = [k for k, names in spelled.items() if any(fits(each, wanted) for each in names)]
        if found:
            return _first_kind(found)
    every = {each for names in spelled.values() for each in names}
    close = set(get_close_matches(wanted, sorted(every), n=3, cutoff=_ALIKE))
    return _first_kind([named for named, names in spelled.items() if close & set(names)])


def _names(texts: Texts, language: str) -> tuple[str, ...]:
    return tuple(sorted(texts.values(), key=lambda text: text != texts.get(language)))


def _first_kind(found: list[Named]) -> tuple[Named, ...]:
    """Keep stages where there are any: a stage and its touchpoint often share a word."""
    stages = tuple(named for named in found if named.kind == "stage")
    return stages or tuple(found)


def _folded(text: str) -> str:
    """Return typed text in one width, one case and composed letters; Slack escapes three characters of it."""
    plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return unicodedata.normalize("NFKC", plain).casefold()


def _bare(name: str) -> str:
    """Return a name without what people leave out or put in between its words."""
    return re.sub(r"[\s·•\-_/.,&\"'“”‘’]+", "", _folded(name))


def check(asked: Mapping[str, str]) -> Mapping[str, str]:
    """Return the period wished for, or the usual one."""
    return asked or {"since": SINCE}
