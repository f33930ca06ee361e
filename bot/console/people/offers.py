"""What the filters of the log offer, each value under what it is called; rules are those that there are, in groups."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.console.people.saying import instrument_in_words
from bot.console.people_texts import named, say
from surveys.journey import say as choose
from surveys.model import Channel, VerdictKind
from surveys.program import Program
from surveys.service.reasons import rule_in_words

Options = tuple[tuple[str, str], ...]
"""Values, each with what it is called."""

RULES: Final[Mapping[str, tuple[str, ...]]] = {
    "passed": ("clear", "test"),
    "often": (
        *("cap", "cooldown", "paused", "turn", "rank", "asked_already"),
        "already_asked_for_this_resolution",
    ),
    "when": ("delay", "quiet_hours", "holiday", "ad_night", "too_late", "ask_by"),
    "event": (
        *("occurrence", "condition", "reversed", "no_human", "bulk_close"),
        *("branch", "no_answer"),
    ),
    "sample": ("sampling", "budget", "budget_met"),
    "customer": (
        *("customer_unknown", "unreachable", "blocked", "address_gone", "erased", "opted_out"),
        *("no_consent", "consent_withdrawn", "no_marketing_consent"),
        *("marketing_consent_withdrawn", "marketing_consent_lapsed"),
    ),
    "moved": ("joined", "opened_here", "fell_back"),
    "house": ("staff_pause", "bug"),
}
"""The rules that a verdict can name, by what they look at."""
OTHER: Final = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Options that belong together."""

    label: str
    options: Options


class Names:
    """What triggers and surveys are called: two that would be called the same say their ids as well."""

    def __init__(self, program: Program, language: str) -> None:
        self._program = program
        self._language = language
        self.triggers = _distinct({each.id: self._asking(each.id) for each in program.triggers})
        self.surveys = _distinct({each.id: self._about(each.id) for each in program.surveys})

    def trigger(self, name: str) -> str:
        """Return where a trigger asks, and what; its id where the program no longer has it."""
        return self.triggers.get(name, name)

    def stages(self) -> Options:
        """Return the stages, in the order of the journey."""
        return tuple((each.id, self._chosen(each.label)) for each in self._program.stages)

    def _asking(self, trigger_id: str) -> str:
        trigger = self._program.trigger(trigger_id)
        place = self._chosen(self._program.touchpoint(trigger.touchpoint).label)
        return f"{place} · {self._instrument(trigger.survey)}"

    def _about(self, survey_id: str) -> str:
        about = self._chosen(self._program.survey(survey_id).about)
        return " · ".join(filter(None, (about, self._instrument(survey_id))))

    def _instrument(self, survey_id: str) -> str:
        return instrument_in_words(self._program.survey(survey_id).instrument, self._language)

    def _chosen(self, texts: Mapping[str, str]) -> str:
        return choose(texts, self._language, self._program.company.language)


def offers(names: Names, language: str) -> dict[str, Options]:
    """Return what each filter of a closed list offers."""
    return {
        "trigger": tuple(names.triggers.items()),
        "survey": tuple(names.surveys.items()),
        "stage": names.stages(),
        "verdict": tuple((each.value, named(language, "verdict", each)) for each in VerdictKind),
        "channel": tuple((each.value, named(language, "channel", each)) for each in Channel),
    }


def rule_groups(codes: Iterable[str], program: Program, language: str) -> tuple[Group, ...]:
    """Return these rules in words, in the order in which ``RULES`` has them; one that it has not comes last."""
    there = set(codes)
    known = {code for listed in RULES.values() for code in listed}
    ranked = {**RULES, OTHER: tuple(sorted(there - known))}
    found = {
        name: tuple(code for code in listed if code in there) for name, listed in ranked.items()
    }
    return tuple(
        Group(
            label=say(language, f"rules.{name}"),
            options=tuple((code, rule_in_words(code, program, language)) for code in listed),
        )
        for name, listed in found.items()
        if listed
    )


def _distinct(labels: Mapping[str, str]) -> dict[str, str]:
    uses = Counter(labels.values())
    return {name: f"{said} ({name})" if uses[said] > 1 else said for name, said in labels.items()}
