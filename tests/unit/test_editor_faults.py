"""Whatever is typed wrongly into the editor's form is told at its input, by its label, in the reader's language."""

import re
from collections.abc import Iterator

import pytest

from bot.editor.bench import RULES, SURVEY, TRIGGER, Bench, Piece
from bot.editor.faults import Told, faults, refusal
from bot.editor.fields import shown_fields
from bot.editor.naming import label_of
from bot.editor.parts import units_of
from bot.editor.texts import told
from surveys.errors import BaseMoved, NotOwned
from surveys.program import default_program_text
from surveys.service.revising import entries
from surveys.stored_programs import ADVERTISING, BUDGET, CHANNELS, CONTACT_RULES

LANGUAGES = ("ko", "en")
PARTS = {
    TRIGGER: "trigger:delivery",
    SURVEY: "survey:delivery-csat",
    RULES: CONTACT_RULES,
    BUDGET: BUDGET,
    ADVERTISING: ADVERTISING,
    CHANNELS: CHANNELS,
}
WRONG = {
    "trigger.on": "배송 완료",
    "trigger.follows.survey": "nowhere",
    "trigger.follows.band": "lowest",
    "trigger.after.amount": "soon",
    "trigger.max_wait.amount": "0",
    "trigger.share": "500",
    "trigger.occurrence": "1.5",
    "trigger.touchpoint": "nowhere",
    "trigger.withdrawn_by": "order.delivered",
    "trigger.where.operator": "matches",
    "trigger.where.value": "(",
    "trigger.where.kind": "row",
    "trigger.where.path": "amount",
    "survey.instrument": "stars",
    "survey.layout": "round",
    "survey.about.en": "",
    "survey.thanks.ko": "가" * 4000,
    "survey.wording": "文言",
    "survey.question.ko": "{whom} 어땠나요?",
    "survey.question.en": "How was it?",
    "survey.variants.0.wording": "kind",
    "survey.variants.0.share": "much",
    "survey.reasons.low.chips.0.id": "遅い",
    "survey.reasons.low.chips.1.label.ko": "너무" * 40,
    "rules.cap.asks": "many",
    "rules.cap.days": "0",
    "rules.cooldown_days": "-1",
    "rules.quiet_hours.start": "25:00",
    "rules.holidays": "ZZ",
    "budget.rows.0.stage": "nowhere",
    "budget.rows.0.unit": "nps",
    "budget.rows.0.target": "precise",
    "channels.rows.0": "fax",
    "advertising.sender.ko": "초록마켓",
}


def bench(**typed: str) -> Bench:
    text = default_program_text()
    said = entries(text, PARTS.values())

    def piece(kind: str, part: str) -> Piece:
        units = units_of(part, LANGUAGES)
        own = {n.partition(".")[2]: v for n, v in typed.items() if n.startswith(f"{kind}.")}
        shown = shown_fields(units, said[part]) | own
        return Piece(part=part, entry=said[part], owner=None, typed=shown, units=units)

    pieces = {kind: piece(kind, part) for kind, part in PARTS.items()}
    return Bench(trigger="delivery", base=1, live=1, text=text, pieces=pieces)


def wrong(language: str) -> tuple[Told, ...]:
    given = bench(**WRONG)
    return faults(given, given.revised(), language)


def inputs() -> Iterator[str]:
    for kind, piece in bench(**WRONG).pieces.items():
        yield from (f"{kind}.{name}" for name in piece.typed)


def test_a_korean_reader_reads_every_fault_in_korean_with_the_field_that_it_is_about() -> None:
    english = {fault.name: fault for fault in wrong("en")}
    korean = wrong("ko")

    assert [str(fault) for fault in korean if not re.search("[가-힣]", fault.problem)] == []
    assert [fault.name for fault in korean if not re.search("[가-힣]", fault.label)] == []
    assert len(korean) >= len(WRONG) - 6
    assert english.keys() == {fault.name for fault in korean}
    assert english["trigger.share"].label == "Share of customers (%)"
    assert english["trigger.share"].problem == "Write a number (%) above 0, up to 100."


@pytest.mark.parametrize(
    "problem",
    [
        "is longer than 366d",
        "must be a number or a text",
        "needs at least 1 entry",
        "case.resolved starts only a survey that asks 'resolved'",
        "asks 'resolved', which only case.resolved can start",
        "is not a known key; did you mean 'any'?",
        "must be keys with values",
        "amount is a text; gte cannot judge it",
    ],
)
def test_what_is_rarely_wrong_is_told_in_korean_too(problem: str) -> None:
    assert re.search("[가-힣]", told("ko", problem))


def test_every_input_is_called_as_its_label_calls_it() -> None:
    hidden = r"trigger\.survey|.*\.(unit|per|kind|type|operator|written)"

    assert [n for n in inputs() if label_of("ko", n) == n and not re.fullmatch(hidden, n)] == []


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("survey.reasons.low.chips.1.label.en", "낮은 점수 · 이유 단추 2 · 영어"),
        ("survey.about.ko", "무엇에 대해 · 한국어"),
        ("trigger.where.1.0.path", "조건 2.1 · 필드"),
        ("trigger.where.value", "조건 · 값"),
        ("trigger.where", "조건"),
        ("budget.rows.2.target", "예산 3 · 달마다 ±점"),
        ("", ""),
    ],
)
def test_a_label_says_which_of_several_is_meant(name: str, label: str) -> None:
    assert label_of("ko", name) == label


def test_why_a_publish_is_refused_is_told_in_the_readers_language() -> None:
    parts = ("trigger:delivery",)
    moved = BaseMoved(parts, 3, "ann", "version 3 of ann changed trigger:delivery")
    drafted = BaseMoved(parts, 3, "", "a draft was saved meanwhile")

    assert refusal("ko", moved).startswith("그사이 같은 것이 바뀌었습니다")
    assert refusal("ko", drafted).startswith("그사이 초안이")
    assert "git" in refusal("ko", NotOwned(parts, "git", "the program file owns it"))
    assert all("Trigger delivery" in refusal("en", each) for each in (moved, drafted))
    assert "광고에 넣을 말" in refusal("ko", NotOwned((ADVERTISING,), "git", "the file owns it"))


def test_what_a_change_breaks_in_another_part_is_told_by_the_names_of_both() -> None:
    given = bench(**{"survey.instrument": "resolved", "survey.about.ko": "", "survey.about.en": ""})
    told_of = [str(fault) for fault in faults(given, given.revised(), "ko")]

    assert [each for each in told_of if re.search(r"triggers\.|surveys\.", each)] == []
