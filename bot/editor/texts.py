"""What the pages of surveys and triggers say, and what they call the faults that the checks find."""

import re
from typing import Final

from bot.console.texts import say as of_console
from surveys.language.josa import fill
from surveys.language.texts import template

CATALOGUE: Final = "editor"

_FAULTS: Final = (
    (re.compile(r"is missing"), "missing"),
    (re.compile(r"is empty"), "missing"),
    (re.compile(r"has no text for '(?P<spoken>\w+)'"), "untranslated"),
    (re.compile(r"the text for '(?P<spoken>\w+)' is empty"), "untranslated"),
    (
        re.compile(
            r"the text for '(?P<spoken>\w+)' has (?P<length>\d+) characters; at most (?P<most>\d+) fit"
        ),
        "long",
    ),
    (
        re.compile(r"has (?P<length>\d+) characters; at most (?P<most>\d+) fit beside its tick"),
        "tick",
    ),
    (
        re.compile(r"has (?P<length>\d+) characters once filled in; at most (?P<most>\d+) fit"),
        "filled",
    ),
    (re.compile(r"must be small letters.*"), "slug"),
    (re.compile(r"must be a number"), "number"),
    (re.compile(r"must be a whole number"), "whole"),
    (re.compile(r"must be at most (?P<most>.+)"), "most"),
    (re.compile(r"must be at least (?P<least>.+)"), "least"),
    (re.compile(r"must be more than (?P<least>.+)"), "more"),
    (re.compile(r"is not a duration.*"), "duration"),
    (re.compile(r"must be longer than nothing"), "nothing"),
    (re.compile(r"must match .*\[!-~\].*"), "event"),
    (re.compile(r"has (?P<count>\d+) entries; at most (?P<most>\d+) are allowed"), "entries"),
    (re.compile(r"is nested (?P<deep>\d+) deep; at most (?P<most>\d+) are allowed"), "deep"),
    (re.compile(r"has (?P<size>\d+) parts; at most (?P<most>\d+) are allowed"), "size"),
    (re.compile(r"is not a valid RE2 pattern: (?P<why>.*)"), "pattern"),
    (re.compile(r"a question of your own needs its own 'wording' name.*"), "wording"),
    (re.compile(r"'(?P<kind>.+)' starts this trigger, so it cannot withdraw it"), "withdraws"),
    (re.compile(r"must be a time of day such as 21:00"), "clock"),
    (re.compile(r"'(?P<code>.+)' is not a country whose holidays are known.*"), "country"),
    (re.compile(r"there is no \w+ '(?P<name>.*)'; there are: .*"), "unknown"),
    (re.compile(r"'(?P<name>.+)' is used twice here"), "twice"),
    (re.compile(r"a reward of your own goods.*"), "own_goods"),
    (re.compile(r"the shares make (?P<percent>\S+) together; .*"), "shares"),
    (re.compile(r"has one wording only; .*"), "alone"),
    (re.compile(r"the standard question's wording is named (?P<name>\S+)"), "standard"),
    (re.compile(r"stands beside 'variants'; .*"), "beside"),
    (re.compile(r"names a channel twice"), "channel_twice"),
    (re.compile(r"stage '.*' has a budget for (?P<unit>\w+) already"), "budget_twice"),
    (re.compile(r"no trigger asks (?P<unit>\w+) at stage '.*'"), "nobody_asks"),
    (re.compile(r"start and end are equal; .*"), "equal"),
    (re.compile(r"holds a character that cannot be stored.*"), "character"),
    (re.compile(r"has more than (?P<most>\d+) characters"), "characters"),
    (re.compile(r"must be '\w+'(, '\w+')* or '\w+'"), "one_of"),
    (re.compile(r"'(?P<name>.*)' cannot be filled in; .*"), "blank"),
    (re.compile(r"is longer than (?P<most>\S+)"), "longest"),
    (re.compile(r"must be a number or a text"), "ordered"),
    (re.compile(r"stands beside 'on'; .*"), "both_start"),
    (re.compile(r"counts events, and an answer starts this trigger"), "no_occasion"),
    (re.compile(r"goes in a circle: (?P<circle>.+)"), "circle"),
    (re.compile(r"needs at least \d+ entry"), "one_more"),
    (re.compile(r"case\.resolved starts only a survey that asks 'resolved'"), "resolves"),
    (re.compile(r"asks 'resolved', which only case\.resolved can start"), "resolved"),
    (re.compile(r"is not a known key.*|needs exactly one of .*"), "written"),
    (re.compile(r"must be (a list|keys with values|a text, a number, true or false)"), "written"),
    (re.compile(r"(?P<field>.+) is an? \w+; \w+ cannot judge it"), "unfit"),
    (re.compile(r"'(?P<layout>\w+)' does not fit (?P<scale>\w+), .*"), "layout"),
)


_WORDED: Final = {"spoken": "language", "unit": "measure", "scale": "measure", "layout": "layout"}
"""What the checks name by codes: the group of our words for them."""


def say(language: str, key: str, **values: str) -> str:
    """Return the sentence, its ``{name}`` fields filled in; raises KeyError for an unknown key."""
    sentence = template(language, key, CATALOGUE)
    return of_console(language, key, **values) if sentence is None else fill(sentence, **values)


def told(language: str, problem: str) -> str:
    """Return a fault as staff read it; one without a sentence of ours as the checks word it."""
    for pattern, name in _FAULTS:
        if matched := pattern.fullmatch(problem):
            given = {each: text or "" for each, text in matched.groupdict().items()}
            values = {each: _worded(language, each, text) for each, text in given.items()}
            return say(language, f"fault.{name}", **values)
    return problem


def _worded(language: str, field: str, code: str) -> str:
    """Return what readers call a code, e.g. ``영어`` for ``en``; as it is where it has no word of ours."""
    group = _WORDED.get(field)
    return in_words(language, group, code) if group else code


def in_words(language: str, group: str, code: str) -> str:
    """Return what a code of a group is called, e.g. of ``measure`` ``CES`` for ``ces2``; itself where it has no word."""
    return template(language, f"{group}.{code}", CATALOGUE) or code
