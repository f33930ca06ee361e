"""The command menu that Telegram's clients show, per language."""

from telegram import BotCommand

from surveys.language.texts import say

NAMES = ("start", "resume", "help", "stop", "lang", "privacy", "mydata", "delete")
"""In the order of the menu."""


def commands(language: str) -> list[BotCommand]:
    """Return the menu in a language of ours."""
    return [BotCommand(name, say(language, f"command.{name}")) for name in NAMES]
