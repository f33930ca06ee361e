"""A template becomes two drafts that say all of it, whatever it asks."""

import pytest

from bot.editor.fields import changes
from bot.editor.parts import units_of
from bot.editor.templated import begun, drafted, template_of
from surveys.program.editing import same
from surveys.templates import Template, plain, templates
from tests.programs import standard


@pytest.mark.parametrize("template", templates(), ids=lambda each: each.id)
def test_the_drafts_say_what_the_template_says_at_a_touchpoint_of_the_program(
    template: Template,
) -> None:
    program = standard()
    chosen = begun(template, program)
    survey = f"{template.id}-{chosen['instrument']}"
    parts = {
        f"trigger:{template.id}": {"survey": survey, "touchpoint": chosen["touchpoint"]},
        f"survey:{survey}": {"instrument": chosen["instrument"]},
    }

    drafts = drafted(template, program, parts)

    own = plain(template, program)
    trigger = {**own["triggers"], **parts[f"trigger:{template.id}"]}
    for part, said in ((f"trigger:{template.id}", trigger), (f"survey:{survey}", own["surveys"])):
        found = changes(units_of(part, program.languages), drafts[part], None)
        wanted = {key: value for key, value in said.items() if key != "id" and value is not None}
        assert same(found, wanted), part
    assert chosen["touchpoint"] in {each.id for each in program.touchpoints}


def test_a_template_that_there_is_not_or_that_is_not_spoken_here_begins_nothing() -> None:
    assert template_of({"template": "commerce-delivery"}, standard()) is not None
    assert template_of({"template": "nowhere"}, standard()) is None
    assert template_of({}, standard()) is None
