"""How the bot shows itself in Telegram, as data: what each setting should be, and how it is read and set.

A setting is read before it is set, so that what is right already is left alone: Telegram allows only a few changes of a
name in a day. Language "" is what everybody sees for whose language nothing is set.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from bot.setup_texts import say
from bot.telegram.channel import ELSEWHERE, TelegramAccess
from bot.telegram.commands import commands
from bot.telegram.incoming import ALLOWED_UPDATES
from bot.telegram.text import shorten
from bot.telegram.webhook import PATH
from surveys.journey import say as choose
from surveys.language.texts import languages
from surveys.model import Json
from surveys.program import Program

NAME_LIMIT: Final = 64
DESCRIPTION_LIMIT: Final = 512
SHORT_LIMIT: Final = 120
"""Characters: Bot API, setMyName, setMyDescription, setMyShortDescription."""

CUSTOMERS: Final[Mapping[str, Json]] = {"type": "all_private_chats"}
"""The scope of everybody who talks to the bot; it has no other: staff are told things in Slack."""

What = Literal["commands", "name", "description", "short_description", "menu_button", "webhook"]
Call = tuple[str, Mapping[str, Json]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One thing about the bot.

    Attributes:
        language: whom it is for; "" is everybody else, or everybody.
        wanted: how it should be, in the shape that ``seen`` gives it.
        get, put: the calls that read and set it.
    """

    what: What
    language: str = ""
    wanted: Json
    get: Call
    put: Call

    def seen(self, result: Json) -> Json:
        """Return what Telegram answered to ``get``, without what is none of ours."""
        if self.what == "commands":
            return [f"/{each['command']} {each['description']}" for each in result]
        if self.what == "menu_button":
            return result.get("type")
        if self.what == "webhook":
            allowed = sorted(result.get("allowed_updates", ())) if self.wanted["url"] else []
            return {"url": result.get("url", ""), "allowed_updates": allowed}
        return result.get(self.what, "")


def settings(program: Program, access: TelegramAccess) -> tuple[Setting, ...]:
    """Return how the bot should show itself to the company's customers."""
    spoken = ("", *(each for each in languages() if each != ELSEWHERE))
    return (
        *(_commands(language) for language in spoken),
        *(text for language in spoken for text in _texts(program, language)),
        _menu_button(),
        *_webhook(access),
    )


def _commands(language: str) -> Setting:
    listed = [each.to_dict() for each in commands(language or ELSEWHERE)]
    where: dict[str, Json] = {"scope": CUSTOMERS, **_of(language)}
    return Setting(
        what="commands",
        language=language,
        wanted=[f"/{each['command']} {each['description']}" for each in listed],
        get=("getMyCommands", where),
        put=("setMyCommands", {"commands": listed, **where}),
    )


def _texts(program: Program, language: str) -> Iterator[Setting]:
    spoken = language or ELSEWHERE
    company = choose(program.company.name, spoken, program.company.language)
    told: dict[What, tuple[str, str, int]] = {
        "name": ("Name", company, NAME_LIMIT),
        "description": (
            "Description",
            say(spoken, "bot.about", company=company),
            DESCRIPTION_LIMIT,
        ),
        "short_description": (
            "ShortDescription",
            say(spoken, "bot.short", company=company),
            SHORT_LIMIT,
        ),
    }
    for what, (method, text, limit) in told.items():
        fitting = shorten(text, limit)
        yield Setting(
            what=what,
            language=language,
            wanted=fitting,
            get=(f"getMy{method}", _of(language)),
            put=(f"setMy{method}", {what: fitting, **_of(language)}),
        )


def _menu_button() -> Setting:
    button = {"type": "commands"}
    return Setting(
        what="menu_button",
        wanted="commands",
        get=("getChatMenuButton", {}),
        put=("setChatMenuButton", {"menu_button": button}),
    )


def _webhook(access: TelegramAccess) -> Iterator[Setting]:
    """Yield how updates come in; in webhook mode without a public URL that is the operator's own business."""
    read: Call = ("getWebhookInfo", {})
    if access.mode == "polling":
        none = {"url": "", "allowed_updates": []}
        yield Setting(what="webhook", wanted=none, get=read, put=("deleteWebhook", {}))
    elif access.public_url:
        url = access.public_url.rstrip("/") + PATH
        fields = {"url": url, "allowed_updates": list(ALLOWED_UPDATES)}
        yield Setting(
            what="webhook",
            wanted={"url": url, "allowed_updates": sorted(ALLOWED_UPDATES)},
            get=read,
            put=("setWebhook", {**fields, "secret_token": access.secret}),
        )


def _of(language: str) -> dict[str, Any]:
    return {"language_code": language} if language else {}
