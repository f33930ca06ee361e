"""A new trigger that begins as a ready template: what its first page says, and the fields of its two drafts.

Walk of one: the gallery's link names ``commerce-delivery`` -> ``begun`` proposes its name, measure and touchpoint ->
``drafted`` turns its survey and trigger, as this program's company would ask them, into what the editor shows.
"""

from collections.abc import Mapping

from bot.editor.fields import shown_fields
from bot.editor.parts import units_of
from surveys.errors import InvalidInput
from surveys.program import Program
from surveys.templates import Template, find, plain


def template_of(form: Mapping[str, str], program: Program) -> Template | None:
    """Return the template that a form or an address names; None for none, or without texts in the program's languages."""
    try:
        template = find(form.get("template", ""))
        plain(template, program)
    except InvalidInput:
        return None
    return template


def begun(template: Template, program: Program) -> dict[str, str]:
    """Return what the first page proposes: of the touchpoints the template's own, else one of its stage."""
    own = [each.id for each in program.touchpoints if each.id == template.touchpoint.id]
    of_stage = [each.id for each in program.touchpoints if each.stage == template.stage]
    return {
        "template": template.id,
        "id": template.id,
        "instrument": template.survey.instrument,
        "touchpoint": next(iter((*own, *of_stage)), ""),
    }


def drafted(
    template: Template, program: Program, parts: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, str]]:
    """Return the drafts of a trigger and its survey, by part, with what the first page chose laid over them."""
    content = plain(template, program)
    of_kind = {"trigger": content["triggers"], "survey": content["surveys"]}
    return {
        part: {
            **shown_fields(units_of(part, program.languages), of_kind[part.partition(":")[0]]),
            **chosen,
        }
        for part, chosen in parts.items()
    }
