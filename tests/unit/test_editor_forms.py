"""The form of a part: what it shows, what it changes, which input a fault is told at, what its buttons do."""

from typing import Any

import pytest

from bot.editor.acts import changed
from bot.editor.bench import Piece
from bot.editor.conditions import Group, Row, field_of, found, unfinished
from bot.editor.fields import changes, input_of, shown_fields
from bot.editor.parts import units_of
from bot.editor.texts import told
from surveys.program import default_program_text
from surveys.program.document import read
from surveys.program.parts import parts_of
from surveys.program.patching import NULL

LANGUAGES = ("ko", "en")
UNITS = units_of("survey:x", LANGUAGES)
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


# --- rows 2 and 3: whom, and which words ----------------------------------------------------------


def test_quiet_hours_are_the_usual_ones_others_or_none() -> None:
    rules = PARTS["contact_rules"]
    off = rules | {"quiet_hours": None}
    units = units_of("contact_rules", LANGUAGES)

    assert changed_by("contact_rules", quiet_hours__off="yes") == {"quiet_hours": NULL}
    assert form_of("contact_rules", off)["quiet_hours.off"] == "yes"
    assert changes(units, form_of("contact_rules", off), off) == {}
    assert changes(units, form_of("contact_rules", off) | {"quiet_hours.off": ""}, off) == {
        "quiet_hours": None
    }
    typed = {"quiet_hours__start": "22:00", "quiet_hours__end": "07:30"}
    assert changed_by("contact_rules", **typed)["quiet_hours"] == {"start": "22:00", "end": "07:30"}


def test_channels_are_chosen_in_order_and_a_gap_is_none() -> None:
    assert changed_by("trigger:support", channels__0="slack", channels__2="webchat") == {
        "channels": ["slack", "webchat"]
    }
    ordered = {"id": "x", "channels": ["webchat", "telegram"]}
    units = units_of("trigger:x", LANGUAGES)
    none = {f"channels.{place}": "" for place in range(3)}
    assert changes(units, form_of("trigger:x", ordered) | none, ordered) == {"channels": None}


def test_which_cases_are_worth_asking_about_is_as_usual_until_it_is_the_triggers_own() -> None:
    """The boxes hold what is usual from the start, so that whoever sets rules of her own begins with them."""
    at = "worth_asking__"
    usual = {"human": True, "bulk": {"cases": 10, "within": "10m"}, "once_per_resolution": True}

    assert changed_by("trigger:support", **{f"{at}bulk__cases": "99"}) == {}
    assert changed_by("trigger:support", **{f"{at}kind": "own"}) == {"worth_asking": usual}
    no_bulk = {f"{at}bulk__cases": "", f"{at}bulk__within__amount": "", f"{at}human": ""}
    assert changed_by("trigger:support", **{f"{at}kind": "own"}, **no_bulk) == {
        "worth_asking": {"human": False, "bulk": None, "once_per_resolution": True}
    }


def test_rules_of_its_own_that_are_merely_shown_are_not_written_out() -> None:
    for own in ({"bulk": None}, {"human": False}, {"bulk": {"cases": 5}}, {}):
        entry = {"id": "x", "worth_asking": own}
        shown = form_of("trigger:x", entry)
        as_sent = {**shown, "worth_asking.bulk.within.unit": "m"}  # a list always sends something
        assert changes(units_of("trigger:x", LANGUAGES), as_sent, entry) == {}, own


def test_wordings_are_compared_by_shares_and_named_by_themselves() -> None:
    survey = {"id": "x", "instrument": "csat"}
    typed = {
        "variants.0.wording": "",
        "variants.0.share": "50",
        "variants.1.wording": "",
        "variants.3.wording": "",
        "variants.3.share": "50 %",
        "variants.3.question.ko": "어땠나요?",
        "variants.3.question.en": "How was it?",
    }
    units = units_of("survey:x", LANGUAGES)
    made = changes(units, form_of("survey:x", survey) | typed, survey)
    question = {"ko": "어땠나요?", "en": "How was it?"}

    assert made == {
        "variants": [
            {"wording": "std1", "share": 0.5},
            {"wording": "how-was-it", "share": 0.5, "question": question},
        ]
    }
    again = form_of("survey:x", survey | made)
    assert changes(units, again, survey | made) == {}
    assert again["variants.1.question.ko"] == "어땠나요?"


def test_budgets_are_rows_and_what_a_row_does_not_show_stays() -> None:
    rows = [{"stage": "advocacy", "target": 10, "unit": "nps", "per": "month"}]
    units = units_of("budget", LANGUAGES)
    form = shown_fields(units, {"rows": rows})
    more = {"rows.2.stage": "support", "rows.2.target": "7.5", "rows.2.unit": "ces2"}

    assert changes(units, form, {"rows": rows}) == {}
    assert changes(units, form | more, {"rows": rows}) == {
        "rows": [*rows, {"stage": "support", "target": 7.5, "unit": "ces2"}]
    }
    assert changes(units, {"rows.0.stage": ""}, {"rows": rows}) == {"rows": None}
    assert changes(units, more | {"rows.2.target": "열"}, None) == {
        "rows": [{"stage": "support", "target": "열", "unit": "ces2"}]
    }


def test_what_advertising_must_say_is_typed_in_every_language() -> None:
    units = units_of("advertising", LANGUAGES)
    typed = {"sender.ko": "가게 02-1", "consent.version": "ad-1", "consent.text.en": "I agree"}

    assert changes(units, form_of("advertising", None) | typed, None) == {
        "sender": {"ko": "가게 02-1"},
        "consent": {"version": "ad-1", "text": {"en": "I agree"}},
    }
    assert changes(units, form_of("advertising", None), None) == {}


def test_a_fault_is_told_at_the_row_that_is_meant_though_others_say_nothing() -> None:
    typed = {
        "variants.0.wording": "",
        "variants.2.wording": "std1",
        "variants.5.share": "x",
        "channels.0": "",
        "channels.1": "slack",
        "withdrawn_by": "order.paid",
        "reasons.low.chips.4.label.ko": "가",
    }

    assert input_of(typed, "variants.1.share") == "variants.5.share"
    assert input_of(typed, "variants.0.question.ko") == "variants.2.question.ko"
    assert input_of(typed, "channels.0") == "channels.1"
    assert input_of(typed, "withdrawn_by.0") == "withdrawn_by.0"
    assert input_of(typed, "reasons.low.chips.0.label.ko") == "reasons.low.chips.4.label.ko"
    assert input_of(typed, "variants.7.share") == "variants.7.share"


# --- conditions and buttons -----------------------------------------------------------------------


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


def test_what_has_no_english_words_is_named_by_the_korean_ones_and_each_name_is_used_once() -> None:
    survey = {"id": "x", "instrument": "csat"}
    chips = ("늦음", "늦음!", "👍", "")
    typed = {f"reasons.low.chips.{place}.label.ko": text for place, text in enumerate(chips)}
    typed |= {f"reasons.low.chips.{place}.id": "" for place in range(len(chips))}
    typed |= {"reasons.low.chips.3.id": "상담원 태도"}
    typed |= {"variants.0.wording": "std1", "variants.0.question.ko": "어땠나요?"}
    made = changes(units_of("survey:x", ("ko",)), typed, survey)

    named = [chip["id"] for chip in made["reasons"]["low"]["chips"]]
    assert named == ["neuteum", "neuteum-2", "reason", "sangdamwon-taedo"]
    assert made["variants"][0]["wording"] == "eottaetnayo"


@pytest.mark.parametrize(
    ("typed", "wording"),
    [
        ({"question.ko": "어땠나요?"}, "x-own"),
        ({"question.ko": "어땠나요?", "wording": "std1"}, "x-own"),
        ({"question.ko": "어땠나요?", "wording": "짧은 문구"}, "jjaleun-mungu"),
        ({"question.ko": "어땠나요?", "wording": "short-3"}, "short-3"),
        ({"question.ko": "어땠나요?", "wording": "文言"}, "文言"),
        ({"thanks.ko": "고마워요"}, None),
    ],
)
def test_a_question_of_ones_own_is_named_by_itself(
    typed: dict[str, str], wording: str | None
) -> None:
    survey = {"id": "x", "instrument": "csat"}
    piece = Piece(part="survey:x", entry=survey, owner=None, typed=typed, units=UNITS)

    assert piece.changes.get("wording") == wording


def test_the_standard_question_takes_its_name_back() -> None:
    survey = {"id": "x", "instrument": "csat", "wording": "x-own", "question": {"ko": "어땠나요?"}}
    form = form_of("survey:x", survey)

    def changed(**typed: str) -> dict[str, object]:
        said = {name.replace("__", "."): text for name, text in typed.items()}
        piece = Piece(part="survey:x", entry=survey, owner=None, typed=form | said, units=UNITS)
        return piece.changes

    assert changed(question__ko="") == {"question": None, "wording": None}
    assert changed(question__ko="좋았나요?") == {"question": {"ko": "좋았나요?"}}
    assert changed() == {}


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
        "where.all.9": "where",
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
    assert told("ko", "has no text for 'en'") == "영어 문구가 없습니다."
    assert told("en", "is not a duration such as 30m, 24h or 14d").startswith("Write a span")
    assert told("ko", "something new") == "something new"
