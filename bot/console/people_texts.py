"""What the pages about customers, decisions and settings say."""

from bot.console.texts import say as of_console
from surveys.language.josa import fill
from surveys.language.texts import template

CATALOGUE = "people"


def say(language: str, key: str, **values: str) -> str:
    """Return the sentence, its ``{name}`` fields filled in; raises KeyError for an unknown key."""
    sentence = template(language, key, CATALOGUE)
    return of_console(language, key, **values) if sentence is None else fill(sentence, **values)


def named(language: str, group: str, word: str) -> str:
    """Return what a stable word is called; one without a name is itself."""
    return template(language, f"{group}.{word}", CATALOGUE) or word
