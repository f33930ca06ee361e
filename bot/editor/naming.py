"""What the inputs of the editor's form are called, as its labels call them: for sentences that name an input."""

from collections.abc import Iterator, Mapping
from typing import Final

from bot.editor.bench import TRIGGER
from bot.editor.conditions import ROOT
from bot.editor.parts import BANDS
from bot.editor.texts import say
from surveys.language.texts import languages
from surveys.stored_programs import ADVERTISING, BUDGET, CHANNELS, CONTACT_RULES

_CONDITION: Final = f"{TRIGGER}.{ROOT}"
_LABELS: Final[Mapping[str, str]] = {
    **{
        f"trigger.{name}": f"field.{name}"
        for name in ("on", "after", "max_wait", "touchpoint", "withdrawn_by")
    },
    **{f"trigger.{name}": f"field.{name}" for name in ("share", "occurrence", "reminder")},
    "trigger.follows": "field.follows",
    "trigger.follows.band": "field.follows.band",
    "trigger.channels.*": "channels.nth",
    "trigger.worth_asking": "worth",
    "trigger.worth_asking.kind": "worth.kind",
    "trigger.worth_asking.human": "worth.human",
    "trigger.worth_asking.once_per_resolution": "worth.once",
    "trigger.worth_asking.bulk.cases": "worth.cases",
    "trigger.worth_asking.bulk.within": "worth.within",
    **{f"survey.{name}": f"field.{name}" for name in ("instrument", "layout", "incentive")},
    **{f"survey.{name}": f"field.{name}" for name in ("about", "question", "wording", "thanks")},
    "survey.variants": "variants",
    "survey.variants.*": "variants.nth",
    "survey.variants.*.share": "variants.share",
    "survey.variants.*.wording": "field.wording",
    "survey.variants.*.question": "field.question",
    **{f"survey.reasons.{band}": f"band.{band}" for band in BANDS},
    **{f"survey.reasons.{band}.question": "field.reason" for band in BANDS},
    **{f"survey.reasons.{band}.chips.*": "chip" for band in BANDS},
    **{f"survey.reasons.{band}.chips.*.id": "chip.id" for band in BANDS},
    "rules.cap.asks": "field.cap.asks",
    "rules.cap.days": "field.cap.days",
    "rules.cooldown_days": "field.cooldown",
    "rules.quiet_hours.start": "field.quiet.start",
    "rules.quiet_hours.end": "field.quiet.end",
    "rules.quiet_hours.off": "field.quiet.off",
    "rules.holidays": "field.holidays",
    "budget.rows.*": "budget.nth",
    **{f"budget.rows.*.{name}": f"budget.{name}" for name in ("stage", "unit", "target")},
    "channels": "channels.shared",
    "channels.rows.*": "channels.nth",
    "advertising": "advertising",
    "advertising.sender": "advertising.sender",
    "advertising.opt_out": "advertising.opt_out",
    "advertising.consent.text": "advertising.consent",
    "advertising.consent.version": "advertising.version",
}
"""The key of the label of each input and of each group of them; ``*`` is a place in a list."""

_SHARED: Final = {
    CONTACT_RULES: "rules",
    BUDGET: "budget",
    ADVERTISING: "advertising",
    CHANNELS: "channels.shared",
}
"""The key of what stands above the inputs of each part that all triggers share."""


def label_of(language: str, name: str) -> str:
    """Return how an input is labelled, e.g. ``Low scores · Reason 1 · Korean``; its name where nothing labels it."""
    found = _of_condition(language, name) if _is_condition(name) else _of_others(language, name)
    return " · ".join(found) or name


def part_in_words(language: str, part: str) -> str:
    """Return what staff call a part of the program, e.g. ``Trigger delivery`` for ``trigger:delivery``."""
    kind, _, name = part.partition(":")
    return say(language, f"part.{kind}", name=name) if name else say(language, _SHARED[part])


def _is_condition(name: str) -> bool:
    return f"{name}.".startswith(f"{_CONDITION}.")


def _of_condition(language: str, name: str) -> Iterator[str]:
    """Yield which condition is meant, counted from one at each depth, and which of its inputs."""
    steps = name.removeprefix(_CONDITION).strip(".").split(".")
    number = ".".join(str(int(step) + 1) for step in steps if step.isdigit())
    yield f"{say(language, 'condition')} {number}".strip()
    labels = {
        "path": "condition.field",
        "value": "condition.value",
        "operator": "condition.operator",
    }
    if steps[-1] in labels:
        yield say(language, labels[steps[-1]])


def _of_others(language: str, name: str) -> Iterator[str]:
    at, number = "", ""
    for step in name.split("."):
        number = str(int(step) + 1) if step.isdigit() else number
        at = f"{at}.{'*' if step.isdigit() else step}".strip(".")
        if at in _LABELS:
            yield say(language, _LABELS[at], number=number)
        elif step in languages():
            yield say(language, f"language.{step}")
