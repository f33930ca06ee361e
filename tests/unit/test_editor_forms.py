"""The form of a part: what it shows, what it changes, which input a fault is told at, what its buttons do."""

from typing import Any

from bot.editor.acts import changed
from bot.editor.conditions import Group, Row, field_of, found, unfinished
from bot.editor.parts import changes, shown_fields, units_of
from bot.editor.texts import told
from surveys.program import default_program_text
from surveys.program.document import read
from surveys.program.parts import parts_of

LANGUAGES = ("ko", "en")
PARTS = parts_of(read(default_program_text()).value)


def form_of(part: str, entry: Any) -> dict[str, str]:
    return shown_fields(units_of(part, LANGUAGES), entry)


def changed_by(part: str, **typed: str) -> dict[str, Any]:
    entry = PARTS.get(part)
    given = {name.replace("__", "."): text for name, text in typed.items()}
    return changes(units_of(part, LANGUAGES), form_of(part, entry) | given, entry)


def test_a_form_that_is_only_opened_and_saved_changes_nothing() -> None:
    shown = [part for part in PARTS if part != "program"]

    assert len(shown) > 10
    assert {part: changed_by(part) for part in shown} == {part: {} for part in shown}


def test_a_form_that_is_read_anew_makes_the_same_part() -> None:
    for part in ("trigger:recommend", "trigger:checkout", "survey:signup-ces", "contact_rules"):
        made = changes(units_of(part, LANGUAGES), form_of(part, PARTS[part]), None)
        said = {name: value for name, value in PARTS[part].items() if value is not None}
        said.pop("id", None)
        assert made == said


def test_only_what_was_typed_is_changed() -> None:
    assert changed_by("trigger:support", share="25", after__amount="90", after__unit="m") == {
        "share": 0.25,
        "after": "90m",
    }
    assert changed_by("trigger:recommend", reminder="", occurrence="") == {
        "reminder": None,
        "occurrence": None,
    }
    assert changed_by("survey:support-ces", about__en="getting help") == {
        "about": {**PARTS["survey:support-ces"]["about"], "en": "getting help"}
    }


def test_what_is_typed_wrongly_is_handed_on_as_it_is() -> None:
    assert changed_by("trigger:support", share="half", occurrence="2nd", after__amount="ten") == {
        "share": "half",
        "occurrence": "2nd",
        "after": "tenh",
    }


def test_a_condition_is_written_as_the_program_has_it() -> None:
    row = {
        "kind": "row",
        "path": "order.amount",
        "operator": "gte",
        "value": "30000",
        "type": "auto",
    }
    typed = {f"where__0__{name}": text for name, text in row.items()}

    assert changed_by("trigger:support", where__kind="all", **typed) == {
        "where": {"all": [{"path": ["order", "amount"], "gte": 30000}]}
    }


def test_a_chip_gets_its_name_from_its_english_words() -> None:
    at = "reasons__low__chips__0"
    question = {"reasons__low__question__ko": "왜요?", "reasons__low__question__en": "Why?"}
    label = {f"{at}__id": "", f"{at}__label__ko": "늦음", f"{at}__label__en": "Too late!"}
    entry = {"id": "new", "instrument": "csat"}
    units = units_of("survey:new", LANGUAGES)
    typed = {n.replace("__", "."): text for n, text in (question | label).items()}

    assert changes(units, form_of("survey:new", entry) | typed, entry)["reasons"] == {
        "low": {
            "question": {"ko": "왜요?", "en": "Why?"},
            "chips": [{"id": "too-late", "label": {"ko": "늦음", "en": "Too late!"}}],
        }
    }


def test_buttons_bring_rows_groups_and_chips_and_take_them_away() -> None:
    form: dict[str, str] = {"trigger.on": "order.paid", "survey.about.ko": "가"}
    one = changed(form, "row", "trigger.where") or {}
    assert one["trigger.where.kind"] == "row"
    two = changed(one | {"trigger.where.path": "amount"}, "group", "trigger.where") or {}
    assert [two[f"trigger.where.{n}kind"] for n in ("", "0.", "1.", "1.0.")] == [
        "all",
        "row",
        "any",
        "row",
    ]
    assert two["trigger.where.0.path"] == "amount"
    assert (changed(two, "drop", "trigger.where.1.0") or {}).keys() == (
        one.keys() - {name for name in one if name.startswith("trigger.where.")}
    ) | {"trigger.where.kind"} | {
        f"trigger.where.0.{each}" for each in ("kind", "path", "operator", "value", "type")
    }
    chip = changed(form, "chip", "survey.reasons.low") or {}
    assert chip == form | {"survey.reasons.low.chips.0.id": ""}
    assert changed(chip, "unchip", "survey.reasons.low.chips.0") == form
    assert changed(form, "save", "") is None


def test_a_fault_is_told_at_the_input_that_it_is_about() -> None:
    node = Group(
        kind="all",
        members=(
            Row(path="a", operator="gte", value="1"),
            Group(kind="not", members=(Row(path="b"), Row(path="c"))),
            Group(kind="not", members=(Row(path="d"),)),
        ),
    )
    keys = {
        "where": "where",
        "where.all.0.gte": "where.0.value",
        "where.all.1.not.any.1.path.0": "where.1.1.path",
        "where.all.2.not.eq": "where.2.0.value",
        "where.all.9": "where.value",
    }

    assert {key: field_of(node, key) for key in keys} == keys


def test_what_is_not_finished_is_named() -> None:
    rows = (
        Row(),
        Row(path="a", operator="gte", value="many", type="number"),
        Row(path="b", operator="exists", value="perhaps"),
        Row(path="c", operator="in", value="1, zwei", type="number"),
        Row(path="d", value="", type="text"),
    )

    assert list(unfinished(Group(kind="all", members=rows))) == [
        ("where.0.path", "path"),
        ("where.0.value", "value"),
        ("where.1.value", "number"),
        ("where.2.value", "yesno"),
        ("where.3.value", "number"),
    ]


def test_what_a_form_holds_of_a_kept_condition_is_told_as_a_fault_where_it_is_no_json() -> None:
    node = found({"where.kind": "kept", "where.written": "{"})

    assert changes(
        units_of("trigger:x", LANGUAGES), {"where.kind": "kept", "where.written": "{"}, {"id": "x"}
    ) == {"where": "{"}
    assert node is not None


def test_the_checks_sentences_are_told_in_both_languages() -> None:
    assert told("ko", "has no text for 'en'") == "en 문구가 없습니다."
    assert told("en", "is not a duration such as 30m, 24h or 14d").startswith("Write a span")
    assert told("ko", "something new") == "something new"
