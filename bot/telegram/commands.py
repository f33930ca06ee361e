"""The command menu that Telegram's clients show, per language."""

from telegram import BotCommand

_TEXTS = {
    "start": ("Start", "시작하기"),
    "resume": ("Answer the open question", "이어서 답하기"),
    "help": ("What I can do", "도움말"),
    "stop": ("Stop all questions", "그만 받기"),
    "lang": ("Change the language", "언어 바꾸기"),
    "privacy": ("What happens to my answers", "개인정보 안내"),
}


def commands(language: str) -> list[BotCommand]:
    """Return the menu in ``ko``, or in English for any other language."""
    column = 1 if language == "ko" else 0
    return [BotCommand(name, texts[column]) for name, texts in _TEXTS.items()]
