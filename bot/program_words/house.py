"""What all parts of a program share, line by line: company, languages, journey, consent, segments, alerts, themes."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from bot.program_words.line import Row, texts, unnamed
from bot.program_words.vocabulary import Vocabulary

Json = Any
Content = Mapping[str, Json]


def house_rows(words: Vocabulary, content: Content) -> Iterator[Row]:
    """Yield what the rest of a program says, beside surveys, triggers and what all triggers share."""
    for key, said in _SECTIONS.items():
        if key in content:
            yield from said(words, content[key])
    yield from unnamed(words, content, _SECTIONS)


def _one(key: str, said: Callable[[Vocabulary, Json], str]) -> Callable[..., Iterator[Row]]:
    def rows(words: Vocabulary, value: Json) -> Iterator[Row]:
        yield Row(at=key, label=words.say(f"house.{key}"), words=said(words, value))

    return rows


def _company(words: Vocabulary, value: Content) -> Iterator[Row]:
    yield from texts(words, "company.name", words.say("house.company"), value["name"])
    yield Row(at="company.zone", label=words.say("house.zone"), words=value["zone"])
    language = words.tongue(value["language"])
    yield Row(at="company.language", label=words.say("house.language"), words=language)
    yield from unnamed(words, value, ("name", "zone", "language"), above="company")


def _stages(words: Vocabulary, value: Json) -> Iterator[Row]:
    yield from _order(words, "stages", value)
    for each in value:
        label = words.say("house.stage", id=each["id"])
        yield from texts(words, f"stages.{each['id']}", label, each["label"])


def _touchpoints(words: Vocabulary, value: Json) -> Iterator[Row]:
    yield from _order(words, "touchpoints", value)
    for each in value:
        label = words.say("house.touchpoint", id=each["id"])
        at = f"touchpoints.{each['id']}"
        yield from texts(words, at, label, each["label"])
        stage = f"{label} · {words.label('budget.stage')}"
        yield Row(at=f"{at}.stage", label=stage, words=words.stage(each["stage"]))


def _order(words: Vocabulary, key: str, entries: Json) -> Iterator[Row]:
    """Yield which entries there are, in their order."""
    named = words.listed(words.chosen(each["label"]) for each in entries)
    yield Row(at=key, label=words.say(f"house.{key}"), words=named)


def _consent(words: Vocabulary, value: Content) -> Iterator[Row]:
    yield from texts(words, "consent.text", words.say("house.consent"), value["text"])
    version = words.label("advertising.version")
    yield Row(at="consent.version", label=version, words=value["version"])


def _segments(words: Vocabulary, value: Json) -> Iterator[Row]:
    yield from _order(words, "segments", value)
    for each in value:
        at, label = f"segments.{each['id']}", words.say("house.segment", id=each["id"])
        yield from texts(words, at, label, each["label"])
        where, _, name = each["from"].partition(".")
        source = words.say(f"segment.{where}", name=name)
        yield Row(at=f"{at}.from", label=f"{label} · {words.say('segment.from')}", words=source)


def _alerts(words: Vocabulary, value: Content) -> Iterator[Row]:
    weeks = words.counted("weeks", value["false_alarm_weeks"])
    at = "alerts.false_alarm_weeks"
    yield Row(at=at, label=words.say("house.false_alarms"), words=weeks)
    told = words.listed(map(words.place, value["destinations"]))
    yield Row(at="alerts.destinations", label=words.say("house.destinations"), words=told)
    yield from unnamed(words, value, ("false_alarm_weeks", "destinations"), above="alerts")


def _themes(words: Vocabulary, value: Json) -> Iterator[Row]:
    named = [words.chosen(each["label"] or {}) or each["id"] for each in value]
    yield Row(at="themes", label=words.say("house.themes"), words=words.listed(named))
    for each, name in zip(value, named, strict=True):
        yield from _theme(words, f"themes.{each['id']}", words.say("house.theme", name=name), each)


def _theme(words: Vocabulary, at: str, label: str, value: Content) -> Iterator[Row]:
    yield from texts(words, f"{at}.label", label, value["label"] or {})
    for language, phrases in value["words"].items():
        named = f"{label} · {words.say('theme.words')} · {words.tongue(language)}"
        yield Row(at=f"{at}.words.{language}", label=named, words=words.plain(phrases))
    for key in ("chips", "trouble", "instead"):
        named = f"{label} · {words.say(f'theme.{key}')}"
        yield Row(at=f"{at}.{key}", label=named, words=words.plain(value[key]))
    known = ("id", "label", "words", "chips", "trouble", "instead")
    yield from unnamed(words, value, known, above=at)


_SECTIONS: Final[Mapping[str, Callable[[Vocabulary, Json], Iterator[Row]]]] = {
    "company": _company,
    "languages": _one("languages", lambda words, value: words.listed(map(words.tongue, value))),
    "stages": _stages,
    "touchpoints": _touchpoints,
    "consent": _consent,
    "attributes": _one("attributes", Vocabulary.codes),
    "segments": _segments,
    "fall_back_after": _one("fall_back_after", Vocabulary.span),
    "purchases": _one("purchases", Vocabulary.codes),
    "alerts": _alerts,
    "themes": _themes,
}
