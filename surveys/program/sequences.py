"""What a program's sequences must have in common: asks that follow answers, questions after a complaint, wordings by lot.

Like the other checks, these look at plain values and pass over what has another shape than they expect.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from math import fsum, isclose
from typing import Any, Final

from surveys.instruments import RESOLVED
from surveys.program.checks import Key, Problem, select
from surveys.program.contact import Cap, ContactRules
from surveys.program.durations import duration, duration_text
from surveys.program.schema import (
    CASE_RESOLVED,
    STANDARD_WORDING,
    Trigger,
)

Json = Any

_ANSWERED_WITHIN: Final = timedelta(hours=24)
_ANSWERED_AFTER_REMINDER: Final = timedelta(hours=72)


def _text(value: Json, *path: str) -> str | None:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else None


def _triggers(program: Json) -> Iterator[tuple[Key, Mapping[str, Json]]]:
    found = select(program, "triggers.*")
    return ((key, trigger) for key, trigger in found if isinstance(trigger, Mapping))


def _surveys(program: Json) -> dict[str, Mapping[str, Json]]:
    found = (survey for _, survey in select(program, "surveys.*"))
    return {str(s.get("id")): s for s in found if isinstance(s, Mapping)}


# --- what starts an ask ---------------------------------------------------------------------------


def _unstarted(program: Json) -> Iterator[Problem]:
    for key, trigger in _triggers(program):
        starts = [name for name in ("on", "follows") if trigger.get(name) is not None]
        if not starts:
            yield (*key, "on"), "is missing"
        elif len(starts) > 1:
            yield (
                (*key, "follows"),
                "stands beside 'on'; an event starts the ask or an answer, not both",
            )
        elif starts == ["follows"] and trigger.get("occurrence") is not None:
            yield (*key, "occurrence"), "counts events, and an answer starts this trigger"


def _circular(program: Json) -> Iterator[Problem]:
    edges: dict[str, list[str]] = {}
    for _, trigger in _triggers(program):
        before, after = _text(trigger, "follows", "survey"), _text(trigger, "survey")
        if before and after:
            edges.setdefault(before, []).append(after)
    for key, trigger in _triggers(program):
        before, after = _text(trigger, "follows", "survey"), _text(trigger, "survey")
        way = _way(edges, after, before) if before and after else None
        if way is not None:
            circle = " -> ".join((before or "", *way))
            yield (*key, "follows", "survey"), f"goes in a circle: {circle}"


def _way(edges: Mapping[str, list[str]], start: str, goal: str) -> tuple[str, ...] | None:
    """Return the surveys from one to another along the chains, both included; None where none leads there."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    for way in ways:
        if way[-1] == goal:
            return way
        for after in edges.get(way[-1], ()):
            if after not in seen:
                seen.add(after)
                ways.append((*way, after))
    return None


def _misplaced(program: Json) -> Iterator[Problem]:
    """Ask whether a complaint is sorted only after a complaint: such a question is outside of the cap."""
    surveys = _surveys(program)
    for key, trigger in _triggers(program):
        asks = _text(surveys.get(_text(trigger, "survey") or ""), "instrument")
        about_a_case = _text(trigger, "on") == CASE_RESOLVED
        if asks == RESOLVED.id and not about_a_case:
            yield (*key, "survey"), f"asks {RESOLVED.id!r}, which only {CASE_RESOLVED} can start"
        elif asks is not None and asks != RESOLVED.id and about_a_case:
            yield (
                (*key, "survey"),
                f"{CASE_RESOLVED} starts only a survey that asks {RESOLVED.id!r}",
            )


# --- wordings by lot ------------------------------------------------------------------------------


def _unshared(program: Json) -> Iterator[Problem]:
    for key, variants in select(program, "surveys.*.variants"):
        if not isinstance(variants, list) or not variants:
            continue
        shares = [v.get("share") for v in variants if isinstance(v, Mapping)]
        numbers = [s for s in shares if isinstance(s, int | float) and not isinstance(s, bool)]
        if len(variants) == 1:
            yield key, "has one wording only; write it as the survey's own question and wording"
        elif len(numbers) == len(variants) and not isclose(fsum(numbers), 1, abs_tol=1e-6):
            percent = f"{100 * fsum(numbers):g}%"
            yield key, f"the shares make {percent} together; they must make 100%, that is 1"


def _confused(program: Json) -> Iterator[Problem]:
    """Keep the wordings apart, and each name to one sentence."""
    for key, survey in select(program, "surveys.*"):
        taken = set[str]()
        for place, variant in select(survey, "variants.*"):
            name = _text(variant, "wording")
            if name is not None and name in taken:
                yield (*key, *place, "wording"), f"{name!r} is used twice here"
            taken.add(name or "")
            yield from _misnamed((*key, *place), variant)
        if taken:
            yield from _beside(key, survey)


def _misnamed(key: Key, variant: Json) -> Iterator[Problem]:
    own = isinstance(variant, Mapping) and variant.get("question") is not None
    standard = _text(variant, "wording") == STANDARD_WORDING
    if own and standard:
        problem = (
            f"a question of your own needs its own 'wording' name, other than {STANDARD_WORDING}"
        )
        yield (*key, "question"), problem
    elif not own and not standard and _text(variant, "wording"):
        yield (*key, "wording"), f"the standard question's wording is named {STANDARD_WORDING}"


def _beside(key: Key, survey: Mapping[str, Json]) -> Iterator[Problem]:
    for name in ("question", "wording"):
        if survey.get(name) is not None:
            yield (*key, name), "stands beside 'variants'; make it one of them"


CHECKS: Final[tuple[Callable[[Json], Iterator[Problem]], ...]] = (
    _unstarted,
    _circular,
    _misplaced,
    _unshared,
    _confused,
)


def problems(program: Json) -> Iterator[Problem]:
    """Yield what is wrong about a program's sequences, as key and sentence."""
    for check in CHECKS:
        yield from check(program)


# --- chains that never come about ------------------------------------------------------------------


def advice(program: Json) -> Iterator[Problem]:
    """Name each chain whose ask is too late by the time that the contact rules allow it."""
    for key, trigger in _triggers(program):
        before = _text(trigger, "follows", "survey")
        if before is None:
            continue
        try:
            reach = _reach(program, trigger, before)
            name, days = _pause(program, trigger, before)
        except ValueError:
            continue  # the schema's business
        if timedelta(days=days) >= reach:
            yield key, _never(name, days, reach, trigger)


def _never(name: str, days: int, reach: timedelta, trigger: Mapping[str, Json]) -> str:
    waits = trigger.get("after", "0s"), trigger.get("max_wait", _default("max_wait"))
    return (
        f"is never asked: {name} allows it {days}d after the first question, and it is dropped "
        f"{duration_text(reach)} after that at the latest (answered in time, after {waits[0]}, max_wait {waits[1]})"
    )


def _default(name: str) -> str:
    return duration_text(Trigger.model_fields[name].default)


def _reach(program: Json, trigger: Mapping[str, Json], before: str) -> timedelta:
    """Return how long after the first question was sent the chained one can go out at the latest."""
    reminded = any(
        t.get("reminder") is True for _, t in _triggers(program) if t.get("survey") == before
    )
    answered = _ANSWERED_AFTER_REMINDER if reminded else _ANSWERED_WITHIN
    after, max_wait = trigger.get("after", "0s"), trigger.get("max_wait", _default("max_wait"))
    reach: timedelta = answered + duration(after) + duration(max_wait)
    return reach


def _pause(program: Json, trigger: Mapping[str, Json], before: str) -> tuple[str, int]:
    """Return the rule that keeps the chained ask waiting longest after the first question, and its days."""
    asks = _number(program, "contact_rules.cap.asks", Cap().asks)
    days = _number(program, "contact_rules.cap.days", Cap().days)
    cooldown = _number(program, "contact_rules.cooldown_days", ContactRules().cooldown_days)
    pauses = [(f"the cap of {asks} in {days}d", days if asks == 1 else 0)]
    if _same_clock(program, trigger, before):
        pauses.append((f"the cooldown of {cooldown}d", cooldown))
    return max(pauses, key=lambda pause: pause[1])


def _number(program: Json, place: str, default: int) -> int:
    """Return the whole number at a place; the default where there is none, which is then the schema's business."""
    found = next((value for _, value in select(program, place)), default)
    return found if isinstance(found, int) else default


def _same_clock(program: Json, trigger: Mapping[str, Json], before: str) -> bool:
    """Say whether both surveys put the same kind of question about the same stage, wherever the first is asked."""
    surveys = _surveys(program)
    points = {_text(p, "id"): _text(p, "stage") for _, p in select(program, "touchpoints.*")}
    kinds = {_text(surveys.get(s or ""), "instrument") for s in (before, _text(trigger, "survey"))}
    asked = [t for _, t in _triggers(program) if t.get("survey") == before]
    stages = {points.get(_text(t, "touchpoint")) for t in (*asked, trigger)}
    return len(kinds) == 1 and len(stages) == 1 and bool(asked)
