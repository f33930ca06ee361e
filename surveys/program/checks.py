"""What a program's parts must have in common: references, unique ids, texts in every language.

The checks look at plain values, so that they find their faults in a file whose types are wrong too;
anything of another shape than they expect is the schema's business and passed over.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from surveys.instruments import QUESTIONS
from surveys.journey import BUTTON_LABEL, MESSAGE_TEXT
from surveys.language.josa import fill
from surveys.language.texts import languages as spoken
from surveys.language.texts import missing
from surveys.program.schema import CHIPS, STANDARD_WORDING
from surveys.themes import default_themes

Json = Any
Key = tuple[str | int, ...]
Problem = tuple[Key, str]

TEXTS: Final = (
    "company.name",
    "stages.*.label",
    "touchpoints.*.label",
    "surveys.*.about",
    "surveys.*.question",
    "surveys.*.variants.*.question",
    "surveys.*.thanks",
    "surveys.*.reasons.*.question",
    "surveys.*.reasons.*.chips.*.label",
    "themes.*.label",
    "segments.*.label",
    "consent.text",
    "advertising.sender",
    "advertising.opt_out",
    "advertising.consent.text",
)
_IDS: Final = (
    "stages.*",
    "touchpoints.*",
    "surveys.*",
    "triggers.*",
    "surveys.*.reasons.*.chips.*",
    "segments.*",
    "themes.*",
)
_REFERENCES: Final = (
    ("touchpoints.*.stage", "stages", "stage"),
    ("triggers.*.survey", "surveys", "survey"),
    ("triggers.*.follows.survey", "surveys", "survey"),
    ("triggers.*.touchpoint", "touchpoints", "touchpoint"),
    ("budget.*.stage", "stages", "stage"),
)
_FITS: Final[Mapping[Json, tuple[tuple[str, ...], str]]] = {
    "roomy": (("nps",), "shorter scales fit one row"),
    "labels": (("csat", "ces2", "resolved"), "nps has words for its ends only"),
    "faces": (("csat",), "there are five faces"),
}
_TICKED: Final = BUTTON_LABEL - len("✓ ")
_OWN_GOODS: Final = (
    "a reward of your own goods or coupons makes the ask advertising, which must name its sender and a free way "
    "to refuse, and needs a marketing consent: add 'advertising' with sender, opt_out and consent"
)


def select(value: Json, pattern: str) -> Iterator[tuple[Key, Json]]:
    """Yield every value at a dotted pattern, ``*`` being each item of a list or mapping."""
    found: list[tuple[Key, Json]] = [((), value)]
    for part in pattern.split("."):
        found = [hit for key, item in found for hit in _children(key, item, part)]
    yield from found


def _children(key: Key, value: Json, part: str) -> Iterator[tuple[Key, Json]]:
    if part == "*" and isinstance(value, list):
        yield from (((*key, index), item) for index, item in enumerate(value))
    elif part == "*" and isinstance(value, dict):
        yield from (((*key, name), item) for name, item in value.items())
    elif isinstance(value, dict) and part in value:
        yield (*key, part), value[part]


def _text(value: Json, name: str) -> str | None:
    text = value.get(name) if isinstance(value, Mapping) else None
    return text if isinstance(text, str) else None


def _languages(program: Json) -> list[str]:
    return [item for _, item in select(program, "languages.*") if isinstance(item, str)]


def _repeated_ids(program: Json) -> Iterator[Problem]:
    for pattern in _IDS:
        taken: set[tuple[Key, str]] = set()
        for key, entry in select(program, pattern):
            name = _text(entry, "id")
            if name is not None and (key[:-1], name) in taken:
                yield (*key, "id"), f"{name!r} is used twice here"
            taken.add((key[:-1], name or ""))


def _crowded(program: Json) -> Iterator[Problem]:
    """Count chips here too: the schema counts only once each of them is sound."""
    for key, chips in select(program, "surveys.*.reasons.*.chips"):
        if isinstance(chips, list) and len(chips) > CHIPS:
            yield key, f"has {len(chips)} entries; at most {CHIPS} are allowed"


def _dangling(program: Json) -> Iterator[Problem]:
    for pattern, section, what in _REFERENCES:
        known = {_text(entry, "id") for _, entry in select(program, f"{section}.*")}
        for key, name in select(program, pattern):
            if isinstance(name, str) and name not in known:
                choices = ", ".join(sorted(filter(None, known))) or "none"
                yield key, f"there is no {what} {name!r}; there are: {choices}"


def _untranslated(program: Json) -> Iterator[Problem]:
    languages = _languages(program)
    for pattern in TEXTS:
        for key, texts in select(program, pattern):
            written = texts if isinstance(texts, dict) else languages
            for language in languages:
                if language not in written:
                    yield key, f"has no text for {language!r}"
            for language in written:
                if language not in spoken():
                    known = ", ".join(spoken())
                    yield (*key, language), f"{language!r} is no language we speak: {known}"


def _unspoken(program: Json) -> Iterator[Problem]:
    languages = _languages(program)
    for key, language in select(program, "company.language"):
        if isinstance(language, str) and languages and language not in languages:
            yield key, f"{language!r} is not among the languages"
    for key, language in select(program, "languages.*"):
        if languages.count(language) > 1:
            yield key, f"{language!r} is listed twice"
        if language in spoken() and (lacking := missing(language)):
            first = f"{lacking[0]!r}{' and others' if len(lacking) > 1 else ''}"
            yield key, f"the catalogue of {language!r} lacks {len(lacking)} of our texts: {first}"


def _reworded(program: Json) -> Iterator[Problem]:
    for key, survey in select(program, "surveys.*"):
        own = isinstance(survey, dict) and survey.get("question") is not None
        if own and survey.get("wording", STANDARD_WORDING) == STANDARD_WORDING:
            yield (
                (*key, "question"),
                f"a question of your own needs its own 'wording' name, other than {STANDARD_WORDING}",
            )


def _unfillable(program: Json) -> Iterator[Problem]:
    for key, text in _questions(program, "surveys.*."):
        try:
            fill(text if isinstance(text, str) else "", about="")
        except KeyError as exc:
            yield key, f"{exc} cannot be filled in; write {{about}}, or {{about:을/를}} in Korean"


def _unticked(program: Json) -> Iterator[Problem]:
    """A chip shows a tick once it is chosen; the schema counts the label without."""
    for key, label in select(program, "surveys.*.reasons.*.chips.*.label.*"):
        if isinstance(label, str) and _TICKED < len(label) <= BUTTON_LABEL:
            yield key, f"has {len(label)} characters; at most {_TICKED} fit beside its tick"


def _overfilled(program: Json) -> Iterator[Problem]:
    """A question is short enough only with what it is about filled in, perhaps more than once."""
    for key, survey in select(program, "surveys.*"):
        for place, text in _questions(survey):
            length = len(_filled(text, _abouts(survey).get(str(place[-1]))))
            if length > MESSAGE_TEXT:
                problem = f"has {length} characters once filled in; at most {MESSAGE_TEXT} fit"
                yield (*key, *place), problem


def _questions(value: Json, above: str = "") -> Iterator[tuple[Key, Json]]:
    """Yield the sentences of a company's own, in every wording and language."""
    for pattern in ("question.*", "variants.*.question.*"):
        yield from select(value, above + pattern)


def _abouts(survey: Json) -> Mapping[str, Json]:
    return {str(place[-1]): text for place, text in select(survey, "about.*")}


def _filled(text: Json, about: Json) -> str:
    if not isinstance(text, str) or not isinstance(about, str) or len(text) > MESSAGE_TEXT:
        return ""
    try:
        return fill(text, about=about)
    except KeyError:
        return ""


def _advertising(program: Json) -> Iterator[Problem]:
    written = program.get("advertising") if isinstance(program, dict) else None
    for key, incentive in select(program, "surveys.*.incentive"):
        if incentive == "own_goods" and written is None:
            yield key, _OWN_GOODS


def _misfit(program: Json) -> Iterator[Problem]:
    """A layout must have something to show for every score of the scale."""
    for key, survey in select(program, "surveys.*"):
        scale, layout = _text(survey, "instrument"), _text(survey, "layout")
        fitting, why = _FITS.get(layout, ((), ""))
        if fitting and scale in QUESTIONS and scale not in fitting:
            yield (
                (*key, "layout"),
                f"{layout!r} does not fit {scale}, only {', '.join(fitting)}: {why}",
            )


def _self_defeating(program: Json) -> Iterator[Problem]:
    for key, trigger in select(program, "triggers.*"):
        for place, kind in select(trigger, "withdrawn_by.*"):
            if kind == _text(trigger, "on"):
                yield (*key, *place), f"{kind!r} starts this trigger, so it cannot withdraw it"


def _no_night(program: Json) -> Iterator[Problem]:
    for key, quiet in select(program, "contact_rules.quiet_hours"):
        start = _text(quiet, "start")
        if start is not None and start == _text(quiet, "end"):
            yield key, "start and end are equal; write null to have no quiet hours"


def _overspent(program: Json) -> Iterator[Problem]:
    """A stage's score has one precision, and somebody must be asked for it."""
    stages = {_text(t, "id"): _text(t, "stage") for _, t in select(program, "touchpoints.*")}
    units = {_text(s, "id"): _text(s, "instrument") for _, s in select(program, "surveys.*")}
    asked = {
        (stages.get(_text(t, "touchpoint")), units.get(_text(t, "survey")))
        for _, t in select(program, "triggers.*")
    }
    taken: set[tuple[str | None, str | None]] = set()
    for key, budget in select(program, "budget.*"):
        place = _text(budget, "stage"), _text(budget, "unit")
        if place in taken:
            yield key, f"stage {place[0]!r} has a budget for {place[1]} already"
        elif place[0] in stages.values() and place[1] in QUESTIONS and place not in asked:
            yield key, f"no trigger asks {place[1]} at stage {place[0]!r}"
        taken.add(place)


def _nameless(program: Json) -> Iterator[Problem]:
    """A theme that adds to none of ours is shown to staff under its own label."""
    for key, theme in select(program, "themes.*"):
        name = _text(theme, "id")
        nameless = name is not None and not theme.get("label")
        if nameless and name not in {theme.id for theme in default_themes()}:
            yield key, f"{name!r} is none of the built-in themes, so it needs a label"


CHECKS: Final[tuple[Callable[[Json], Iterator[Problem]], ...]] = (
    _repeated_ids,
    _crowded,
    _dangling,
    _untranslated,
    _unspoken,
    _reworded,
    _unfillable,
    _unticked,
    _overfilled,
    _advertising,
    _misfit,
    _self_defeating,
    _no_night,
    _overspent,
    _nameless,
)


def problems(program: Json) -> Iterator[Problem]:
    """Yield what is wrong between the parts of a program, as key and sentence."""
    for check in CHECKS:
        yield from check(program)
