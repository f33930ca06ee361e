"""surveys.program.editing, emitting and patching: texts say what was meant, and keep what nobody meant to change."""

import copy
import json
from collections.abc import Callable
from difflib import SequenceMatcher
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.errors import InvalidInput
from surveys.program import default_program_text, load_program
from surveys.program.document import read
from surveys.program.editing import rewritten, same
from surveys.program.emitting import block, write_program
from surveys.program.merging import merged
from surveys.program.parts import part_named, parts_of, place_of, with_parts
from surveys.program.patching import (
    edit,
    patch,
    removed,
    version_named,
    with_header,
    without_header,
)
from tests.programs import standard, varied

Json = Any

TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), max_size=30
) | st.sampled_from(
    [
        "yes",
        "21:00",
        "1e3",
        "# no comment",
        "a: b",
        "- x",
        "null",
        "NULL",
        "0x1f",
        " ",
        "'",
        "{",
        "🧂 소금",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers(-(10**17), 10**17) | TEXTS
NAMES = st.sampled_from(["a", "b", "c", "on", "x.y", "한글", "a b"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
ENTRIES = st.lists(
    st.fixed_dictionaries({"id": st.sampled_from("abcdef")}, optional={"x": VALUES, "y": VALUES}),
    max_size=4,
    unique_by=lambda entry: str(entry["id"]),
)
DOCUMENTS = st.dictionaries(NAMES, VALUES | ENTRIES, min_size=1, max_size=4)


@cache
def default_value() -> Json:
    return read(default_program_text()).value


def lines_kept(old: str, new: str) -> list[str]:
    """The lines of the old text that are not in the new one."""
    matcher = SequenceMatcher(None, old.splitlines(), new.splitlines(), autojunk=False)
    codes = matcher.get_opcodes()
    return [line for tag, a, b, *_ in codes if tag != "equal" for line in old.splitlines()[a:b]]


@settings(deadline=None, max_examples=40)
@given(VALUES)
def test_what_is_written_is_read_as_it_was(value: Json) -> None:
    assert same(read("\n".join(block({"key": value}, 0))).value, {"key": value})


@settings(deadline=None, max_examples=40)
@given(DOCUMENTS, DOCUMENTS)
def test_any_text_can_be_made_to_say_anything(old: Json, new: Json) -> None:
    text = "\n".join(block(old, 0)) + "\n"

    assert same(read(rewritten(text, new)).value, new)
    assert rewritten(text, old) == text


def test_a_program_without_a_file_is_written_and_read_as_it_was() -> None:
    other = varied(rules={"cap": {"asks": 2, "days": 7}}, segments=[])

    for program in (standard(), other):
        assert load_program(write_program(program), "written") == program


LABEL = st.text("가나다 abc:#'\"{}", min_size=1, max_size=12).filter(str.strip)
CHANGES: dict[str, Callable[[Json, Any], Any]] = {
    "a chip's label": lambda v, s: v["surveys"][3]["reasons"]["low"]["chips"][0]["label"].update(
        ko=s
    ),
    "thanks, new": lambda v, s: v["surveys"][3].update(thanks={"ko": s, "en": s}),
    "a chip less": lambda v, _: v["surveys"][3]["reasons"]["low"]["chips"].pop(1),
    "a delay": lambda v, _: v["triggers"][3].update(after="2h"),
    "a condition": lambda v, s: v["triggers"][3].update(where={"path": ["x"], "eq": s}),
    "the cap": lambda v, _: v["contact_rules"]["cap"].update(days=7),
    "no quiet hours": lambda v, _: v["contact_rules"].update(quiet_hours=None),
    "a survey more": lambda v, _: v["surveys"].append({**v["surveys"][3], "id": "more"}),
    "a folded text": lambda v, s: v["consent"]["text"].update(ko=s),
}


@settings(deadline=None, max_examples=8)
@given(st.sets(st.sampled_from(sorted(CHANGES)), min_size=1, max_size=4), LABEL)
def test_a_change_touches_few_lines_and_no_comment(names: set[str], label: str) -> None:
    text, value = default_program_text(), copy.deepcopy(default_value())
    for name in sorted(names):
        CHANGES[name](value, label)

    new = rewritten(text, value)

    assert same(read(new).value, value)
    assert len(lines_kept(text, new)) <= 3 * len(names)
    comments = [line for line in text.splitlines() if line.lstrip().startswith("#")]
    assert [line for line in new.splitlines() if line.lstrip().startswith("#")] == comments


def test_a_comment_behind_a_value_stays_with_it() -> None:
    edited = edit(default_program_text(), "contact_rules", {"holidays": "KR", "cooldown_days": 60})

    assert edited.sound
    assert "holidays: KR                # a country code such as KR" in edited.text
    assert "cooldown_days: 60             # and 90 days until" in edited.text


def test_what_goes_takes_the_comment_right_above_along() -> None:
    edited = removed(default_program_text(), "trigger:recovery")

    assert edited.sound
    assert "# Whoever looks after complaints" not in edited.text
    assert len(lines_kept(default_program_text(), edited.text)) == 10


def test_faults_name_the_field_and_the_others_whom_it_breaks() -> None:
    text = default_program_text()

    edited = edit(text, "survey:delivery-csat", {"instrument": "nsp", "thanks": {"ko": "고맙"}})
    told = {(fault.field, fault.problem) for fault in edited.faults}
    assert ("thanks", "has no text for 'en'") in told
    assert {field for field, _ in told} == {"thanks", "instrument"}
    assert "nsp" in edited.text, "what was typed is kept"

    gone = removed(text, "survey:delivery-csat")
    assert [fault.key for fault in gone.elsewhere] == ["triggers.3.survey"]
    assert not gone.sound


def test_a_survey_that_is_not_there_is_added() -> None:
    content = json.loads(json.dumps(default_value()["surveys"][3]))

    edited = edit(default_program_text(), "survey:second", {**content, "id": "second"})

    assert edited.sound
    program = load_program(edited.text, "edited")
    assert program.survey("second").reasons == program.survey("delivery-csat").reasons
    assert lines_kept(default_program_text(), edited.text) == []


def test_what_is_kept_of_the_other_side_keeps_its_comments() -> None:
    theirs = default_program_text().replace("  - id: cart-ces\n", "  # 우리 것\n  - id: cart-ces\n")
    handed = removed(removed(theirs, "trigger:cart").text, "survey:cart-ces").text
    assert "우리 것" not in handed

    whole = merged(handed, theirs, {"survey:cart-ces", "trigger:cart"})

    assert "  # 우리 것\n  - id: cart-ces\n" in whole
    ids = {survey.id for survey in load_program(whole, "merged").surveys}
    assert ids == {survey.id for survey in standard().surveys}


def test_a_patch_is_what_git_takes() -> None:
    text = default_program_text()
    new = edit(text, "trigger:delivery", {"after": "2h"}).text

    assert patch(text, text) == ""
    told = patch(text, new).splitlines()
    assert told[:2] == ["--- a/program.yaml", "+++ b/program.yaml"]
    assert [line for line in told[2:] if line[0] in "+-"] == ["-    after: 24h", "+    after: 2h"]
    assert patch("a: 1", "a: 2").count("\\ No newline at end of file") == 2


def test_an_export_says_which_version_it_is() -> None:
    text = with_header(default_program_text(), 7)

    assert version_named(text) == 7
    assert without_header(text) == default_program_text()
    assert with_header(text, 8) == with_header(default_program_text(), 8)
    assert load_program(text, "export") == standard()
    assert version_named(default_program_text()) is None


def test_corners_of_a_text() -> None:
    assert rewritten("a: [1, 2]\n", {"a": [1, 3]}) == "a: [1, 3]\n"
    assert rewritten("a:\n  # why\n  b: 1\n", {"a": 3}) == "a:\n  # why\n  3\n"
    assert rewritten("", {"a": 1}) == "a: 1\n"
    assert rewritten("a: 1\n", {}) == "{}\n"
    assert block({}, 2) == ["  {}"]
    assert rewritten("a:\n- id: x\n- id: y\n", {"a": [{"id": "y"}]}) == "a:\n- id: y\n"
    assert rewritten("a:\nb: 1\n", {"a": "x", "b": 1}) == "a: x\nb: 1\n"


def test_parts_are_found_and_put_back() -> None:
    value = {"company": 1, "surveys": [{"id": "x"}], "triggers": [{"id": "x"}], "contact_rules": 2}

    assert parts_of(value) == {
        "program": {"company": 1},
        "survey:x": {"id": "x"},
        "trigger:x": {"id": "x"},
        "contact_rules": 2,
    }
    assert with_parts(value, {"program": {"company": 3}})["company"] == 3
    assert "contact_rules" not in with_parts(value, {"contact_rules": None})
    assert with_parts({}, {"contact_rules": 4}) == {"contact_rules": 4}
    assert place_of(value, "trigger:x") == ("triggers", 0)
    assert place_of(value, "contact_rules") == ("contact_rules",)
    assert place_of(value, "program") == place_of(value, "survey:y") == ()
    with pytest.raises(InvalidInput, match="survey:x or trigger:x: write which"):
        part_named("x", parts_of(value))
