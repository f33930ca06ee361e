"""Values of a program in a reader's words: spans of time, shares, names of places, languages and channels."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from babel import Locale

from surveys.journey import say as choose
from surveys.language.texts import STAFF, languages, said, template
from surveys.program import Program, Survey, Trigger

Json = Any
CATALOGUE: Final = "parts"
FORM: Final = "editor"
"""The catalogue of the form's labels: a change is called as the field in which it was typed."""


def say(language: str, key: str, **values: str) -> str:
    """Return one of our sentences; raises KeyError for an unknown key."""
    return said(CATALOGUE, language, key, **values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Says values in one language; what a program calls its parts is looked up in ``program``, then in the ``other``."""

    language: str
    program: Program
    other: Program | None = None

    def say(self, key: str, **values: str) -> str:
        """Return one of our sentences; raises KeyError for an unknown key."""
        return say(self.language, key, **values)

    def label(self, key: str, **values: str) -> str:
        """Return what the form calls an input, without the unit or the remark that its label ends with."""
        written = said(FORM, self.language, key, **values)
        return written.partition(" (")[0]

    def named(self, group: str, value: str, catalogue: str = FORM) -> str:
        """Return what a stable word is called; one without a name is itself."""
        return template(self.language, f"{group}.{value}", catalogue) or value

    def chosen(self, texts: Mapping[str, str]) -> str:
        """Return a text of the program in the reader's language, else in the company's."""
        return choose(texts, self.language, self.program.company.language)

    # --- values ---------------------------------------------------------------------------------------

    @property
    def nothing(self) -> str:
        """What stands where there is no value."""
        return self.say("none")

    def quoted(self, text: str) -> str:
        """Return somebody's words in quotation marks."""
        return self.say("quoted", text=text)

    def codes(self, names: str | Sequence[str]) -> str:
        """Return names that other systems gave, such as types of events, as they are."""
        return names if isinstance(names, str) else self.listed(names)

    def yes_no(self, *, value: bool) -> str:
        """Return yes or no."""
        return self.named("yesno", str(value).lower())

    def span(self, written: str) -> str:
        """Return a span of time such as ``14d``; none at all is at once."""
        amount, unit = written[:-1], written[-1:]
        if not amount.isdigit() or unit not in "smhd":
            return written
        if int(amount) == 0:
            return self.say("span.none")
        return self.say(f"span.{unit}.{'one' if int(amount) == 1 else 'many'}", n=amount)

    def percent(self, share: float) -> str:
        """Return a share of one in hundredths."""
        return f"{share * 100:.12g}%"

    def counted(self, key: str, count: float, **values: str) -> str:
        """Return a sentence with a number in it, in the singular or the plural."""
        return self.say(f"{key}.{'one' if count == 1 else 'many'}", n=f"{count:,.12g}", **values)

    def listed(self, items: Iterable[str]) -> str:
        """Return them one after another; that there are none where there are none."""
        return ", ".join(items) or self.nothing

    def plain(self, value: Json) -> str:
        """Return any value in words, however it is nested: what has no name of its own is told by this."""
        if value is None or value == "":
            return self.nothing
        if isinstance(value, bool):
            return self.yes_no(value=value)
        if isinstance(value, int | float):
            return f"{value:.12g}" if isinstance(value, float) else str(value)
        return self.quoted(value) if isinstance(value, str) else self.listed(self._inside(value))

    def _inside(self, value: Json) -> Iterable[str]:
        if isinstance(value, Mapping):
            return (f"{spaced(str(name))} {self.plain(each)}" for name, each in value.items())
        return (self.plain(each) for each in value)

    # --- names ----------------------------------------------------------------------------------------

    def tongue(self, language: str) -> str:
        """Return the name of a language."""
        return str(Locale.parse(self.language).languages.get(language, language))

    def rank(self, language: str) -> tuple[int, str]:
        """Return where a language stands among those of the program, others after them."""
        spoken = (*self.program.languages, language)
        return spoken.index(language), language

    def country(self, code: str) -> str:
        """Return the name of a country."""
        return str(Locale.parse(self.language).territories.get(code, code))

    def channel(self, channel: str) -> str:
        """Return the name of a channel."""
        return self.named("channel", channel, STAFF)

    def channels(self, channels: Sequence[str]) -> str:
        """Return channels, the best first; with none named the customer's own choice holds."""
        return ", ".join(map(self.channel, channels)) or self.say("channels.any")

    def stage(self, stage_id: str) -> str:
        """Return the label of a stage."""
        return self._labelled(stage_id, [each.stages for each in self._programs()])

    def touchpoint(self, touchpoint_id: str) -> str:
        """Return the label of a touchpoint."""
        return self._labelled(touchpoint_id, [each.touchpoints for each in self._programs()])

    def survey(self, survey_id: str) -> str:
        """Return what a survey is about, and its name."""
        found = self._first(survey_id, [each.surveys for each in self._programs()])
        about = self.chosen(found.about) if isinstance(found, Survey) else ""
        return self.say("name", label=about, id=survey_id) if about else survey_id

    def trigger(self, trigger_id: str) -> str:
        """Return the touchpoint at which a trigger asks, and its name."""
        found = self._first(trigger_id, [each.triggers for each in self._programs()])
        if not isinstance(found, Trigger):
            return trigger_id
        return self.say("name", label=self.touchpoint(found.touchpoint), id=trigger_id)

    def place(self, destination: str) -> str:
        """Return where staff are told, e.g. ``slack:C0123456789``, its channel by its name."""
        channel, _, name = destination.partition(":")
        return f"{self.channel(channel)} {name}"

    def _programs(self) -> Iterable[Program]:
        return (self.program,) if self.other is None else (self.program, self.other)

    def _labelled(self, name: str, sections: Iterable[Iterable[Json]]) -> str:
        found = self._first(name, sections)
        return name if found is None else self.chosen(found.label)

    def _first(self, name: str, sections: Iterable[Iterable[Json]]) -> Json:
        return next((e for entries in sections for e in entries if e.id == name), None)


def spaced(key: str) -> str:
    """Return a name that only code has, as words."""
    return key.replace("_", " ").replace(".", " · ")


def is_texts(value: Json) -> bool:
    """Say whether it is one sentence in several languages."""
    return (
        isinstance(value, Mapping)
        and bool(value)
        and set(value) <= set(languages())
        and all(isinstance(text, str) for text in value.values())
    )
