"""What each part of a program says, line by line: a label as the form has it, and the value in words."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from bot.program_words.conditions import in_words
from bot.program_words.house import house_rows
from bot.program_words.line import Row, texts, unnamed
from bot.program_words.vocabulary import Vocabulary
from surveys.instruments import Band, instrument
from surveys.language.josa import fill
from surveys.language.texts import say as said_to_customers
from surveys.program.parts import ROWS
from surveys.program.schema import STANDARD_WORDING
from surveys.stored_programs import ADVERTISING, BUDGET, CHANNELS, CONTACT_RULES

Json = Any
Content = Mapping[str, Json]
Said = Callable[[Vocabulary, Json], str]


@dataclass(frozen=True, slots=True)
class _Plain:
    """A key whose value is one line.

    Attributes:
        label: as the form has it; ``@`` begins one that no form has.
        usual: the value that is not worth a line, unless it changes.
    """

    label: str
    said: Said
    usual: Json = ...


# --- a trigger ------------------------------------------------------------------------------------


def _follows(words: Vocabulary, value: Content) -> str:
    band = value["band"]
    which = words.say("follows.any") if band == "any" else words.named("band", band)
    return words.say("follows", survey=words.survey(value["survey"]), band=which)


def _worth(words: Vocabulary, value: Content) -> str:
    bulk = value["bulk"]
    found = [
        words.say(f"worth.human.{'yes' if value['human'] else 'no'}"),
        words.say(f"worth.once.{'yes' if value['once_per_resolution'] else 'no'}"),
    ]
    if bulk is None:
        return words.listed([*found, words.say("worth.bulk.no")])
    cases, within = str(bulk["cases"]), words.span(bulk["within"])
    return words.listed([*found, words.say("worth.bulk.yes", cases=cases, within=within)])


_TRIGGER: Final[Mapping[str, _Plain]] = {
    "on": _Plain("field.on", Vocabulary.codes, None),
    "follows": _Plain("@follows.label", _follows, None),
    "where": _Plain("condition", in_words),
    "after": _Plain("field.after", Vocabulary.span),
    "max_wait": _Plain("field.max_wait", Vocabulary.span),
    "survey": _Plain("@survey", Vocabulary.survey),
    "touchpoint": _Plain("field.touchpoint", Vocabulary.touchpoint),
    "channels": _Plain("channels", Vocabulary.channels),
    "share": _Plain("field.share", Vocabulary.percent),
    "occurrence": _Plain("field.occurrence", lambda words, n: words.say("occurrence", n=str(n))),
    "reminder": _Plain("field.reminder", lambda words, v: words.yes_no(value=v)),
    "withdrawn_by": _Plain("field.withdrawn_by", Vocabulary.codes, []),
    "worth_asking": _Plain("worth", _worth, None),
}
_ABSENT: Final = {"where": "condition.none", "occurrence": "occurrence.none"}
"""What it means that a key of a trigger says nothing, where that is more than nothing."""


def _label(words: Vocabulary, label: str) -> str:
    return words.say(label[1:]) if label.startswith("@") else words.label(label)


def _trigger(words: Vocabulary, content: Content) -> Iterator[Row]:
    for key, plain in _TRIGGER.items():
        value = content.get(key)
        told = _absent(words, key) if value is None else plain.said(words, value)
        usual = value == plain.usual
        yield Row(at=key, label=_label(words, plain.label), words=told, is_inner=usual)


def _absent(words: Vocabulary, key: str) -> str:
    if key == "worth_asking":
        return words.named("worth", "none")
    return words.say(_ABSENT[key]) if key in _ABSENT else words.nothing


# --- a survey -------------------------------------------------------------------------------------


def _survey(words: Vocabulary, content: Content) -> Iterator[Row]:
    measure = content["instrument"]
    named = words.named("instrument", measure)
    yield Row(at="instrument", label=words.label("field.instrument"), words=named)
    yield from texts(words, "about", words.label("field.about"), content["about"])
    if content["variants"]:
        yield from _variants(words, content)
    else:
        own = content["question"]
        yield from _question(words, "question", words.label("part.question"), own, content)
    yield Row(
        at="wording",
        label=words.label("field.wording"),
        words=wording(words, content["wording"]),
        is_inner=True,
    )
    yield from _reasons(words, content["reasons"])
    yield from _manner(words, content)
    number = str(content["version"])
    yield Row(at="version", label=words.say("survey.version"), words=number, is_inner=True)


def _manner(words: Vocabulary, content: Content) -> Iterator[Row]:
    """Yield how it ends, how its buttons look and what an answer is rewarded with."""
    thanks = _standard(words, "thanks") if content["thanks"] is None else content["thanks"]
    is_own = content["thanks"] is not None
    yield from texts(words, "thanks", words.label("field.thanks"), thanks, is_own=is_own)
    layout = "none" if content["layout"] == "standard" else content["layout"]
    yield Row(at="layout", label=words.label("field.layout"), words=words.named("layout", layout))
    reward = content["incentive"]
    named = words.named("incentive", reward).partition(" (")[0]
    incentive = words.nothing if reward == "none" else named
    yield Row(at="incentive", label=words.label("field.incentive"), words=incentive)


def wording(words: Vocabulary, name: str) -> str:
    """Return what a wording is called; the standard one says that it is."""
    return words.say("wording.standard", name=name) if name == STANDARD_WORDING else name


def _standard(words: Vocabulary, key: str) -> dict[str, str]:
    """Return what customers read where the program says nothing of its own."""
    return {spoken: said_to_customers(spoken, key) for spoken in words.program.languages}


def _question(
    words: Vocabulary, at: str, label: str, own: Content | None, content: Content
) -> Iterator[Row]:
    """Yield the question as customers read it, the standard one where there is none of its own."""
    about, measure = content["about"], instrument(content["instrument"])
    stems = own or {each: measure.wording(each).question for each in words.program.languages}
    put = {
        spoken: fill(stem, about=about.get(spoken, words.chosen(about)))
        for spoken, stem in stems.items()
    }
    yield from texts(words, at, label, put, is_own=own is not None)


def _variants(words: Vocabulary, content: Content) -> Iterator[Row]:
    for each in content["variants"]:
        name = each["wording"]
        at, label = f"variants.{name}", words.say("variant", name=wording(words, name))
        share = words.label("variants.share")
        shown = words.percent(each["share"])
        yield Row(at=f"{at}.share", label=f"{label} · {share}", words=shown)
        yield from _question(words, f"{at}.question", label, each["question"], content)


def _reasons(words: Vocabulary, reasons: Content) -> Iterator[Row]:
    for band in get_args(Band):
        said, at = reasons.get(band), f"reasons.{band}"
        named = words.named("band", band)
        question = said["question"] if said else _standard(words, "reason.default")
        label = f"{named} · {words.label('field.reason')}"
        yield from texts(words, f"{at}.question", label, question, is_own=said is not None)
        yield from _chips(words, at, named, said["chips"] if said else ())


def _chips(words: Vocabulary, at: str, band: str, chips: Json) -> Iterator[Row]:
    label = f"{band} · {words.say('chips')}"
    spoken = dict.fromkeys(language for chip in chips for language in chip["label"])
    for language in spoken:
        told = words.listed(words.quoted(chip["label"].get(language, "")) for chip in chips)
        named = f"{label} · {words.tongue(language)}"
        yield Row(at=f"{at}.chips.{language}", label=named, words=told)
    if chips:
        names = words.listed(chip["id"] for chip in chips)
        named = f"{label} · {words.label('chip.id')}"
        yield Row(at=f"{at}.chips.id", label=named, words=names, is_inner=True)


# --- what holds for every trigger -----------------------------------------------------------------


def _rules(words: Vocabulary, content: Content) -> Iterator[Row]:
    cap, quiet, holidays = content["cap"], content["quiet_hours"], content["holidays"]
    days = words.span(f"{cap['days']}d")
    yield Row(
        at="cap",
        label=words.label("field.cap.asks"),
        words=words.counted("cap", cap["asks"], days=days),
    )
    pause = (
        words.span(f"{content['cooldown_days']}d") if content["cooldown_days"] else words.nothing
    )
    yield Row(at="cooldown_days", label=words.label("field.cooldown"), words=pause)
    hours = words.say("quiet.none") if quiet is None else f"{quiet['start']}–{quiet['end']}"
    yield Row(at="quiet_hours", label=words.say("quiet"), words=hours)
    country = words.label("country.none") if holidays is None else words.country(holidays)
    yield Row(at="holidays", label=words.label("field.holidays"), words=country)


def _budget(words: Vocabulary, content: Json) -> Iterator[Row]:
    for each in content:
        measure = words.named("measure", each["unit"])
        label = " · ".join((words.label("budget"), words.stage(each["stage"]), measure))
        target = words.say("budget.target", points=f"{each['target']:.12g}")
        yield Row(at=f"rows.{each['stage']}.{each['unit']}", label=label, words=target)
        known = ("stage", "unit", "target", "per")
        yield from unnamed(words, each, known, above=f"rows.{each['stage']}.{each['unit']}")


def _channels(words: Vocabulary, content: Json) -> Iterator[Row]:
    yield Row(at=ROWS, label=words.label("channels.shared"), words=words.channels(content))


def _advertising(words: Vocabulary, content: Content) -> Iterator[Row]:
    for key in ("sender", "opt_out"):
        yield from texts(words, key, words.label(f"advertising.{key}"), content[key])
    consent = content["consent"]
    label = words.label("advertising.consent")
    yield from texts(words, "consent.text", label, consent["text"])
    version = words.label("advertising.version")
    yield Row(at="consent.version", label=version, words=consent["version"])


_SAID: Final[Mapping[str, tuple[Callable[[Vocabulary, Json], Iterator[Row]], tuple[str, ...]]]] = {
    "trigger": (_trigger, (*_TRIGGER, "id")),
    "survey": (
        _survey,
        (
            *("id", "version", "instrument", "about", "question", "wording", "variants"),
            *("reasons", "thanks", "layout", "incentive"),
        ),
    ),
    CONTACT_RULES: (_rules, ("cap", "cooldown_days", "quiet_hours", "holidays")),
    ADVERTISING: (_advertising, ("sender", "opt_out", "consent")),
    BUDGET: (_budget, ()),
    CHANNELS: (_channels, ()),
}
"""How each kind of part is said, and the keys that this says; any other is said by its name."""


def rows_of(words: Vocabulary, part: str, content: Json) -> tuple[Row, ...]:
    """Return what a part says, defaults written out; nothing for one that is not there."""
    if not content and (part != CHANNELS or content is None):
        return ()
    if part.partition(":")[0] not in _SAID:
        return tuple(house_rows(words, content))
    said, known = _SAID[part.partition(":")[0]]
    more = unnamed(words, content, known) if isinstance(content, Mapping) else ()
    return (*said(words, content), *more)
