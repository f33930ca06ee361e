import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.errors import ProgramFault
from surveys.program import Fault, default_program_text, json_schema, lint, load_program

BROKEN = """\
company:
  name: {ko: 가게}
  zone: Asia/Soul
  language: ko
  colour: red
languages: [ko, en, en]
stages:
  - {id: Buy, label: {ko: 구매, en: Buy}}
  - {id: keep, label: {ko: 유지, kr: Keep}}
  - {id: keep, label: {ko: 유지, en: 2026}}
touchpoints:
  - {id: shop, stage: kep, label: {ko: 상점, en: ""}}
surveys:
  - id: s1
    instrument: ces1
    abuot: {ko: a, en: b}
    reasons:
      low:
        question: {ko: 왜, en: Why?}
        chips:
          - {id: a, label: {ko: a, en: a}}
          - {id: a, label: {ko: a, en: a}}
          - {id: c, label: {ko: a, en: a}}
          - {id: d, label: {ko: a, en: a}}
          - {id: e, label: {ko: a, en: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}}
      medium:
        question: {ko: 왜, en: Why?}
    incentive: own_goods
    question: {ko: 어때요, en: How?}
triggers:
  - id: t
    on: order.paid
    survey: s2
    touchpoint: nowhere
    after: 30 minutes
    share: 0
    max_wait: 0s
    withdrawn_by: [order.paid]
    where:
      all:
        - {path: [amount], gte: [yes]}
        - {path: amount, gte: 3, lt: 4}
        - {path: x, matches: "a("}
        - any: [{path: x, qqqq: 2}, 7]
        - {not: {path: x, in: []}}
contact_rules:
  quiet_hours: {start: "9:00", end: "9:00"}
  holidays: Korea
  cap: 3
  cooldown_days: 367
attributes: amount
"""
FOUND = """\
broken.yaml:1: consent: is missing
broken.yaml:2: company.name: has no text for 'en'
broken.yaml:3: company.zone: 'Asia/Soul' is not a time zone such as Asia/Seoul
broken.yaml:5: company.colour: is not a known key
broken.yaml:6: languages.1: 'en' is listed twice
broken.yaml:6: languages.2: 'en' is listed twice
broken.yaml:8: stages.0.id: must be small letters, digits and hyphens, e.g. after-sales
broken.yaml:9: stages.1.label: has no text for 'en'
broken.yaml:9: stages.1.label.kr: 'kr' is no language we speak: ko, en
broken.yaml:10: stages.2.id: 'keep' is used twice here
broken.yaml:10: stages.2.label.en: must be a text; put it in quotes
broken.yaml:12: touchpoints.0.stage: there is no stage 'kep'; there are: Buy, keep
broken.yaml:12: touchpoints.0.label: the text for 'en' is empty
broken.yaml:14: surveys.0.about: is missing
broken.yaml:15: surveys.0.instrument: must be 'nps', 'csat', 'ces2' or 'resolved'
broken.yaml:16: surveys.0.abuot: is not a known key; did you mean 'about'?
broken.yaml:20: surveys.0.reasons.low.chips: has 5 entries; at most 4 are allowed
broken.yaml:22: surveys.0.reasons.low.chips.1.id: 'a' is used twice here
broken.yaml:25: surveys.0.reasons.low.chips.4.label: the text for 'en' has 76 characters; at most 75 fit
broken.yaml:26: surveys.0.reasons.medium: must be 'low', 'mid' or 'high'
broken.yaml:28: surveys.0.incentive: a reward of your own goods or coupons makes the ask advertising, which must name its sender and a free way to refuse, and needs a marketing consent: add 'advertising' with sender, opt_out and consent
broken.yaml:29: surveys.0.question: a question of your own needs its own 'wording' name, other than std1
broken.yaml:33: triggers.0.survey: there is no survey 's2'; there are: s1
broken.yaml:34: triggers.0.touchpoint: there is no touchpoint 'nowhere'; there are: shop
broken.yaml:35: triggers.0.after: is not a duration such as 30m, 24h or 14d
broken.yaml:36: triggers.0.share: must be more than 0
broken.yaml:37: triggers.0.max_wait: must be longer than nothing
broken.yaml:38: triggers.0.withdrawn_by.0: 'order.paid' starts this trigger, so it cannot withdraw it
broken.yaml:41: triggers.0.where.all.0.gte: must be a number or a text
broken.yaml:42: triggers.0.where.all.1: needs exactly one of eq, ne, lt, lte, gt, gte, in, exists, contains, starts_with, matches, not 2
broken.yaml:43: triggers.0.where.all.2.matches: is not a valid RE2 pattern: missing ): a(
broken.yaml:44: triggers.0.where.all.3.any.0.qqqq: is not a known key
broken.yaml:44: triggers.0.where.all.3.any.1: must be keys with values
broken.yaml:45: triggers.0.where.all.4.not.in: needs at least 1 entry
broken.yaml:47: contact_rules.quiet_hours: start and end are equal; write null to have no quiet hours
broken.yaml:47: contact_rules.quiet_hours.start: must be a time of day such as 21:00
broken.yaml:47: contact_rules.quiet_hours.end: must be a time of day such as 21:00
broken.yaml:48: contact_rules.holidays: 'Korea' is not a country whose holidays are known; write KR, US, ...
broken.yaml:49: contact_rules.cap: must be keys with values
broken.yaml:50: contact_rules.cooldown_days: must be at most 366
broken.yaml:51: attributes: must be a list
"""


def said(text: str) -> list[str]:
    return [str(fault) for fault in lint(text, "p.yaml")]


def changed(old: str, new: str) -> str:
    text = default_program_text()
    assert old in text
    return text.replace(old, new, 1)


def test_every_fault_is_named_at_once_with_its_line_and_key() -> None:
    assert "".join(f"{fault}\n" for fault in lint(BROKEN, "broken.yaml")) == FOUND


def test_nothing_of_a_faulty_program_is_loaded() -> None:
    with pytest.raises(ProgramFault) as caught:
        load_program(BROKEN, "broken.yaml")

    assert list(caught.value.faults) == FOUND.splitlines()


def test_a_fault_carries_its_place() -> None:
    text = changed("stage: advocacy,", "stage: advocate,")
    before, _ = text.split("stage: advocate,")

    [fault] = lint(text, "p.yaml")

    assert fault == Fault(
        where="p.yaml",
        line=before.count("\n") + 1,
        column=len(before.splitlines()[-1]) + 1,
        key="touchpoints.6.stage",
        problem="there is no stage 'advocate'; there are: "
        "advocacy, awareness, consideration, purchase, retention",
    )


def test_a_stage_without_touchpoints_is_fine() -> None:
    new = "  - {id: renewal, label: {ko: 재계약, en: Renewal}}\n\ntouchpoints:"

    assert said(changed("\ntouchpoints:", new)) == []


def test_a_language_can_be_dropped_while_its_texts_stay() -> None:
    assert said(changed("languages: [ko, en]", "languages: [ko]")) == []


def test_the_companys_language_must_be_spoken() -> None:
    [fault] = said(changed("languages: [ko, en]", "languages: [en]"))

    assert fault.endswith("company.language: 'ko' is not among the languages")


def test_an_own_question_with_an_own_wording_is_fine_and_without_it_is_not() -> None:
    [fault] = said(changed("    wording: signup-ease-1\n", ""))

    assert "surveys.0.question: a question of your own needs its own 'wording' name" in fault


@pytest.mark.parametrize(
    ("field", "faults"),
    [("{about}", 0), ("{about:을/를}", 0), ("{ about }", 0), ("{name}", 1), ("{about:을를}", 1)],
)
def test_an_own_question_may_only_name_what_it_is_about(field: str, faults: int) -> None:
    text = changed(
        "ko: 다음 문장에 얼마나 동의하십니까? ‘초록마켓에는 쉽게 가입할 수 있었다.’",
        f"ko: '{field} 어떠셨나요?'",
    )

    assert ["cannot be filled in" in fault for fault in said(text)] == [True] * faults


@pytest.mark.parametrize(
    ("duration", "problem"),
    [
        ("30", "is not a duration"),
        ("1.5h", "is not a duration"),
        ("-1h", "is not a duration"),
        ("٣h", "is not a duration"),
        ("367d", "is longer than 366d"),
        ("999999999d", "is longer than 366d"),
        ("[1]", "is not a duration"),
    ],
)
def test_a_bad_duration_is_named(duration: str, problem: str) -> None:
    [fault] = said(changed("after: 10m", f"after: {duration}"))

    assert f"triggers.0.after: {problem}" in fault


@pytest.mark.parametrize(
    ("alerts", "key", "problem"),
    [
        ("false_alarm_weeks: 3", "alerts.false_alarm_weeks", "must be at least 4"),
        ("destinations: [mail]", "alerts.destinations.0", "must be slack:<channel or user id>, "),
        (
            "destinations: ['file:a', 'file:a']",
            "alerts.destinations",
            "names a destination twice",
        ),
    ],
)
def test_how_staff_are_told_is_checked(alerts: str, key: str, problem: str) -> None:
    [fault] = said(changed("attributes: [amount", f"alerts: {{{alerts}}}\nattributes: [amount"))

    assert f": {key}: " in fault
    assert problem in fault


def test_alerts_go_where_the_program_says() -> None:
    alerts = "alerts: {false_alarm_weeks: 8, destinations: ['slack:C1', 'telegram:-100']}\n"
    program = load_program(changed("attributes: [amount", f"{alerts}attributes: [amount"), "p.yaml")

    told = (program.alerts.false_alarm_weeks, program.alerts.destinations)
    assert told == (8, ("slack:C1", "telegram:-100"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "p.yaml:1: must be keys with values"),
        ("# nothing but a note\n", "p.yaml:1: must be keys with values"),
        ("- a\n", "p.yaml:1: must be keys with values"),
        ("42", "p.yaml:1: must be keys with values"),
        ("a: [", "p.yaml:1: is not YAML: expected the node content"),
        ("a: 1\n b: 2", "p.yaml:2: is not YAML: mapping values are not allowed here"),
        ("a: 1\n---\nb: 2", "p.yaml:2: a program is one document; remove the '---'"),
        ("a: b\n\x00", "p.yaml:2: holds the character U+0000, which YAML does not allow"),
        ("\ud800", "p.yaml:1: holds the character U+D800, which YAML does not allow"),
        ("? [a]\n: 1", "p.yaml:1: a key must be a plain word"),
        ("[" * 100, "p.yaml:1: is nested more than 32 deep"),
        ("a:\n" + "- x\n" * 20_001, "p.yaml:20000: has more than 20000 values"),
        ("# " + "x" * 1024 * 1024, "p.yaml:1: is larger than 1048576 bytes"),
        ('a: "\\U00110000"', "p.yaml:1: is not YAML: chr() arg not in range"),
        ('a: "\\UFFFFFFFF"', "p.yaml:1: is not YAML: Python int too large"),
        ("%YAML 1.92\n--- a", "p.yaml:1: is not YAML: version minor part"),
        ("%TAG ! a\n%TAG ! b\n--- a", "p.yaml:2: is not YAML: duplicate tag handle"),
    ],
)
def test_what_cannot_be_read_is_one_fault(text: str, problem: str) -> None:
    [fault] = said(text)

    assert fault.startswith(problem)


@pytest.mark.parametrize(
    ("line", "key", "problem"),
    [
        ("attributes: &all [a]", "attributes", "anchors (&all) are not read"),
        ("attributes: [*all]", "attributes.0", "aliases (*all) are not read"),
        ("attributes: !!python/object:os.system [a]", "attributes", "tags (tag:yaml.org,2002:py"),
        ("attributes: !include [a]", "attributes", "tags (!include) are not read"),
        ('attributes: ["a\\0"]', "attributes.0", "holds a character that cannot be stored"),
        ('attributes: ["\\uD800"]', "attributes.0", "holds a character that cannot be stored"),
        ("attributes: [a]\n!!x attributes: [b]", "attributes", "tags (tag:yaml.org,2002:x)"),
        ("attributes: [a]\nattributes: [b]", "attributes", "stands here twice; the first is in li"),
    ],
)
def test_what_json_cannot_say_is_refused_where_it_stands(line: str, key: str, problem: str) -> None:
    text = changed("attributes: [amount, currency]", line)

    assert any(f" {key}: {problem}" in fault for fault in said(text))


def test_faults_of_reading_do_not_hide_the_others() -> None:
    text = changed("attributes: [amount, currency]", "attributes: &x [a]")

    found = said(text.replace("survey: cart-ces", "survey: cart-csat"))

    assert len(found) == 2


def test_an_alias_bomb_is_refused_at_once() -> None:
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 9))

    assert any("aliases (*l0) are not read" in fault for fault in said("l0: &l0 [x]\n" + levels))


def test_words_and_times_of_day_stay_texts() -> None:
    """YAML 1.1 would read 21:00 as 1260, and ``on`` as true."""
    assert said(changed('{start: "21:00", end: "08:00"}', "{start: 21:00, end: 08:00}")) == []


@pytest.mark.parametrize("number", ["1e999", "-.inf", ".nan", "9" * 5000])
def test_numbers_that_json_cannot_carry_are_no_numbers(number: str) -> None:
    [fault] = said(changed("    after: 10m", f"    after: 10m\n    share: {number}"))

    assert fault.endswith("triggers.0.share: must be a number")


@pytest.mark.parametrize("share", ["1", "+0.5", ".5", "5e-1", "1.0"])
def test_shares_may_be_written_in_every_usual_way(share: str) -> None:
    assert said(changed("    after: 10m", f"    after: 10m\n    share: {share}")) == []


@settings(deadline=None)
@given(st.randoms())
def test_linting_damaged_files_never_raises(chance: random.Random) -> None:
    text = default_program_text()
    junk = [*"\n :-[]{},&*!|>'\"%@#?~\\<\x00\ud800\t", "---\n", "? ", "!!x ", "&a ", "*a ", "null"]
    start = chance.randrange(len(text))
    damaged = text[start : start + chance.randrange(600)]
    for _ in range(chance.randrange(5)):
        at = chance.randrange(len(damaged) + 1)
        damaged = damaged[:at] + chance.choice(junk) + damaged[at + chance.randrange(3) :]

    assert lint(damaged, "p.yaml")


@pytest.mark.parametrize(
    ("instrument", "layout"),
    [("nps", "roomy"), ("csat", "labels"), ("ces2", "labels"), ("csat", "faces")]
    + [(each, "standard") for each in ("nps", "csat", "ces2")],
)
def test_a_layout_that_fits_its_instrument_is_fine(instrument: str, layout: str) -> None:
    assert said(laid_out(instrument, layout)) == []


@pytest.mark.parametrize(
    ("instrument", "layout", "problem"),
    [
        ("csat", "roomy", "'roomy' does not fit csat, only nps: shorter scales fit one row"),
        (
            "nps",
            "labels",
            "'labels' does not fit nps, only csat, ces2, resolved: nps has words for its ends only",
        ),
        ("ces2", "faces", "'faces' does not fit ces2, only csat: there are five faces"),
        ("csat", "smileys", "must be 'standard', 'roomy', 'labels' or 'faces'"),
    ],
)
def test_a_layout_that_does_not_fit_is_named_with_its_line(
    instrument: str, layout: str, problem: str
) -> None:
    text = laid_out(instrument, layout)
    line = text.split(f"layout: {layout}")[0].count("\n") + 1

    assert said(text) == [f"p.yaml:{line}: surveys.0.layout: {problem}"]


def laid_out(instrument: str, layout: str) -> str:
    return changed(
        "    instrument: ces2\n", f"    instrument: {instrument}\n    layout: {layout}\n"
    )


def test_the_json_schema_knows_every_key_by_its_written_name() -> None:
    schema = json_schema()

    assert schema["$schema"].endswith("2020-12/schema")
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == {
        "company",
        "languages",
        "stages",
        "touchpoints",
        "surveys",
        "triggers",
        "consent",
    }
    definitions = schema["$defs"]
    assert {"in", "path", "matches"} <= set(definitions["Comparison"]["properties"])
    assert set(definitions["Negation"]["properties"]) == {"not"}
    assert definitions["Trigger"]["properties"]["after"]["type"] == "string"
    assert json.loads(json.dumps(schema)) == schema


def test_the_default_program_ships_beside_the_code() -> None:
    root = Path(__file__).parents[2]

    assert (root / "surveys/default_program.yaml").read_text("utf-8") == default_program_text()


def test_a_key_that_is_known_elsewhere_is_not_suggested_in_its_own_place() -> None:
    text = default_program_text().replace("contact_rules:\n", "contact_rules:\n  path: x\n")

    (fault,) = lint(text, "p.yaml")

    assert (fault.key, fault.problem) == ("contact_rules.path", "is not a known key")
