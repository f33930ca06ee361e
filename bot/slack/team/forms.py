"""The forms that the shortcuts open: which survey to ask for, where surveys are made, or why there is nothing to do.

Limits: a title 24 characters, 100 options of 75 with 75 of description, private_metadata 3,000 (docs.slack.dev, modals).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.slack.layout import LABEL_MAX, SECTION_MAX, Block, clip, plain
from bot.slack.team.blocks import actions, link, section, small
from bot.slack.team.reading import PREFIX, SEND, Written
from bot.slack.team.texts import say
from surveys.model import Json

OPTIONS_MAX: Final = 100
WORD_MAX: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Askable:
    """A trigger that may be asked for; ``unfit`` says why it would not be asked all the same, or is empty."""

    id: str
    name: str
    unfit: str = ""


def ask_form(askable: Sequence[Askable], on: Written, language: str) -> Json:
    """Return the form that asks for a question to the author of a message."""
    who = say(language, "ask.who", user=f"<@{on.author.user}>" if on.author else "")
    element = {
        "type": "static_select",
        "action_id": "v",
        "options": [_option(each) for each in askable[:OPTIONS_MAX]],
    }
    asked: Block = {
        "type": "input",
        "block_id": "survey",
        "label": plain(say(language, "test.survey"), LABEL_MAX),
        "element": element,
    }
    mention = {"type": "mrkdwn", "text": clip(who, SECTION_MAX)}
    form = _form(
        "ask.title",
        language,
        [{"type": "section", "text": mention}, asked, small(say(language, "ask.where"))],
    )
    submit = plain(say(language, "ask.submit"), WORD_MAX)
    return form | {
        "callback_id": f"{PREFIX}{SEND}",
        "submit": submit,
        "private_metadata": on.packed(),
    }


def create_form(gallery: str, blank: str, language: str) -> Json:
    """Return the links to where surveys are made; ``blank`` is empty for who may only look."""
    links = {"new.gallery": gallery, "new.blank": blank}
    rows = [actions(link(say(language, key), url)) for key, url in links.items() if url]
    return _form("new.title", language, [section(say(language, "new.text")), *rows])


def told_form(title: str, text: str, language: str) -> Json:
    """Return a sentence in the place of a form of this title."""
    return _form(title, language, [section(text)])


def refusal(text: str) -> Json:
    """Return the ack that leaves the form open and says below the menu why it was not taken."""
    return {"response_action": "errors", "errors": {"survey": text}}


def replaced(view: Json) -> Json:
    """Return the ack that shows another form in the place of the one that was handed in."""
    return {"response_action": "update", "view": view}


def _form(title: str, language: str, blocks: list[Block]) -> Json:
    return {
        "type": "modal",
        "title": plain(say(language, title), WORD_MAX),
        "close": plain(say(language, "home.close"), WORD_MAX),
        "blocks": blocks,
    }


def _option(each: Askable) -> Block:
    option = {"text": plain(each.name, LABEL_MAX), "value": each.id}
    return option | ({"description": plain(each.unfit, LABEL_MAX)} if each.unfit else {})
