"""Whatever changes in a program is told in words: each key of the schema, with no key, brace or code of the file."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.program_words.reading import Reading, as_asked, readings
from bot.program_words.text import change_line
from surveys.language.texts import languages
from surveys.program import Program, default_program
from surveys.program.consents import Advertising
from surveys.program.contact import Budget, ContactRules
from surveys.program.differences import Kind, content_of, differences
from surveys.program.parts import parts_of, with_parts
from surveys.program.schema import Survey, Trigger
from surveys.stored_programs import ADVERTISING, BUDGET, CHANNELS, CONTACT_RULES, HOUSE

TEXT: Final = {"ko": "새 글", "en": "A new text"}
TRIGGER, SURVEY = "trigger:delivery", "survey:delivery-csat"
CONSENT: Final = {"version": "7", "text": TEXT}

EDITS: Final[Mapping[str, Mapping[str, tuple[Any, ...]]]] = {
    TRIGGER: {
        "on": ("order.sent", None),
        "follows": ({"survey": "delivery-csat", "band": "low"}, {"survey": "gone", "band": "any"}),
        "survey": ("support-csat", "gone"),
        "touchpoint": ("signup", "gone"),
        "where": (
            {"path": ["amount"], "gte": 30000.5},
            {"path": ["a", "b"], "in": ["앱", True, 3]},
            {"not": {"any": [{"path": ["x"], "exists": False}, {"path": ["y"], "eq": ""}]}},
            {"all": [{"path": ["x"], name: "z"} for name in ("ne", "lt", "lte", "gt", "contains")]},
            {"any": [{"path": ["x"], name: "z"} for name in ("starts_with", "matches")]},
        ),
        "after": ("0s", "3d", "90m", "1h", "1s"),
        "share": (0.1, 0.123456),
        "occurrence": (3,),
        "max_wait": ("2d",),
        "reminder": (True, False),
        "withdrawn_by": (["a.b", "c.d"], []),
        "channels": (["slack", "telegram"], ["webchat"]),
        "worth_asking": (
            {"human": True, "bulk": {"cases": 5, "within": "5m"}, "once_per_resolution": False},
            {"human": False, "bulk": None, "once_per_resolution": True},
        ),
    },
    SURVEY: {
        "version": (9,),
        "instrument": ("nps", "resolved"),
        "about": (TEXT,),
        "question": (TEXT, {"ko": "{about:은/는} 어땠나요?", "en": "How was {about}?"}),
        "wording": ("own-2",),
        "variants": (
            [
                {"wording": "std1", "share": 0.5, "question": None},
                {"wording": "b", "share": 0.5, "question": TEXT},
            ],
        ),
        "reasons": (
            {},
            {"low": {"question": TEXT, "chips": []}},
            {"high": {"question": TEXT, "chips": [{"id": "c", "label": TEXT}]}},
        ),
        "thanks": (TEXT,),
        "layout": ("roomy", "labels", "faces"),
        "incentive": ("own_goods", "third_party"),
    },
    CONTACT_RULES: {
        "cap": ({"asks": 2, "days": 60},),
        "cooldown_days": (0, 1, 30),
        "quiet_hours": (None, {"start": "20:00", "end": "09:30"}),
        "holidays": ("KR", "US"),
    },
    ADVERTISING: {"sender": (TEXT,), "opt_out": (TEXT,), "consent": (CONSENT,)},
    HOUSE: {
        "company": ({"name": TEXT, "zone": "UTC", "language": "en"},),
        "languages": (["ko"],),
        "stages": ([{"id": "purchase", "label": TEXT}],),
        "touchpoints": ([{"id": "delivery", "stage": "purchase", "label": TEXT}],),
        "consent": (CONSENT,),
        "attributes": (["order.total", "channel"],),
        "segments": (
            [{"id": "plan", "label": TEXT, "from": "customer.plan"}],
            [{"id": "land", "label": TEXT, "from": "data.shipping.country"}],
        ),
        "fall_back_after": ("2h",),
        "purchases": (["sold"], []),
        "alerts": ({"false_alarm_weeks": 10, "destinations": ["slack:C0123456789"]},),
        "themes": (
            [
                {
                    "id": "speed",
                    "label": TEXT,
                    "words": {"ko": ["느리"], "en": ["slow"]},
                    "chips": ["late"],
                    "trouble": True,
                    "instead": True,
                },
                {"id": "price", "label": None, "trouble": None},
            ],
        ),
    },
}
"""Values of each key that differ from those of the program that ships."""

CODE: Final = re.compile(
    r"[{}\[\]]|None|True|False|->|\b(std1|own_goods|third_party|once_per_resolution|fall_back_after"
    r"|false_alarm_weeks|withdrawn_by|max_wait|cooldown_days|quiet_hours|worth_asking|opt_out)\b(?!\))"
)


def shipped() -> Program:
    """The program that ships, with advertising and a budget, so that every part is there."""
    value = content_of(default_program())
    advertising = {"sender": {"ko": "가", "en": "a"}, "opt_out": {"ko": "나", "en": "b"}}
    consent = {"version": "1", "text": {"ko": "다", "en": "c"}}
    budget = [{"stage": "purchase", "target": 10.0, "unit": "csat"}]
    parts = {ADVERTISING: {**advertising, "consent": consent}, BUDGET: budget}
    return program_of(with_parts(value, parts))


def program_of(value: Mapping[str, Any]) -> Program:
    return Program.from_json(json.dumps(value))


OLD: Final = shipped()
PARTS: Final = parts_of(content_of(OLD))


def edited(part: str, fields: Mapping[str, Any]) -> Program:
    return program_of(with_parts(content_of(OLD), {part: {**PARTS[part], **fields}}))


def read(new: Program, language: str, old: Program = OLD) -> tuple[Reading, ...]:
    return readings(old, new, differences(old, new), language)


def said(found: tuple[Reading, ...], language: str) -> list[str]:
    """Every sentence of a reading."""
    lines = [change_line(change, language) for each in found for change in each.changes]
    rows = [f"{row.label}: {row.words}" for each in found for row in each.says]
    notes = [note for each in found for note in each.notes]
    return [*(each.title for each in found), *lines, *rows, *notes]


def raw(told: list[str]) -> list[str]:
    """The sentences with code in them."""
    return [line for line in told if CODE.search(line)]


def test_every_key_of_the_schema_is_edited_here() -> None:
    sections = {"surveys", "triggers", CONTACT_RULES, BUDGET, ADVERTISING, CHANNELS}
    known = {
        TRIGGER: set(Trigger.model_fields) - {"id"},
        SURVEY: set(Survey.model_fields) - {"id"},
        CONTACT_RULES: set(ContactRules.model_fields),
        ADVERTISING: set(Advertising.model_fields),
        HOUSE: set(Program.model_fields) - sections,
    }
    assert {part: set(fields) for part, fields in EDITS.items()} == known, "a new key needs words"
    assert set(Budget.model_fields) == {"stage", "target", "unit", "per"}


@pytest.mark.parametrize("language", languages())
def test_each_key_alone_is_told_in_words(language: str) -> None:
    for part, fields in EDITS.items():
        for key, values in fields.items():
            for value in values:
                new = edited(part, {key: value})
                if new == OLD:
                    continue
                found = read(new, language)
                told = said(found, language)
                assert found[0].changes, (part, key, value)
                assert not raw(told), (part, key, told)
                assert "파일의 차이" not in str(told), (part, key, told)


@settings(max_examples=25, deadline=None)
@given(
    part=st.sampled_from(sorted(EDITS)),
    pick=st.integers(0, 10_000),
    language=st.sampled_from(languages()),
)
def test_several_keys_at_once_are_told_in_words(part: str, pick: int, language: str) -> None:
    chosen = {key: values[pick % len(values)] for key, values in EDITS[part].items()}
    kept = [key for at, key in enumerate(sorted(chosen)) if pick >> at & 1]
    new = edited(part, {key: chosen[key] for key in kept})
    there_and_back = (*read(new, language), *read(OLD, language, new))

    told = said(there_and_back, language)

    assert not raw(told), told
    assert all(each.changes for each in there_and_back if each.kind == Kind.CHANGED)


@pytest.mark.parametrize("language", languages())
def test_a_new_part_is_told_as_a_whole(language: str) -> None:
    for part, content in PARTS.items():
        if part in (HOUSE, CONTACT_RULES, BUDGET, CHANNELS):
            continue
        without = program_of(with_parts(content_of(OLD), {part: None}))

        (added,) = read(OLD, language, without)
        (removed,) = read(without, language)

        assert (added.kind, removed.kind) == (Kind.ADDED, Kind.REMOVED)
        assert len(added.says) >= len(content) // 2, part
        assert not raw(said((added, removed), language))


def test_a_key_that_nobody_knows_yet_is_told_by_its_name() -> None:
    from bot.program_words.rows import rows_of  # noqa: PLC0415  # only here
    from bot.program_words.vocabulary import Vocabulary  # noqa: PLC0415

    words = Vocabulary(language="ko", program=OLD)
    later = {"begins_at": {"day_of": "mon", "hours": [9, 18], "on": True}, "more_texts": TEXT}
    rows = rows_of(words, TRIGGER, {**PARTS[TRIGGER], **later})

    told = [f"{row.label}: {row.words}" for row in rows if row.key in later]

    assert told == [
        "begins at: day of ‘mon’, hours 9, 18, on 예",
        "more texts · 한국어: ‘새 글’",
        "more texts · 영어: ‘A new text’",
    ]


def test_what_reads_the_same_is_said_to_change_nonetheless() -> None:
    swapped = [*reversed(PARTS[BUDGET]), {"stage": "retention", "target": 10.0, "unit": "nps"}]
    one = program_of(with_parts(content_of(OLD), {BUDGET: swapped}))
    two = program_of(with_parts(content_of(OLD), {BUDGET: swapped[::-1]}))

    (found,) = read(two, "ko", one)

    assert [change.new for change in found.changes] == [
        "자세한 값이 달라집니다. 파일의 차이에서 볼 수 있습니다."
    ]


def test_the_standard_question_is_shown_where_another_takes_its_place() -> None:
    (found,) = read(edited(SURVEY, {"question": TEXT, "wording": "own-1"}), "ko")

    lines = [change_line(change, "ko") for change in found.changes]

    assert lines[0] == (
        "질문 · 한국어: ‘이번 배송에 대해 얼마나 만족하셨나요?’ (표준) → ‘새 글’"
    ), lines


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "ko",
            {"기다림": "3일", "표본": "10%", "채널 순서": "슬랙", "조건": "‘amount’ 값이 5 이상"},
        ),
        ("en", {"Wait": "3 days", "Condition": "“amount” is at least 5", "Buttons": None}),
    ],
)
def test_a_trigger_is_shown_with_all_that_it_asks(
    language: str, words: dict[str, str | None]
) -> None:
    where = {"path": ["amount"], "gte": 5}
    new = edited(TRIGGER, {"after": "3d", "share": 0.1, "channels": ["slack"], "where": where})

    asked = as_asked(new, "delivery", language)
    shown = {row.label: row.words for section in asked for row in section.rows}

    assert {label: words[label] and shown[label] for label in words} == words
    survey = PARTS[SURVEY]
    for band in survey["reasons"].values():
        for chip in band["chips"]:
            assert all(
                any(text in said for said in shown.values()) for text in chip["label"].values()
            )
    assert as_asked(new, "nowhere", language) == ()


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("ko", "모든 트리거의 채널 순서: 고객이 가장 최근에 쓴 대화방 → 슬랙"),
        ("en", "Order of channels for all triggers: the chat the customer used last → Slack"),
    ],
)
def test_the_order_of_channels_for_all_is_a_part_of_its_own(language: str, told: str) -> None:
    new = program_of(with_parts(content_of(OLD), {CHANNELS: ["slack"]}))

    assert told in said(read(new, language), language)
