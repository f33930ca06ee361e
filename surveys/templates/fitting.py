"""Makes a template's parts fit one program: its languages, its company's name, its stages and its ids."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from surveys.errors import InvalidInput
from surveys.journey import Slug
from surveys.language.josa import fill
from surveys.language.texts import languages
from surveys.program import Program, Survey
from surveys.templates.schema import Template

Json = Any

_LONGEST_NAME = 40
"""Characters of a company's name that every label of a template has room for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something to know about a template in this program: a stable word, and what fills its sentence."""

    key: Literal["place_used", "place_moved", "beside"]
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a program lacks of a template, as plain values; ``touchpoint`` is None where it has that already.

    ``notes`` tell whoever adds it what was taken over, and what happens beside it.
    """

    touchpoint: Mapping[str, Json] | None
    survey: Mapping[str, Json]
    trigger: Mapping[str, Json]
    notes: tuple[Note, ...] = ()

    def sections(self) -> dict[str, Mapping[str, Json]]:
        """Return each part by the section of a program that it belongs to."""
        own = {"touchpoints": self.touchpoint, "surveys": self.survey, "triggers": self.trigger}
        return {name: part for name, part in own.items() if part is not None}


def fit(
    template: Template, program: Program, *, stage: str | None = None, name: Slug | None = None
) -> Parts:
    """Return the parts that the program lacks.

    ``stage`` is the program's own stage, where that has another id; ``name`` takes the place of the template's id.
    Raises InvalidInput where the stage is unknown, an id is taken or a language has no text.
    """
    stage = _stage(program, stage or template.stage)
    name = name or template.id
    content = _spoken(template, program)
    survey_id = template.survey.id.replace(template.id, name, 1)
    place, notes = _place(template, program, stage, name)
    survey = {**content["survey"], "id": survey_id}
    trigger = {**content["trigger"], "id": name, "survey": survey_id, "touchpoint": place}
    _free("survey", survey_id, {each.id for each in program.surveys})
    _free("trigger", name, {each.id for each in program.triggers})
    known = place in {each.id for each in program.touchpoints}
    touchpoint = None if known else {**content["touchpoint"], "id": place, "stage": stage}
    return Parts(
        touchpoint=touchpoint,
        survey=survey,
        trigger=trigger,
        notes=(*notes, *_beside(template, program)),
    )


def with_parts(program: Program, parts: Parts) -> Program:
    """Return the program with the parts at the ends of their sections; raises ProgramFault for what can't be."""
    content = json.loads(program.to_json())
    for section, part in parts.sections().items():
        content[section].append(dict(part))
    return Program.from_json(json.dumps(content))


def spoken(template: Template, program: Program) -> Survey:
    """Return the survey as the program's company would ask it, whether or not it fits; raises InvalidInput."""
    return Survey.model_validate_json(json.dumps(_spoken(template, program)["survey"]))


def plain(template: Template, program: Program) -> dict[str, Mapping[str, Json]]:
    """Return all its parts by section, for a program that can't take them as it is; raises InvalidInput."""
    content = _spoken(template, program)
    names = {"touchpoint": "touchpoints", "survey": "surveys", "trigger": "triggers"}
    return {names[name]: part for name, part in content.items()}


def _stage(program: Program, stage: str) -> str:
    known = [each.id for each in program.stages]
    if stage not in known:
        problem = (
            f"this program has no stage {stage!r}; choose one with --stage: {', '.join(known)}"
        )
        raise InvalidInput("stage", problem)
    return stage


def _place(
    template: Template, program: Program, stage: str, name: str
) -> tuple[str, tuple[Note, ...]]:
    """Return the touchpoint's id: the program's own where that lies in this stage, else a new one."""
    own = template.touchpoint.id
    taken = next((each for each in program.touchpoints if each.id == own), None)
    if taken is None:
        return own, ()
    if taken.stage == stage:
        return own, (Note(key="place_used", values={"place": own}),)
    _free("touchpoint", name, {each.id for each in program.touchpoints})
    values = {"place": own, "stage": taken.stage, "name": name}
    return name, (Note(key="place_moved", values=values),)


def _free(what: str, name: str, taken: set[str]) -> None:
    if name in taken:
        raise InvalidInput(what, f"the program has a {what} {name!r} already; choose another --id")


def _beside(template: Template, program: Program) -> tuple[Note, ...]:
    others = [each.id for each in program.triggers_on(template.event) if not each.by_scan]
    if not others:
        return ()
    cap = program.contact_rules.cap
    values = {"event": template.event, "others": ", ".join(others)}
    return (Note(key="beside", values={**values, "asks": str(cap.asks), "days": str(cap.days)}),)


def _spoken(template: Template, program: Program) -> dict[str, Json]:
    """Return the parts' values in the program's languages, with its company's name filled in."""
    wanted, offered = program.languages, set(template.title)
    if lacking := [language for language in wanted if language not in offered]:
        raise InvalidInput("languages", f"templates have no texts in {', '.join(lacking)}")
    names = {language: _as_text(program.company.name[language]) for language in wanted}
    parts = {
        "touchpoint": template.touchpoint,
        "survey": template.survey,
        "trigger": template.trigger,
    }
    return {
        name: _told(part.model_dump(mode="json", by_alias=True, exclude_unset=True), names)
        for name, part in parts.items()
    }


def _as_text(name: str) -> str:
    """Return the company's name as it can stand in a sentence, where what is braced is filled in and a label is short."""
    plain = name.replace("{", "(").replace("}", ")")
    return plain if len(plain) <= _LONGEST_NAME else f"{plain[: _LONGEST_NAME - 1].rstrip()}…"


def _told(value: Json, names: Mapping[str, str]) -> Json:
    if isinstance(value, list):
        return [_told(each, names) for each in value]
    if not isinstance(value, dict):
        return value
    if value and set(value) <= set(languages()):
        return {each: fill(value[each], company=name) for each, name in names.items()}
    return {key: _told(each, names) for key, each in value.items()}
