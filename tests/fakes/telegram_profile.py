"""How a fake bot shows itself: commands per scope and language, names, descriptions, the menu button."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from surveys.model import Json
from tests.fakes.telegram_rules import bad_request, check_commands, utf16

Arguments = Mapping[str, Json]
_LIMITS = {"name": 64, "description": 512, "short_description": 120}
_METHODS = {
    "name": "Name",
    "description": "Description",
    "short_description": "ShortDescription",
}
_MOST_COMMANDS = 100


def _language(arguments: Arguments) -> str:
    code = arguments.get("language_code", "")
    if not isinstance(code, str) or not re.fullmatch(r"([a-z]{2})?", code):
        raise bad_request("invalid language code specified")
    return code


def _scope(arguments: Arguments) -> str:
    return json.dumps(arguments.get("scope", {"type": "default"}), sort_keys=True)


@dataclass(slots=True)
class FakeProfile:
    """What BotFather and the bot's own calls have set."""

    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    menu_button: Json = field(default_factory=lambda: {"type": "default"})
    abilities: dict[str, bool] = field(default_factory=dict)

    def methods(self) -> Mapping[str, Callable[[Arguments], Json]]:
        return {
            "setmycommands": self._set_commands,
            "getmycommands": lambda a: self.commands.get((_scope(a), _language(a)), []),
            "deletemycommands": self._delete_commands,
            "setchatmenubutton": self._set_menu_button,
            "getchatmenubutton": lambda _: self.menu_button,
            **{f"setmy{name.lower()}": self._setter(what) for what, name in _METHODS.items()},
            **{f"getmy{name.lower()}": self._getter(what) for what, name in _METHODS.items()},
        }

    def _set_commands(self, arguments: Arguments) -> Json:
        listed = arguments.get("commands", [])
        check_commands(listed)
        if len(listed) > _MOST_COMMANDS:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        self.commands[_scope(arguments), _language(arguments)] = listed
        return True

    def _delete_commands(self, arguments: Arguments) -> Json:
        self.commands.pop((_scope(arguments), _language(arguments)), None)
        return True

    def _set_menu_button(self, arguments: Arguments) -> Json:
        self.menu_button = arguments.get("menu_button", {"type": "default"})
        return True

    def _setter(self, what: str) -> Callable[[Arguments], Json]:
        def put(arguments: Arguments) -> Json:
            text = str(arguments.get(what, ""))
            if utf16(text) > _LIMITS[what]:
                raise bad_request(f"{what} is too long")
            self.texts[what, _language(arguments)] = text
            return True

        return put

    def _getter(self, what: str) -> Callable[[Arguments], Json]:
        def get(arguments: Arguments) -> Json:
            own = self.texts.get((what, _language(arguments)), "")
            return {what: own or self.texts.get((what, ""), "")}

        return get
