"""The template library: what every template keeps to, how it fits a program, how it gets into the file."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bot.preview import preview
from surveys.conditions import Comparison, Every
from surveys.errors import InvalidInput, ProgramFault
from surveys.language.texts import languages
from surveys.model import Channel, Json
from surveys.program import (
    Program,
    checks,
    default_program_text,
    lint,
    load_program,
    sequences,
    warnings,
)
from surveys.program.advice import advice
from surveys.program.emitting import write_program
from surveys.templates import (
    INDUSTRIES,
    STAGES,
    Note,
    Template,
    find,
    fit,
    insert,
    library,
    templates,
    to_yaml,
    with_parts,
)
from surveys.templates.library import read_industry
from surveys.templates.writing import entry
from tests.programs import standard, varied

ROOT = Path(__file__).parents[2]
EVERY = [template.id for template in templates()]
EMPTY = """\
company: {name: {ko: 하늘은행, en: Sky Bank}, zone: Asia/Seoul, language: ko}
languages: [ko, en]
stages:
  - {id: awareness, label: {ko: 인지, en: Awareness}}
  - {id: consideration, label: {ko: 고려, en: Consideration}}
  - {id: purchase, label: {ko: 구매, en: Purchase}}
  - {id: retention, label: {ko: 유지, en: Retention}}
  - {id: advocacy, label: {ko: 옹호, en: Advocacy}}
touchpoints: []   # none yet
surveys: []
triggers: []
consent: {version: "1", text: {ko: 물어볼게요, en: We ask}}
"""
DOUBLE_BARRELLED = re.compile(r"\b(and|or)\b|그리고| 및 |와 .*에 대해|과 .*에 대해")
LEADING = re.compile(r"\b(great|love|excellent|amazing|wonderful)\b|훌륭|최고의|멋진")


@cache
def empty() -> Program:
    return load_program(EMPTY, "empty.yaml")


def sentences(template: Template) -> Iterator[str]:
    """Yield what is asked about, and the questions of its own, in both languages."""
    survey = template.survey
    yield from survey.about.values()
    yield from (survey.question or {}).values()
    for reason in survey.reasons.values():
        yield from reason.question.values()


# --- the library -----------------------------------------------------------------------------------


def test_there_is_one_template_for_each_stage_of_each_industry() -> None:
    assert [trade.id for trade in library()] == list(INDUSTRIES)
    assert [t.stage for t in templates()] == [*STAGES] * 5
    assert len(set(EVERY)) == 25
    assert len({t.survey.id for t in templates()}) == 25


def test_no_two_questions_share_the_name_of_a_wording() -> None:
    own = [t.survey.wording for t in templates() if t.survey.question]

    assert len(set(own)) == len(own)
    assert "std1" not in own


def test_advocacy_is_asked_by_nps_and_satisfaction_in_the_standard_words() -> None:
    asked = {t.id: (t.survey.instrument, t.survey.question is None) for t in templates()}

    assert {asked[t.id] for t in templates(stage="advocacy")} == {("nps", True)}
    assert {plain for kind, plain in asked.values() if kind in ("nps", "csat")} == {True}
    assert asked["commerce-support"] == ("ces2", True)


def test_questions_of_our_own_put_effort_as_a_statement_to_agree_with() -> None:
    for template in templates():
        if template.survey.question:
            said = template.survey.question
            assert said["ko"].startswith("다음 문장에 얼마나 동의하십니까? ‘")
            assert said["en"].startswith("To what extent do you agree or disagree: {company} made")


@pytest.mark.parametrize("name", EVERY)
def test_nothing_is_asked_twice_at_once_and_nothing_is_suggested(name: str) -> None:
    for sentence in sentences(find(name)):
        plain = sentence.replace("agree or disagree", "")
        assert not DOUBLE_BARRELLED.search(plain), sentence
        assert not LEADING.search(plain), sentence


def test_a_condition_that_somebody_adds_means_what_it_says() -> None:
    """It joins the outermost group of the form, which must be one of which all hold."""
    outermost = {
        template.id: type(condition)
        for template in templates()
        if (condition := template.trigger.where) is not None
    }

    assert outermost
    assert {name for name, kind in outermost.items() if kind not in (Every, Comparison)} == set()


def test_conditions_look_only_at_what_vendors_tell() -> None:
    told = {"amount", "billing_reason", "livemode", "tags", "test"}
    seen = {
        path
        for template in templates()
        if template.trigger.where
        for path in re.findall(r"'path': \['([^']+)'\]", str(template.trigger.where.model_dump()))
    }
    named = re.findall(
        r"(\w+)=",
        "".join(p.read_text() for p in (ROOT / "bot" / "intake" / "vendors").glob("*.py")),
    )

    assert seen <= told
    assert told <= set(named)


# --- fitting a program -----------------------------------------------------------------------------


@pytest.mark.parametrize("program", [empty(), standard()], ids=["empty", "default"])
def test_each_template_passes_the_lint_in_an_empty_program_and_in_the_default_one(
    program: Program,
) -> None:
    for template in templates():
        value = json.loads(with_parts(program, fit(template, program)).to_json())

        assert [*checks.problems(value), *sequences.problems(value)] == []
        assert list(advice(value)) == []


def test_all_of_them_go_into_one_file() -> None:
    program, text = empty(), EMPTY.partition("touchpoints:")[0]
    sections: dict[str, str] = {"touchpoints": "", "surveys": "", "triggers": ""}
    for template in templates():
        parts = fit(template, program)
        program = with_parts(program, parts)
        for name, part in parts.sections().items():
            sections[name] += entry(part, 2)
    text += "".join(f"{name}:\n{entries}" for name, entries in sections.items())
    text += "consent:" + EMPTY.partition("consent:")[2]

    assert lint(text, "p.yaml") == ()
    assert warnings(text, "p.yaml") == ()
    assert load_program(text, "p.yaml") == program
    assert len(program.triggers) == 25


def test_the_companys_name_takes_its_particle_and_its_language() -> None:
    survey = fit(find("finance-counsel"), empty()).survey

    assert survey["about"] == {"ko": "하늘은행 상담 창구", "en": "Sky Bank's help desk"}
    assert "{company" not in json.dumps([fit(t, empty()).survey for t in templates()])


def test_braces_in_the_companys_name_are_nothing_to_fill_in() -> None:
    braced = load_program(EMPTY.replace("하늘은행", '"하늘 {0}"').replace("Sky Bank", '"{b}"'), "p")

    for template in templates():
        parts = fit(template, braced)
        survey = with_parts(braced, parts).survey(str(parts.survey["id"]))
        for channel in Channel:
            assert all(preview(braced, survey, spoken, channel) for spoken in ("ko", "en"))
    about = fit(find("finance-counsel"), braced).survey["about"]
    assert about == {"ko": "하늘 (0) 상담 창구", "en": "(b)'s help desk"}


def test_a_long_name_of_the_company_is_cut_to_what_a_label_holds() -> None:
    long = "Green Market and Daughters Trading Company of Seoul and Busan Limited"
    program = load_program(EMPTY.replace("Sky Bank", long).replace("하늘은행", "하" * 75), "p")

    for template in templates():
        assert load_program(to_yaml_of(program, template), "p").surveys
    about = fit(find("finance-counsel"), program).survey["about"]
    assert about["en"] == "Green Market and Daughters Trading Comp…'s help desk"


def to_yaml_of(program: Program, template: Template) -> str:
    return write_program(with_parts(program, fit(template, program)))


def test_a_program_of_one_language_gets_texts_in_that_one() -> None:
    korean = load_program(
        re.sub(r", en: [^}]*}", "}", EMPTY.replace("[ko, en]", "[ko]")), "korean.yaml"
    )

    parts = fit(find("commerce-signup"), korean)

    assert set(parts.survey["about"]) == {"ko"}
    assert with_parts(korean, parts).languages == ("ko",)


def test_a_touchpoint_of_the_same_stage_is_used_and_one_of_another_left_alone() -> None:
    moved = varied(
        touchpoints=[
            {"id": t.id, "label": dict(t.label), "stage": "purchase" if t.id == "cart" else t.stage}
            for t in standard().touchpoints
        ]
    )

    used = fit(find("commerce-support"), standard())
    apart = fit(find("commerce-cart"), moved)

    assert (used.touchpoint, used.trigger["touchpoint"]) == (None, "support")
    assert apart.trigger["touchpoint"] == "commerce-cart"
    assert apart.touchpoint
    assert apart.touchpoint["stage"] == "consideration"
    assert apart.notes[0] == Note(
        key="place_moved",
        values={"place": "cart", "stage": "purchase", "name": "commerce-cart"},
    )


def test_a_program_with_other_stages_needs_to_be_told_which() -> None:
    renamed = load_program(EMPTY.replace("id: retention", "id: care"), "p.yaml")

    with pytest.raises(InvalidInput, match=r"no stage 'retention'; choose one with --stage: aware"):
        fit(find("food-support"), renamed)

    parts = fit(find("food-support"), renamed, stage="care")
    assert with_parts(renamed, parts).touchpoint("support").stage == "care"


def test_a_template_goes_in_twice_only_under_another_id() -> None:
    once = with_parts(empty(), fit(find("travel-trip"), empty()))

    with pytest.raises(InvalidInput, match=r"survey 'travel-trip-csat' already; choose another"):
        fit(find("travel-trip"), once)

    parts = fit(find("travel-trip"), once, name="cruise")
    twice = with_parts(once, parts)
    assert (twice.trigger("cruise").survey, twice.trigger("cruise").touchpoint) == (
        "cruise-csat",
        "trip",
    )


def test_what_else_the_event_starts_is_told() -> None:
    assert fit(find("commerce-delivery"), standard()).notes[1] == Note(
        key="beside",
        values={
            "event": "order.delivered",
            "others": "delivery, recommend",
            "asks": "1",
            "days": "30",
        },
    )
    assert fit(find("commerce-delivery"), empty()).notes == ()


def test_a_name_that_is_not_known_suggests_the_nearest() -> None:
    with pytest.raises(InvalidInput, match=r"template: .* did you mean 'commerce-delivery'"):
        find("comerce-delivry")
    with pytest.raises(InvalidInput, match=r"industry: .* did you mean 'finance'"):
        templates(industry="finanze")
    with pytest.raises(InvalidInput, match=r"stage: .*there are: awareness, consideration"):
        templates(stage="zzz")


# --- into the file ---------------------------------------------------------------------------------

BLOCK = EMPTY.replace(
    "touchpoints: []   # none yet",
    "touchpoints:\n- {id: shop, stage: purchase, label: {ko: 매장, en: Shop}}  # ours",
).replace(
    "surveys: []",
    "surveys:\n- id: shop-csat\n  instrument: csat\n  about: {ko: 매장, en: the shop}\n"
    "  thanks:\n    ko: |\n      고맙습니다.\n\n      또 오세요.\n    en: >-\n      Thank you.\n"
    "# --- a remark that belongs below\n",
)
BRACKETS = EMPTY.replace(
    "touchpoints: []   # none yet",
    "touchpoints: [\n  {id: shop, stage: purchase, label: {ko: 매장, en: Shop}},  # ours\n]",
)


@pytest.mark.parametrize(
    "text",
    [
        EMPTY,
        BLOCK,
        BRACKETS,
        default_program_text(),
        BLOCK.replace("\n", "\r\n"),
        BLOCK.rstrip() + "\n# the end, without a line break",
    ],
    ids=["empty", "block", "brackets", "default", "crlf", "end"],
)
def test_every_line_that_stood_there_stays(text: str) -> None:
    program = load_program(text, "p.yaml")

    written = insert(text, "p.yaml", fit(find("travel-booking"), program))

    kept = iter(written.splitlines())
    for line in text.splitlines():
        start, brackets, rest = line.partition("[]" if "[]" in line else "}},")
        grown = f"{start.rstrip() if brackets == '[]' else start}"
        assert any(each.startswith(grown) and each.endswith(rest) for each in kept), line
    assert written.count("\r\n") in (0, written.count("\n"))


def test_a_new_entry_stands_before_the_remarks_of_what_follows() -> None:
    written = insert(BLOCK, "p.yaml", fit(find("saas-renewal"), load_program(BLOCK, "p.yaml")))

    assert written.index("id: saas-renewal-csat") < written.index("# --- a remark")
    assert "# ours\n- {id: renewal, stage: retention" in written
    assert "touchpoints:   # none yet\n  - {id: signup" in insert(
        EMPTY, "p.yaml", fit(find("saas-signup"), empty())
    )


def test_a_faulty_file_is_refused_with_its_faults() -> None:
    with pytest.raises(ProgramFault, match=r"p\.yaml:2: languages"):
        insert(EMPTY.replace("[ko, en]", "[ko, xx]"), "p.yaml", fit(find("saas-signup"), empty()))


def test_a_text_that_would_lose_its_last_blank_lines_is_left_to_hands() -> None:
    text = BLOCK.replace("    en: >-\n      Thank you.\n", "    en: |+\n      Thank you.\n\n\n")

    with pytest.raises(InvalidInput, match=r"p\.yaml: its lists are written in a way that can't"):
        insert(text, "p.yaml", fit(find("saas-signup"), load_program(text, "p.yaml")))


def test_the_part_of_a_file_reads_back_as_the_parts() -> None:
    parts = fit(find("saas-trial"), empty())
    whole = EMPTY.replace("touchpoints: []   # none yet\nsurveys: []\ntriggers: []\n", "")

    assert load_program(whole + to_yaml(parts.sections()), "p.yaml") == with_parts(empty(), parts)


# --- what a template may not be ----------------------------------------------------------------------

FAULTS = {
    ("stage: retention", "stage: loyalty"): "there is no stage 'loyalty'",
    ("survey: commerce-cart-ces\n", "survey: cart\n"): "the trigger must bear the template's id",
    ("instrument: nps\n", "instrument: nps\n      incentive: third_party\n"): "promises no reward",
    ("{ko: 가격, en: Price}", "{ko: 가격, en: Price and all the other things of it}"): "too wide",
    (", en: Sign-up}", "}"): "every text must be there in ko, en",
    ("      on: cart.abandoned\n", ""): "an event must start it",
    ("        mid:\n", "        mid-:\n"): "Input should be 'low', 'mid' or 'high'",
    ("- id: commerce-cart\n", "- id: cart\n"): "bear the template's id",
    ("id: commerce\n", "id: commerce\nid: x\n"): "stands here twice",
}


@pytest.mark.parametrize(("old", "new"), FAULTS)
def test_a_file_that_breaks_a_rule_is_refused(old: str, new: str) -> None:
    text = (ROOT / "surveys" / "templates" / "commerce.yaml").read_text(encoding="utf-8")
    assert old in text

    with pytest.raises(ProgramFault) as fault:
        read_industry(text.replace(old, new, 1), "commerce.yaml")
    assert FAULTS[old, new] in str(fault.value)


def test_templates_speak_the_languages_that_we_do() -> None:
    spoken: Json = set(languages())

    assert spoken == {"ko", "en"}
