"""What the filters of the log of decisions offer."""

import json
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from bot.console.people.offers import OTHER, RULES, Names, rule_groups
from bot.demo.shop import shop_program
from surveys.language import texts
from surveys.language.texts import languages, template
from surveys.program import Program

PROGRAM = shop_program()
GROUPED = [code for listed in RULES.values() for code in listed]


def test_every_rule_that_has_words_has_a_place() -> None:
    file = Path(texts.__file__).parent / "locale/ko/LC_MESSAGES/aftertouch.po"
    with file.open("rb") as written:
        keys = [str(message.id) for message in read_po(written)]
    named = [key.removeprefix("why.rule.") for key in keys if key.startswith("why.rule.")]
    assert sorted([*GROUPED, OTHER]) == sorted(named)


@pytest.mark.parametrize("language", languages())
def test_rules_are_offered_in_groups_and_in_words(language: str) -> None:
    groups = rule_groups(["of_tomorrow", "holiday", "cap", "turn"], PROGRAM, language)
    assert [[code for code, _ in group.options] for group in groups] == [
        ["cap", "turn"],
        ["holiday"],
        ["of_tomorrow"],
    ]
    told = {code: said for group in groups for code, said in group.options}
    assert told["cap"] == template(language, "why.rule.cap")
    assert told["of_tomorrow"] == "of_tomorrow"


def test_triggers_are_called_by_where_and_what_they_ask() -> None:
    names = Names(PROGRAM, "ko")
    assert names.trigger("delivery") == "배송 · CSAT"
    assert names.trigger("gone") == "gone"


def test_two_of_one_name_say_their_ids() -> None:
    written = json.loads(PROGRAM.to_json())
    (first,) = (each for each in written["triggers"] if each["id"] == "delivery")
    twice = {**written, "triggers": [*written["triggers"], {**first, "id": "again"}]}
    names = Names(Program.from_json(json.dumps(twice)), "en")
    assert (names.trigger("delivery"), names.trigger("again")) == (
        "Delivery · CSAT (delivery)",
        "Delivery · CSAT (again)",
    )
    assert names.trigger("checkout") == "Checkout · CSAT"
